"""The editions of a letter's template that the escuela wrote itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Stamped, db
from tenants.guard import EscuelaOwned, owned_unique


class PlantillaVersion(EscuelaOwned, Stamped, db.Model):
    """One edition of a kind of letter, as validated data; the profile's own text is edition 0. It never changes."""

    __tablename__ = "plantilla_version"
    __table_args__ = (owned_unique("tipo", "version"),)

    tipo: Mapped[str] = mapped_column(String(24))
    version: Mapped[int]
    datos: Mapped[dict[str, Any]]
    huella: Mapped[str] = mapped_column(String(64))
    autor: Mapped[str] = mapped_column(String(200), default="")
    nota: Mapped[str] = mapped_column(String(300), default="")
