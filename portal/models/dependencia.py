"""The dependencia, its people and its dossier: platform rows, one for all escuelas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.personas import sin_acentos
from portal.models.base import Platform, PublicId, Stamped, UtcDateTime, db, platform_fk
from portal.models.documento import Analizado


def texto_de_busqueda(razon_social: str, nombre_corto: str, rfc: str) -> str:
    """What lists search: both names and the RFC, in lower case without accents."""
    return sin_acentos(f"{razon_social} {nombre_corto} {rfc}".casefold())[:400]


def _busqueda(context: Any) -> str:
    given = context.get_current_parameters()
    return texto_de_busqueda(*(given.get(name) or "" for name in ("razon_social", "nombre_corto", "rfc")))


class Dependencia(Platform, PublicId, Stamped, db.Model):
    """A host organisation. Until an escuela authorises it, it is not `verificada` and its RFC claims nothing."""

    __tablename__ = "dependencia"
    __table_args__ = (
        Index(
            "uq_dependencia_rfc_verificada",
            "rfc",
            unique=True,
            sqlite_where=column("verificada").is_not(None),
            postgresql_where=column("verificada").is_not(None),
        ),
    )

    rfc: Mapped[str] = mapped_column(String(13), default="")
    tipo_persona: Mapped[str] = mapped_column(String(6), default="moral")
    razon_social: Mapped[str] = mapped_column(String(250), default="")
    nombre_corto: Mapped[str] = mapped_column(String(80), default="")
    sector: Mapped[str] = mapped_column(String(40), default="")
    calle: Mapped[str] = mapped_column(String(200), default="")
    colonia: Mapped[str] = mapped_column(String(120), default="")
    municipio: Mapped[str] = mapped_column(String(120), default="")
    entidad: Mapped[str] = mapped_column(String(60), default="")
    cp: Mapped[str] = mapped_column(String(5), default="")
    telefono: Mapped[str] = mapped_column(String(20), default="")
    correo: Mapped[str] = mapped_column(String(254), default="")
    sitio: Mapped[str] = mapped_column(String(200), default="")
    descripcion: Mapped[str] = mapped_column(Text, default="")
    busqueda: Mapped[str] = mapped_column(String(400), default=_busqueda)
    representante_nombre: Mapped[str] = mapped_column(String(200), default="")
    representante_cargo: Mapped[str] = mapped_column(String(160), default="")
    representante_correo: Mapped[str] = mapped_column(String(254), default="")
    representante_telefono: Mapped[str] = mapped_column(String(20), default="")
    verificada: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def domicilio(self) -> str:
        """The address in one line, as letters print it."""
        cp = f"C.P. {self.cp}" if self.cp else ""
        return ", ".join(p for p in (self.calle, self.colonia, self.municipio, self.entidad, cp) if p)

    @property
    def nombre_visible(self) -> str:
        """The short name where there is one."""
        return self.nombre_corto or self.razon_social


class DependenciaUsuario(Platform, Stamped, db.Model):
    """A person who acts for a dependencia."""

    __tablename__ = "dependencia_usuario"
    __table_args__ = (UniqueConstraint("dependencia_id", "usuario_id"),)

    dependencia_id: Mapped[int] = platform_fk("dependencia")
    usuario_id: Mapped[int] = platform_fk("usuario", index=True)
    cargo: Mapped[str] = mapped_column(String(160), default="")
    activo: Mapped[bool] = mapped_column(default=True)


class DossierDocumento(Analizado, Platform, PublicId, Stamped, db.Model):
    """One version of one paper of the dossier. Versions are never overwritten; each escuela has its verdict on each."""

    __tablename__ = "dossier_documento"
    __table_args__ = (UniqueConstraint("dependencia_id", "tipo", "version"),)

    dependencia_id: Mapped[int] = platform_fk("dependencia")
    tipo: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    almacen: Mapped[str] = mapped_column(String(20))
    clave: Mapped[str] = mapped_column(String(200))
    nombre: Mapped[str] = mapped_column(String(130))
    mime: Mapped[str] = mapped_column(String(60))
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    paginas: Mapped[int] = mapped_column(default=1)
    avisos: Mapped[list[str]]
    leido: Mapped[dict[str, Any]]
