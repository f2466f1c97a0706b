"""The people of an escuela's office."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from portal.models import Bitacora, Miembro, Usuario, db


def personas() -> Sequence[tuple[Miembro, Usuario]]:
    """Everybody who has a place in the office now, with their account, by name."""
    query = (
        select(Miembro, Usuario)
        .join(Usuario, Usuario.id == Miembro.usuario_id)
        .where(Miembro.activo)
        .order_by(Usuario.nombre, Miembro.id)
        .limit(200)
    )
    return [(miembro, usuario) for miembro, usuario in db.session.execute(query)]


def persona(public_id: str) -> tuple[Miembro, Usuario] | None:
    """One person of the office by the account's public id."""
    query = (
        select(Miembro, Usuario)
        .join(Usuario, Usuario.id == Miembro.usuario_id)
        .where(Usuario.public_id == public_id, Miembro.activo)
    )
    row = db.session.execute(query).one_or_none()
    return (row[0], row[1]) if row is not None else None


def historia(miembro_id: int, cuantas: int = 20) -> Sequence[Bitacora]:
    """What was done to a person's place in the office, the newest first."""
    query = (
        select(Bitacora)
        .where(Bitacora.noun == "miembro", Bitacora.objeto_id == miembro_id)
        .order_by(Bitacora.id.desc())
        .limit(cuantas)
    )
    return list(db.session.scalars(query))
