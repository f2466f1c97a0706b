"""What an alumno brings from servicios that ended in a baja: accepted hours, counted once, and days reported."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from portal.models import Entrega, Servicio, db
from portal.services.uow import Uow


def horas(uow: Uow, alumno_id: int) -> int:
    """Accepted hours (h) of the alumno's servicios that ended in a baja; what those had carried on is not in it."""
    query = select(func.coalesce(func.sum(Servicio.horas_aceptadas), 0)).where(
        Servicio.alumno_id == alumno_id, Servicio.estado == "baja"
    )
    return int(uow.session.scalar(query) or 0)


def anterior(uow: Uow, alumno_id: int) -> int | None:
    """The id of the alumno's last servicio that ended in a baja, or None."""
    query = select(Servicio.id).where(Servicio.alumno_id == alumno_id, Servicio.estado == "baja")
    found: int | None = uow.session.scalar(query.order_by(Servicio.id.desc()).limit(1))
    return found


def reportado_hasta(servicio: Servicio) -> date | None:
    """The last day of a report accepted before this servicio, where hours were carried on: no day counts twice."""
    if not servicio.horas_previas:
        return None
    query = (
        select(func.max(Entrega.periodo_hasta))
        .join(Servicio, Servicio.id == Entrega.servicio_id)
        .where(
            Servicio.alumno_id == servicio.alumno_id,
            Servicio.estado == "baja",
            Entrega.estado == "aceptada",
            Entrega.pide_horas,
        )
    )
    found: date | None = db.session.scalar(query)
    return found
