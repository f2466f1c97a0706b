"""Reminders of a dependencia's shared work: a pause for each escuela."""

from __future__ import annotations

from typing import Any

from flask import abort, g, redirect, render_template, url_for

from portal.dependencia import bp
from portal.domain.calendario import to_local
from portal.queries import escuelas
from portal.services import recordatorios as services
from portal.web import contexto
from portal.web.access import requires
from portal.web.recordatorios import SEMANAS, guardar_pausa
from portal.web.sesion import current_actor


@bp.get("/recordatorios")
@requires("dependencia")
def recordatorios() -> str:
    """This person's pause in each escuela."""
    g.seccion = "dependencia.inicio"
    actor, hoy = current_actor(), to_local(contexto.now()).date()
    lugares = escuelas.de_dependencias(actor.dependencia_ids)
    pausas = escuelas.en_cada(lugares, lambda e: (e, services.pausa_de(actor.usuario_id, hoy)))
    return render_template("dependencia/recordatorios.html", pausas=list(pausas), semanas=SEMANAS)


@bp.post("/<escuela>/recordatorios")
@requires("dependencia")
def recordatorios_pausar() -> Any:
    """Hold this person's reminders of one escuela back for some weeks, or no longer."""
    conocidas = {e.id for e in escuelas.de_dependencias(current_actor().dependencia_ids)}
    if contexto.escuela().id not in conocidas:
        abort(404)
    guardar_pausa()
    return redirect(url_for(".recordatorios"))
