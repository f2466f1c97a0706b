"""Sending a file that was made for this answer and is stored nowhere."""

from __future__ import annotations

from flask import Response

from portal.services.reportes import Archivo
from portal.web.uploads import disposition


def descargar(archivo: Archivo) -> Response:
    """The file as an attachment that no cache keeps."""
    response = Response(archivo.datos, mimetype=None, content_type=archivo.mime)
    response.headers.update(
        {
            "Content-Disposition": disposition(archivo.nombre, inline=False),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
    )
    return response
