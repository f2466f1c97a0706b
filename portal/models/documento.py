"""An uploaded or generated file of an escuela."""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, String
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.documento import SERVIBLES, SIN_ANALISIS
from portal.models.base import PublicId, Stamped, db
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Analizado:
    """A stored file with what the virus scan said of it: domain/documento.py decides what `analisis` allows."""

    analisis: Mapped[str] = mapped_column(String(12), default=SIN_ANALISIS, server_default=SIN_ANALISIS)

    @hybrid_property
    def servible(self) -> bool:
        """Whether the bytes may be given to anybody; in a query, the rows of which that is so."""
        return self.analisis in SERVIBLES

    @servible.inplace.expression
    @classmethod
    def _servible(cls) -> ColumnElement[bool]:
        return cls.analisis.in_(SERVIBLES)


class Documento(Analizado, EscuelaOwned, PublicId, Stamped, db.Model):
    """A file: where it lies (`almacen`, `clave`), what it is, whose it is. It never changes; a correction is a new row.

    `alumno_id` and `dependencia_id` say who besides the office may read it.
    """

    __tablename__ = "documento"
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("alumno"),
        owned_index("ix_documento_alumno", "alumno_id", "id"),
    )

    tipo: Mapped[str] = mapped_column(String(40))
    alumno_id: Mapped[int | None] = mapped_column(BigInteger)
    dependencia_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("dependencia.id"))
    almacen: Mapped[str] = mapped_column(String(20))
    clave: Mapped[str] = mapped_column(String(200))
    nombre: Mapped[str] = mapped_column(String(130))
    mime: Mapped[str] = mapped_column(String(60))
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    paginas: Mapped[int] = mapped_column(default=1)
    avisos: Mapped[list[str]]
