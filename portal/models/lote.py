"""Batches of files that the office sends away together."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.lote import LOTE
from portal.models.base import PublicId, Stamped, Stateful, db, owned_join
from portal.models.documento import Documento
from portal.models.servicio import Servicio
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Lote(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """One batch. `tipo` is what it carries, `numero` counts the batches of a tipo; `enviado` is the day it left."""

    __tablename__ = "lote"
    __machine__ = LOTE
    __table_args__ = (
        owned_unique("public_id"),
        owned_unique("tipo", "numero"),
    )

    tipo: Mapped[str] = mapped_column(String(20))
    numero: Mapped[int]
    cuantos: Mapped[int]
    armo: Mapped[str] = mapped_column(String(200), default="")
    enviado: Mapped[date | None]
    decidio: Mapped[str] = mapped_column(String(200), default="")


class LoteServicio(EscuelaOwned, Stamped, db.Model):
    """A servicio in a batch, with the file that goes in it: for each tipo a file is sent once; one that came back goes
    again as another file."""

    __tablename__ = "lote_servicio"
    __table_args__ = (
        owned_unique("tipo", "servicio_id", "documento_id"),
        owned_fk("lote"),
        owned_fk("servicio"),
        owned_fk("documento"),
        owned_index("ix_lote_servicio_lote", "lote_id", "orden"),
    )

    lote_id: Mapped[int] = mapped_column(BigInteger)
    tipo: Mapped[str] = mapped_column(String(20))
    orden: Mapped[int] = mapped_column(SmallInteger)
    servicio_id: Mapped[int] = mapped_column(BigInteger)
    documento_id: Mapped[int] = mapped_column(BigInteger)

    servicio: Mapped[Servicio] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("LoteServicio.servicio_id", "Servicio")
    )
    documento: Mapped[Documento] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("LoteServicio.documento_id", "Documento")
    )
