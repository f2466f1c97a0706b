"""The rows of the reports that an escuela asks for [seed 002], the same for the page, the PDF and the spreadsheet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from portal.models import Alumno, Convenio, Dependencia, Proyecto, Servicio, db
from portal.queries.expedientes import SIRVEN, Fila, fila, seleccion

# En servicio: what a report of alumnos counts unless an estado is chosen.
EN_SERVICIO = SIRVEN
AUTORIZADAS = ("autorizado", "vigente", "vencido")


@dataclass(frozen=True)
class Periodo:
    """Both days included."""

    desde: date
    hasta: date


@dataclass(frozen=True)
class FilaDependencia:
    """One authorised dependencia: its convenio, and how many proyectos and alumnos it has had in the period."""

    public_id: str
    estado: str
    rfc: str
    razon_social: str
    sector: str
    municipio: str
    entidad: str
    representante: str
    cargo: str
    correo: str
    telefono: str
    desde: date | None
    hasta: date | None
    proyectos: int
    alumnos: int


def _alumnos(
    periodo: Periodo, estado: str, carrera: str, dependencia_ids: Collection[int] | None
) -> list[ColumnElement[bool]]:
    """A servicio belongs to a period if one of its days does."""
    found: list[ColumnElement[bool]] = [
        Servicio.inicio <= periodo.hasta,
        Servicio.termino >= periodo.desde,
        Servicio.estado == estado if estado else Servicio.estado.in_(EN_SERVICIO),
    ]
    if carrera:
        found.append(Alumno.carrera == carrera)
    if dependencia_ids is not None:
        found.append(Servicio.dependencia_id.in_(list(dependencia_ids)))
    return found


def alumnos(
    periodo: Periodo, *, estado: str = "", carrera: str = "", dependencia_ids: Collection[int] | None = None,
    maximo: int | None = None,
) -> Iterator[Fila]:  # fmt: skip
    """Alumnos in service within a period, by name; all, or those of some dependencias, or the first `maximo`."""
    query = seleccion(*_alumnos(periodo, estado, carrera, dependencia_ids))
    query = query.order_by(Alumno.busqueda, Servicio.id).limit(maximo)
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield fila(row)


def cuenta_alumnos(
    periodo: Periodo, *, estado: str = "", carrera: str = "", dependencia_ids: Collection[int] | None = None
) -> tuple[int, int]:
    """(alumnos in the report, accepted hours of all of them)."""
    query = (
        select(func.count(Servicio.id), func.sum(Servicio.horas_aceptadas + Servicio.horas_previas))
        .join(Alumno, Alumno.id == Servicio.alumno_id)
        .where(*_alumnos(periodo, estado, carrera, dependencia_ids))
    )
    cuantos, horas = db.session.execute(query).one()
    return cuantos, int(horas or 0)


def _autorizadas(columns: Sequence[Any], periodo: Periodo, estado: str) -> Select[Any]:
    """A convenio belongs to a period if it was in force on one of its days."""
    return (
        select(*columns)
        .select_from(Convenio)
        .join(Dependencia, Dependencia.id == Convenio.dependencia_id)
        .where(
            Convenio.estado == estado if estado else Convenio.estado.in_(AUTORIZADAS),
            func.coalesce(Convenio.desde, periodo.desde) <= periodo.hasta,
            func.coalesce(Convenio.hasta, periodo.hasta) >= periodo.desde,
        )
    )


def dependencias(
    periodo: Periodo, *, estado: str = "", maximo: int | None = None
) -> Iterator[FilaDependencia]:
    """Dependencias with an authorised convenio within a period, by name."""
    proyectos = (
        select(func.count(Proyecto.id))
        .where(
            Proyecto.dependencia_id == Dependencia.id,
            Proyecto.estado.in_(("publicado", "pausado", "cerrado")),
        )
        .scalar_subquery()
    )
    alumnos = (
        select(func.count(Servicio.id))
        .where(Servicio.dependencia_id == Dependencia.id, Servicio.estado.in_(EN_SERVICIO),
               Servicio.inicio <= periodo.hasta, Servicio.termino >= periodo.desde)
        .scalar_subquery()
    )  # fmt: skip
    d = Dependencia
    columns = (Convenio.public_id, Convenio.estado, d.rfc, d.razon_social, d.sector, d.municipio, d.entidad,
               d.representante_nombre, d.representante_cargo, d.representante_correo, d.telefono, Convenio.desde,
               Convenio.hasta, proyectos.label("proyectos"), alumnos.label("alumnos"))  # fmt: skip
    query = _autorizadas(columns, periodo, estado).order_by(d.razon_social, Convenio.id).limit(maximo)
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield FilaDependencia(*row)


def cuenta_dependencias(periodo: Periodo, *, estado: str = "") -> int:
    """How many rows the report of dependencias has."""
    return db.session.scalar(_autorizadas((func.count(Convenio.id),), periodo, estado)) or 0
