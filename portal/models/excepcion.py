"""What an office allowed although the plan does not: who, why and for which servicio."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import PublicId, Stamped, UtcDateTime, db
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Excepcion(EscuelaOwned, PublicId, Stamped, db.Model):
    """One rule (domain/excepcion.py) set aside for one alumno, with the value that is allowed.

    `servicio_id` is empty until the servicio that it lets begin is open; `anulada` says since when it no longer counts.
    """

    __tablename__ = "excepcion"
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("alumno"),
        owned_fk("servicio"),
        owned_index("ix_excepcion_alumno", "alumno_id", "id"),
        owned_index("ix_excepcion_servicio", "servicio_id", "id"),
    )

    alumno_id: Mapped[int] = mapped_column(BigInteger)
    servicio_id: Mapped[int | None] = mapped_column(BigInteger)
    regla: Mapped[str] = mapped_column(String(20))
    valor: Mapped[str] = mapped_column(String(40), default="")
    motivo: Mapped[str] = mapped_column(Text)
    autor: Mapped[str] = mapped_column(String(200))
    anulada: Mapped[datetime | None] = mapped_column(UtcDateTime)
