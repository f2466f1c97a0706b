"""Sending a file that was made for this answer and is stored nowhere."""

from __future__ import annotations

from typing import Protocol

from flask import Response

from portal.web.uploads import disposition


class Hecho(Protocol):
    """A finished file: its bytes, media type and name."""

    @property
    def datos(self) -> bytes: ...
    @property
    def mime(self) -> str: ...
    @property
    def nombre(self) -> str: ...


def descargar(archivo: Hecho) -> Response:
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
