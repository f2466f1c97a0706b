"""Errors as pages: what happened, what to do, a way back."""

from __future__ import annotations

import logging
from typing import Any, NamedTuple

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused
from portal.services.documentos import ObjectNotFound, StorageUnavailable
from portal.services.interrupciones import es_interrupcion
from portal.services.uow import NotFound
from portal.web.peticiones import request_id

VENCIDA = "La página estuvo abierta demasiado tiempo. Hay que volver atrás, recargarla y enviar de nuevo."
log = logging.getLogger(__name__)
RETRY_AFTER = "30"  # s
SECRETS = frozenset({"contrasena", "actual", "nueva", "repetida", "codigo"})  # fields that no page repeats
PAGES = (400, 403, 404, 409, 413, 429, 500, 503)


def sentence(refused: Refused) -> str:
    """The sentence of a refusal, filled with its values."""
    return frase(refused.key, **refused.values)


def page(status: int, mensaje: str = "", **values: Any) -> tuple[str, int]:
    """The error page of a status, with a sentence of its own if there is one."""
    name = status if status in PAGES else (400 if status < 500 else 500)
    return render_template(f"errores/{name}.html", detalle=mensaje, referencia=request_id(), **values), status


def init_errors(app: Flask) -> None:
    """Refused -> 409, Forbidden -> 403, NotFound -> 404; database or storage away, disk full -> 503."""
    app.register_error_handler(Forbidden, lambda e: page(403, sentence(e)))
    app.register_error_handler(Refused, lambda e: page(409, sentence(e)))
    app.register_error_handler(NotFound, lambda e: page(404))
    app.register_error_handler(ObjectNotFound, lambda e: page(404))
    app.register_error_handler(StorageUnavailable, _unavailable)
    app.register_error_handler(CSRFError, lambda e: page(400, VENCIDA))
    app.register_error_handler(
        SecurityError, lambda e: ("Este portal no atiende ese nombre de servidor.", 400)
    )
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _crash)


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    own = error.description if status in (413, 429) else ""
    body, status = page(status, own or "")
    response = app_response(body, status)
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods or [])
    return response


def app_response(body: str, status: int) -> Any:
    """A response made from a page and its status."""
    from flask import make_response

    return make_response(body, status)


def _unavailable(error: Exception) -> Any:
    """503: what the page stands on is away. The page itself asks neither database nor storage for anything."""
    log.warning("%s on %s: %s", type(error).__name__, request.endpoint, str(error).partition("\n")[0][:300])
    g.fallo = True
    response = app_response(*page(503, reenvio=_typed()))
    response.headers["Retry-After"] = RETRY_AFTER
    return response


class Reenvio(NamedTuple):
    """What was sent and did not arrive: fields to send again as they were, and what the person has to give again."""

    campos: list[tuple[str, str]]
    faltan_archivos: bool
    falta_clave: bool


def _typed() -> Reenvio | None:
    """The form of this request, so that nothing typed is lost; None where none was sent. Secrets are not repeated."""
    if request.method != "POST":
        return None
    try:
        sent = [(name, value) for name, values in request.form.lists() for value in values]
        files = any(file.filename for file in request.files.values())
    except Exception:  # the body itself could not be read or kept: there is nothing to give back
        return None
    campos = [(name, value) for name, value in sent if name not in SECRETS and name != "csrf_token"]
    return Reenvio(campos, files, any(name in SECRETS for name, _ in sent))


def _crash(error: Exception) -> Any:
    if es_interrupcion(error):
        return _unavailable(error)
    log.exception("unhandled error on %s", request.endpoint)
    g.fallo = True
    return page(500)
