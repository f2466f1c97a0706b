"""Alumnos in service, for tests: a servicio with its dependencia, its people and a file to send."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.calendario import to_local
from portal.models import Alumno, Dependencia, Entrega, Escuela, Proyecto, Servicio, Usuario, db
from portal.services import entregas, runtime, servicios
from portal.services.documentos import Guardado
from portal.services.uow import unit_of_work
from tenants.ids import new_public_id
from tenants.scope import escuela_scope
from tests import factories
from tests.consultas import contadas
from tests.files.samples import pdf_bytes, pdf_of


@dataclass(frozen=True)
class Caso:
    """One alumno in service and everybody who has to do with it."""

    escuela: Escuela
    servicio: Servicio
    alumno: Alumno
    dependencia: Dependencia
    persona: Usuario
    proyecto: Proyecto
    coordinador: Usuario

    @property
    def como_alumno(self) -> Actor:
        return Actor(
            "alumno", self.alumno.nombre_completo, self.alumno.usuario_id, self.escuela.id, self.alumno.id
        )

    @property
    def como_dependencia(self) -> Actor:
        return Actor(
            "dependencia",
            self.persona.nombre,
            self.persona.id,
            dependencia_ids=frozenset({self.dependencia.id}),
        )

    @property
    def como_coordinador(self) -> Actor:
        permisos = frozenset({"convenios", "expedientes", "reportes", "terminos"})
        return Actor(
            "coordinador", self.coordinador.nombre, self.coordinador.id, self.escuela.id, permisos=permisos
        )

    def entrega(self, clave: str = "reporte_180") -> Entrega:
        """A step as it stands in the database now."""
        with escuela_scope(self.escuela.id):
            query = select(Entrega).where(Entrega.servicio_id == self.servicio.id, Entrega.clave == clave)
            found = db.session.scalars(query.execution_options(populate_existing=True)).one()
            db.session.commit()
            return found

    def leer(self) -> Servicio:
        """The servicio as it stands in the database now."""
        with escuela_scope(self.escuela.id):
            query = select(Servicio).where(Servicio.id == self.servicio.id)
            found = db.session.scalars(query.execution_options(populate_existing=True)).one()
            db.session.commit()
            return found


def caso(escuela: Escuela, now: datetime, *, meses: int = 11, **fields: Any) -> Caso:
    """An activo servicio that began `meses` months ago (of 30 days) and ends two weeks from now."""
    dependencia, persona = factories.dependencia(now, razon_social=fields.pop("razon_social", ""))
    convenio = factories.convenio(escuela, dependencia, now)
    proyecto = factories.proyecto(escuela, convenio, now, ocupados=fields.pop("ocupados", 0))
    return en(escuela, now, dependencia, persona, proyecto, meses=meses, **fields)


def en(
    escuela: Escuela,
    now: datetime,
    dependencia: Dependencia,
    persona: Usuario,
    proyecto: Proyecto,
    *,
    meses: int = 11,
    **fields: Any,
) -> Caso:
    """Another alumno in service with a dependencia that exists."""
    alumno = fields.pop("alumno", None) or factories.alumno(escuela, now)
    termino = fields.pop("termino", None) or to_local(now).date() + timedelta(days=14)
    coordinador = fields.pop("coordinador", None) or factories.coordinador(escuela, now)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        inicio = to_local(now).date() - timedelta(days=30 * meses)
        servicio = servicios.abrir(
            uow, None, alumno, proyecto, inicio, termino, "Lunes a viernes, 9:00 a 13:00"
        )
    return Caso(escuela, servicio, alumno, dependencia, persona, proyecto, coordinador)


@cache
def _pdf() -> bytes:
    return pdf_bytes(pdf_of("Reporte de actividades ficticio"))


def guardado(escuela: Escuela, nombre: str = "reporte.pdf") -> Guardado:
    """A PDF that lies in the storage, as documentos.recibir would leave it."""
    content = _pdf()
    stored = runtime.current().backends.storage.put(
        f"escuela/{escuela.id}/{new_public_id()}.pdf",
        io.BytesIO(content),
        size=len(content),
        content_type="application/pdf",
    )
    sha = hashlib.sha256(content).hexdigest()
    return Guardado("carpeta", stored.key, nombre, "application/pdf", len(content), sha, 1, (), "")


def enviar(de: Caso, now: datetime, clave: str = "reporte_180", horas: int = 180, **fechas: date) -> Entrega:
    """Send a step as its alumno would, for a period of 105 days that began with the servicio (or after the last)."""
    entrega = de.entrega(clave)
    anteriores = [e for e in _todas(de) if e.periodo_hasta and e.orden < entrega.orden]
    desde = anteriores[-1].periodo_hasta + timedelta(days=1) if anteriores else de.servicio.inicio
    values: dict[str, Any] = {"desde": desde, "hasta": desde + timedelta(days=105), **fechas}
    with escuela_scope(de.escuela.id):
        return entregas.enviar(
            entrega.public_id,
            documento=guardado(de.escuela),
            horas=horas if entrega.pide_horas else None,
            actividades="Captura de fichas y revisión de imágenes.",
            actor=de.como_alumno,
            now=now,
            **(values if entrega.pide_horas else {}),
        )


def _todas(de: Caso) -> list[Entrega]:
    with escuela_scope(de.escuela.id):
        query = select(Entrega).where(Entrega.servicio_id == de.servicio.id).order_by(Entrega.orden)
        found = list(db.session.scalars(query.execution_options(populate_existing=True)))
        db.session.commit()
        return found


def decidir(de: Caso, now: datetime, clave: str, *actores: Actor) -> Entrega:
    """Accept a step by each of these reviewers in turn; by everybody whom the plan names if none is given."""
    entrega = de.entrega(clave)
    turnos = actores or [getattr(de, f"como_{papel}") for papel in entrega.revisan]
    with escuela_scope(de.escuela.id):
        for actor in turnos:
            entrega = entregas.aceptar(entrega.public_id, actor=actor, now=now)
    return entrega


def aceptada(de: Caso, now: datetime, clave: str = "reporte_180", horas: int = 180) -> Entrega:
    """Send a step and have everybody accept it."""
    enviar(de, now, clave, horas)
    return decidir(de, now, clave)


def sin_permisos(actor: Actor) -> Actor:
    """The same person of the office without any permission."""
    return replace(actor, permisos=frozenset())


def preguntas(client: FlaskClient, url: str) -> int:
    """How many SELECTs a page asks, warm (profile and plan cached)."""
    assert client.get(url).status_code == 200
    with contadas() as asked:
        assert client.get(url).status_code == 200
    return len(asked)
