"""A servicio, its entregas and their history, its bajas."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.baja import BAJA
from portal.domain.entrega import ENTREGA
from portal.domain.servicio import SERVICIO
from portal.models.alumno import Alumno
from portal.models.base import PublicId, Stamped, Stateful, UtcDateTime, db, owned_join, platform_fk
from portal.models.dependencia import Dependencia
from portal.models.documento import Documento
from portal.models.proyecto import Proyecto
from portal.models.usuario import Usuario
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Servicio(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """One alumno's service. `perfil_version` and `plan_clave` are the rules it began with; horas_* are whole hours.

    `emision`: its plan ends with a lista de emisión and the constancia, not with a carta de finalización.
    `anterior_id`: the last servicio before it that ended in a baja; `horas_previas` are what all of those accepted.
    """

    __tablename__ = "servicio"
    __machine__ = SERVICIO
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("alumno"),
        owned_fk("proyecto"),
        owned_fk("solicitud"),
        owned_fk("servicio", "anterior_id"),
        owned_unique("numero_registro"),
        owned_index("ix_servicio_estado", "estado", "estado_desde", "id"),
        owned_index("ix_servicio_alumno", "alumno_id", "id"),
        owned_index("ix_servicio_dependencia", "dependencia_id", "estado", "id"),
        owned_index("ix_servicio_prestadores", "dependencia_id", "id"),
        owned_index("ix_servicio_inicio", "inicio", "id"),
        owned_index("ix_servicio_termino", "estado", "termino", "id"),
        owned_index("ix_servicio_emision", "estado", "emision", "estado_desde", "id"),
    )

    alumno_id: Mapped[int]
    proyecto_id: Mapped[int | None] = mapped_column(BigInteger)
    solicitud_id: Mapped[int | None] = mapped_column(BigInteger)
    dependencia_id: Mapped[int] = platform_fk("dependencia")
    perfil_version: Mapped[int]
    plan_clave: Mapped[str] = mapped_column(String(40))
    inicio: Mapped[date]
    termino: Mapped[date]
    horario: Mapped[str] = mapped_column(String(160), default="")
    numero_registro: Mapped[str | None] = mapped_column(String(30))
    horas_plan: Mapped[int] = mapped_column(SmallInteger)
    horas_aceptadas: Mapped[int] = mapped_column(SmallInteger, default=0)
    horas_previas: Mapped[int] = mapped_column(SmallInteger, default=0)
    motivo: Mapped[str] = mapped_column(Text, default="")
    emision: Mapped[bool] = mapped_column(default=False)
    anterior_id: Mapped[int | None] = mapped_column(BigInteger)

    alumno: Mapped[Alumno] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Servicio.alumno_id", "Alumno")
    )
    proyecto: Mapped[Proyecto | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Servicio.proyecto_id", "Proyecto")
    )
    dependencia: Mapped[Dependencia] = relationship(viewonly=True, lazy="raise")

    @property
    def horas(self) -> int:
        """Hours that count: accepted here and carried from before a change of dependencia."""
        return self.horas_aceptadas + self.horas_previas


class Entrega(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """One step of a servicio. The spec is copied from the plan at the beginning, so a new plan changes no old step.

    `borrador_documento_id` is the file that the alumno has uploaded and not sent yet, `borrador` what was typed
    with it; `documento_id` is the one sent. `asignada_id` is the person of the office to whom it was given to review.
    `pedida` is when the alumno asked the office for what it issues itself.
    `siss` is the day it was loaded in the SISS, `siss_quien` who said so ("alumno" or "coordinador").
    """

    __tablename__ = "entrega"
    __machine__ = ENTREGA
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("servicio"),
        owned_fk("alumno"),
        owned_fk("documento"),
        owned_fk("documento", "borrador_documento_id"),
        owned_unique("servicio_id", "clave"),
        owned_index("ix_entrega_cola", "estado", "revisor_en_turno", "estado_desde", "id"),
        owned_index("ix_entrega_dependencia", "dependencia_id", "estado", "revisor_en_turno"),
        owned_index("ix_entrega_asignada", "asignada_id", "estado"),
        owned_index("ix_entrega_pedida", "tipo", "pedida", "id"),
        owned_index("ix_entrega_siss", "pide_siss", "estado", "siss", "id"),
    )

    servicio_id: Mapped[int]
    alumno_id: Mapped[int]
    dependencia_id: Mapped[int] = platform_fk("dependencia")
    clave: Mapped[str] = mapped_column(String(40))
    nombre: Mapped[str] = mapped_column(String(120))
    tipo: Mapped[str] = mapped_column(String(20))
    orden: Mapped[int] = mapped_column(SmallInteger)
    revisan: Mapped[list[str]]
    turno: Mapped[int] = mapped_column(SmallInteger, default=0)
    revisor_en_turno: Mapped[str | None] = mapped_column(String(12))
    pide_horas: Mapped[bool] = mapped_column(default=False)
    meta_horas: Mapped[int | None] = mapped_column(SmallInteger)
    documento_id: Mapped[int | None] = mapped_column(BigInteger)
    borrador_documento_id: Mapped[int | None] = mapped_column(BigInteger)
    borrador: Mapped[dict[str, Any]] = mapped_column(default=dict)
    horas: Mapped[int] = mapped_column(SmallInteger, default=0)
    horas_acumuladas: Mapped[int] = mapped_column(SmallInteger, default=0)
    periodo_desde: Mapped[date | None]
    periodo_hasta: Mapped[date | None]
    actividades: Mapped[str] = mapped_column(Text, default="")
    motivo: Mapped[str] = mapped_column(Text, default="")
    decidio: Mapped[str] = mapped_column(String(200), default="")
    asignada_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("usuario.id"))
    pide_siss: Mapped[bool] = mapped_column(default=False)
    siss: Mapped[date | None]
    pedida: Mapped[datetime | None] = mapped_column(UtcDateTime)
    siss_quien: Mapped[str] = mapped_column(String(12), default="")

    servicio: Mapped[Servicio] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Entrega.servicio_id", "Servicio")
    )
    alumno: Mapped[Alumno] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Entrega.alumno_id", "Alumno")
    )
    dependencia: Mapped[Dependencia] = relationship(viewonly=True, lazy="raise")
    asignada: Mapped[Usuario | None] = relationship(viewonly=True, lazy="raise")
    documento: Mapped[Documento | None] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Entrega.documento_id", "Documento")
    )


class EntregaHistoria(EscuelaOwned, Stamped, db.Model):
    """What was sent and what each reviewer said of it, version by version."""

    __tablename__ = "entrega_historia"
    __table_args__ = (
        owned_fk("entrega"),
        owned_fk("documento"),
        owned_index("ix_entrega_historia", "entrega_id", "id"),
    )

    entrega_id: Mapped[int]
    documento_id: Mapped[int | None] = mapped_column(BigInteger)
    accion: Mapped[str] = mapped_column(String(20))
    autor: Mapped[str] = mapped_column(String(200))
    rol: Mapped[str] = mapped_column(String(12))
    motivo: Mapped[str] = mapped_column(Text, default="")
    cifras: Mapped[dict[str, Any]]


class Baja(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """A servicio ends early: the dependencia asks for it; a `cambio` of dependencia is the office's own decision."""

    __tablename__ = "baja"
    __machine__ = BAJA
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("servicio"),
        owned_fk("alumno"),
        owned_fk("documento"),
        owned_index("ix_baja_estado", "estado", "estado_desde", "id"),
        owned_index("ix_baja_alumno", "alumno_id", "id"),
        owned_index("ix_baja_servicio", "servicio_id", "id"),
        owned_index("ix_baja_dependencia", "dependencia_id", "id"),
    )

    servicio_id: Mapped[int]
    alumno_id: Mapped[int]
    dependencia_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("dependencia.id"))
    justificacion: Mapped[str] = mapped_column(Text)
    fecha: Mapped[date]
    cambio: Mapped[bool] = mapped_column(default=False)
    documento_id: Mapped[int | None] = mapped_column(BigInteger)
    pidio: Mapped[str] = mapped_column(String(200), default="")
    motivo: Mapped[str] = mapped_column(Text, default="")
    decidio: Mapped[str] = mapped_column(String(200), default="")

    servicio: Mapped[Servicio] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Baja.servicio_id", "Servicio")
    )
    alumno: Mapped[Alumno] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("Baja.alumno_id", "Alumno")
    )
    dependencia: Mapped[Dependencia] = relationship(viewonly=True, lazy="raise")
