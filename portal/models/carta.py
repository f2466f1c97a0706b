"""A carta, its signatures, the certificates that seal it, and the public index of hashes and codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.carta import CARTA, FIRMA, corrige_dependencia, de_dependencia
from portal.models.alumno import Alumno
from portal.models.base import Platform, PublicId, Stamped, Stateful, UtcDateTime, db, owned_join, platform_fk
from portal.models.documento import Documento
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Carta(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """A letter: folio, code and values are fixed before it is rendered; its file never changes once issued."""

    __tablename__ = "carta"
    __machine__ = CARTA
    __table_args__ = (
        owned_unique("public_id"),
        owned_unique("tipo", "anio", "numero"),
        owned_unique("codigo"),
        owned_fk("alumno"),
        owned_fk("servicio"),
        owned_fk("convenio"),
        owned_fk("documento"),
        owned_fk("certificado"),
        owned_index("ix_carta_alumno", "alumno_id", "id"),
        owned_index("ix_carta_servicio", "servicio_id", "id"),
        owned_index("ix_carta_convenio", "convenio_id", "id"),
        owned_index("ix_carta_reemplaza", "reemplaza_id"),
        owned_index("ix_carta_estado", "estado", "estado_desde", "id"),
        owned_index("ix_carta_dependencia", "dependencia_id", "id"),
    )

    tipo: Mapped[str] = mapped_column(String(24))
    folio: Mapped[str] = mapped_column(String(60))
    anio: Mapped[int] = mapped_column(SmallInteger)
    numero: Mapped[int]
    codigo: Mapped[str] = mapped_column(String(24))
    perfil_version: Mapped[int]
    valores: Mapped[dict[str, Any]]
    titulo: Mapped[str] = mapped_column(String(200), default="")
    alumno_id: Mapped[int | None] = mapped_column(BigInteger)
    servicio_id: Mapped[int | None] = mapped_column(BigInteger)
    convenio_id: Mapped[int | None] = mapped_column(BigInteger)
    dependencia_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("dependencia.id"))
    documento_id: Mapped[int | None] = mapped_column(BigInteger)
    emitida: Mapped[datetime | None] = mapped_column(UtcDateTime)
    descargada: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reemplaza_id: Mapped[int | None] = mapped_column(BigInteger)
    motivo: Mapped[str] = mapped_column(Text, default="")
    emitio: Mapped[str] = mapped_column(String(200), default="")
    certificado_id: Mapped[int | None] = mapped_column(BigInteger)
    sellada: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fallo: Mapped[str] = mapped_column(
        Text, default=""
    )  # why it could not be issued the last time it was tried
    edicion: Mapped[int] = mapped_column(default=0)  # of its template; 0 is the text of the profile's version
    plantilla_huella: Mapped[str] = mapped_column(String(64), default="")

    documento: Mapped[Documento | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Carta.documento_id", "Documento")
    )
    alumno: Mapped[Alumno | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Carta.alumno_id", "Alumno")
    )
    firmas: Mapped[list[Firma]] = relationship(
        viewonly=True,
        lazy="raise",
        order_by="Firma.orden",
        primaryjoin="and_(Carta.id == foreign(Firma.carta_id), Carta.escuela_id == Firma.escuela_id)",
    )

    @property
    def de_dependencia(self) -> bool:
        """The dependencia issues it; else the escuela, also where it is about or for a dependencia."""
        return de_dependencia(self.tipo)

    @property
    def corrige_dependencia(self) -> bool:
        """The dependencia generates it again when somebody refuses to sign; else the office."""
        return corrige_dependencia(self.tipo)


class Certificado(EscuelaOwned, PublicId, Stamped, db.Model):
    """A certificate with which an escuela seals its letters; the newest version is in force, none is ever deleted.

    `certificado` and `cadena` are PEM; `llave` is PEM encrypted by the installation's secret; `huella` is the SHA-256
    of the certificate.
    """

    __tablename__ = "certificado"
    __table_args__ = (owned_unique("public_id"), owned_unique("version"), owned_unique("huella"))

    version: Mapped[int]
    certificado: Mapped[str] = mapped_column(Text)
    cadena: Mapped[str] = mapped_column(Text, default="")
    llave: Mapped[str] = mapped_column(Text)
    huella: Mapped[str] = mapped_column(String(64))
    titular: Mapped[str] = mapped_column(String(200))
    emisor: Mapped[str] = mapped_column(String(200))
    algoritmo: Mapped[str] = mapped_column(String(40))
    desde: Mapped[datetime] = mapped_column(UtcDateTime)
    hasta: Mapped[datetime] = mapped_column(UtcDateTime)
    origen: Mapped[str] = mapped_column(String(10))


def escrito(correo: str) -> list[str]:
    """A signer's address as it may be kept: as it was written, and in small letters."""
    return sorted({correo, correo.lower()})


class Firma(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """One place in a letter's circuit. Name and cargo are copied when the circuit begins and again at signing.

    Places of one `grupo` sign side by side, those of the next after them; `orden` is how they are printed. `modo` is
    how it was signed and `identidad` how the signer was known. A `titular_…` is there when a substitute signs.
    """

    __tablename__ = "firma"
    __machine__ = FIRMA
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("carta"),
        owned_fk("documento", "imagen_documento_id"),
        owned_fk("documento", "escaneo_documento_id"),
        owned_unique("carta_id", "orden"),
        owned_index("ix_firma_correo", "correo", "estado", "carta_id"),
    )

    carta_id: Mapped[int]
    orden: Mapped[int] = mapped_column(SmallInteger)
    papel: Mapped[str] = mapped_column(String(30))
    nombre: Mapped[str] = mapped_column(String(200))
    cargo: Mapped[str] = mapped_column(String(160), default="")
    correo: Mapped[str] = mapped_column(String(254), default="")
    imagen_documento_id: Mapped[int | None] = mapped_column(BigInteger)
    firmada: Mapped[datetime | None] = mapped_column(UtcDateTime)
    avisada: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ip: Mapped[str] = mapped_column(String(45), default="")
    motivo: Mapped[str] = mapped_column(Text, default="")
    grupo: Mapped[int] = mapped_column(SmallInteger, default=0)
    modo: Mapped[str] = mapped_column(String(10), default="")
    identidad: Mapped[str] = mapped_column(String(10), default="")
    titular_nombre: Mapped[str] = mapped_column(String(200), default="")
    titular_cargo: Mapped[str] = mapped_column(String(160), default="")
    titular_correo: Mapped[str] = mapped_column(String(254), default="")
    escaneo_documento_id: Mapped[int | None] = mapped_column(BigInteger)
    confirmo: Mapped[str] = mapped_column(String(200), default="")  # who held a scan against the letter
    codigo_serie: Mapped[int] = mapped_column(SmallInteger, default=0)
    codigo_vence: Mapped[datetime | None] = mapped_column(UtcDateTime)

    carta: Mapped[Carta] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Firma.carta_id", "Carta")
    )


class Huella(Platform, Stamped, db.Model):
    """Where a public code or the hash of an issued PDF belongs. Platform row, without a person's data."""

    __tablename__ = "huella"

    codigo: Mapped[str] = mapped_column(String(24), unique=True)
    sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    escuela_id: Mapped[int] = platform_fk("escuela")
