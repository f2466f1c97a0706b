"""Signed-in browsers: opened, found by their token, ended."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from portal.models import Alumno, Dependencia, DependenciaUsuario, Miembro, Sesion, Usuario, db
from portal.services.uow import NotFound, Uow, unit_of_work

MAX_IDLE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)

# Every page asks these: they are written once, so that neither SQLAlchemy nor the wall builds them again.
_ABIERTA = (
    select(
        Sesion.vista,
        Sesion.id,
        Usuario.id,
        Usuario.public_id,
        Usuario.nombre,
        Usuario.correo,
        Usuario.segundo_desde,
        Sesion.escuela_id,
    )
    .join(Usuario, Usuario.id == Sesion.usuario_id)
    .where(Sesion.token_hash == bindparam("token_hash"), Sesion.terminada.is_(None), Usuario.activo)
)
_ALUMNO = select(Alumno).where(Alumno.usuario_id == bindparam("usuario_id"))
_MIEMBRO = select(Miembro).where(Miembro.usuario_id == bindparam("usuario_id"), Miembro.activo)
_DEPENDENCIAS = (
    select(Dependencia)
    .join(DependenciaUsuario, DependenciaUsuario.dependencia_id == Dependencia.id)
    .where(DependenciaUsuario.usuario_id == bindparam("usuario_id"), DependenciaUsuario.activo)
    .order_by(Dependencia.razon_social)
)


@dataclass(frozen=True)
class Abierta:
    """Who is signed in with a token: plain values that survive a change of scope.

    `segundo`: the account has a second step. `escuela_id`: the only escuela that this session opens, if not all.
    """

    sesion_id: int
    usuario_id: int
    public_id: str
    nombre: str
    correo: str
    segundo: bool = False
    escuela_id: int | None = None

    def abre(self, escuela_id: int | None) -> bool:
        """Whether the session opens what belongs to that escuela (None: to no escuela)."""
        return self.escuela_id in (None, escuela_id)


def digest(token: str) -> str:
    """The hash under which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def abrir(usuario_id: int, *, navegador: str, ip: str, now: datetime, escuela_id: int | None = None) -> str:
    """Open a session and return its token, which only the cookie keeps.

    `escuela_id`: the escuela whose own provider vouched for the person; it opens nothing of another one.
    """
    token = secrets.token_urlsafe(32)
    with unit_of_work(now) as uow:
        uow.add(
            Sesion(
                usuario_id=usuario_id,
                token_hash=digest(token),
                vista=now,
                navegador=navegador[:200],
                ip=ip[:45],
                escuela_id=escuela_id,
            )
        )
    return token


def leer(token: str, *, now: datetime) -> Abierta | None:
    """Who holds this token, or None when it is unknown, ended, idle for 12 hours or its account is closed."""
    row = db.session.execute(_ABIERTA, {"token_hash": digest(token)}).one_or_none()
    if row is None:
        return None
    vista, sesion_id, usuario_id, public_id, nombre, correo, segundo_desde, escuela_id = row
    if now - vista > MAX_IDLE:
        return None
    if now - vista > SEEN_EVERY:
        with unit_of_work(now) as uow:
            uow.lock_id(Sesion, sesion_id).vista = now
    segundo = segundo_desde is not None
    return Abierta(sesion_id, usuario_id, public_id, nombre, correo, segundo, escuela_id)


def terminar(sesion_id: int, *, now: datetime) -> None:
    """End one session; twice is the same as once."""
    with unit_of_work(now) as uow:
        sesion = uow.lock_id(Sesion, sesion_id)
        sesion.terminada = sesion.terminada or now


def terminar_otras(uow: Uow, usuario_id: int, salvo_id: int | None = None) -> int:
    """End every open session of an account except one; returns how many ended."""
    query = (
        select(Sesion).where(Sesion.usuario_id == usuario_id, Sesion.terminada.is_(None)).with_for_update()
    )
    others = [sesion for sesion in uow.session.scalars(query) if sesion.id != salvo_id]
    for sesion in others:
        sesion.terminada = uow.now
    return len(others)


def cerrar_demas(usuario_id: int, *, salvo_id: int, now: datetime) -> int:
    """End every session of an account but this one; returns how many ended."""
    with unit_of_work(now) as uow:
        return terminar_otras(uow, usuario_id, salvo_id)


def cerrar(public_id: str, usuario_id: int, *, now: datetime) -> None:
    """End one session of this account; NotFound for somebody else's."""
    with unit_of_work(now) as uow:
        sesion = uow.lock(Sesion, public_id)
        if sesion.usuario_id != usuario_id:
            raise NotFound("Sesion")
        sesion.terminada = sesion.terminada or now


def alumno_de(usuario_id: int) -> Alumno | None:
    """The alumno that this account is in the escuela in scope, or None."""
    return db.session.scalar(_ALUMNO, {"usuario_id": usuario_id})


def miembro_de(usuario_id: int) -> Miembro | None:
    """The membership of this account in the office of the escuela in scope, or None."""
    return db.session.scalar(_MIEMBRO, {"usuario_id": usuario_id})


def dependencias_de(usuario_id: int) -> list[Dependencia]:
    """The dependencias for which this account may act, by name."""
    return list(db.session.scalars(_DEPENDENCIAS, {"usuario_id": usuario_id}))
