"""Servicios that end with a lista de emisión, for tests: everything accepted, in a lista, with files of constancias."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from portal.domain import emision as reglas
from portal.domain.access import SISTEMA_ACTOR
from portal.domain.calendario import Calendario, to_local
from portal.models import Entrega, Escuela, ListaEmision, ListaRenglon, Servicio, db
from portal.services import emision, servicios
from portal.services.uow import unit_of_work
from portal.services.workflow import act
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso
from tests.files.samples import pdf_bytes, pdf_of

NOMBRES = (
    ("Martha Yaneli", "Quezada", "Flores"),
    ("Gerardo", "Ulloa", "Rodríguez"),
    ("Inés", "Arriaga", "Núñez"),
)


def listo(escuela: Escuela, now: datetime, n: int = 0, **fields: object) -> Caso:
    """A servicio of an outer prestatario whose every step the office accepted: ready for a lista."""
    nombre, paterno, materno = NOMBRES[n % len(NOMBRES)]
    alumno = factories.alumno(escuela, now, nombre=nombre, paterno=paterno, materno=materno)
    caso = en_servicio.caso(escuela, now, termino=to_local(now).date(), alumno=alumno, **fields)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        servicio = uow.lock_id(Servicio, caso.servicio.id)
        servicio.horas_previas = servicio.horas_plan
        query = select(Entrega).where(
            Entrega.servicio_id == servicio.id, Entrega.tipo.in_(("evaluacion", "carta_termino"))
        )
        for entrega in uow.session.scalars(query.order_by(Entrega.orden)):
            if entrega.estado != "aceptada":
                act(uow, entrega, "cumplir", SISTEMA_ACTOR)
        servicios.abrir_siguientes(uow, servicio)
    return caso


def emitir(casos: Sequence[Caso], now: datetime, **values: object) -> ListaEmision:
    """Generate a lista with these."""
    with escuela_scope(casos[0].escuela.id):
        ids = [c.servicio.public_id for c in casos]
        return emision.emitir(ids, actor=casos[0].como_coordinador, now=now, **values)  # type: ignore[arg-type]


def renglon(caso: Caso) -> ListaRenglon:
    """The row of a servicio, as it stands in the database now."""
    with escuela_scope(caso.escuela.id):
        query = select(ListaRenglon).where(ListaRenglon.servicio_id == caso.servicio.id)
        found = db.session.scalars(query.execution_options(populate_existing=True)).one()
        db.session.commit()
        return found


def leer(lista: ListaEmision) -> ListaEmision:
    """A lista as it stands in the database now."""
    with escuela_scope(lista.escuela_id):
        query = select(ListaEmision).where(ListaEmision.id == lista.id)
        found = db.session.scalars(query.execution_options(populate_existing=True)).one()
        db.session.commit()
        return found


def pdf(*lineas: str) -> bytes:
    """A PDF with these words."""
    return pdf_bytes(pdf_of(" ".join(lineas)))


def archivo(folder: Path, nombre: str, *lineas: str) -> tuple[Path, str]:
    """A PDF on disk, as an upload leaves it."""
    path = folder / nombre
    path.write_bytes(pdf(*lineas))
    return path, nombre


def retrasar(lista: ListaEmision, fecha: datetime) -> None:
    """Make a lista as old as one of that instant."""
    with escuela_scope(lista.escuela_id), unit_of_work(fecha) as uow:
        found = uow.lock_id(ListaEmision, lista.id)
        found.fecha = to_local(fecha).date()
        found.desde, found.hasta = reglas.ventana(found.fecha, (40, 45), Calendario())
        found.estado_desde = fecha
