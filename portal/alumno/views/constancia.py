"""The alumno's constancia de liberación: its first download is the acknowledgement that the office sees."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect

from portal.alumno import bp
from portal.domain.documento import objecion
from portal.queries import emision as queries
from portal.services import constancias
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_stored
from portal.web.sesion import current_actor


@bp.get("/constancia")
@requires("alumno")
def constancia() -> Any:
    """The file, or the place where it is; 404 while it has not come."""
    actor = current_actor()
    found = queries.de_alumno(actor.alumno_id or 0) or abort(404)
    documento = found.documento
    if documento is not None and objecion(documento):
        return send_stored(documento)  # says why it cannot be opened yet; that is no download
    if found.descargada is None:
        constancias.acusar(found.id, actor=actor, now=contexto.now())
    return send_stored(documento) if documento is not None else redirect(found.enlace)
