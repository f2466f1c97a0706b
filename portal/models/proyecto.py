"""A proyecto and the solicitudes for it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, SmallInteger, String, Text, column
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.proyecto import PROYECTO
from portal.domain.solicitud import ABIERTAS, SOLICITUD
from portal.models.alumno import Alumno
from portal.models.base import Claves, PublicId, Stamped, Stateful, db, owned_join, platform_fk
from portal.models.convenio import Convenio
from portal.models.dependencia import Dependencia
from portal.models.documento import Documento
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Proyecto(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """A posting. `ocupados` counts taken seats; the database refuses more than `cupo`."""

    __tablename__ = "proyecto"
    __machine__ = PROYECTO
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("convenio"),
        owned_fk("documento", "actividades_documento_id"),
        owned_index("ix_proyecto_estado", "estado", "id"),
        owned_index("ix_proyecto_dependencia", "dependencia_id", "id"),
        CheckConstraint("ocupados >= 0 AND ocupados <= cupo", name="cupo"),
    )

    dependencia_id: Mapped[int] = platform_fk("dependencia", index=True)
    convenio_id: Mapped[int] = mapped_column(BigInteger)
    titulo: Mapped[str] = mapped_column(String(200))
    proposito: Mapped[str] = mapped_column(Text, default="")
    actividades: Mapped[list[str]]
    actividades_documento_id: Mapped[int | None] = mapped_column(BigInteger)
    carreras: Mapped[list[str]] = mapped_column(Claves)
    cupo: Mapped[int] = mapped_column(SmallInteger, default=1)
    ocupados: Mapped[int] = mapped_column(SmallInteger, default=0)
    modalidad: Mapped[str] = mapped_column(String(12), default="presencial")
    lugar: Mapped[str] = mapped_column(String(250), default="")
    zona: Mapped[str] = mapped_column(String(80), default="")
    horario: Mapped[str] = mapped_column(String(160), default="")
    honorarios: Mapped[str] = mapped_column(String(160), default="")
    responsable_nombre: Mapped[str] = mapped_column(String(200), default="")
    responsable_cargo: Mapped[str] = mapped_column(String(160), default="")
    responsable_correo: Mapped[str] = mapped_column(String(254), default="")
    responsable_telefono: Mapped[str] = mapped_column(String(20), default="")
    jefe_nombre: Mapped[str] = mapped_column(String(200), default="")
    jefe_cargo: Mapped[str] = mapped_column(String(160), default="")
    jefe_correo: Mapped[str] = mapped_column(String(254), default="")
    gerente_nombre: Mapped[str] = mapped_column(String(200), default="")
    gerente_cargo: Mapped[str] = mapped_column(String(160), default="")
    gerente_correo: Mapped[str] = mapped_column(String(254), default="")
    motivo: Mapped[str] = mapped_column(Text, default="")
    busqueda: Mapped[str] = mapped_column(Text, default="")

    dependencia: Mapped[Dependencia] = relationship(viewonly=True, lazy="raise")
    convenio: Mapped[Convenio] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Proyecto.convenio_id", "Convenio")
    )
    archivo: Mapped[Documento | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Proyecto.actividades_documento_id", "Documento")
    )

    @property
    def lugares(self) -> int:
        """Places left."""
        return self.cupo - self.ocupados


class Solicitud(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """One alumno asks for one proyecto, once at a time."""

    __tablename__ = "solicitud"
    __machine__ = SOLICITUD
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("alumno"),
        owned_fk("proyecto"),
        owned_fk("documento", "presentacion_documento_id"),
        owned_fk("documento", "constancia_documento_id"),
        owned_index("ix_solicitud_alumno", "alumno_id", "id"),
        owned_index(
            "uq_solicitud_abierta",
            "alumno_id",
            "proyecto_id",
            unique=True,
            sqlite_where=column("estado").in_(ABIERTAS),
            postgresql_where=column("estado").in_(ABIERTAS),
        ),
        owned_index("ix_solicitud_dependencia", "dependencia_id", "estado", "estado_desde"),
        owned_index("ix_solicitud_proyecto", "proyecto_id", "estado"),
    )

    alumno_id: Mapped[int]
    proyecto_id: Mapped[int]
    dependencia_id: Mapped[int] = platform_fk("dependencia")
    mensaje: Mapped[str] = mapped_column(Text, default="")
    presentacion_documento_id: Mapped[int | None] = mapped_column(BigInteger)
    constancia_documento_id: Mapped[int | None] = mapped_column(BigInteger)
    inicio: Mapped[date | None]
    termino: Mapped[date | None]
    horario: Mapped[str] = mapped_column(String(160), default="")
    motivo: Mapped[str] = mapped_column(Text, default="")
    decidio: Mapped[str] = mapped_column(String(200), default="")

    alumno: Mapped[Alumno] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Solicitud.alumno_id", "Alumno")
    )
    proyecto: Mapped[Proyecto] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Solicitud.proyecto_id", "Proyecto")
    )
    dependencia: Mapped[Dependencia] = relationship(viewonly=True, lazy="raise")
    presentacion: Mapped[Documento | None] = relationship(
        viewonly=True,
        lazy="raise",
        primaryjoin=owned_join("Solicitud.presentacion_documento_id", "Documento"),
    )
    constancia: Mapped[Documento | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Solicitud.constancia_documento_id", "Documento")
    )
