"""Giving a servicio its número de registro."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, g, redirect, render_template, url_for

from portal.coordinador import bp
from portal.coordinador.forms.registro import NumeroRegistroForm
from portal.domain.machine import Refused
from portal.queries import servicios as queries
from portal.services import numeros, servicios
from portal.web import contexto
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Servicio


def _servicio(public_id: str) -> Servicio:
    servicio = queries.por_id(public_id)
    if servicio is None:
        abort(404)
    g.seccion = "coordinador.expedientes"
    return servicio


@bp.get("/expedientes/<public_id>/numero-registro")
@requires("coordinador", "expedientes")
def numero_registro(public_id: str) -> Any:
    """The form, with the number after the last one given."""
    servicio = _servicio(public_id)
    numero = servicio.numero_registro or numeros.propuesto(contexto.now())
    return _pagina(servicio, NumeroRegistroForm(formdata=None, numero=numero))


def _pagina(servicio: Servicio, form: NumeroRegistroForm, status: int = 200) -> Any:
    expediente = "coordinador.expediente"
    known = expediente in current_app.view_functions
    volver = url_for(expediente, public_id=servicio.public_id) if known else ""
    return render_template(
        "coordinador/numero_registro.html", servicio=servicio, form=form, volver=volver
    ), status


@bp.post("/expedientes/<public_id>/numero-registro")
@requires("coordinador", "expedientes")
def numero_registro_guardar(public_id: str) -> Any:
    """Keep the number, once per escuela."""
    servicio, form = _servicio(public_id), NumeroRegistroForm()
    nombre = servicio.alumno.nombre_completo
    if not form.validate_on_submit():
        return _pagina(servicio, form, 422)
    try:
        servicios.asignar_numero_registro(
            public_id, form.numero.data or "", actor=current_actor(), now=contexto.now()
        )
    except Refused as refused:
        form.numero.errors = [sentence(refused)]
        return _pagina(_servicio(public_id), form, 409)
    flash(f"El número de registro de {nombre} quedó guardado.", "exito")
    endpoint = (
        "coordinador.expediente"
        if "coordinador.expediente" in current_app.view_functions
        else ".numero_registro"
    )
    return redirect(url_for(endpoint, public_id=public_id))
