"""The escuela's logo."""

from __future__ import annotations

import hashlib

from flask import Response, abort

from portal.publico import bp
from portal.services import escuelas
from portal.web.access import publico


@bp.get("/<escuela>/logo.png")
@publico
def logo() -> Response:
    """The logo of the profile in force; its address carries the version, so it may be kept."""
    content = escuelas.logo()
    if not content:
        abort(404)
    response = Response(content, mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=604800"
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    return response
