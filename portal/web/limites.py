"""Light limits per address on pages that anybody may post to; what counts for accounts is kept in the database."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

MUCHOS = "Llegaron muchas peticiones desde la misma conexión. En un minuto se puede volver a intentar."
limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)


def limitado(cuanto: str, *, metodos: tuple[str, ...] = ("POST",)):  # type: ignore[no-untyped-def]
    """At most `cuanto` ("60 per minute") requests of these methods from one address; then 429 with a sentence."""
    return limiter.limit(cuanto, methods=list(metodos), error_message=MUCHOS)


def init_limites(app: Flask) -> None:
    """Install the limits; tests sign in as often as they like."""
    app.config.setdefault("RATELIMIT_ENABLED", app.config["PORTAL"].env != "test")
    limiter.init_app(app)
