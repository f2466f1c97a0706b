"""Sending a file that was made for this answer and is stored nowhere."""

from __future__ import annotations

from flask import Response, g

from portal.services.reportes import Archivo
from portal.web.uploads import disposition


def de_la_escuela(nombre: str) -> str:
    """The name of an export with the escuela in front: who works for two does not confuse their files."""
    return f"{slug}-{nombre}" if (slug := g.get("slug")) else nombre


def descargar(archivo: Archivo) -> Response:
    """The file as an attachment that no cache keeps."""
    response = Response(archivo.datos, mimetype=None, content_type=archivo.mime)
    response.headers.update(
        {
            "Content-Disposition": disposition(de_la_escuela(archivo.nombre), inline=False),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
    )
    return response
