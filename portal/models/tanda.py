"""Tandas: letters issued or signed many at once, and what became of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.tanda import TANDA_CARTA
from portal.models.base import PublicId, Stamped, Stateful, UtcDateTime, db, owned_join
from portal.models.carta import Carta
from portal.models.documento import Documento
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Tanda(EscuelaOwned, PublicId, Stamped, db.Model):
    """One tanda. `clase` says what it issues; `clave` is the form's own, so that a double click is one tanda.

    `repartidas` of `total` have been put in the outbox. `correo` and `datos` are those of whoever signs, where it is
    signatures. `impresion_*`: the one PDF of all its letters, for printing, and how many it holds.
    """

    __tablename__ = "tanda"
    __table_args__ = (
        owned_unique("public_id"),
        owned_unique("clave"),
        owned_fk("documento", "impresion_documento_id"),
        owned_index("ix_tanda_clase", "clase", "id"),
        owned_index("ix_tanda_correo", "correo", "id"),
    )

    clase: Mapped[str] = mapped_column(String(20))
    clave: Mapped[str] = mapped_column(String(40))
    autor: Mapped[str] = mapped_column(String(200))
    usuario_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("usuario.id"))
    correo: Mapped[str] = mapped_column(String(254), default="")
    datos: Mapped[dict[str, Any]]
    total: Mapped[int]
    repartidas: Mapped[int] = mapped_column(default=0)
    impresion_documento_id: Mapped[int | None] = mapped_column(BigInteger)
    impresion_cartas: Mapped[int] = mapped_column(default=0)
    impresion_pedida: Mapped[datetime | None] = mapped_column(UtcDateTime)
    impresion_error: Mapped[str] = mapped_column(Text, default="")

    impresion: Mapped[Documento | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Tanda.impresion_documento_id", "Documento")
    )


class TandaCarta(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """One letter of a tanda: what it is issued for (one of four), and the letter once there is one.

    `motivo` is why it was not issued; while `pendiente`, what went wrong the last time. `nombre` and `boleta` are the
    alumno's, as they were.
    """

    __tablename__ = "tanda_carta"
    __machine__ = TANDA_CARTA
    __table_args__ = (
        owned_unique("public_id"),
        owned_unique("tanda_id", "orden"),
        owned_fk("tanda"),
        owned_fk("tramite"),
        owned_fk("servicio"),
        owned_fk("alumno", "para_alumno_id"),
        owned_fk("firma"),
        owned_fk("carta"),
        owned_index("ix_tanda_carta_estado", "tanda_id", "estado", "orden"),
        owned_index("ix_tanda_carta_carta", "carta_id"),
    )

    tanda_id: Mapped[int]
    orden: Mapped[int] = mapped_column(SmallInteger)
    nombre: Mapped[str] = mapped_column(String(310), default="")
    boleta: Mapped[str] = mapped_column(String(20), default="")
    tramite_id: Mapped[int | None] = mapped_column(BigInteger)
    servicio_id: Mapped[int | None] = mapped_column(BigInteger)
    para_alumno_id: Mapped[int | None] = mapped_column(BigInteger)
    firma_id: Mapped[int | None] = mapped_column(BigInteger)
    carta_id: Mapped[int | None] = mapped_column(BigInteger)
    intentos: Mapped[int] = mapped_column(SmallInteger, default=0)
    motivo: Mapped[str] = mapped_column(Text, default="")

    tanda: Mapped[Tanda] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("TandaCarta.tanda_id", "Tanda")
    )
    carta: Mapped[Carta | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("TandaCarta.carta_id", "Carta")
    )
