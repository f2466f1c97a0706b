"""The demo's mailbox: every mail that the portal wrote. It exists in demo mode only."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, abort, current_app, render_template

from portal.publico import bp
from portal.services import buzon
from portal.web.access import publico

ADDRESS = re.compile(r"(https?://[^\s<>\"]+[^\s<>\".,;:)])")
# A mail carries its styles on its tags; nothing else may load or run, and its links open the whole page.
CSP_CORREO = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'self'"
)


def _only_in_demo() -> None:
    if not current_app.config["PORTAL"].is_demo:
        abort(404)


@bp.get("/correo")
@publico
def correo() -> Any:
    """The mails, newest first."""
    _only_in_demo()
    return render_template("publico/correo.html", correos=buzon.listar())


@bp.get("/correo/<mail_id>")
@publico
def correo_mensaje(mail_id: str) -> Any:
    """One mail: its words with links that open, and how it looks to who reads it as HTML."""
    _only_in_demo()
    message = buzon.leer(mail_id)
    pieces = [ADDRESS.split(line) for line in _part(message, "plain").splitlines()]
    heads = {name: str(message[name]) for name in ("Subject", "From", "To")}
    return render_template("publico/correo_mensaje.html", cabeza=heads, mail_id=mail_id, renglones=pieces)


@bp.get("/correo/<mail_id>/html")
@publico
def correo_html(mail_id: str) -> Any:
    """The HTML part of one mail, to be framed by its page."""
    _only_in_demo()
    body = _part(buzon.leer(mail_id), "html").replace("<head>", '<head><base target="_top">', 1)
    response = Response(body, mimetype="text/html")
    response.headers["Content-Security-Policy"] = CSP_CORREO
    return response


def _part(message: Any, kind: str) -> str:
    body = message.get_body((kind,))
    return body.get_content() if body is not None else ""
