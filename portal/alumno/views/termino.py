"""Asking the office for the carta de término of a servicio inside the escuela."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for

from portal.alumno import bp
from portal.domain.machine import Refused
from portal.services import terminos_oficina
from portal.web import contexto
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.sesion import current_actor


@bp.post("/entregas/<public_id>/pedir")
@requires("alumno")
def termino_pedir(public_id: str) -> Any:
    """Ask for it; what lacks is said."""
    try:
        terminos_oficina.pedir(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
    else:
        flash("Pediste tu carta de término. Te escribiremos en cuanto esté.", "exito")
    return redirect(url_for(".entrega", public_id=public_id))
