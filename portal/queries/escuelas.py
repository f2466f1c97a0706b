"""The escuelas that a dependencia works with: what its pages read before opening each scope."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from portal.models import DependenciaEscuela, Escuela, db
from tenants.scope import escuela_scope

T = TypeVar("T")


@dataclass(frozen=True)
class EscuelaVista:
    """An escuela as plain values: they survive a change of scope."""

    id: int
    slug: str
    nombre: str
    color: str


def de_dependencias(dependencia_ids: Collection[int]) -> list[EscuelaVista]:
    """The active escuelas with which these dependencias have, or had, a convenio, by name; one statement."""
    known = select(DependenciaEscuela.escuela_id).where(
        DependenciaEscuela.dependencia_id.in_(dependencia_ids)
    )
    query = (
        select(Escuela.id, Escuela.slug, Escuela.nombre, Escuela.color)
        .where(Escuela.id.in_(known), Escuela.activa)
        .order_by(Escuela.nombre)
    )
    return [EscuelaVista(*row) for row in db.session.execute(query)]


def todas() -> list[EscuelaVista]:
    """The active escuelas, by name."""
    query = select(Escuela.id, Escuela.slug, Escuela.nombre, Escuela.color).where(Escuela.activa)
    return [EscuelaVista(*row) for row in db.session.execute(query.order_by(Escuela.nombre))]


def en_cada(escuelas: list[EscuelaVista], read: Callable[[EscuelaVista], T]) -> Iterator[T]:
    """What `read` finds in the scope of each escuela, one after another; it must return plain values."""
    for escuela in escuelas:
        with escuela_scope(escuela.id):
            yield read(escuela)


def de_cada(dependencia_ids: Collection[int], read: Callable[[EscuelaVista], Collection[T]]) -> list[T]:
    """The rows that `read` finds in every escuela of these dependencias, one after another."""
    return [row for rows in en_cada(de_dependencias(dependencia_ids), read) for row in rows]
