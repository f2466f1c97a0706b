"""Bajas as pages read them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from portal.models import Alumno, Baja, Documento, Servicio, db
from portal.queries import escuelas
from portal.queries.escuelas import EscuelaVista
from portal.queries.paginas import Pagina, pagina_de

POR_PAGINA = 50


def cola(*, decididas: bool = False, despues: str = "") -> Pagina:
    """Bajas that wait, oldest first, or the decided ones, newest first, with alumno and dependencia; pages of 50."""
    query = select(Baja).options(joinedload(Baja.alumno), joinedload(Baja.dependencia))
    query = query.where(Baja.estado != "pedida" if decididas else Baja.estado == "pedida")
    return pagina_de(query, Baja, (Baja.estado_desde, Baja.id), desc=decididas, despues=despues)


def por_id(public_id: str) -> tuple[Baja, Documento | None] | None:
    """One baja with alumno, dependencia, servicio and proyecto, and its file; one statement."""
    query = (
        select(Baja, Documento)
        .outerjoin(
            Documento, and_(Documento.id == Baja.documento_id, Documento.escuela_id == Baja.escuela_id)
        )
        .where(Baja.public_id == public_id)
        .options(
            joinedload(Baja.alumno),
            joinedload(Baja.dependencia),
            joinedload(Baja.servicio).joinedload(Servicio.proyecto),
        )
    )
    row = db.session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True)
class Pedida:
    """One baja of a dependencia, as plain values."""

    escuela: EscuelaVista
    public_id: str
    alumno: str
    boleta: str
    estado: str
    fecha: date
    desde: datetime


def de_dependencias(dependencia_ids: Collection[int]) -> list[Pedida]:
    """The bajas that these dependencias asked for in every escuela, newest first, 50 of each escuela at most."""
    query = (
        select(Baja, Alumno)
        .join(Alumno, and_(Alumno.id == Baja.alumno_id, Alumno.escuela_id == Baja.escuela_id))
        .where(Baja.dependencia_id.in_(dependencia_ids))
        .order_by(Baja.id.desc())
        .limit(POR_PAGINA)
    )

    def read(escuela: EscuelaVista) -> list[Pedida]:
        return [
            Pedida(escuela, b.public_id, a.nombre_completo, a.boleta, b.estado, b.fecha, b.estado_desde)
            for b, a in db.session.execute(query)
        ]

    return sorted(escuelas.de_cada(dependencia_ids, read), key=lambda b: b.desde, reverse=True)
