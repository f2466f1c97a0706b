"""Whether the portal can work, for the operator's monitor."""

from __future__ import annotations

from typing import Any

from flask import jsonify

from portal.publico import bp
from portal.services import salud as revision
from portal.web.access import publico


@bp.get("/salud")
@publico
def salud() -> Any:
    """200 when database, storage and queue answer; 503 otherwise, saying which does not."""
    found = revision.revisar()
    bien = all(found.values())
    body = {
        "estado": "bien" if bien else "mal",
        **{name: "bien" if ok else "mal" for name, ok in found.items()},
    }
    return jsonify(body), 200 if bien else 503
