"""Accounts: a person who signs in, their sessions, links and failed attempts. Platform rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Platform, PublicId, Stamped, UtcDateTime, db, platform_fk


class Usuario(Platform, PublicId, Stamped, db.Model):
    """A person. `correo` is kept in lower case; without `contrasena_hash` the account waits for its invitation.

    `segundo_desde`: since when signing in asks for more than the password; None where it does not.
    """

    __tablename__ = "usuario"

    correo: Mapped[str] = mapped_column(String(254), unique=True)
    nombre: Mapped[str] = mapped_column(String(200))
    contrasena_hash: Mapped[str | None] = mapped_column(String(200))
    contrasena_desde: Mapped[datetime | None] = mapped_column(UtcDateTime)
    correo_confirmado: Mapped[datetime | None] = mapped_column(UtcDateTime)
    segundo_desde: Mapped[datetime | None] = mapped_column(UtcDateTime)
    activo: Mapped[bool] = mapped_column(default=True)


class Sesion(Platform, PublicId, Stamped, db.Model):
    """One signed-in browser. The cookie carries the token, the row only its hash; revoking ends it at once.

    `escuela_id`: an escuela's own provider vouched for the person, so the session opens that escuela and no other.
    """

    __tablename__ = "sesion"

    usuario_id: Mapped[int] = platform_fk("usuario", index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    vista: Mapped[datetime] = mapped_column(UtcDateTime)
    navegador: Mapped[str] = mapped_column(String(200), default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    terminada: Mapped[datetime | None] = mapped_column(UtcDateTime)
    escuela_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("escuela.id"))


class Enlace(Platform, Stamped, db.Model):
    """A link sent by e-mail. Only its hash is stored; consumed by POST, once (a follow-up link lives on)."""

    __tablename__ = "enlace"
    __table_args__ = (Index("ix_enlace_objeto", "proposito", "objeto_id"),)

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    proposito: Mapped[str] = mapped_column(String(20))
    usuario_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("usuario.id"))
    escuela_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("escuela.id"))
    objeto_id: Mapped[int | None] = mapped_column(BigInteger)
    vence: Mapped[datetime] = mapped_column(UtcDateTime)
    usado: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IntentoIngreso(Platform, db.Model):
    """Failed sign-ins per account and per address; kept in the database so that no restart forgets them."""

    __tablename__ = "intento_ingreso"

    clave: Mapped[str] = mapped_column(String(80), unique=True)
    fallos: Mapped[int] = mapped_column(default=0)
    desde: Mapped[datetime] = mapped_column(UtcDateTime)
    bloqueado_hasta: Mapped[datetime | None] = mapped_column(UtcDateTime)
