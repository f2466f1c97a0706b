"""The versions of a profile, and whom they bind."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from portal.models import Alumno, EscuelaPerfil, Servicio, db

TERMINADOS = ("liberado", "baja", "rechazado")


def versiones(antes: int | None = None, cuantas: int = 50) -> list[tuple[int, str, object]]:
    """(version, author, when) of the escuela in scope, the newest first."""
    query = select(EscuelaPerfil.version, EscuelaPerfil.autor, EscuelaPerfil.creado)
    if antes is not None:
        query = query.where(EscuelaPerfil.version < antes)
    query = query.order_by(EscuelaPerfil.version.desc()).limit(cuantas + 1)
    return [(version, autor, creado) for version, autor, creado in db.session.execute(query)]


def en_curso() -> dict[int, int]:
    """How many servicios that have not ended each version binds, the newest version first."""
    query = (
        select(Servicio.perfil_version, func.count(Servicio.id))
        .where(Servicio.estado.not_in(TERMINADOS))
        .group_by(Servicio.perfil_version)
        .order_by(Servicio.perfil_version.desc())
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def alumnos_de(carreras: Sequence[str]) -> dict[str, int]:
    """How many alumnos each of those carreras has; none asks nothing."""
    if not carreras:
        return {}
    query = (
        select(Alumno.carrera, func.count(Alumno.id))
        .where(Alumno.carrera.in_(carreras))
        .group_by(Alumno.carrera)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
