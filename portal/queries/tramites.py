"""Trámites as pages need them."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.models import Carta, Proyecto, Tramite, db
from portal.queries.paginas import Pagina, pagina_de

PAGINA = 50


def por_estado(tipo: str = "") -> dict[str, int]:
    """How many trámites of this escuela are in each state, of one tipo if it is named."""
    query = select(Tramite.estado, func.count(Tramite.id)).group_by(Tramite.estado)
    query = query.where(Tramite.tipo == tipo) if tipo else query
    return {row[0]: row[1] for row in db.session.execute(query)}


def lista(estado: str, tipo: str = "", cursor: str = "") -> Pagina:
    """The office's list of one state: what waits oldest first, everything else newest first."""
    query = (
        select(Tramite)
        .where(Tramite.estado == estado)
        .options(
            joinedload(Tramite.alumno),
            joinedload(Tramite.proyecto).joinedload(Proyecto.dependencia),
            joinedload(Tramite.carta),
        )
    )
    query = query.where(Tramite.tipo == tipo) if tipo else query
    return pagina_de(query, Tramite, (Tramite.id,), desc=estado != "pedido", despues=cursor)


def uno(public_id: str) -> Tramite | None:
    """A trámite of this escuela with its alumno, proyecto, dependencia and letter."""
    return db.session.scalar(
        select(Tramite)
        .where(Tramite.public_id == public_id)
        .options(
            joinedload(Tramite.alumno),
            joinedload(Tramite.proyecto).joinedload(Proyecto.dependencia),
            joinedload(Tramite.carta).joinedload(Carta.documento),
        )
    )


def siguiente(tramite: Tramite, tipo: str = "") -> str:
    """Public id of the next trámite (of that kind) that waits after this one, or empty."""
    query = select(Tramite.public_id).where(Tramite.estado == "pedido", Tramite.id > tramite.id)
    if tipo:
        query = query.where(Tramite.tipo == tipo)
    return db.session.scalar(query.order_by(Tramite.id).limit(1)) or ""


def de_alumno(alumno_id: int) -> list[Tramite]:
    """Every trámite of the alumno with its letter, newest first."""
    query = (
        select(Tramite)
        .where(Tramite.alumno_id == alumno_id)
        .options(
            joinedload(Tramite.carta).joinedload(Carta.documento),
            joinedload(Tramite.proyecto),
            joinedload(Tramite.solicitud),
        )
        .order_by(Tramite.id.desc())
        .limit(PAGINA)
    )
    return list(db.session.scalars(query))
