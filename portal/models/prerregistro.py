"""What a servicio that began with a prerregistro has beside it: its expediente and where the escuela sent it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.models.base import Stamped, db, owned_join
from portal.models.documento import Documento
from portal.models.servicio import Servicio
from tenants.guard import EscuelaOwned, owned_fk, owned_unique


class Prerregistro(EscuelaOwned, Stamped, db.Model):
    """One servicio's way in by prerregistro [seed 001 §3]: the expediente sent last, its REGISTRO beside the number.

    `lista` and `fecha_envio` are empty until the office knows them; `excepcion` says who accepted what the plan does
    not allow, and why.
    """

    __tablename__ = "prerregistro"
    __table_args__ = (
        owned_unique("servicio_id"),
        owned_fk("servicio"),
        owned_fk("documento"),
    )

    servicio_id: Mapped[int]
    documento_id: Mapped[int] = mapped_column(BigInteger)
    lista: Mapped[str] = mapped_column(String(20), default="")
    fecha_envio: Mapped[date | None]
    excepcion: Mapped[str] = mapped_column(Text, default="")

    servicio: Mapped[Servicio] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Prerregistro.servicio_id", "Servicio")
    )
    documento: Mapped[Documento] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Prerregistro.documento_id", "Documento")
    )
