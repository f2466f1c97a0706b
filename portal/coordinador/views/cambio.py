"""A change of dependencia: the office ends a servicio so that the alumno goes on elsewhere, hours and all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, url_for

from portal.coordinador import bp
from portal.coordinador.forms.bajas import CambioForm
from portal.domain.access import EXPEDIENTES
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.queries import servicios as queries
from portal.services import bajas
from portal.web import contexto
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Servicio


def _servicio(public_id: str) -> Servicio:
    g.seccion = "coordinador.expedientes"
    return queries.por_id(public_id) or abort(404)


@bp.get("/expedientes/<public_id>/cambio")
@requires("coordinador", EXPEDIENTES)
def cambio(public_id: str) -> Any:
    """What a change of dependencia brings, and the form."""
    form = CambioForm(formdata=None, fecha=to_local(contexto.now()).date())
    return _pagina(_servicio(public_id), form)


def _pagina(servicio: Servicio, form: CambioForm, status: int = 200) -> Any:
    return render_template("coordinador/cambio.html", servicio=servicio, form=form), status


@bp.post("/expedientes/<public_id>/cambio")
@requires("coordinador", EXPEDIENTES)
def cambio_decidir(public_id: str) -> Any:
    """End the servicio; the alumno may look for another dependencia."""
    servicio, form = _servicio(public_id), CambioForm()
    if not form.validate_on_submit():
        return _pagina(servicio, form, 422)
    nombre, horas = servicio.alumno.nombre_completo, servicio.horas
    try:
        bajas.cambiar(
            public_id,
            justificacion=form.justificacion.data or "",
            fecha=form.fecha.data,
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        field = form.fecha if refused.key == "baja.fecha" else form.justificacion
        field.errors = [*field.errors, sentence(refused)]
        return _pagina(_servicio(public_id), form, 422)
    flash(f"{nombre} puede seguir con otra dependencia. Conserva {horas} horas aceptadas.", "exito")
    return redirect(url_for(".expediente", public_id=public_id))
