"""The parts of an expediente de liberación, how their merge stands, and the published lists of liberaciones."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.liberacion import LISTA_LIBERACION
from portal.models.base import PublicId, Stamped, Stateful, UtcDateTime, db, owned_join
from portal.models.documento import Documento
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class ExpedienteParte(EscuelaOwned, Stamped, db.Model):
    """One part that the alumno uploaded for an entrega; `alternativa` says which of its papers it is."""

    __tablename__ = "expediente_parte"
    __table_args__ = (
        owned_fk("entrega"),
        owned_fk("documento"),
        owned_unique("entrega_id", "clave"),
        owned_index("ix_expediente_parte_documento", "documento_id"),
    )

    entrega_id: Mapped[int]
    clave: Mapped[str] = mapped_column(String(40))
    alternativa: Mapped[str] = mapped_column(String(40), default="")
    documento_id: Mapped[int] = mapped_column(BigInteger)

    documento: Mapped[Documento] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("ExpedienteParte.documento_id", "Documento")
    )


class ExpedienteUnion(EscuelaOwned, Stamped, db.Model):
    """How the merge of an entrega's parts stands: asked for (`pedida`), done (`sha256` of the result) or `error`.

    `vez` counts the merges that were asked for: a result of an older one is thrown away. `indice` says of the result
    which part has which pages: nombre, origen, desde, hasta.
    """

    __tablename__ = "expediente_union"
    __table_args__ = (owned_fk("entrega"), owned_unique("entrega_id"))

    entrega_id: Mapped[int]
    vez: Mapped[int] = mapped_column(default=0)
    pedida: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(Text, default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    indice: Mapped[list[dict[str, Any]]]


class ListaLiberacion(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """A list of liberaciones that another authority published: its `numero` and day as it says them.

    `total` boletas, of which the portal knows `conocidas`.
    """

    __tablename__ = "lista_liberacion"
    __machine__ = LISTA_LIBERACION
    __table_args__ = (
        owned_unique("public_id"),
        owned_index("ix_lista_liberacion_estado", "estado", "fecha", "id"),
    )

    numero: Mapped[str] = mapped_column(String(40))
    fecha: Mapped[date]
    total: Mapped[int] = mapped_column(SmallInteger, default=0)
    conocidas: Mapped[int] = mapped_column(SmallInteger, default=0)
    cargo: Mapped[str] = mapped_column(String(200), default="")
    motivo: Mapped[str] = mapped_column(Text, default="")
    decidio: Mapped[str] = mapped_column(String(200), default="")


class LiberacionRenglon(EscuelaOwned, PublicId, Stamped, db.Model):
    """One boleta of a list; alumno and servicio where the portal knew them. `avisado`: when its alumno was told."""

    __tablename__ = "liberacion_renglon"
    __table_args__ = (
        owned_unique("public_id"),
        owned_fk("lista_liberacion", "lista_id"),
        owned_fk("alumno"),
        owned_fk("servicio"),
        owned_unique("lista_id", "boleta"),
        owned_index("ix_liberacion_renglon_lista", "lista_id", "orden"),
        owned_index("ix_liberacion_renglon_boleta", "boleta", "id"),
    )

    lista_id: Mapped[int]
    orden: Mapped[int] = mapped_column(SmallInteger)
    boleta: Mapped[str] = mapped_column(String(20))
    alumno_id: Mapped[int | None] = mapped_column(BigInteger)
    servicio_id: Mapped[int | None] = mapped_column(BigInteger)
    avisado: Mapped[datetime | None] = mapped_column(UtcDateTime)

    lista: Mapped[ListaLiberacion] = relationship(
        viewonly=True, lazy="raise", primaryjoin=owned_join("LiberacionRenglon.lista_id", "ListaLiberacion")
    )
