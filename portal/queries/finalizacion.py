"""Servicios that wait for the office's last word, oldest first."""

from __future__ import annotations

from sqlalchemy import func, select

from portal.models import Servicio, db
from portal.queries.expedientes import fila, seleccion
from portal.queries.paginas import Pagina, pagina


def cola(despues: str = "", antes: str = "") -> Pagina:
    """Terminado servicios of the escuela in scope, in pages of 50; one statement."""
    query = seleccion(Servicio.estado == "terminado")
    found = pagina(
        query, Servicio, (Servicio.estado_desde, Servicio.id), seleccion(), despues=despues, antes=antes
    )
    return found.con([fila(row) for row in found.filas])


def cuantas() -> int:
    """How many of them get a carta de finalización; the others end with a lista de emisión."""
    query = select(func.count(Servicio.id)).where(Servicio.estado == "terminado", Servicio.emision.is_(False))
    return int(db.session.scalar(query) or 0)
