"""Servicios that wait for the office's last word, oldest first."""

from __future__ import annotations

from portal.models import Servicio
from portal.queries.expedientes import fila, seleccion
from portal.queries.paginas import Pagina, pagina


def cola(despues: str = "", antes: str = "") -> Pagina:
    """Terminado servicios of the escuela in scope, in pages of 50; one statement."""
    query = seleccion(Servicio.estado == "terminado")
    found = pagina(
        query, Servicio, (Servicio.estado_desde, Servicio.id), seleccion(), despues=despues, antes=antes
    )
    return found.con([fila(row) for row in found.filas])
