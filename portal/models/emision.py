"""Listas de emisión, their alumnos, the constancias that came back, and the files that wait to be matched."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.documento import PENDIENTE
from portal.domain.emision import LISTA
from portal.models.base import PublicId, Stamped, Stateful, UtcDateTime, db, owned_join
from portal.models.carta import Carta
from portal.models.documento import Documento
from portal.models.servicio import Servicio
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class ListaEmision(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """A numbered relación of servicios whose constancia was asked for. `desde` and `hasta`: when they are expected.

    `llegadas` of `total` are liberados; both are recounted (services.listas) with each that comes or goes.
    """

    __tablename__ = "lista_emision"
    __machine__ = LISTA
    __table_args__ = (
        owned_unique("public_id"),
        owned_unique("numero"),
        owned_fk("carta"),
        owned_index("ix_lista_emision_estado", "estado", "hasta", "id"),
    )

    numero: Mapped[int]
    fecha: Mapped[date]
    desde: Mapped[date]
    hasta: Mapped[date]
    total: Mapped[int] = mapped_column(SmallInteger)
    llegadas: Mapped[int] = mapped_column(SmallInteger, default=0)
    emitio: Mapped[str] = mapped_column(String(200), default="")
    carta_id: Mapped[int | None] = mapped_column(BigInteger)

    carta: Mapped[Carta | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("ListaEmision.carta_id", "Carta")
    )


class ListaRenglon(EscuelaOwned, PublicId, Stamped, db.Model):
    """One servicio of a lista. `datos` is what the relación says of it, as text; a servicio is in one lista only."""

    __tablename__ = "lista_renglon"
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("lista_emision", "lista_id"),
        owned_fk("servicio"),
        owned_fk("alumno"),
        owned_unique("servicio_id"),
        owned_index("ix_lista_renglon_lista", "lista_id", "orden"),
        owned_index("ix_lista_renglon_boleta", "boleta", "id"),
    )

    lista_id: Mapped[int]
    orden: Mapped[int] = mapped_column(SmallInteger)
    servicio_id: Mapped[int]
    alumno_id: Mapped[int]
    boleta: Mapped[str] = mapped_column(String(20))
    nombre: Mapped[str] = mapped_column(String(310))
    datos: Mapped[dict[str, Any]]

    lista: Mapped[ListaEmision] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("ListaRenglon.lista_id", "ListaEmision")
    )
    servicio: Mapped[Servicio] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("ListaRenglon.servicio_id", "Servicio")
    )


class Constancia(EscuelaOwned, PublicId, Stamped, db.Model):
    """A constancia de liberación: a file or a link. A correction is a new version with its reason; the old one stays.

    The file's `documento` names no alumno: a wrong one may be somebody else's, so who may read it is asked here.
    """

    __tablename__ = "constancia"
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("lista_renglon", "renglon_id"),
        owned_fk("servicio"),
        owned_fk("alumno"),
        owned_fk("documento"),
        owned_unique("renglon_id", "version"),
        owned_index("ix_constancia_servicio", "servicio_id", "vigente"),
    )

    renglon_id: Mapped[int]
    servicio_id: Mapped[int]
    alumno_id: Mapped[int]
    version: Mapped[int] = mapped_column(SmallInteger)
    vigente: Mapped[bool] = mapped_column(default=True)
    documento_id: Mapped[int | None] = mapped_column(BigInteger)
    enlace: Mapped[str] = mapped_column(String(500), default="")
    cargo: Mapped[str] = mapped_column(String(200), default="")
    motivo: Mapped[str] = mapped_column(Text, default="")
    descargada: Mapped[datetime | None] = mapped_column(UtcDateTime)

    documento: Mapped[Documento | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Constancia.documento_id", "Documento")
    )


class ConstanciaLote(EscuelaOwned, PublicId, Stamped, db.Model):
    """Files that came together and wait to be read, matched and confirmed; forgotten after `vence`."""

    __tablename__ = "constancia_lote"
    __table_args__ = (owned_unique("public_id"), owned_index("ix_constancia_lote_vence", "vence", "id"))

    autor: Mapped[str] = mapped_column(String(200))
    usuario_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("usuario.id"))
    vence: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmado: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ConstanciaArchivo(EscuelaOwned, PublicId, Stamped, db.Model):
    """One file of a lote. `lectura`: "por_leer", "leido", "ilegible" (`error` says why) or "abierto" (a ZIP).

    `clave` is the object as it came until it is read, then its clean copy. `renglon_id` is whose it is: what the
    portal found, or what the office chose; `dudas` are sentences.
    """

    __tablename__ = "constancia_archivo"
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("constancia_lote", "lote_id"),
        owned_fk("lista_renglon", "renglon_id"),
        owned_index("ix_constancia_archivo_lote", "lote_id", "id"),
    )

    lote_id: Mapped[int]
    nombre: Mapped[str] = mapped_column(String(130))
    lectura: Mapped[str] = mapped_column(String(10), default="por_leer")
    error: Mapped[str] = mapped_column(Text, default="")
    almacen: Mapped[str] = mapped_column(String(20), default="")
    clave: Mapped[str] = mapped_column(String(200), default="")
    mime: Mapped[str] = mapped_column(String(60), default="")
    bytes: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    paginas: Mapped[int] = mapped_column(default=1)
    analisis: Mapped[str] = mapped_column(String(12), default=PENDIENTE)
    avisos: Mapped[list[str]]
    dudas: Mapped[list[str]]
    renglon_id: Mapped[int | None] = mapped_column(BigInteger)
    elegido: Mapped[bool] = mapped_column(default=False)
    descartado: Mapped[bool] = mapped_column(default=False)
    cargado: Mapped[datetime | None] = mapped_column(UtcDateTime)

    renglon: Mapped[ListaRenglon | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("ConstanciaArchivo.renglon_id", "ListaRenglon")
    )
