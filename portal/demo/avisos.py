"""Avisos of the demo: one for everybody with a format to download, one for alumnos; and yesterday's reminders."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.access import EXPEDIENTES
from portal.domain.calendario import to_local
from portal.models import Alumno, Aviso, db
from portal.services import avisos, recordatorios
from portal.services.avisos import Contenido
from portal.services.documentos import Guardado

if TYPE_CHECKING:
    from portal.demo.casa import Casa

LEEN = 9
FORMATO = (
    ("Nombre y boleta", "________________________"),
    ("Periodo que reporta", "________________________"),
    ("Actividades", "________________________"),
    ("Firma del responsable directo", "________________________"),
)
PARA_TODOS = """Ya puedes descargar el formato de reporte que usamos este semestre.

Antes de enviarlo revisa que:
- tenga el **nombre completo** y la boleta,
- diga las fechas del periodo,
- lo firme tu responsable directo.

Los reportes en el formato anterior se reciben hasta que termine el mes."""
EN_SERVICIO = """La oficina cierra durante las vacaciones.
Lo que envíes esos días se revisa al regreso, en el orden en que llegó.

Si tu servicio termina en esas fechas,
**no hace falta que hagas nada**: los días inhábiles no cuentan para tus plazos."""


def preparar(casa: Casa) -> None:
    """Plan what the office announces."""
    casa.guion.hace(20, lambda now: _publicar_formato(casa, now))
    casa.guion.hace(4, lambda now: _publicar_cierre(casa, now))
    ayer = casa.guion.calendario.add_working_days(casa.guion.hoy, -1)
    casa.guion.el(ayer, recordatorios.diarios, hora=9)


def _publicar_formato(casa: Casa, now: datetime) -> None:
    guardado = casa.taller.pdf("Formato de reporte", FORMATO, "formato_de_reporte.pdf")
    contenido = Contenido(
        "Formato nuevo para los reportes",
        PARA_TODOS,
        "todos",
        to_local(now).date(),
        publico=True,
        fijado=True,
    )
    aviso = _publicar(casa, contenido, now, guardado)
    casa.guion.tras(now, 2, lambda later: _leer(aviso, later))


def _publicar_cierre(casa: Casa, now: datetime) -> None:
    dia = to_local(now).date()
    _publicar(
        casa,
        Contenido("La oficina en vacaciones", EN_SERVICIO, "alumnos", dia, hasta=dia + timedelta(days=60)),
        now,
    )


def _publicar(casa: Casa, contenido: Contenido, now: datetime, *guardados: Guardado) -> Aviso:
    actor = casa.quien(EXPEDIENTES)
    draft = avisos.escribir_guardados(contenido, guardados, actor=actor, now=now)
    return avisos.publicar(draft.public_id, actor=actor, now=now)


def _leer(aviso: Aviso, now: datetime) -> None:
    query = select(Alumno.usuario_id).where(Alumno.estado == "activo", Alumno.usuario_id.is_not(None))
    for usuario_id in db.session.scalars(query.order_by(Alumno.id.desc()).limit(LEEN)).all():
        avisos.leer(aviso, usuario_id, now=now)
