"""The escuelas that a dependencia works with: what its pages read before opening each scope."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from portal.models import DependenciaEscuela, Escuela, db


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
