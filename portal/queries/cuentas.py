"""Reads for the pages of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.models import CodigoRespaldo, Factor, Llave, Sesion, db


def sesiones_abiertas(usuario_id: int, desde: datetime) -> list[Sesion]:
    """The open sessions of an account that were seen since then, the last seen first (at most 50)."""
    query = (
        select(Sesion)
        .where(Sesion.usuario_id == usuario_id, Sesion.terminada.is_(None), Sesion.vista >= desde)
        .order_by(Sesion.vista.desc(), Sesion.id.desc())
        .limit(50)
    )
    return list(db.session.scalars(query))


@dataclass(frozen=True)
class Segundo:
    """What an account has for its second step: since when an app, which passkeys, how many recovery codes are left."""

    app: datetime | None
    llaves: Sequence[Llave]
    codigos: int

    @property
    def activo(self) -> bool:
        """Whether signing in asks for it."""
        return self.app is not None or bool(self.llaves)


def segundo(usuario_id: int) -> Segundo:
    """What an account has for its second step."""
    app = select(Factor.confirmado).where(Factor.usuario_id == usuario_id)
    llaves = select(Llave).where(Llave.usuario_id == usuario_id).order_by(Llave.id)
    codigos = select(func.count(CodigoRespaldo.id)).where(
        CodigoRespaldo.usuario_id == usuario_id, CodigoRespaldo.usado.is_(None)
    )
    return Segundo(db.session.scalar(app), db.session.scalars(llaves).all(), db.session.scalar(codigos) or 0)


def llave(usuario_id: int, public_id: str) -> Llave | None:
    """One passkey of an account."""
    query = select(Llave).where(Llave.usuario_id == usuario_id, Llave.public_id == public_id)
    return db.session.scalar(query)
