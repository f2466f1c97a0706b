"""An alumno of one escuela."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.alumno import ALUMNO_MACHINE, clave_de_busqueda
from portal.models.base import PublicId, Stamped, Stateful, db
from tenants.guard import EscuelaOwned, owned_index, owned_unique


def _busqueda(context: Any) -> str:
    given = context.get_current_parameters()
    return clave_de_busqueda(*(given.get(name) or "" for name in ("nombre", "paterno", "materno", "boleta")))


class Alumno(EscuelaOwned, PublicId, Stateful, Stamped, db.Model):
    """A student, known in the escuela by boleta. `busqueda` is the folded name and boleta, for lists."""

    __tablename__ = "alumno"
    __machine__ = ALUMNO_MACHINE
    __table_args__ = (
        owned_unique("boleta"),
        owned_unique("public_id"),
        owned_index("ix_alumno_estado", "estado", "id"),
        owned_index("ix_alumno_busqueda", "busqueda"),
        owned_index("ix_alumno_usuario", "usuario_id"),
    )

    usuario_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("usuario.id"), index=True)
    boleta: Mapped[str] = mapped_column(String(20))
    nombre: Mapped[str] = mapped_column(String(100))
    paterno: Mapped[str] = mapped_column(String(100))
    materno: Mapped[str] = mapped_column(String(100), default="")
    correo: Mapped[str] = mapped_column(String(254))
    telefono: Mapped[str] = mapped_column(String(20), default="")
    carrera: Mapped[str] = mapped_column(String(20))
    semestre: Mapped[int | None] = mapped_column(SmallInteger)
    genero: Mapped[str] = mapped_column(String(1), default="")
    creditos_pct: Mapped[int | None] = mapped_column(SmallInteger)
    foto_id: Mapped[int | None] = mapped_column(BigInteger)
    motivo: Mapped[str] = mapped_column(Text, default="")
    origen: Mapped[str] = mapped_column(String(12), default="registro")
    busqueda: Mapped[str] = mapped_column(String(340), default=_busqueda)

    @property
    def alumno_id(self) -> int:
        """An alumno is their own owner."""
        return self.id

    @property
    def nombre_completo(self) -> str:
        """Given names first, as letters write it."""
        return " ".join(p for p in (self.nombre, self.paterno, self.materno) if p)

    @property
    def nombre_de_lista(self) -> str:
        """Surnames first, as lists sort it."""
        return " ".join(p for p in (self.paterno, self.materno, self.nombre) if p)
