"""What happened and what is still to be done: bitácora and its chain, outbox, e-mails."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import PublicId, Stamped, UtcDateTime, db
from tenants.append_only import append_only
from tenants.guard import EscuelaOwned, owned_index, owned_unique


class Bitacora(EscuelaOwned, Stamped, db.Model):
    """Who did what to what, when. Rows are only ever added, each chained to the one before it in its escuela.

    `numero`, `anterior` and `huella` are given by services.bitacora.encadenar() right before the commit.
    """

    __tablename__ = "bitacora"
    __table_args__ = (
        owned_unique("numero"),
        owned_index("ix_bitacora_objeto", "noun", "objeto_id", "id"),
        owned_index("ix_bitacora_creado", "creado"),
        owned_index("ix_bitacora_alumno", "alumno_id", "id"),
    )

    usuario_id: Mapped[int | None] = mapped_column(BigInteger)
    autor: Mapped[str] = mapped_column(String(200))
    rol: Mapped[str] = mapped_column(String(12))
    noun: Mapped[str] = mapped_column(String(30))
    objeto_id: Mapped[int]
    alumno_id: Mapped[int | None] = mapped_column(BigInteger)
    accion: Mapped[str] = mapped_column(String(30))
    antes: Mapped[str] = mapped_column(String(20), default="")
    despues: Mapped[str] = mapped_column(String(20), default="")
    motivo: Mapped[str] = mapped_column(Text, default="")
    numero: Mapped[int]
    anterior: Mapped[str] = mapped_column(String(64))
    huella: Mapped[str] = mapped_column(String(64))


class BitacoraCabeza(EscuelaOwned, db.Model):
    """The end of an escuela's chain: its last `numero` and `huella`. Locked while lines are added; it only grows."""

    __tablename__ = "bitacora_cabeza"
    __table_args__ = (owned_unique(),)

    numero: Mapped[int]
    huella: Mapped[str] = mapped_column(String(64))


append_only(Bitacora.__table__)
append_only(BitacoraCabeza.__table__, head=True)


class Outbox(EscuelaOwned, Stamped, db.Model):
    """Work to do after a commit. Carries ids only; `clave` makes a second request for the same work a no-op."""

    __tablename__ = "outbox"
    __table_args__ = (owned_unique("clave"), owned_index("ix_outbox_pendiente", "hecho", "vence", "id"))

    tipo: Mapped[str] = mapped_column(String(20))
    clave: Mapped[str] = mapped_column(String(80))
    objeto_id: Mapped[int]
    vence: Mapped[datetime] = mapped_column(UtcDateTime)
    arriendo: Mapped[datetime | None] = mapped_column(UtcDateTime)
    arrendatario: Mapped[str] = mapped_column(String(40), default="")
    intentos: Mapped[int] = mapped_column(SmallInteger, default=0)
    hecho: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text, default="")


class Correo(EscuelaOwned, PublicId, Stamped, db.Model):
    """An e-mail: template and values are fixed with the transition; `message_id` before it is sent.

    One that waits so that its cause may be undone names the line of history of that decision in `decision_id`;
    `cancelado` is when it was undone: such a mail is never sent.
    """

    __tablename__ = "correo"
    __table_args__ = (
        owned_unique("public_id"),
        owned_unique("message_id"),
        owned_index("ix_correo_usuario", "usuario_id", "id"),
        owned_index("ix_correo_decision", "decision_id"),
    )

    message_id: Mapped[str] = mapped_column(String(120))
    plantilla: Mapped[str] = mapped_column(String(40))
    para: Mapped[str] = mapped_column(String(254))
    usuario_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("usuario.id"))
    asunto: Mapped[str] = mapped_column(String(200), default="")
    contexto: Mapped[dict[str, Any]]
    enviado: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rechazado: Mapped[str] = mapped_column(Text, default="")
    decision_id: Mapped[int | None] = mapped_column(BigInteger)
    cancelado: Mapped[datetime | None] = mapped_column(UtcDateTime)
