"""The convenio and the escuela's verdict on each document of the dossier."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.convenio import CONVENIO, VEREDICTO
from portal.models.base import PublicId, Stamped, Stateful, db, platform_fk
from portal.models.dependencia import Dependencia, DossierDocumento
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Convenio(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """A dependencia's agreement with this escuela."""

    __tablename__ = "convenio"
    __machine__ = CONVENIO
    __table_args__ = (
        owned_unique("public_id"),
        owned_index("ix_convenio_estado", "estado", "estado_desde", "id"),
        owned_index("ix_convenio_dependencia", "dependencia_id"),
    )

    dependencia_id: Mapped[int] = platform_fk("dependencia", index=True)
    paso: Mapped[str] = mapped_column(String(20), default="datos")
    correo_contacto: Mapped[str] = mapped_column(String(254), default="")
    desde: Mapped[date | None]
    hasta: Mapped[date | None]
    motivo: Mapped[str] = mapped_column(Text, default="")
    renueva_id: Mapped[int | None] = mapped_column(BigInteger)

    dependencia: Mapped[Dependencia] = relationship(viewonly=True, lazy="raise")


class ConvenioDocumento(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """This escuela's verdict on one version of one paper."""

    __tablename__ = "convenio_documento"
    __machine__ = VEREDICTO
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("convenio"),
        owned_unique("convenio_id", "dossier_documento_id"),
    )

    convenio_id: Mapped[int]
    dependencia_id: Mapped[int] = platform_fk("dependencia")
    tipo: Mapped[str] = mapped_column(String(40))
    dossier_documento_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dossier_documento.id"))
    motivo: Mapped[str] = mapped_column(Text, default="")
    decidio: Mapped[str] = mapped_column(String(200), default="")

    archivo: Mapped[DossierDocumento] = relationship(viewonly=True, lazy="raise")
