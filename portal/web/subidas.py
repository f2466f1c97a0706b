"""A file sent by pieces to a form's own address: begun, gone on with after a dropped connection, cancelled.

Every view with `@accepts_uploads` takes, besides its form, POSTs with the header `Portal-Subida`; whoever may send
the form may send its file by pieces, in the same escuela and within the same limit, and nobody else.

    Portal-Subida: nueva            Upload-Length: bytes, Portal-Archivo: the name in percent-encoded UTF-8
    Portal-Subida: agregar <id>     Upload-Offset: first byte; the body is the piece, of any length
    Portal-Subida: consultar <id>   how far it is
    Portal-Subida: cancelar <id>

Answers are JSON: `{"id", "recibido", "bytes"}`, or `{"mensaje": sentence}`; 409 with `recibido` where a piece does not
begin where the file stands. Then the form is sent with `subida_<field>=<id>` in the place of the file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

from flask import Response, after_this_request, g, jsonify, request
from limits import parse
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from portal.domain.machine import Refused
from portal.services import subidas
from portal.services.documentos import StorageUnavailable
from portal.services.subidas import Avance, Desfase, Quien
from portal.services.uow import NotFound
from portal.web.contexto import now
from portal.web.limites import MUCHOS, gastar
from tenants.scope import current_escuela_or_none

log = logging.getLogger(__name__)
CABECERA = "Portal-Subida"
PIEZA = 1 << 20  # bytes read at once
NUEVAS = parse("60 per minute")  # files begun by one person in one escuela
TooLarge = Callable[[int], RequestEntityTooLarge]
Answer = tuple[Response, int]


def es_pieza() -> bool:
    """Whether this request is about a file by pieces, not the form itself."""
    return request.method == "POST" and CABECERA in request.headers


def atender(limite: int, too_large: TooLarge) -> Answer:
    """Answer one request about a file by pieces for this form, which takes files of up to `limite` bytes."""
    verbo, _, public_id = request.headers[CABECERA].partition(" ")
    quien = _quien()
    if quien is None or limite <= 0:
        return _error(404, "Este formulario no recibe archivos por partes.")
    try:
        if verbo == "nueva":
            return _nueva(quien, limite, too_large)
        if verbo == "agregar":
            return _agregar(quien, public_id, too_large)
        if verbo == "consultar":
            return _avance(subidas.consultar(quien, public_id, now=now()))
        if verbo == "cancelar":
            subidas.cancelar(quien, public_id, now=now())
            return _avance(Avance(0, 0))
    except NotFound:
        return _error(404, "Ese archivo ya no está en el portal. Hay que enviarlo de nuevo.")
    except StorageUnavailable as error:
        log.warning("storage unavailable: %s", error)
        answer, status = _error(
            503, "Ahora no es posible guardar archivos. El envío continúa en unos minutos."
        )
        answer.headers["Retry-After"] = "30"
        return answer, status
    except RequestEntityTooLarge as error:
        return _error(413, str(error.description))
    except Desfase as desfase:
        return jsonify(recibido=desfase.recibido, mensaje="El archivo va en otro punto."), 409
    return _error(400, "No se entiende la petición.")


def traer(public_id: str, destino: Path) -> tuple[str, int]:
    """Write the file that this form refers to at `destino`; answers its name and size (bytes).

    When the answer is a success the file is used up; after a refusal the same form may use it again. Refused where
    it is not there, not whole, another's, or in use by another request.
    """
    quien = _quien()
    try:
        if quien is None:
            raise Refused("subida.perdida")
        tomada = subidas.tomar(quien, public_id, now=now())
    except Refused as refused:
        if refused.key == "subida.perdida":
            _decir("perdida")
        raise

    @after_this_request
    def settle(response: Response) -> Response:
        use = subidas.gastar if response.status_code < 400 else subidas.devolver
        use(public_id, now=now())
        return response

    subidas.juntar(tomada, destino)
    return tomada.nombre, tomada.bytes


def _decir(valor: str) -> None:
    """Tell the script of the page what happened, beside the sentence for the person."""

    @after_this_request
    def mark(response: Response) -> Response:
        response.headers[CABECERA] = valor
        return response


def _quien() -> Quien | None:
    """The signed-in person, or the holder of the link in the address; None outside any escuela."""
    if current_escuela_or_none() is None:
        return None
    actor = g.get("actor")
    token = (request.view_args or {}).get("token")
    if actor is not None and actor.usuario_id:
        titular = f"usuario:{actor.usuario_id}"
    elif token:
        titular = f"enlace:{hashlib.sha256(token.encode()).hexdigest()}"
    else:
        return None
    return Quien(titular, hashlib.sha256(request.path.encode()).hexdigest())


def _nueva(quien: Quien, limite: int, too_large: TooLarge) -> Answer:
    tamano = _number("Upload-Length")
    if not tamano:
        return _error(400, "El archivo está vacío. Hay que elegir otro.")
    if tamano > limite:
        return _error(413, str(too_large(limite).description))
    if not gastar(NUEVAS, "subida", quien.titular, str(current_escuela_or_none())):
        return _error(429, MUCHOS)
    nombre = unquote(request.headers.get("Portal-Archivo", "")[:2000], errors="replace")
    public_id = subidas.crear(quien, nombre, tamano, now=now())
    return jsonify(id=public_id, recibido=0, bytes=tamano), 201


def _agregar(quien: Quien, public_id: str, too_large: TooLarge) -> Answer:
    desde = _number("Upload-Offset")
    if desde is None:
        return _error(400, "No se entiende la petición.")
    avance = subidas.consultar(quien, public_id, now=now())
    cuerpo = _Cuerpo(request.stream, avance.bytes - desde, too_large(avance.bytes))
    return _avance(subidas.agregar(quien, public_id, desde, cuerpo, now=now()))  # type: ignore[arg-type]


class _Cuerpo:
    """The body of a piece: at most `left` bytes; what came before the connection dropped counts."""

    def __init__(self, stream: IO[bytes], left: int, too_large: RequestEntityTooLarge) -> None:
        self._stream, self._left, self._too_large = stream, left, too_large

    def read(self, amount: int = PIEZA) -> bytes:
        """Up to PIEZA bytes; empty at the end of the body or of the connection; 413 past the announced size."""
        try:
            piece = self._stream.read(min(amount, PIEZA))
        except ClientDisconnected:
            return b""
        self._left -= len(piece)
        if self._left < 0:
            raise self._too_large
        return piece


def _number(header: str) -> int | None:
    """A whole number of at most thirteen digits, or None."""
    text = request.headers.get(header, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 13 else None


def _avance(avance: Avance) -> Answer:
    return jsonify(recibido=avance.recibido, bytes=avance.bytes), 200


def _error(status: int, mensaje: str, **more: Any) -> Answer:
    return jsonify(mensaje=mensaje, **more), status
