"""What else opens an account: an app's codes, codes for an emergency, passkeys, and what a browser was asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Platform, PublicId, Stamped, UtcDateTime, db, platform_fk


class Factor(Platform, Stamped, db.Model):
    """The codes of an app (TOTP). `secreto` is encrypted; without `confirmado` it is only proposed.

    `ultimo_paso`: the time step (of 30 s) of the last code that was accepted; no code serves twice.
    """

    __tablename__ = "factor"

    usuario_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("usuario.id"), unique=True)
    secreto: Mapped[str] = mapped_column(Text)
    confirmado: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ultimo_paso: Mapped[int] = mapped_column(default=0)


class CodigoRespaldo(Platform, Stamped, db.Model):
    """A code that stands in for a lost telephone, once. Only its hash is kept."""

    __tablename__ = "codigo_respaldo"

    usuario_id: Mapped[int] = platform_fk("usuario", index=True)
    huella: Mapped[str] = mapped_column(String(64), unique=True)
    usado: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Llave(Platform, PublicId, Stamped, db.Model):
    """A passkey: the public half of a pair of keys whose other half never leaves the person's device.

    `credencial` is its id (base64url) and `credencial_huella` the SHA-256 by which it is found; `contador` is the
    device's count of signatures, 0 where it does not count.
    """

    __tablename__ = "llave"

    usuario_id: Mapped[int] = platform_fk("usuario", index=True)
    nombre: Mapped[str] = mapped_column(String(80))
    credencial: Mapped[str] = mapped_column(Text)
    credencial_huella: Mapped[str] = mapped_column(String(64), unique=True)
    clave_publica: Mapped[str] = mapped_column(Text)
    contador: Mapped[int] = mapped_column(default=0)
    transportes: Mapped[list[str]]
    usada: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Reto(Platform, Stamped, db.Model):
    """What one browser was asked and has minutes to answer, once: the second step, a passkey, another provider.

    The cookie carries the token, the row its hash and what the answer is checked against. Answering deletes it.
    """

    __tablename__ = "reto"
    __table_args__ = (Index("ix_reto_vence", "vence"),)

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    proposito: Mapped[str] = mapped_column(String(12))
    usuario_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("usuario.id"), index=True)
    datos: Mapped[dict[str, Any]]
    vence: Mapped[datetime] = mapped_column(UtcDateTime)
