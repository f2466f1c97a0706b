"""The convenio and the escuela's verdict on each document of the dossier."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    event,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.convenio import CONVENIO, VEREDICTO
from portal.models.base import Platform, PublicId, Stamped, Stateful, db, platform_fk
from portal.models.dependencia import Dependencia, DossierDocumento
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique
from tenants.ids import new_id


class Convenio(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """A dependencia's agreement with this escuela. `avisado`: the last warning given, in days before its end."""

    __tablename__ = "convenio"
    __machine__ = CONVENIO
    __table_args__ = (
        owned_unique("public_id"),
        owned_index("ix_convenio_estado", "estado", "estado_desde", "id"),
        owned_index("ix_convenio_dependencia", "dependencia_id", "id"),
    )

    dependencia_id: Mapped[int] = platform_fk("dependencia", index=True)
    correo_contacto: Mapped[str] = mapped_column(String(254), default="")
    desde: Mapped[date | None]
    hasta: Mapped[date | None]
    motivo: Mapped[str] = mapped_column(Text, default="")
    decidio: Mapped[str] = mapped_column(String(200), default="")
    renueva_id: Mapped[int | None] = mapped_column(BigInteger)
    avisado: Mapped[int | None]

    dependencia: Mapped[Dependencia] = relationship(viewonly=True, lazy="raise")


class DependenciaEscuela(Platform, Stamped, db.Model):
    """With which escuelas a dependencia has, or had, a convenio: what its pages read before opening each scope."""

    __tablename__ = "dependencia_escuela"
    __table_args__ = (UniqueConstraint("dependencia_id", "escuela_id"),)

    dependencia_id: Mapped[int] = platform_fk("dependencia")
    escuela_id: Mapped[int] = platform_fk("escuela", index=True)


@event.listens_for(Convenio, "after_insert")
def remember_escuela(_mapper: Any, connection: Connection, convenio: Convenio) -> None:
    """Every convenio, however it was made, leaves its pair (dependencia, escuela) once."""
    table = DependenciaEscuela.__table__
    pair = {"dependencia_id": convenio.dependencia_id, "escuela_id": convenio.escuela_id}
    known = select(table.c.id).where(*(table.c[name] == value for name, value in pair.items()))
    if connection.execute(known).first() is None:
        connection.execute(insert(table).values(id=new_id(), creado=convenio.creado, **pair))


class ConvenioDocumento(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """This escuela's verdict on one version of one paper."""

    __tablename__ = "convenio_documento"
    __machine__ = VEREDICTO
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("convenio"),
        owned_unique("convenio_id", "dossier_documento_id"),
        owned_index("ix_convenio_documento_convenio", "convenio_id", "id"),
        owned_index("ix_convenio_documento_dependencia", "dependencia_id", "id"),
    )

    convenio_id: Mapped[int]
    dependencia_id: Mapped[int] = platform_fk("dependencia")
    tipo: Mapped[str] = mapped_column(String(40))
    dossier_documento_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dossier_documento.id"))
    motivo: Mapped[str] = mapped_column(Text, default="")
    decidio: Mapped[str] = mapped_column(String(200), default="")

    archivo: Mapped[DossierDocumento] = relationship(viewonly=True, lazy="raise")
