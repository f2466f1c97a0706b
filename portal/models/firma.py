"""What belongs to signing beside the circuit: electronic signatures, and who signs while another is away."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import PublicId, Stamped, UtcDateTime, db
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class FirmaElectronica(EscuelaOwned, Stamped, db.Model):
    """The e.firma of one place in a circuit: what was signed (`cadena`), the signature (base64) and the certificate.

    The key and its password are never here: they are used once, in memory.
    """

    __tablename__ = "firma_electronica"
    __table_args__ = (owned_fk("firma"), owned_unique("firma_id"))

    firma_id: Mapped[int]
    cadena: Mapped[str] = mapped_column(Text)
    sello: Mapped[str] = mapped_column(Text)
    certificado: Mapped[str] = mapped_column(Text)
    serie: Mapped[str] = mapped_column(String(60))
    titular: Mapped[str] = mapped_column(String(200))
    rfc: Mapped[str] = mapped_column(String(20))
    emisor: Mapped[str] = mapped_column(String(200))
    desde: Mapped[datetime] = mapped_column(UtcDateTime)
    hasta: Mapped[datetime] = mapped_column(UtcDateTime)


class Suplencia(EscuelaOwned, PublicId, Stamped, db.Model):
    """Who signs in whose place from one day to another, both included. `correo` is the address of who is away."""

    __tablename__ = "suplencia"
    __table_args__ = (owned_unique("public_id"), owned_index("ix_suplencia_correo", "correo", "hasta", "id"))

    correo: Mapped[str] = mapped_column(String(254))
    titular: Mapped[str] = mapped_column(String(200))
    nombre: Mapped[str] = mapped_column(String(200))
    cargo: Mapped[str] = mapped_column(String(160))
    suplente_correo: Mapped[str] = mapped_column(String(254))
    desde: Mapped[date]
    hasta: Mapped[date]
    autor: Mapped[str] = mapped_column(String(200), default="")
    cancelada: Mapped[datetime | None] = mapped_column(UtcDateTime)
