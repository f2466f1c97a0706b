"""Reads for the pages of accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.models import Sesion, db


def sesiones_abiertas(usuario_id: int, desde: datetime) -> list[Sesion]:
    """The open sessions of an account that were seen since then, the last seen first (at most 50)."""
    query = (
        select(Sesion)
        .where(Sesion.usuario_id == usuario_id, Sesion.terminada.is_(None), Sesion.vista >= desde)
        .order_by(Sesion.vista.desc(), Sesion.id.desc())
        .limit(50)
    )
    return list(db.session.scalars(query))
