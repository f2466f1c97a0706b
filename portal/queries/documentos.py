"""Files by their public id."""

from __future__ import annotations

from sqlalchemy import select

from portal.models import Documento, db


def por_id(public_id: str) -> Documento | None:
    """The file of that public id in the escuela in scope."""
    return db.session.scalar(select(Documento).where(Documento.public_id == public_id))
