"""What an office announces: its versions, the formats that go along, and who has read each."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.aviso import AVISO
from portal.models.base import Claves, PublicId, Stamped, Stateful, db, owned_join, platform_fk
from portal.models.documento import Documento
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Aviso(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """One version of an announcement. `serie` is the id of its first version; a later one replaces it when published.

    Shown from `desde` to `hasta` (days, both included; no end without `hasta`). `para`: "todos", "alumnos" or
    "dependencias"; `carreras` and `planes` (claves, empty for all) narrow the alumnos. `publico`: also for whoever
    has not signed in.
    """

    __tablename__ = "aviso"
    __machine__ = AVISO
    __table_args__ = (
        owned_unique("public_id"),
        owned_unique("serie", "version"),
        owned_index("ix_aviso_vista", "estado", "desde"),
        owned_index("ix_aviso_estado", "estado", "estado_desde", "id"),
    )

    serie: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(SmallInteger, default=1)
    titulo: Mapped[str] = mapped_column(String(160))
    texto: Mapped[str] = mapped_column(Text)
    para: Mapped[str] = mapped_column(String(12))
    publico: Mapped[bool] = mapped_column(default=False)
    carreras: Mapped[list[str]] = mapped_column(Claves)
    planes: Mapped[list[str]] = mapped_column(Claves)
    desde: Mapped[date]
    hasta: Mapped[date | None]
    fijado: Mapped[bool] = mapped_column(default=False)
    autor: Mapped[str] = mapped_column(String(200), default="")
    decidio: Mapped[str] = mapped_column(String(200), default="")


class AvisoArchivo(EscuelaOwned, PublicId, Stamped, db.Model):
    """A format to download with an aviso; versions of the aviso may share its documento."""

    __tablename__ = "aviso_archivo"
    __table_args__ = (
        owned_unique("public_id"),
        owned_unique("aviso_id", "orden"),
        owned_fk("aviso"),
        owned_fk("documento"),
    )

    aviso_id: Mapped[int] = mapped_column(BigInteger)
    documento_id: Mapped[int] = mapped_column(BigInteger)
    orden: Mapped[int] = mapped_column(SmallInteger)

    aviso: Mapped[Aviso] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("AvisoArchivo.aviso_id", "Aviso")
    )
    documento: Mapped[Documento] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("AvisoArchivo.documento_id", "Documento")
    )


class AvisoLectura(EscuelaOwned, Stamped, db.Model):
    """A signed-in person opened this version of an aviso; `creado` is the first time."""

    __tablename__ = "aviso_lectura"
    __table_args__ = (
        owned_unique("aviso_id", "usuario_id"),
        owned_fk("aviso"),
        owned_index("ix_aviso_lectura_usuario", "usuario_id", "aviso_id"),
    )

    aviso_id: Mapped[int] = mapped_column(BigInteger)
    usuario_id: Mapped[int] = platform_fk("usuario")
