"""A trámite: what an alumno asks the office for."""

from __future__ import annotations

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.tramite import TRAMITE
from portal.models.alumno import Alumno
from portal.models.base import PublicId, Stamped, Stateful, db, owned_join
from portal.models.carta import Carta
from portal.models.proyecto import Proyecto, Solicitud
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Tramite(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """A request for a carta de presentación or a constancia de estudios; `carta_id` is the answer."""

    __tablename__ = "tramite"
    __machine__ = TRAMITE
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("alumno"),
        owned_fk("solicitud"),
        owned_fk("proyecto"),
        owned_fk("carta"),
        owned_index("ix_tramite_carta", "carta_id"),
        owned_index("ix_tramite_solicitud", "solicitud_id"),
        owned_index("ix_tramite_estado", "estado", "estado_desde", "id"),
        owned_index("ix_tramite_alumno", "alumno_id", "id"),
    )

    tipo: Mapped[str] = mapped_column(String(24))
    alumno_id: Mapped[int]
    solicitud_id: Mapped[int | None] = mapped_column(BigInteger)
    proyecto_id: Mapped[int | None] = mapped_column(BigInteger)
    carta_id: Mapped[int | None] = mapped_column(BigInteger)
    motivo: Mapped[str] = mapped_column(Text, default="")
    decidio: Mapped[str] = mapped_column(String(200), default="")

    alumno: Mapped[Alumno] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Tramite.alumno_id", "Alumno")
    )
    proyecto: Mapped[Proyecto | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Tramite.proyecto_id", "Proyecto")
    )
    solicitud: Mapped[Solicitud | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Tramite.solicitud_id", "Solicitud")
    )
    carta: Mapped[Carta | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Tramite.carta_id", "Carta")
    )
