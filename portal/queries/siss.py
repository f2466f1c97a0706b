"""Accepted entregas and their mark in the SISS, as the office lists and takes them along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select

from portal.models import Alumno, Dependencia, Entrega, Servicio, db
from portal.queries.paginas import Pagina, pagina


@dataclass(frozen=True)
class Fila:
    """One accepted entrega, as plain values."""

    public_id: str
    estado_desde: datetime
    boleta: str
    nombre: str
    correo: str
    carrera: str
    dependencia: str
    numero_registro: str
    entrega: str
    servicio: str
    siss: date | None


def _seleccion(lista: bool, cargadas: bool) -> Select[Any]:
    mark = Entrega.siss.is_not(None) if cargadas else Entrega.siss.is_(None)
    columns = (
        Entrega.public_id, Entrega.estado_desde, Alumno.boleta,
        (Alumno.paterno + " " + Alumno.materno + " " + Alumno.nombre).label("nombre"),
        Alumno.correo, Alumno.carrera, Dependencia.razon_social, func.coalesce(Servicio.numero_registro, ""),
        Entrega.nombre, Servicio.public_id, Entrega.siss,
    )  # fmt: skip
    query = (
        select(*(columns if lista else (func.count(Entrega.id),)))
        .select_from(Entrega)
        .where(Entrega.pide_siss, Entrega.estado == "aceptada", mark)
    )
    if not lista:
        return query
    return (
        query.join(Alumno, Alumno.id == Entrega.alumno_id)
        .join(Servicio, Servicio.id == Entrega.servicio_id)
        .join(Dependencia, Dependencia.id == Entrega.dependencia_id)
    )


def _fila(row: Any) -> Fila:
    values = list(row)
    values[3] = " ".join(values[3].split())
    return Fila(*values)


def lista(cargadas: bool, *, despues: str = "") -> Pagina:
    """One page of 50 accepted entregas with or without their mark, the longest accepted first."""
    clave = (Entrega.estado_desde, Entrega.id)
    found = pagina(_seleccion(True, cargadas), Entrega, clave, select().select_from(Entrega), despues=despues)
    return found.con([_fila(row) for row in found.filas])


def cuentas() -> tuple[int, int]:
    """How many lack their mark, and how many have it."""
    sin, con = (_seleccion(False, cargadas).scalar_subquery() for cargadas in (False, True))
    row = db.session.execute(select(sin, con)).one()
    return int(row[0]), int(row[1])


def exportar(cargadas: bool) -> Iterator[Fila]:
    """Every row of the list, read 500 at a time."""
    query = _seleccion(True, cargadas).order_by(Entrega.estado_desde, Entrega.id)
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield _fila(row)
