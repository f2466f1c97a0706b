"""Cartas de término that alumnos asked of the office, as its list shows them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.models import Entrega, Servicio, db
from portal.queries.paginas import Pagina, pagina_de

_PEDIDAS = (Entrega.tipo == "carta_termino", Entrega.pedida.is_not(None), Entrega.estado == "habilitada")


def pedidas(despues: str = "") -> Pagina:
    """What was asked and not issued, in pages of 50, with alumno and servicio."""
    query = select(Entrega).where(*_PEDIDAS)
    query = query.options(
        joinedload(Entrega.alumno),
        joinedload(Entrega.dependencia),
        joinedload(Entrega.servicio).joinedload(Servicio.proyecto),
    )
    return pagina_de(query, Entrega, (Entrega.pedida, Entrega.id), despues=despues)


def hay() -> bool:
    """Whether any waits."""
    return db.session.scalar(select(Entrega.id).where(*_PEDIDAS).limit(1)) is not None
