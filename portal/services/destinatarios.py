"""Who gets a mail: the people of a dependencia, the people of the office."""

from __future__ import annotations

from sqlalchemy import select

from portal.models import DependenciaUsuario, Escuela, Miembro, Usuario
from portal.services.uow import Uow
from tenants.scope import current_escuela


def slug(uow: Uow) -> str:
    """The first part of the addresses of the escuela in scope."""
    return uow.get(Escuela, current_escuela()).slug


def de_dependencia(uow: Uow, dependencia_id: int) -> list[Usuario]:
    """The people who act for a dependencia and may sign in."""
    query = (
        select(Usuario)
        .join(DependenciaUsuario, DependenciaUsuario.usuario_id == Usuario.id)
        .where(DependenciaUsuario.dependencia_id == dependencia_id, DependenciaUsuario.activo, Usuario.activo)
        .order_by(Usuario.id)
    )
    return list(uow.session.scalars(query))


def de_oficina(uow: Uow, permiso: str) -> list[Usuario]:
    """The people of the escuela in scope who have that permission."""
    query = (
        select(Usuario, Miembro)
        .join(Miembro, Miembro.usuario_id == Usuario.id)
        .where(Miembro.activo, Usuario.activo)
        .order_by(Usuario.id)
    )
    return [usuario for usuario, miembro in uow.session.execute(query) if permiso in miembro.permisos]
