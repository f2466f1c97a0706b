"""An evaluación de desempeño as its personal page reads it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.models import Entrega, Evaluacion, Servicio, db


def por_id(evaluacion_id: int) -> Evaluacion | None:
    """One evaluación with its alumno, dependencia, entrega, servicio and proyecto, read fresh; one statement."""
    query = (
        select(Evaluacion)
        .where(Evaluacion.id == evaluacion_id)
        .options(
            joinedload(Evaluacion.alumno),
            joinedload(Evaluacion.dependencia),
            joinedload(Evaluacion.entrega).joinedload(Entrega.servicio).joinedload(Servicio.proyecto),
        )
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
