"""The escuela (tenant) and its versioned profile."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Platform, Stamped, UtcDateTime, db, platform_fk
from tenants.guard import EscuelaOwned, owned_unique


class Escuela(Platform, Stamped, db.Model):
    """One school. `perfil_version` is the version of the profile in force for new servicios.

    `plantillas` says per kind of letter which edition of its template is in force; without one, the profile's text.
    """

    __tablename__ = "escuela"

    slug: Mapped[str] = mapped_column(String(40), unique=True)
    nombre: Mapped[str] = mapped_column(String(200))
    institucion: Mapped[str] = mapped_column(String(200), default="")
    oficina: Mapped[str] = mapped_column(String(200), default="")
    color: Mapped[str] = mapped_column(String(7))
    perfil_version: Mapped[int] = mapped_column(default=1)
    activa: Mapped[bool] = mapped_column(default=True)
    plantillas: Mapped[dict[str, Any]] = mapped_column(default=dict)


class EscuelaPerfil(EscuelaOwned, Stamped, db.Model):
    """One version of an escuela's profile, as validated data. A servicio keeps the version it began with."""

    __tablename__ = "escuela_perfil"
    __table_args__ = (owned_unique("version"),)

    version: Mapped[int]
    datos: Mapped[dict[str, Any]]
    huella: Mapped[str] = mapped_column(String(64))
    autor: Mapped[str] = mapped_column(String(160), default="")


class PerfilBorrador(EscuelaOwned, Stamped, db.Model):
    """What the office is changing of the profile before it is published: one draft for each escuela.

    `cambios` replaces whole keys of the profile that was in force as version `base`, however unfinished; `logo` is the
    new one (base64; "" takes it away, None leaves it). `guia`: a new escuela that is still being led through its
    sections, of which `revisadas` were seen to.
    """

    __tablename__ = "perfil_borrador"
    __table_args__ = (owned_unique(),)

    base: Mapped[int]
    cambios: Mapped[dict[str, Any]]
    logo: Mapped[str | None] = mapped_column(Text)
    revisadas: Mapped[list[str]]
    guia: Mapped[bool] = mapped_column(default=False)
    autor: Mapped[str] = mapped_column(String(160), default="")
    editado: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Miembro(EscuelaOwned, Stamped, db.Model):
    """A person of the escuela's office and what they may do there."""

    __tablename__ = "miembro"
    __table_args__ = (owned_unique("usuario_id"),)

    usuario_id: Mapped[int] = platform_fk("usuario", index=True)
    cargo: Mapped[str] = mapped_column(String(160), default="")
    permisos: Mapped[list[str]]
    activo: Mapped[bool] = mapped_column(default=True)
    visita_anterior: Mapped[datetime | None] = mapped_column(UtcDateTime)
    visita: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FolioContador(EscuelaOwned, db.Model):
    """The last folio number given per kind and year: locked while one is taken, so the series has no gap."""

    __tablename__ = "folio_contador"
    __table_args__ = (owned_unique("tipo", "anio"),)

    tipo: Mapped[str] = mapped_column(String(30))
    anio: Mapped[int]
    ultimo: Mapped[int] = mapped_column(BigInteger, default=0)
