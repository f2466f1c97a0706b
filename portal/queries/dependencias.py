"""Reads of a dependencia's own pages: its people and its dossier with every escuela's verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from portal.models import ConvenioDocumento, Dependencia, DependenciaUsuario, DossierDocumento, Usuario, db
from portal.queries import escuelas
from portal.queries.escuelas import EscuelaVista
from tenants.scope import escuela_scope


@dataclass(frozen=True)
class Persona:
    """Somebody who may act for the dependencia; `entra`: has set a password."""

    usuario_id: int
    public_id: str
    nombre: str
    correo: str
    cargo: str
    entra: bool


@dataclass(frozen=True)
class Veredicto:
    """What one escuela says of one version."""

    escuela: EscuelaVista
    estado: str
    motivo: str
    decidio: str


def por_id(dependencia_id: int) -> Dependencia | None:
    """A dependencia by its internal id."""
    return db.session.get(Dependencia, dependencia_id)


def personas(dependencia_id: int) -> list[Persona]:
    """Who may act for a dependencia, by name."""
    query = (
        select(Usuario, DependenciaUsuario)
        .join(DependenciaUsuario, DependenciaUsuario.usuario_id == Usuario.id)
        .where(DependenciaUsuario.dependencia_id == dependencia_id, DependenciaUsuario.activo)
        .order_by(Usuario.nombre)
    )
    return [
        Persona(u.id, u.public_id, u.nombre, u.correo, v.cargo, u.contrasena_hash is not None)
        for u, v in db.session.execute(query)
    ]


def dossier(dependencia_id: int) -> dict[str, list[DossierDocumento]]:
    """Every version of every paper, newest first, by tipo."""
    query = (
        select(DossierDocumento)
        .where(DossierDocumento.dependencia_id == dependencia_id)
        .order_by(DossierDocumento.tipo, DossierDocumento.version.desc())
    )
    found: dict[str, list[DossierDocumento]] = {}
    for paper in db.session.scalars(query):
        found.setdefault(paper.tipo, []).append(paper)
    return found


def veredictos(dependencia_id: int) -> dict[int, list[Veredicto]]:
    """By version (internal id), the last verdict of each escuela that has seen it."""
    found: dict[int, dict[int, Veredicto]] = {}
    for escuela in escuelas.de_dependencias([dependencia_id]):
        with escuela_scope(escuela.id):
            query = (
                select(ConvenioDocumento)
                .where(ConvenioDocumento.dependencia_id == dependencia_id)
                .order_by(ConvenioDocumento.id)
            )
            for v in db.session.scalars(query):
                told = Veredicto(escuela, v.estado, v.motivo, v.decidio)
                found.setdefault(v.dossier_documento_id, {})[escuela.id] = told
    return {paper_id: list(by_place.values()) for paper_id, by_place in found.items()}


def archivo(public_id: str, dependencia_ids: Iterable[int]) -> DossierDocumento | None:
    """One version of one paper, if it is of one of these dependencias."""
    query = select(DossierDocumento).where(
        DossierDocumento.public_id == public_id, DossierDocumento.dependencia_id.in_(list(dependencia_ids))
    )
    return db.session.scalar(query)
