"""The queues of entregas that wait for a reviewer: narrowed, counted, walked from one to the next, oldest first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Any

from sqlalchemy import String, and_, bindparam, cast, exists, func, literal, or_, select
from sqlalchemy.orm import aliased, joinedload

from portal.models import (
    Alumno,
    Carta,
    Correo,
    Dependencia,
    Entrega,
    EntregaHistoria,
    LoteServicio,
    Miembro,
    Outbox,
    Servicio,
    Usuario,
    db,
)
from portal.models.base import UtcDateTime
from portal.queries.expedientes import con_palabras
from portal.queries.paginas import Pagina, pagina_de

NADIE, MIAS = "nadie", "mias"


@dataclass(frozen=True)
class Filtro:
    """What a queue is narrowed to; empty values narrow nothing.

    `paso` is the clave of a step, `revisor` the public id of a usuario, NADIE, or MIAS: those of the usuario `mio`.
    `palabras` are folded words of the alumno's name or boleta. `dependencia_ids`: of these alone.
    """

    tipo: str = ""
    paso: str = ""
    carrera: str = ""
    dependencia: str = ""
    revisor: str = ""
    mio: int | None = None
    palabras: tuple[str, ...] = ()
    dependencia_ids: Collection[int] | None = None


def _criterios(turno: Any, filtro: Filtro, otra: Any = Entrega) -> list[Any]:
    """The criteria of a queue, every value a named parameter."""
    found: list[Any] = [otra.estado == "en_revision", otra.revisor_en_turno == turno]
    if filtro.tipo:
        found.append(otra.tipo == bindparam("tipo"))
    if filtro.paso:
        found.append(otra.clave == bindparam("paso"))
    if filtro.carrera:
        one = select(Alumno.carrera).where(Alumno.id == otra.alumno_id).correlate(otra).scalar_subquery()
        found.append(one == bindparam("carrera"))
    if filtro.palabras:
        named = con_palabras(Alumno.busqueda, filtro.palabras)
        found.append(exists().where(Alumno.id == otra.alumno_id, *named).correlate(otra))
    if filtro.dependencia:
        host = select(Dependencia.id).where(Dependencia.public_id == bindparam("dependencia"))
        found.append(otra.dependencia_id == host.scalar_subquery())
    if filtro.revisor == NADIE:
        found.append(otra.asignada_id.is_(None))
    elif filtro.revisor == MIAS:
        found.append(otra.asignada_id == bindparam("mio"))
    elif filtro.revisor:
        who = select(Usuario.id).where(Usuario.public_id == bindparam("revisor"))
        found.append(otra.asignada_id == who.scalar_subquery())
    if filtro.dependencia_ids is not None:
        found.append(otra.dependencia_id.in_(bindparam("dependencias", expanding=True)))
    return found


def _valores(filtro: Filtro) -> dict[str, Any]:
    given = {name: getattr(filtro, name) for name in ("tipo", "paso", "carrera", "dependencia")}
    if filtro.revisor == MIAS:
        given["mio"] = filtro.mio
    elif filtro.revisor != NADIE:
        given["revisor"] = filtro.revisor
    values: dict[str, Any] = {name: value for name, value in given.items() if value}
    if filtro.dependencia_ids is not None:
        values["dependencias"] = list(filtro.dependencia_ids)
    return values


def cola(filtro: Filtro, despues: str = "") -> Pagina:
    """What waits for the office, oldest first, with alumno, dependencia and whom it was given to, in pages of 50."""
    query = select(Entrega).where(*_criterios("coordinador", filtro)).params(_valores(filtro))
    query = query.options(
        joinedload(Entrega.alumno), joinedload(Entrega.dependencia), joinedload(Entrega.asignada)
    )
    return pagina_de(query, Entrega, (Entrega.estado_desde, Entrega.id), despues=despues)


@dataclass(frozen=True)
class Facetas:
    """How many wait per tipo under the other filters, and the dependencias of which some wait: (public id, name)."""

    cuentas: dict[str, int]
    dependencias: list[tuple[str, str]]


def facetas(filtro: Filtro) -> Facetas:
    """What the page may be narrowed by, counted; one statement."""
    rest = replace(filtro, tipo="", dependencia="")
    name = func.coalesce(func.nullif(Dependencia.nombre_corto, ""), Dependencia.razon_social)
    query = (
        select(Entrega.tipo, Dependencia.public_id, name, func.count(Entrega.id))
        .join(Dependencia, Dependencia.id == Entrega.dependencia_id)
        .where(*_criterios("coordinador", rest))
        .group_by(Entrega.tipo, Dependencia.public_id, name)
    )
    cuentas: dict[str, int] = {}
    hosts: dict[str, str] = {}
    for tipo, host, words, count in db.session.execute(query, _valores(rest)):
        hosts[host] = words
        if filtro.dependencia in ("", host):
            cuentas[tipo] = cuentas.get(tipo, 0) + count
    return Facetas(cuentas, sorted(hosts.items(), key=lambda pair: pair[1]))


@dataclass(frozen=True)
class Revisor:
    """A person of the office who may review, and how many entregas given to them wait."""

    public_id: str
    usuario_id: int
    nombre: str
    esperan: int


def revisores(permiso: str) -> list[Revisor]:
    """Who has the permission to review, by name; one statement."""
    waiting = (
        select(func.count(Entrega.id))
        .where(
            Entrega.asignada_id == Usuario.id,
            Entrega.estado == "en_revision",
            Entrega.revisor_en_turno == "coordinador",
        )
        .correlate(Usuario)
        .scalar_subquery()
    )
    query = (
        select(Usuario.public_id, Usuario.id, Usuario.nombre, waiting, Miembro.permisos)
        .join(Miembro, Miembro.usuario_id == Usuario.id)
        .where(Miembro.activo, Usuario.activo)
        .order_by(Usuario.nombre, Usuario.id)
    )
    return [Revisor(*row[:4]) for row in db.session.execute(query) if permiso in row[4]]


@dataclass(frozen=True)
class Vecinos:
    """Where an entrega stands in its queue: place (from 1), length, and the public ids beside it."""

    posicion: int
    total: int
    anterior: str | None
    siguiente: str | None


def vecinos(entrega: Entrega, turno: str, filtro: Filtro) -> Vecinos:
    """The queue around an entrega, whether it still waits or was just decided; one statement."""
    shape = replace(filtro, dependencia_ids=() if filtro.dependencia_ids is not None else None)
    named: dict[str, Any] = {name: "x" for name in _NOMBRES if getattr(filtro, name) not in ("", NADIE, MIAS)}
    shape = replace(shape, mio=None, **named)
    query = _vecinos(shape)
    here = {"desde": entrega.estado_desde, "id": entrega.id, "turno": turno}
    row = db.session.execute(query, here | _valores(filtro)).one()
    return Vecinos(row[0] + 1, row[1], row[2], row[3])


_NOMBRES = ("tipo", "paso", "carrera", "dependencia", "revisor")


@lru_cache(maxsize=64)
def _vecinos(shape: Filtro) -> Any:
    otra = aliased(Entrega)
    criterios = _criterios(bindparam("turno"), shape, otra)
    desde: Any = bindparam("desde", type_=UtcDateTime)
    id_: Any = bindparam("id")
    before = or_(otra.estado_desde < desde, and_(otra.estado_desde == desde, otra.id < id_))
    after = or_(otra.estado_desde > desde, and_(otra.estado_desde == desde, otra.id > id_))
    up, down = (otra.estado_desde, otra.id), (otra.estado_desde.desc(), otra.id.desc())
    return select(
        select(func.count(otra.id)).where(*criterios, before).scalar_subquery(),
        select(func.count(otra.id)).where(*criterios).scalar_subquery(),
        select(otra.public_id).where(*criterios, before).order_by(*down).limit(1).scalar_subquery(),
        select(otra.public_id).where(*criterios, after).order_by(*up).limit(1).scalar_subquery(),
    )


def primera(turno: str, filtro: Filtro) -> str | None:
    """The public id of the oldest that waits: where a review begins."""
    query = select(Entrega.public_id).where(*_criterios(turno, filtro))
    query = query.order_by(Entrega.estado_desde, Entrega.id).limit(1)
    return db.session.scalar(query, _valores(filtro))


@dataclass(frozen=True)
class Reciente:
    """A decision that may still be undone, as plain values. `minutos` are the whole minutes left."""

    public_id: str
    nombre: str
    alumno: str
    accion: str
    autor: str
    minutos: int

    @property
    def hecho(self) -> str:
        """What was done, in words."""
        return "Aceptada" if self.accion == "aceptar" else "Rechazada"


def recientes(
    now: datetime,
    minutos: int,
    rol: str,
    *,
    public_id: str = "",
    dependencia_ids: Collection[int] | None = None,
) -> list[Reciente]:
    """The last 20 decisions of that side (or the one of an entrega) that may still be undone, newest first.

    Their mails still wait and nobody has acted on them; services.entregas_deshacer judges again. One statement.
    """
    h = EntregaHistoria
    passed_on = and_(Entrega.estado == "en_revision", Entrega.revisor_en_turno != rol)
    decided = and_(Entrega.estado.in_(("aceptada", "rechazada")), Entrega.revisor_en_turno.is_(None))
    criteria = [or_(decided, passed_on), Entrega.estado_desde > now - timedelta(minutes=minutos)]
    if public_id:
        criteria.append(Entrega.public_id == public_id)
    if dependencia_ids is not None:
        criteria.append(Entrega.dependencia_id.in_(dependencia_ids))
    query = (
        select(Entrega.public_id, Entrega.nombre, Alumno.nombre, Alumno.paterno, Alumno.materno,
               h.accion, h.autor, h.creado)
        .join(h, and_(h.entrega_id == Entrega.id, h.creado == Entrega.estado_desde))
        .join(Servicio, Servicio.id == Entrega.servicio_id)
        .join(Alumno, Alumno.id == Entrega.alumno_id)
        .where(*criteria, Entrega.siss.is_(None))
        .where(h.rol == rol, h.accion.in_(("aceptar", "rechazar")), *_sin_consecuencias(h))
        .order_by(Entrega.estado_desde.desc(), Entrega.id.desc())
        .limit(20)
    )  # fmt: skip
    return [_reciente(row, now, minutos) for row in db.session.execute(query)]


def _reciente(row: Any, now: datetime, minutos: int) -> Reciente:
    left = (row[7] + timedelta(minutes=minutos) - now).total_seconds()
    alumno = " ".join(" ".join(row[2:5]).split())
    return Reciente(row[0], row[1], alumno, row[5], row[6], ceil(left / 60))


def _sin_consecuencias(h: Any) -> list[Any]:
    """Nothing stands on a decision yet: no mail has left, nothing was sent, printed or put in a batch since."""
    otra = aliased(Entrega)
    begun = or_(Outbox.hecho.is_not(None), Outbox.arriendo.is_not(None), Outbox.intentos > 0)
    key = literal("correo:") + cast(Correo.id, String)
    mail_out = exists().where(Correo.decision_id == h.id, Outbox.clave == key, begun)
    sent = exists().where(
        otra.servicio_id == Entrega.servicio_id,
        otra.id != Entrega.id,
        otra.estado.in_(("en_revision", "aceptada", "rechazada")),
        otra.estado_desde > h.creado,
    )
    letter = exists().where(Carta.servicio_id == Entrega.servicio_id, Carta.creado >= h.creado)
    batch = exists().where(LoteServicio.servicio_id == Entrega.servicio_id, LoteServicio.creado >= h.creado)
    ended_by_it = and_(Servicio.estado == "terminado", Servicio.estado_desde == h.creado)
    return [~mail_out, ~sent, ~letter, ~batch, or_(Servicio.estado == "activo", ended_by_it)]
