"""Expedientes de liberación that may be sent, and published lists, as pages read them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from portal.models import (
    Alumno,
    Entrega,
    LiberacionRenglon,
    ListaLiberacion,
    Lote,
    LoteServicio,
    Servicio,
    db,
)
from portal.queries.expedientes import SIRVEN
from portal.queries.paginas import Pagina, pagina_de

PAGINA = 50


def _favorables() -> Select[Any]:
    """Who has the visto bueno and whose file is in no batch yet; what a batch would take (services.envios)."""
    enviado = select(LoteServicio.id).where(
        LoteServicio.tipo == "liberacion",
        LoteServicio.servicio_id == Entrega.servicio_id,
        LoteServicio.documento_id == Entrega.documento_id,
    )
    bueno = select(Entrega.id).where(
        Entrega.servicio_id == Servicio.id,
        Entrega.tipo == "expediente",
        Entrega.estado == "aceptada",
        Entrega.documento_id.is_not(None),
        ~enviado.exists(),
    )
    return select(Servicio).where(Servicio.estado.in_(SIRVEN), bueno.exists())


def favorables(despues: str = "") -> Pagina:
    """One page of the favorable expedientes that wait to be sent, who waits longest first."""
    query = _favorables().options(joinedload(Servicio.alumno), joinedload(Servicio.dependencia))
    return pagina_de(query, Servicio, (Servicio.estado_desde, Servicio.id), despues=despues)


def cuantos_favorables() -> int:
    """How many wait to be sent, on all the pages."""
    return db.session.scalar(_favorables().with_only_columns(func.count())) or 0


def listas() -> list[ListaLiberacion]:
    """The newest lists of the office, whatever their state but the discarded ones; 50 at most."""
    query = select(ListaLiberacion).where(ListaLiberacion.estado.in_(("borrador", "publicada", "retirada")))
    return list(
        db.session.scalars(
            query.order_by(ListaLiberacion.fecha.desc(), ListaLiberacion.id.desc()).limit(PAGINA)
        )
    )


def enviados() -> list[Lote]:
    """The newest batches of expedientes that were sent: their boletas may be a list; twelve at most."""
    query = select(Lote).where(Lote.tipo == "liberacion", Lote.estado == "enviado")
    return list(db.session.scalars(query.order_by(Lote.id.desc()).limit(12)))


def renglones_de_lote(public_id: str) -> list[str]:
    """`BOLETA NAME` of everybody in a batch that was sent, in its order; none of another."""
    query = (
        select(Alumno)
        .join(Servicio, Servicio.alumno_id == Alumno.id)
        .join(LoteServicio, LoteServicio.servicio_id == Servicio.id)
        .join(Lote, Lote.id == LoteServicio.lote_id)
        .where(Lote.public_id == public_id, Lote.tipo == "liberacion", Lote.estado == "enviado")
        .order_by(LoteServicio.orden)
    )
    return [f"{a.boleta} {a.nombre_de_lista}" for a in db.session.scalars(query)]


def lista(public_id: str) -> ListaLiberacion | None:
    """One list."""
    return db.session.scalar(select(ListaLiberacion).where(ListaLiberacion.public_id == public_id))


def desconocidas(lista_id: int) -> list[str]:
    """The boletas of a list that are nobody's here, in their order; a hundred at most."""
    query = select(LiberacionRenglon.boleta).where(
        LiberacionRenglon.lista_id == lista_id, LiberacionRenglon.alumno_id.is_(None)
    )
    return list(db.session.scalars(query.order_by(LiberacionRenglon.orden).limit(100)))


def de_boleta(boleta: str) -> ListaLiberacion | None:
    """The newest published list with that boleta, or None: nothing of anybody else."""
    query = (
        select(ListaLiberacion)
        .join(LiberacionRenglon, LiberacionRenglon.lista_id == ListaLiberacion.id)
        .where(LiberacionRenglon.boleta == boleta, ListaLiberacion.estado == "publicada")
        .order_by(ListaLiberacion.fecha.desc(), ListaLiberacion.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)
