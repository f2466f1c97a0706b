"""How often one may ask, in Redis for all processes or in the memory of this one; what counts for accounts is kept in
the database (services/intentos.py) and knows nothing of either.

Keys carry the escuela and who asks: the address on pages that anybody may post to, the account where files are sent.
Redis gone is no reason to refuse anybody: this process goes on counting by itself, and returns to Redis when it can.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_limiter import ApplicationLimit, Limiter
from flask_login import current_user
from limits import RateLimitItem

MUCHOS = "Llegaron muchas peticiones desde la misma conexión. En un minuto se puede volver a intentar."
MUCHOS_ARCHIVOS = "Se enviaron muchos archivos en poco tiempo. En un minuto se puede volver a intentar."
SUBIDAS = "60 per minute"
POR_PIEZAS = "Portal-Subida"  # the header of a file by pieces, which is counted when it is begun
ESPERA, BLOQUEO = 60, 900  # seconds to wait: after too many requests, after too many failures
log = logging.getLogger(__name__)


def por_direccion() -> str:
    """The escuela of this request and the address that it comes from."""
    return f"{g.get('slug') or '-'}|ip:{request.remote_addr or ''}"


def por_cuenta() -> str:
    """The escuela of this request and the account that makes it; the address where nobody is signed in."""
    if not current_user.is_authenticated:
        return por_direccion()
    return f"{g.get('slug') or '-'}|cuenta:{current_user.abierta.usuario_id}"


def _sends_no_files() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method != "POST" or POR_PIEZAS in request.headers or not hasattr(view, "accepts_uploads")


limiter = Limiter(
    por_direccion,
    application_limits=[
        ApplicationLimit(
            SUBIDAS,
            key_function=por_cuenta,
            scope="subidas",
            exempt_when=_sends_no_files,
            error_message=MUCHOS_ARCHIVOS,
        )
    ],
    headers_enabled=False,
    in_memory_fallback_enabled=True,
    swallow_errors=True,
    key_prefix="portal",
)


def limitado(cuanto: str, *, metodos: tuple[str, ...] = ("POST",)):  # type: ignore[no-untyped-def]
    """At most `cuanto` ("60 per minute") requests of these methods from one address; then 429 with a sentence."""
    return limiter.limit(cuanto, methods=list(metodos), error_message=MUCHOS)


def gastar(limite: RateLimitItem, *quien: str) -> bool:
    """Whether one more of `limite` may happen, and count it: for what is limited inside a view."""
    if not limiter.enabled:
        return True
    try:
        may = limiter.limiter.hit(limite, "portal", *quien)
    except Exception:  # whatever the storage raises: this process counts by itself
        log.warning("the storage of rate limits is unreachable", exc_info=True)
        own = limiter._fallback_limiter
        may = own is None or own.hit(limite, "portal", *quien)
    if not may:
        g.espera = ESPERA
    return may


def _storage(redis_url: str | None) -> dict[str, Any]:
    """Where the counts are kept: Redis answers within half a second, or is gone."""
    if redis_url is None:
        return {"RATELIMIT_STORAGE_URI": "memory://"}
    url = "redis+" + redis_url if redis_url.startswith("unix:") else redis_url
    options = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
    return {"RATELIMIT_STORAGE_URI": url, "RATELIMIT_STORAGE_OPTIONS": options}


def init_limites(app: Flask) -> None:
    """Install the limits; tests sign in as often as they like. Every 429 says after how many seconds to return."""
    settings = app.config["PORTAL"]
    app.config.setdefault("RATELIMIT_ENABLED", settings.env != "test")
    app.config.update(_storage(settings.redis_url))
    limiter.init_app(app)

    @app.after_request
    def retry_after(response: Response) -> Response:
        if response.status_code == 429:
            many = limiter.current_limit is not None and limiter.current_limit.breached
            espera = g.get("espera") or (ESPERA if many else BLOQUEO)
            response.headers.setdefault("Retry-After", str(espera))
        return response
