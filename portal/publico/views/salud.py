"""Whether the portal can work, and what it does, for the operator's monitor."""

from __future__ import annotations

from typing import Any

from flask import jsonify

from portal.publico import bp
from portal.services import salud as revision
from portal.web.access import publico
from portal.web.metricas import respuesta


@bp.get("/salud")
@publico
def salud() -> Any:
    """Readiness: 200 when database, storage and queue answer; 503 otherwise, saying which does not."""
    found = revision.revisar()
    bien = all(found.values())
    body = {
        "estado": "bien" if bien else "mal",
        **{name: "bien" if ok else "mal" for name, ok in found.items()},
    }
    return jsonify(body), 200 if bien else 503


@bp.get("/salud/vivo")
@publico
def vivo() -> Any:
    """Liveness: this process answers. It asks nothing of anybody, so an outage elsewhere restarts no container."""
    return jsonify({"estado": "bien"})


@bp.get("/metrics")
@publico
def metricas() -> Any:
    """The numbers for Prometheus, behind a token; 404 without it."""
    return respuesta()
