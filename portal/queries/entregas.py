"""Entregas as pages read them: queues in the order of their age, one with its versions, neighbours in its queue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from portal.models import Documento, Entrega, EntregaHistoria, Servicio, db
from portal.models.base import UtcDateTime
from portal.queries.paginas import Pagina, pagina_de


def _cola(turno: str, tipo: str = "", dependencia_ids: Collection[int] | None = None) -> list[Any]:
    criterios: list[Any] = [Entrega.estado == "en_revision", Entrega.revisor_en_turno == turno]
    if tipo:
        criterios.append(Entrega.tipo == tipo)
    if dependencia_ids is not None:
        criterios.append(Entrega.dependencia_id.in_(dependencia_ids))
    return criterios


def cuentas_por_tipo(turno: str = "coordinador") -> dict[str, int]:
    """How many wait, per tipo of entrega."""
    query = select(Entrega.tipo, func.count(Entrega.id)).where(*_cola(turno)).group_by(Entrega.tipo)
    return {row[0]: row[1] for row in db.session.execute(query)}


def cola(tipo: str = "", despues: str = "") -> Pagina:
    """What waits for the office, oldest first, with alumno and dependencia, in pages of 50."""
    query = select(Entrega).where(*_cola("coordinador", tipo))
    query = query.options(joinedload(Entrega.alumno), joinedload(Entrega.dependencia))
    return pagina_de(query, Entrega, (Entrega.estado_desde, Entrega.id), despues=despues)


_POR_ID = (
    select(Entrega)
    .where(Entrega.public_id == bindparam("public_id"))
    .options(
        joinedload(Entrega.alumno),
        joinedload(Entrega.dependencia),
        joinedload(Entrega.documento),
        joinedload(Entrega.servicio).joinedload(Servicio.proyecto),
    )
)
_HISTORIA = (
    select(EntregaHistoria, Documento)
    .outerjoin(Documento, Documento.id == EntregaHistoria.documento_id)
    .where(EntregaHistoria.entrega_id == bindparam("entrega_id"))
    .order_by(EntregaHistoria.id.desc())
)


def por_id(public_id: str) -> Entrega | None:
    """One entrega with everything that its page shows of it; one statement."""
    return db.session.scalar(_POR_ID, {"public_id": public_id})


def documento(documento_id: int | None) -> Documento | None:
    """A file by its internal id (the draft of an entrega)."""
    return db.session.scalar(select(Documento).where(Documento.id == documento_id)) if documento_id else None


@dataclass(frozen=True)
class Version:
    """One line of an entrega's history and the file that it speaks of."""

    historia: EntregaHistoria
    documento: Documento | None


def historia(entrega_id: int) -> list[Version]:
    """What was sent and said, newest first, with the files."""
    return [Version(h, d) for h, d in db.session.execute(_HISTORIA, {"entrega_id": entrega_id})]


@dataclass(frozen=True)
class Vecinos:
    """Where an entrega stands in its queue: place (from 1), length, and the public ids beside it."""

    posicion: int
    total: int
    anterior: str | None
    siguiente: str | None


def vecinos(
    entrega: Entrega, turno: str, *, tipo: str = "", dependencia_ids: Collection[int] | None = None
) -> Vecinos:
    """The queue around an entrega, whether it still waits or was just decided; one statement."""
    query = _vecinos(bool(tipo), dependencia_ids is not None)
    here = {"desde": entrega.estado_desde, "id": entrega.id}
    filtro = {"turno": turno, "tipo": tipo, "dependencias": list(dependencia_ids or ())}
    row = db.session.execute(query, here | filtro).one()
    return Vecinos(row[0] + 1, row[1], row[2], row[3])


@lru_cache(maxsize=4)
def _vecinos(con_tipo: bool, de_algunas: bool) -> Any:
    otra = aliased(Entrega)
    criterios: list[Any] = [otra.estado == "en_revision", otra.revisor_en_turno == bindparam("turno")]
    if con_tipo:
        criterios.append(otra.tipo == bindparam("tipo"))
    if de_algunas:
        criterios.append(otra.dependencia_id.in_(bindparam("dependencias", expanding=True)))
    desde, id_ = bindparam("desde", type_=UtcDateTime), bindparam("id")
    before = or_(otra.estado_desde < desde, and_(otra.estado_desde == desde, otra.id < id_))
    after = or_(otra.estado_desde > desde, and_(otra.estado_desde == desde, otra.id > id_))
    up, down = (otra.estado_desde, otra.id), (otra.estado_desde.desc(), otra.id.desc())
    return select(
        select(func.count(otra.id)).where(*criterios, before).scalar_subquery(),
        select(func.count(otra.id)).where(*criterios).scalar_subquery(),
        select(otra.public_id).where(*criterios, before).order_by(*down).limit(1).scalar_subquery(),
        select(otra.public_id).where(*criterios, after).order_by(*up).limit(1).scalar_subquery(),
    )


def primera(turno: str, *, tipo: str = "", dependencia_ids: Collection[int] | None = None) -> str | None:
    """The public id of the oldest that waits: where a review begins."""
    query = (
        select(Entrega.public_id)
        .where(*_cola(turno, tipo, dependencia_ids))
        .order_by(Entrega.estado_desde, Entrega.id)
        .limit(1)
    )
    return db.session.scalar(query)


def dias_usuales(rol: str) -> int | None:
    """How many working days the last 30 decisions of that role took, the middle one; None before the first five."""
    query = (
        select(EntregaHistoria.cifras)
        .where(EntregaHistoria.rol == rol, EntregaHistoria.accion.in_(("aceptar", "rechazar")))
        .order_by(EntregaHistoria.id.desc())
        .limit(30)
    )
    dias = sorted(int(cifras.get("dias", 0)) for cifras in db.session.scalars(query))
    return dias[len(dias) // 2] if len(dias) >= 5 else None
