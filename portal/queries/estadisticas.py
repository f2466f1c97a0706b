"""The figures of an escuela over a period, each question in one statement however many servicios there are.

A movement (what is counted together) has `clave`, `noun`, `acciones` and `roles`; the caller says which there are.
Days are those of the escuelas' place, both ends included.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from portal.models import Alumno, Bitacora, Dependencia, Proyecto, Servicio, db
from portal.queries.dias import dia_local
from portal.queries.reportes import EN_SERVICIO, Periodo

SIN_DATO = "sin"
DESHACER = "deshacer"
OTRO = "otro"


@dataclass(frozen=True)
class Cuenta:
    """How many servicios are of one value of one aspect, and the hours accepted of them."""

    aspecto: str
    clave: str
    nombre: str
    cuantos: int
    horas: int


def servicios(periodo: Periodo, previo: Periodo) -> list[Cuenta]:
    """Servicios of which a day lies in the period: by estado, and those in service by carrera, género, semestre,
    prestatario and modalidad; with "total" and "inicio" (who began) of both periods ("antes_…"). One statement."""
    base = _base(periodo).cte("base")
    previos = _base(previo).cte("previos")
    serving = base.c.sirve
    legs = [
        _pata("estado", base, base.c.estado),
        _pata("total", base, literal(""), serving),
        _pata("inicio", base, literal(""), and_(serving, base.c.inicio >= periodo.desde)),
        _pata("antes_total", previos, literal(""), previos.c.sirve),
        _pata("antes_inicio", previos, literal(""), and_(previos.c.sirve, previos.c.inicio >= previo.desde)),
        *(
            _pata(aspecto, base, base.c[aspecto], serving)
            for aspecto in ("carrera", "genero", "semestre", "modalidad")
        ),
        _prestatarios(base),
    ]
    rows = db.session.execute(union_all(*legs))
    return [Cuenta(r.aspecto, r.clave, r.nombre, r.cuantos, int(r.horas or 0)) for r in rows]


def _base(periodo: Periodo) -> Select[Any]:
    """The servicios of a period with what they are told apart by; what is not known is SIN_DATO."""
    query: Select[Any] = (
        select(
            Servicio.estado.label("estado"),
            Servicio.estado.in_(EN_SERVICIO).label("sirve"),
            Servicio.inicio.label("inicio"),
            Servicio.dependencia_id.label("dependencia_id"),
            (Servicio.horas_aceptadas + Servicio.horas_previas).label("horas"),
            Alumno.carrera.label("carrera"),
            func.coalesce(func.nullif(Alumno.genero, ""), SIN_DATO).label("genero"),
            func.coalesce(cast(Alumno.semestre, String), SIN_DATO).label("semestre"),
            func.coalesce(Proyecto.modalidad, SIN_DATO).label("modalidad"),
        )
        .select_from(Servicio)
        .join(Alumno, Alumno.id == Servicio.alumno_id)
        .outerjoin(Proyecto, Proyecto.id == Servicio.proyecto_id)
        .where(Servicio.inicio <= periodo.hasta, Servicio.termino >= periodo.desde)
    )
    return query


def _pata(aspecto: str, base: Any, clave: Any, *criterios: ColumnElement[bool]) -> Select[Any]:
    query = select(
        literal(aspecto).label("aspecto"),
        clave.label("clave"),
        literal("").label("nombre"),
        func.count().label("cuantos"),
        func.sum(base.c.horas, type_=Integer).label("horas"),
    ).select_from(base)
    return query.where(*criterios).group_by(clave) if aspecto in base.c else query.where(*criterios)


def _prestatarios(base: Any) -> Select[Any]:
    return (
        select(
            literal("prestatario"),
            Dependencia.public_id,
            Dependencia.razon_social,
            func.count(),
            func.sum(base.c.horas, type_=Integer),
        )
        .select_from(base)
        .join(Dependencia, Dependencia.id == base.c.dependencia_id)
        .where(base.c.sirve)
        .group_by(Dependencia.id, Dependencia.public_id, Dependencia.razon_social)
    )


# ---- the bitácora ----


@dataclass(frozen=True)
class Dia:
    """How often a movement was made on a day."""

    dia: date
    clave: str
    cuantos: int


@dataclass(frozen=True)
class Decision:
    """Decisions alike: of a step, by one person, on one day, on what had waited since one day (None: not known).

    `motivo` is the ready reason, OTRO for one of the person's own, "" for none.
    """

    paso: str
    accion: str
    autor: str
    rol: str
    motivo: str
    desde: date | None
    dia: date
    cuantos: int


def criterio(movimiento: Any) -> ColumnElement[bool]:
    """The lines of the bitácora that a movement counts."""
    found = [Bitacora.noun == movimiento.noun, Bitacora.accion.in_(movimiento.acciones)]
    if movimiento.roles:
        found.append(Bitacora.rol.in_(movimiento.roles))
    return and_(*found)


def vigentes(desde: datetime, hasta: datetime) -> list[ColumnElement[bool]]:
    """Lines of an interval, without decisions that were taken back and the end of a servicio that went with one."""
    deshecha, linea = aliased(Bitacora), aliased(Bitacora)
    decision = (
        select(func.max(linea.id))
        .where(
            linea.noun == deshecha.noun,
            linea.objeto_id == deshecha.objeto_id,
            linea.id < deshecha.id,
            linea.accion != DESHACER,
        )
        .correlate(deshecha)
        .scalar_subquery()
    )
    undone = select(func.coalesce(decision, 0)).where(
        or_(deshecha.accion == DESHACER, and_(deshecha.noun == "servicio", deshecha.accion == "retomar")),
        deshecha.creado >= desde,
        deshecha.creado < hasta + timedelta(days=1),
    )
    return [Bitacora.creado >= desde, Bitacora.creado < hasta, Bitacora.id.not_in(undone)]


def _amplio(movimientos: Sequence[Any]) -> list[ColumnElement[bool]]:
    """Any noun with any acción of these movements: quick to ask of many lines; `_Claves` knows which are meant."""
    nouns = sorted({m.noun for m in movimientos})
    acciones = sorted({a for m in movimientos for a in m.acciones})
    return [Bitacora.noun.in_(nouns), Bitacora.accion.in_(acciones)]


class _Claves:
    """Which movement a line is counted by."""

    def __init__(self, movimientos: Sequence[Any]) -> None:
        self._de = {
            (m.noun, accion, rol): m.clave
            for m in movimientos
            for accion in m.acciones
            for rol in m.roles or ("",)
        }

    def de(self, noun: str, accion: str, rol: str) -> str:
        """Its clave, "" where none counts it."""
        return self._de.get((noun, accion, rol)) or self._de.get((noun, accion, ""), "")


def por_dia(desde: datetime, hasta: datetime, movimientos: Sequence[Any]) -> list[Dia]:
    """How often each movement was made on each day from `desde` until before `hasta`; one statement."""
    b, claves = Bitacora, _Claves(movimientos)
    lineas = (
        select(dia_local(b.creado).label("dia"), b.noun, b.accion, b.rol)
        .where(*vigentes(desde, hasta), *_amplio(movimientos))
        .subquery()
    )
    query: Select[Any] = select(*lineas.c, func.count()).group_by(*lineas.c)
    rows = db.session.execute(query)
    return [Dia(dia, clave, n) for dia, *que, n in rows if (clave := claves.de(*que))]


def decisiones(
    desde: datetime, hasta: datetime, pasos: Sequence[Any], negativas: Collection[str], listos: Sequence[str]
) -> list[Decision]:
    """The decisions of an interval, those alike in one row, and since when the thing had waited; one statement."""
    b, claves = Bitacora, _Claves(pasos)
    lineas = (
        select(
            dia_local(_llegada()).label(
                "desde"
            ),  # days first: rows are sorted by them before texts are compared
            dia_local(b.creado).label("dia"),
            b.noun,
            b.accion,
            b.rol,
            b.autor,
            motivo(negativas, listos).label("motivo"),
        )
        .where(*vigentes(desde, hasta), *_amplio(pasos))
        .subquery()
    )
    query: Select[Any] = select(*lineas.c, func.count().label("cuantos")).group_by(*lineas.c)
    return [
        Decision(paso, r.accion, r.autor, r.rol, r.motivo, r.desde, r.dia, r.cuantos)
        for r in db.session.execute(query)
        if (paso := claves.de(r.noun, r.accion, r.rol))
    ]


def _llegada() -> Any:
    """When what a line decided had arrived: the last line that brought it into the estado in which it was decided.

    A decision of the same role that left it there, as one that was taken back, is none.
    """
    llegada = aliased(Bitacora)
    return (
        select(llegada.creado)
        .where(
            llegada.noun == Bitacora.noun,
            llegada.objeto_id == Bitacora.objeto_id,
            llegada.id < Bitacora.id,
            llegada.despues == Bitacora.antes,
            llegada.accion != DESHACER,
            or_(llegada.antes != llegada.despues, llegada.rol != Bitacora.rol),
        )
        .order_by(llegada.id.desc())
        .limit(1)
        .correlate(Bitacora)
        .scalar_subquery()
    )


def motivo(negativas: Collection[str], listos: Sequence[str]) -> Any:
    """The reason of a rejection: the ready one, or OTRO; "" of what is none."""
    ready = case((Bitacora.motivo.in_(listos), Bitacora.motivo), else_=OTRO)
    return case((Bitacora.accion.in_(negativas), ready), else_="")
