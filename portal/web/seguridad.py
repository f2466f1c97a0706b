"""Headers that every answer carries, and what no address may hold."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, request

from portal.web.theme import csp_nonce

CSP = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


PERMISOS = (
    "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


def refuse_nul(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """400 for a NUL in an address: no text of the portal has one, and PostgreSQL takes none."""
    texts = [*(values or {}).values(), *(v for found in request.args.lists() for v in (found[0], *found[1]))]
    if any("\0" in text for text in texts if isinstance(text, str)):
        abort(400)


def init_seguridad(app: Flask) -> None:
    """Strict CSP with a nonce, no sniffing, no referrer to others; pages of signed-in people are never cached.

    Where the portal is reached over TLS, browsers are told never to come without it.
    """

    app.url_value_preprocessors[None].insert(0, refuse_nul)  # before an address is looked up in the database

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CSP.format(nonce=csp_nonce()))
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        response.headers.setdefault("Permissions-Policy", PERMISOS)
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
