"""The office allows for one alumno what the plan does not, and sees what was allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, url_for

from portal.coordinador import bp
from portal.coordinador.forms.excepciones import PISTAS, ExcepcionForm
from portal.domain.access import EXPEDIENTES
from portal.domain.excepcion import REGLAS
from portal.domain.machine import Refused
from portal.queries import alumnos as queries
from portal.services import excepciones as services
from portal.web import contexto
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Alumno

CAMPOS = {
    "excepcion.sin_fecha": "fecha",
    "excepcion.sin_horas": "horas",
    "motivo.corto": "motivo",
}


def _uno(public_id: str) -> Alumno:
    g.seccion = "coordinador.alumnos"
    return queries.por_id(public_id) or abort(404)


@bp.get("/alumnos/<public_id>/excepciones")
@requires("coordinador", EXPEDIENTES)
def excepciones(public_id: str) -> Any:
    """What was allowed for one alumno, and the form to allow something."""
    return _pagina(_uno(public_id), ExcepcionForm(formdata=None))


def _pagina(alumno: Alumno, form: ExcepcionForm, status: int = 200) -> Any:
    found = services.de_alumno(alumno.id)
    return render_template(
        "coordinador/excepciones.html",
        alumno=alumno,
        form=form,
        pistas=PISTAS,
        excepciones=[(e, services.en_frase(e), _se_anula(e)) for e in found],
    ), status


def _se_anula(excepcion: Any) -> bool:
    free = excepcion.servicio_id is None or REGLAS[excepcion.regla].en_servicio
    return excepcion.anulada is None and free


@bp.post("/alumnos/<public_id>/excepciones")
@requires("coordinador", EXPEDIENTES)
def excepcion_autorizar(public_id: str) -> Any:
    """Allow it, in the name of who is signed in."""
    alumno, form = _uno(public_id), ExcepcionForm()
    if not form.validate_on_submit():
        return _pagina(alumno, form, 422)
    try:
        services.autorizar(
            public_id,
            form.regla.data,
            form.valor(),
            form.motivo.data or "",
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        field = form[CAMPOS.get(refused.key, "regla")]
        field.errors = [*field.errors, sentence(refused)]
        return _pagina(alumno, form, 422)
    flash(f"Autorizó la excepción. Le avisamos a {alumno.nombre_completo}.", "exito")
    return redirect(url_for(".excepciones", public_id=public_id))


@bp.post("/excepciones/<public_id>/anular")
@requires("coordinador", EXPEDIENTES)
def excepcion_anular(public_id: str) -> Any:
    """Take it back before a servicio begins with it."""
    found = services.anular(public_id, actor=current_actor(), now=contexto.now())
    flash("La excepción quedó anulada.", "exito")
    return redirect(url_for(".excepciones", public_id=queries.public_id(found.alumno_id)))
