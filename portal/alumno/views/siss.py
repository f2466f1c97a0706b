"""The alumno says when an accepted entrega was loaded in the SISS."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for

from portal.alumno import bp
from portal.alumno.forms.entregas import SissForm
from portal.alumno.views.entregas import con_siss
from portal.domain.machine import Refused
from portal.services import siss
from portal.web import contexto
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.sesion import current_actor


@bp.post("/entregas/<public_id>/siss")
@requires("alumno")
def entrega_siss(public_id: str) -> Any:
    """Mark it as loaded on the day that was typed, or correct that day."""
    form = SissForm()
    if not form.validate_on_submit():
        return con_siss(public_id, form, 422)
    try:
        siss.marcar(public_id, form.siss.data, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        form.siss.errors = [sentence(refused)]
        return con_siss(public_id, form, 409)
    flash("Quedó anotado que la cargaste en el SISS.", "exito")
    return redirect(url_for(".entrega", public_id=public_id))
