"""A file that arrives by pieces, before anybody has checked it: where it stands, and where its pieces lie."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import PublicId, Stamped, db
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_unique


class Subida(EscuelaOwned, PublicId, Stamped, db.Model):
    """A file on its way to one form: `titular` may go on with it, and `destino` is the only form that may use it.

    `titular` is `usuario:<id>`, or `enlace:<hash>` for the holder of a personal link; `destino` the SHA-256 of the
    form's address. Whole when `recibido` reaches `bytes`. `tomada`: a form is using it since then. After `vence`
    it is thrown away.
    """

    __tablename__ = "subida"
    __table_args__ = (
        owned_unique("public_id"),
        owned_index("ix_subida_titular", "titular", "id"),
        owned_index("ix_subida_vence", "vence"),
    )

    titular: Mapped[str] = mapped_column(String(80))
    destino: Mapped[str] = mapped_column(String(64))
    nombre: Mapped[str] = mapped_column(String(130))
    bytes: Mapped[int]
    recibido: Mapped[int] = mapped_column(default=0)
    vence: Mapped[datetime]
    tomada: Mapped[datetime | None]


class SubidaPieza(EscuelaOwned, Stamped, db.Model):
    """The bytes of a subida from `desde` on, as one object of the storage; two never begin at the same byte."""

    __tablename__ = "subida_pieza"
    __table_args__ = (owned_unique("subida_id", "desde"), owned_fk("subida"))

    subida_id: Mapped[int] = mapped_column(BigInteger)
    desde: Mapped[int]
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    clave: Mapped[str] = mapped_column(String(200))
