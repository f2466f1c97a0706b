"""Lines of the bitácora as the office lists them behind a figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from portal.models import Alumno, Bitacora, Entrega, Proyecto, Servicio, db
from portal.models.base import UtcDateTime
from portal.queries.estadisticas import OTRO, criterio, vigentes

TAMANO = 50


@dataclass(frozen=True)
class Filtro:
    """What the list is narrowed to: an interval, movements (none: nothing), who did it, which reason.

    `motivo` is a ready reason, or OTRO: none of `listos`.
    """

    desde: datetime
    hasta: datetime
    movimientos: tuple[Any, ...]
    autor: str = ""
    motivo: str = ""
    listos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fila:
    """One line: what was done when by whom to what; `servicio` is the public id of the expediente, "" for none."""

    fecha: datetime
    noun: str
    accion: str
    rol: str
    autor: str
    motivo: str
    boleta: str
    alumno: str
    servicio: str
    cosa: str


@dataclass(frozen=True)
class Hojas:
    """A page of the list, and the cursor of the next ("" where there is none)."""

    filas: list[Fila]
    siguiente: str = ""


def _criterios(filtro: Filtro) -> list[ColumnElement[bool]]:
    found = vigentes(filtro.desde, filtro.hasta)
    found.append(or_(false(), *(criterio(m) for m in filtro.movimientos)))
    if filtro.autor:
        found.append(Bitacora.autor == filtro.autor)
    if filtro.motivo == OTRO:
        found.append(Bitacora.motivo.not_in(filtro.listos))
    elif filtro.motivo:
        found.append(Bitacora.motivo == filtro.motivo)
    return found


def _seleccion(filtro: Filtro, limite: int, *criterios: ColumnElement[bool]) -> Select[Any]:
    """The newest lines, up to a limit, with whom each is about and what it is called."""
    lineas = (
        select(Bitacora)
        .where(*_criterios(filtro), *criterios)
        .order_by(Bitacora.creado.desc(), Bitacora.numero.desc())
        .limit(limite)
        .subquery()  # first which lines, then what they speak of
    )
    b = aliased(Bitacora, lineas)
    de_servicio, de_entrega = aliased(Servicio), aliased(Servicio)
    query: Select[Any] = (
        select(b.creado, b.noun, b.accion, b.rol, b.autor, b.motivo, Alumno.boleta,
               (Alumno.paterno + " " + Alumno.materno + " " + Alumno.nombre).label("alumno"),
               func.coalesce(de_servicio.public_id, de_entrega.public_id).label("servicio"),
               func.coalesce(Entrega.nombre, Proyecto.titulo, "").label("cosa"), b.numero)
        .outerjoin(Entrega, and_(b.noun == "entrega", Entrega.id == b.objeto_id))
        .outerjoin(Proyecto, and_(b.noun == "proyecto", Proyecto.id == b.objeto_id))
        .outerjoin(de_servicio, and_(b.noun == "servicio", de_servicio.id == b.objeto_id))
        .outerjoin(de_entrega, de_entrega.id == Entrega.servicio_id)
        .outerjoin(Alumno, Alumno.id == b.alumno_id)
        .order_by(b.creado.desc(), b.numero.desc())
    )  # fmt: skip
    return query


def _fila(row: Any) -> Fila:
    values: list[Any] = [value if value is not None else "" for value in row[:10]]
    values[7] = " ".join(values[7].split())
    return Fila(*values)


def cuantos(filtro: Filtro) -> int:
    """How many lines match."""
    return db.session.scalar(select(func.count(Bitacora.id)).where(*_criterios(filtro))) or 0


def lista(filtro: Filtro, despues: str = "", tamano: int = TAMANO) -> Hojas:
    """One page, newest first, after the line of a cursor; one nobody knows begins at the start."""
    more: list[ColumnElement[bool]] = []
    micros, _, numero = despues.partition("~")
    if micros.isdigit() and numero.isdigit() and len(micros) < 18 and len(numero) < 18:
        seconds, rest = divmod(int(micros), 1_000_000)
        moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
        here = tuple_(literal(moment, UtcDateTime()), literal(int(numero)))
        more.append(tuple_(Bitacora.creado, Bitacora.numero) < here)
    rows = db.session.execute(_seleccion(filtro, tamano + 1, *more)).all()
    hay_mas, rows = len(rows) > tamano, rows[:tamano]
    return Hojas([_fila(row) for row in rows], _cursor(rows[-1]) if hay_mas else "")


def _cursor(row: Any) -> str:
    return f"{int(row.creado.timestamp() * 1_000_000)}~{row.numero}"


def exportar(filtro: Filtro, maximo: int) -> Iterator[Fila]:
    """Every line that matches, up to `maximo`; read 500 at a time."""
    query = _seleccion(filtro, maximo)
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield _fila(row)
