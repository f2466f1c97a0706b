"""An evaluación de desempeño that a responsable directo fills and signs by a personal link."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.evaluacion import EVALUACION
from portal.models.alumno import Alumno
from portal.models.base import PublicId, Stamped, Stateful, UtcDateTime, db, owned_join, platform_fk
from portal.models.dependencia import Dependencia
from portal.models.servicio import Entrega
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Evaluacion(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """One asking. `nombre`, `cargo` and `correo` are the responsable's: as asked, then as signed.

    `respuestas` is criterio -> value of the profile's scale in `perfil_version`; `documento_id` the PDF made of them.
    """

    __tablename__ = "evaluacion"
    __machine__ = EVALUACION
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("entrega"),
        owned_fk("alumno"),
        owned_fk("documento", "imagen_documento_id"),
        owned_fk("documento"),
        owned_index("ix_evaluacion_entrega", "entrega_id", "id"),
    )

    entrega_id: Mapped[int]
    alumno_id: Mapped[int]
    dependencia_id: Mapped[int] = platform_fk("dependencia")
    perfil_version: Mapped[int]
    nombre: Mapped[str] = mapped_column(String(200))
    cargo: Mapped[str] = mapped_column(String(160), default="")
    correo: Mapped[str] = mapped_column(String(254))
    avisada: Mapped[datetime] = mapped_column(UtcDateTime)
    respuestas: Mapped[dict[str, Any]] = mapped_column(default=dict)
    comentarios: Mapped[str] = mapped_column(Text, default="")
    motivo: Mapped[str] = mapped_column(Text, default="")
    firmada: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ip: Mapped[str] = mapped_column(String(45), default="")
    imagen_documento_id: Mapped[int | None] = mapped_column(BigInteger)
    documento_id: Mapped[int | None] = mapped_column(BigInteger)

    entrega: Mapped[Entrega] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Evaluacion.entrega_id", "Entrega")
    )
    alumno: Mapped[Alumno] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Evaluacion.alumno_id", "Alumno")
    )
    dependencia: Mapped[Dependencia] = relationship(viewonly=True, lazy="raise")
