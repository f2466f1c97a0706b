"""Asking the responsable directo for the evaluación de desempeño by a personal link."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for

from portal.alumno import bp
from portal.alumno.forms.entregas import EvaluacionForm
from portal.alumno.views.entregas import con_evaluacion
from portal.domain.machine import Refused
from portal.services import evaluaciones
from portal.web import contexto
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.sesion import current_actor

CAMPO_DE = {
    "evaluacion.sin_nombre": "responsable",
    "evaluacion.sin_correo": "responsable_correo",
    "evaluacion.correo_propio": "responsable_correo",
}


@bp.post("/entregas/<public_id>/evaluacion")
@requires("alumno")
def evaluacion_pedir(public_id: str) -> Any:
    """Write to the responsable directo; what was typed stays where it is refused."""
    form = EvaluacionForm()
    if not form.validate_on_submit():
        return con_evaluacion(public_id, form, 422)
    try:
        evaluaciones.pedir(
            public_id,
            nombre=form.responsable.data,
            cargo=form.responsable_cargo.data or "",
            correo=form.responsable_correo.data,
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        form[CAMPO_DE.get(refused.key, "responsable")].errors = [sentence(refused)]
        return con_evaluacion(public_id, form, 409)
    flash(f"Le escribimos a {form.responsable.data.strip()}. Te avisaremos cuando firme.", "exito")
    return redirect(url_for(".entrega", public_id=public_id))


@bp.post("/entregas/<public_id>/evaluacion/reenviar")
@requires("alumno")
def evaluacion_reenviar(public_id: str) -> Any:
    """Send the responsable another link."""
    try:
        found = evaluaciones.reenviar(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
    else:
        flash(f"Le enviamos otro enlace a {found.nombre}.", "exito")
    return redirect(url_for(".entrega", public_id=public_id))
