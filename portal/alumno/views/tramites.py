"""What an alumno asked of the office, and its answers."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for

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
        pendiente=any(
            t.tipo == "constancia_estudios" and t.estado == "pedido" and not t.solicitud_id for t in filas
        ),
    )


@bp.post("/tramites/pedir")
@requires("alumno")
def tramite_pedir() -> Any:
    """Ask for a constancia de estudios that belongs to no solicitud."""
    try:
        services.pedir("constancia_estudios", actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "info")
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
