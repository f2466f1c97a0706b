"""An office with much to do: the same number of things waiting in every queue of an escuela."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event

from portal.models import (
    Alumno,
    Baja,
    Bitacora,
    Carta,
    Convenio,
    Dependencia,
    Entrega,
    Escuela,
    Proyecto,
    Servicio,
    Solicitud,
    Tramite,
    db,
)
from portal.services import escuelas
from portal.services.uow import unit_of_work
from tenants.ids import new_id
from tenants.scope import escuela_scope
from tests import factories

COLAS = ("convenios", "proyectos", "alumnos", "tramites", "entregas", "bajas", "finalizaciones", "cartas")


def llenar(escuela: Escuela, host: Dependencia, now: datetime, n: int, primero: int = 0) -> list[str]:
    """`n` things in each queue, for the office and for the dependencia; returns the public ids of the servicios.

    `primero`: the number of the first, where some were made before."""
    convenio = factories.convenio(escuela, host, now, hasta=now.date() + timedelta(days=40))
    proyecto = factories.proyecto(escuela, convenio, now, cupo=3)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        perfil = escuelas.perfil()
        servicios = []
        for k in range(primero, primero + n):
            desde = now - timedelta(days=k % 20 + 1, minutes=k)
            rows = _persona(perfil, convenio, proyecto, desde, k)
            servicios.append(next(r for r in rows if isinstance(r, Servicio)).public_id)
            uow.session.add_all(rows)
        uow.session.flush()
    return servicios


def _persona(perfil: Any, convenio: Convenio, proyecto: Proyecto, desde: datetime, k: int) -> list[Any]:
    """One alumno of each situation, and everything that waits because of them."""

    def at(**more: Any) -> dict[str, Any]:
        return {
            "id": new_id(),
            "public_id": f"pub{new_id():x}",
            "creado": desde,
            "estado_desde": desde,
            **more,
        }

    plan, hoy, own = perfil.planes[0], desde.date(), {"dependencia_id": convenio.dependencia_id}
    alumno, nuevo = (
        Alumno(**at(boleta=f"{base + k:010d}", nombre="Ximena", paterno=f"Prueba{k:04d}", materno="Ficticia",
                    correo=f"a{base + k}@ejemplo.test", carrera=perfil.carreras[k % len(perfil.carreras)].clave,
                    estado=estado))
        for base, estado in ((2021100000, "activo"), (2021200000, "por_confirmar"))
    )  # fmt: skip
    activo, fin = (
        Servicio(**at(**own, alumno_id=alumno.id, proyecto_id=proyecto.id, estado=estado, perfil_version=1,
                      plan_clave=plan.clave, inicio=hoy - timedelta(days=90), termino=hoy + timedelta(days=120),
                      horas_plan=plan.horas_totales, horas_aceptadas=180, horas_previas=0))
        for estado in ("activo", "terminado")
    )  # fmt: skip
    spec = plan.entregas[0]
    ent = [
        Entrega(**at(**own, alumno_id=alumno.id, servicio_id=servicio.id, clave=spec.clave, nombre=spec.nombre,
                     tipo=spec.tipo, orden=1, revisan=list(spec.revisan), estado="en_revision", revisor_en_turno=turno,
                     pide_horas=True, horas=180))
        for servicio, turno in ((activo, "coordinador"), (fin, "dependencia"))
    ]  # fmt: skip
    carta = Carta(**at(**own, tipo="termino", folio=f"T/{k}", anio=2026, numero=k + 1, codigo=f"C{new_id():x}",
                       perfil_version=1, valores={}, alumno_id=alumno.id, servicio_id=activo.id,
                       estado="detenida"))  # fmt: skip
    return [
        alumno, nuevo, activo, fin, *ent, carta,
        Convenio(**at(**own, estado="enviado")),
        *(
            Proyecto(**at(**own, convenio_id=convenio.id, titulo=f"{estado} {k}", actividades=[], carreras=[],
                          estado=estado))
            for estado in ("enviado", "rechazado")
        ),
        Tramite(**at(tipo="presentacion", alumno_id=alumno.id)),
        Baja(**at(**own, servicio_id=activo.id, alumno_id=alumno.id, justificacion="Cambio de residencia.", fecha=hoy)),
        Solicitud(**at(**own, alumno_id=nuevo.id, proyecto_id=proyecto.id, estado="enviada")),
        Bitacora(id=new_id(), creado=desde, autor="Prueba", rol="sistema", noun="convenio", objeto_id=convenio.id,
                 accion="enviar", antes="borrador", despues="enviado"),
        Bitacora(id=new_id(), creado=desde, autor="Prueba", rol="sistema", noun="entrega", objeto_id=ent[0].id,
                 alumno_id=alumno.id, accion="aceptar", antes="en_revision", despues="en_revision"),
    ]  # fmt: skip


@contextmanager
def contadas() -> Iterator[list[str]]:
    """The statements that the body sends to the database."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if not sql.startswith("BEGIN"):
            seen.append(sql)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
