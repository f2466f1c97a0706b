"""Reminders: one mail a day at the most per person and escuela, what each named, and who does not want them for now."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Stamped, db, platform_fk
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Recordatorio(EscuelaOwned, Stamped, db.Model):
    """The one mail of a local day to an address: the unique key is what keeps it one."""

    __tablename__ = "recordatorio"
    __table_args__ = (
        owned_unique("para", "dia"),
        owned_fk("correo"),
    )

    para: Mapped[str] = mapped_column(String(254))
    usuario_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("usuario.id"))
    dia: Mapped[date]
    correo_id: Mapped[int] = mapped_column(BigInteger)


class RecordatorioCosa(EscuelaOwned, Stamped, db.Model):
    """A thing that a reminder named (its noun and id): the office reads from it when it was last reminded of."""

    __tablename__ = "recordatorio_cosa"
    __table_args__ = (
        owned_unique("recordatorio_id", "noun", "objeto_id"),
        owned_fk("recordatorio"),
        owned_index("ix_recordatorio_cosa_objeto", "noun", "objeto_id", "id"),
    )

    recordatorio_id: Mapped[int] = mapped_column(BigInteger)
    noun: Mapped[str] = mapped_column(String(30))
    objeto_id: Mapped[int] = mapped_column(BigInteger)


class RecordatorioPausa(EscuelaOwned, Stamped, db.Model):
    """A person wants no reminders of shared work until that day, included. What is their own duty is not paused."""

    __tablename__ = "recordatorio_pausa"
    __table_args__ = (owned_unique("usuario_id"),)

    usuario_id: Mapped[int] = platform_fk("usuario")
    hasta: Mapped[date]
