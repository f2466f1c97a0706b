"""What an alumno asked of the office, and its answers."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from markupsafe import Markup

from portal.alumno import bp
from portal.domain.machine import Refused
from portal.domain.tramite import NOMBRES
from portal.queries import tramites as queries
from portal.services import tramites as services
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.sesion import current_actor


@bp.get("/tramites")
@requires("alumno")
def tramites() -> Any:
    """The history, newest first, and asking for a constancia on its own."""
    filas = queries.de_alumno(g.alumno.id)
    return render_template(
        "alumno/tramites.html",
        filas=[(t, edad(t.estado_desde)) for t in filas],
        nombres=NOMBRES,
        vigente=services.constancia_vigente(g.alumno),
    )


def con_enlace(refused: Refused) -> str:
    """The sentence of a refusal, with a link to the trámite that it speaks of."""
    if "tramite" not in refused.values:
        return sentence(refused)
    return Markup('{} <a class="govuk-notification-banner__link" href="{}">{}</a>').format(
        sentence(refused), a_tramite(refused.values["tramite"]), "Ver el que ya pediste"
    )


def a_tramite(public_id: str) -> str:
    """The address of a trámite in the alumno's history."""
    return url_for(".tramites", _anchor=f"t-{public_id}")


@bp.post("/tramites/pedir")
@requires("alumno")
def tramite_pedir() -> Any:
    """Ask for a constancia de estudios that belongs to no solicitud."""
    try:
        services.pedir("constancia_estudios", actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(con_enlace(refused), "info")
    else:
        flash("Pedimos tu constancia de estudios. Te avisaremos por correo cuando esté lista.", "exito")
    return redirect(url_for(".tramites"))


@bp.post("/tramites/<public_id>/retirar")
@requires("alumno")
def tramite_retirar(public_id: str) -> Any:
    """The alumno does not need it any more."""
    services.retirar(public_id, actor=current_actor(), now=contexto.now())
    flash("Retiraste lo que habías pedido.", "exito")
    return redirect(url_for(".tramites"))
