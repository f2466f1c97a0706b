"""What waits for the office, in few statements: one per question, over all queues, whatever their length.

A `cola` is a key of COLAS. Callers say which queues, and which kinds of letters, the person may attend to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from portal.models import (
    Alumno,
    Baja,
    Bitacora,
    Carta,
    Convenio,
    Dependencia,
    Entrega,
    ListaEmision,
    Proyecto,
    Servicio,
    Tramite,
    db,
)
from portal.models.base import UtcDateTime

DIAS = 14
POR_COLA = 10


def _con_expediente() -> ColumnElement[bool]:
    otro = aliased(Servicio)
    sent = select(otro.id).where(
        otro.alumno_id == Alumno.id, otro.estado.in_(("prerregistrado", "rechazado"))
    )
    return sent.correlate(Alumno).exists()


def _confirmo_su_correo() -> ColumnElement[bool]:
    quien = aliased(Alumno)
    proven = select(quien.id).where(
        quien.id == Servicio.alumno_id, quien.estado.in_(("por_confirmar", "activo"))
    )
    return proven.correlate(Servicio).exists()


# cola -> (class, what waits in it)
COLAS: dict[str, tuple[Any, ColumnElement[bool]]] = {
    "convenios": (Convenio, Convenio.estado == "enviado"),
    "proyectos": (Proyecto, Proyecto.estado == "enviado"),
    # Who sent an expediente is confirmed by accepting it.
    "alumnos": (Alumno, and_(Alumno.estado == "por_confirmar", ~_con_expediente())),
    "prerregistros": (Servicio, and_(Servicio.estado == "prerregistrado", _confirmo_su_correo())),
    "tramites": (Tramite, Tramite.estado == "pedido"),
    "entregas": (Entrega, and_(Entrega.estado == "en_revision", Entrega.revisor_en_turno == "coordinador")),
    "bajas": (Baja, Baja.estado == "pedida"),
    "emision": (Servicio, and_(Servicio.estado == "terminado", Servicio.emision)),
    "constancias": (
        ListaEmision,
        and_(ListaEmision.estado == "emitida", ListaEmision.hasta < bindparam("hoy", type_=Date)),
    ),
    "finalizaciones": (Servicio, and_(Servicio.estado == "terminado", ~Servicio.emision)),
    "cartas": (Carta, Carta.estado == "detenida"),
}
# (noun of the bitácora, estado in which a thing enters a cola) -> that cola
ENTRADAS = {
    ("convenio", "enviado"): "convenios",
    ("proyecto", "enviado"): "proyectos",
    ("alumno", "por_confirmar"): "alumnos",
    ("tramite", "pedido"): "tramites",
    ("baja", "pedida"): "bajas",
    ("servicio", "prerregistrado"): "prerregistros",
    ("servicio", "terminado"): "finalizaciones",
    ("carta", "detenida"): "cartas",
}
EMISION = "emision"  # in place of the noun, of a servicio whose plan ends with a lista
_NOMBRE = Alumno.paterno + " " + Alumno.materno + " " + Alumno.nombre


@dataclass(frozen=True)
class Cola:
    """One queue: how many wait, and since when the oldest does."""

    clave: str
    cuantos: int
    desde: datetime | None


@dataclass(frozen=True)
class Espera:
    """One thing that waits: which queue, its public id, who or what it is, since when."""

    cola: str
    public_id: str
    titulo: str
    detalle: str
    desde: datetime


def colas(claves: Sequence[str], tipos_carta: Sequence[str], hoy: date) -> list[Cola]:
    """Number and oldest age of each queue, in the order given; one statement."""
    if not claves:
        return []
    found = {row.cola: Cola(row.cola, row.cuantos, row.desde) for row in
             db.session.execute(_colas(tuple(claves)), {"tipos": list(tipos_carta), "hoy": hoy})}  # fmt: skip
    return [found[clave] for clave in claves]


@lru_cache(maxsize=64)
def _colas(claves: tuple[str, ...]) -> Any:
    return union_all(
        *(
            select(
                literal(clave).label("cola"),
                func.count(model.id).label("cuantos"),
                func.min(model.estado_desde, type_=UtcDateTime).label("desde"),
            ).where(criterion, *_solo(clave))
            for clave, (model, criterion) in _elegidas(claves)
        )
    )


def _elegidas(claves: tuple[str, ...]) -> list[tuple[str, tuple[Any, ColumnElement[bool]]]]:
    return [(clave, COLAS[clave]) for clave in claves]


def _solo(clave: str) -> tuple[ColumnElement[bool], ...]:
    """A person sees the stopped letters of the kinds that they answer for."""
    return (Carta.tipo.in_(bindparam("tipos", expanding=True)),) if clave == "cartas" else ()


def mas_antiguos(claves: Sequence[str], tipos_carta: Sequence[str], hoy: date) -> list[Espera]:
    """The ten oldest of each queue, all together, oldest first; one statement."""
    if not claves:
        return []
    rows = db.session.execute(_antiguos(tuple(claves)), {"tipos": list(tipos_carta), "hoy": hoy})
    found = [
        Espera(r.cola, r.public_id, " ".join((r.titulo or "").split()), r.detalle or "", r.desde)
        for r in rows
    ]
    return sorted(found, key=lambda e: e.desde)


@lru_cache(maxsize=64)
def _antiguos(claves: tuple[str, ...]) -> Any:
    legs = []
    for clave, (model, criterion) in _elegidas(claves):
        leg = _de_cola(clave).where(criterion, *_solo(clave))
        part = leg.order_by(model.estado_desde, model.id).limit(POR_COLA).subquery()
        legs.append(select(part.c.cola, part.c.public_id, part.c.titulo, part.c.detalle, part.c.desde))
    return union_all(*legs)


def _de_cola(clave: str) -> Select[Any]:
    """What the list shows of a thing in that queue."""
    model = COLAS[clave][0]
    titulo, detalle, joins = _TITULOS[clave]
    query = select(
        literal(clave).label("cola"),
        model.public_id.label("public_id"),
        titulo.label("titulo"),
        detalle.label("detalle"),
        model.estado_desde.label("desde"),
    ).select_from(model)
    for other, on, outer in joins:
        query = query.join(other, on, isouter=outer)
    return query


def _con_alumno(model: Any, *, outer: bool = False) -> tuple[Any, ColumnElement[bool], bool]:
    return (Alumno, Alumno.id == model.alumno_id, outer)


def _con_dependencia(model: Any) -> tuple[Any, ColumnElement[bool], bool]:
    return (Dependencia, Dependencia.id == model.dependencia_id, False)


_TITULOS: dict[str, tuple[Any, Any, tuple[Any, ...]]] = {
    "convenios": (Dependencia.razon_social, Dependencia.sector, (_con_dependencia(Convenio),)),
    "proyectos": (Proyecto.titulo, Dependencia.razon_social, (_con_dependencia(Proyecto),)),
    "alumnos": (_NOMBRE, Alumno.boleta, ()),
    "prerregistros": (
        _NOMBRE,
        Dependencia.razon_social,
        (_con_alumno(Servicio), _con_dependencia(Servicio)),
    ),
    "tramites": (_NOMBRE, Tramite.tipo, (_con_alumno(Tramite),)),
    "entregas": (_NOMBRE, Entrega.nombre, (_con_alumno(Entrega),)),
    "bajas": (_NOMBRE, Dependencia.razon_social, (_con_alumno(Baja), _con_dependencia(Baja))),
    "emision": (
        _NOMBRE,
        Dependencia.razon_social,
        (_con_alumno(Servicio), _con_dependencia(Servicio)),
    ),
    "constancias": (literal("Lista ") + cast(ListaEmision.numero, String), literal(""), ()),
    "finalizaciones": (
        _NOMBRE,
        Dependencia.razon_social,
        (_con_alumno(Servicio), _con_dependencia(Servicio)),
    ),
    "cartas": (
        func.coalesce(_NOMBRE, Carta.folio),
        Carta.tipo,
        (_con_alumno(Carta, outer=True),),
    ),
}


def llegadas(claves: Sequence[str], limites: Sequence[datetime]) -> dict[str, list[int]]:
    """How many things entered each queue on each day; `limites` are the day starts and the end of the last.

    From the bitácora, so that what was already attended to counts too. One statement.
    """
    dias = len(limites) - 1
    values = {f"d{n}": limite for n, limite in enumerate(limites)}
    found = {clave: [0] * dias for clave in claves}
    for row in db.session.execute(_llegadas(dias), values):
        clave = EMISION if row.de == EMISION else ENTRADAS.get((row.de, row.despues), "entregas")
        if clave in found:
            found[clave] = [int(n or 0) for n in row[2:]]
    return found


@lru_cache(maxsize=4)
def _llegadas(dias: int) -> Any:
    bounds = [bindparam(f"d{n}", type_=UtcDateTime) for n in range(dias + 1)]
    columns = [
        func.sum(case((and_(Bitacora.creado >= bounds[n], Bitacora.creado < bounds[n + 1]), 1), else_=0), type_=Integer)
        .label(f"n{n}")
        for n in range(dias)
    ]  # fmt: skip
    enters = [
        and_(Bitacora.noun == noun, Bitacora.despues == estado, Bitacora.antes != estado)
        for noun, estado in ENTRADAS
    ]
    de_la_oficina = select(Entrega.id).where(
        Entrega.id == Bitacora.objeto_id, cast(Entrega.revisan, String).like('["coordinador"%')
    )
    enters.append(
        and_(
            Bitacora.noun == "entrega",
            Bitacora.despues == "en_revision",
            or_(Bitacora.accion == "aceptar", and_(Bitacora.accion == "enviar", de_la_oficina.exists())),
        )
    )
    se_emite = select(Servicio.id).where(Servicio.id == Bitacora.objeto_id, Servicio.emision).exists()
    terminado = and_(Bitacora.noun == "servicio", Bitacora.despues == "terminado")
    de = case((and_(terminado, se_emite), EMISION), else_=Bitacora.noun).label("de")
    return (
        select(de, Bitacora.despues, *columns)
        .where(Bitacora.creado >= bounds[0], Bitacora.creado < bounds[-1], or_(*enters))
        .group_by("de", Bitacora.despues)
    )


def cambios(desde: datetime, usuario_id: int) -> dict[tuple[str, str], int]:
    """(noun, acción) -> how often others did it since then; one statement."""
    query = (
        select(Bitacora.noun, Bitacora.accion, func.count(Bitacora.id).label("veces"))
        .where(Bitacora.creado > desde, func.coalesce(Bitacora.usuario_id, 0) != usuario_id)
        .group_by(Bitacora.noun, Bitacora.accion)
    )
    return {(row.noun, row.accion): row.veces for row in db.session.execute(query)}


@dataclass(frozen=True)
class Vencimiento:
    """A date of these days: the noun it belongs to, its public id, who, when."""

    noun: str
    public_id: str
    titulo: str
    detalle: str
    fecha: date


def vencimientos(hoy: date, hasta: date, *, dias_convenio: int, maximo: int = 8) -> list[Vencimiento]:
    """Servicios that end from today to `hasta`, and vigente convenios that end in `dias_convenio`; one statement."""
    days = {"hoy": hoy, "hasta": hasta, "renovar": hoy + timedelta(days=dias_convenio), "maximo": maximo}
    rows = db.session.execute(_VENCIMIENTOS, days)
    found = [Vencimiento(r.noun, r.public_id, " ".join(r.titulo.split()), r.detalle, r.fecha) for r in rows]
    return sorted(found, key=lambda v: v.fecha)


def _vencimientos() -> Any:
    hoy, hasta, renovar = (bindparam(name, type_=Date) for name in ("hoy", "hasta", "renovar"))
    maximo = bindparam("maximo", type_=Integer)
    servicios = (
        select(literal("servicio").label("noun"), Servicio.public_id.label("public_id"), _NOMBRE.label("titulo"),
               Dependencia.razon_social.label("detalle"), Servicio.termino.label("fecha"))
        .join(Alumno, Alumno.id == Servicio.alumno_id)
        .join(Dependencia, Dependencia.id == Servicio.dependencia_id)
        .where(Servicio.estado == "activo", Servicio.termino >= hoy, Servicio.termino <= hasta)
        .order_by(Servicio.termino, Servicio.id).limit(maximo)
    ).subquery()  # fmt: skip
    convenios = (
        select(literal("convenio").label("noun"), Convenio.public_id.label("public_id"),
               Dependencia.razon_social.label("titulo"), literal("").label("detalle"), Convenio.hasta.label("fecha"))
        .join(Dependencia, Dependencia.id == Convenio.dependencia_id)
        .where(Convenio.estado == "vigente", Convenio.hasta >= hoy,
               Convenio.hasta <= renovar)
        .order_by(Convenio.hasta, Convenio.id).limit(maximo)
    ).subquery()  # fmt: skip
    legs = [
        select(p.c.noun, p.c.public_id, p.c.titulo, p.c.detalle, p.c.fecha) for p in (servicios, convenios)
    ]
    return union_all(*legs)


_VENCIMIENTOS = _vencimientos()
