"""The escuelas, for pages of a dependencia that works with several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from portal.models import Escuela, db
from tenants.scope import escuela_scope

R = TypeVar("R")


@dataclass(frozen=True)
class EscuelaCorta:
    """What a row that belongs to an escuela shows of it; survives a change of scope."""

    id: int
    slug: str
    nombre: str
    color: str
    perfil_version: int


def activas() -> list[EscuelaCorta]:
    """Every active escuela by name."""
    query = select(Escuela).where(Escuela.activa).order_by(Escuela.nombre)
    return [
        EscuelaCorta(e.id, e.slug, e.nombre, e.color, e.perfil_version) for e in db.session.scalars(query)
    ]


def en_cada_una(read: Callable[[EscuelaCorta], Iterable[R]]) -> list[R]:
    """What `read` finds in each active escuela, in its scope, one short read after another. It answers plain data."""
    found: list[R] = []
    for escuela in activas():
        with escuela_scope(escuela.id):
            found += read(escuela)
    return found
