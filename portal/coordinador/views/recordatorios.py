"""Reminders of shared work: when they come, and a pause for who is not on duty."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, url_for

from portal.coordinador import bp
from portal.domain.calendario import to_local
from portal.services import recordatorios as services
from portal.web import contexto
from portal.web.access import requires
from portal.web.recordatorios import SEMANAS, guardar_pausa, reglas_en_palabras
from portal.web.sesion import current_actor


@bp.get("/recordatorios")
@requires("coordinador")
def recordatorios() -> str:
    """The escuela's rules, and this person's pause."""
    g.seccion = "coordinador.inicio"
    reglas = services.reglas()
    return render_template(
        "coordinador/recordatorios.html",
        reglas=reglas_en_palabras(reglas) if reglas else [],
        pausa=services.pausa_de(current_actor().usuario_id, to_local(contexto.now()).date()),
        semanas=SEMANAS,
    )


@bp.post("/recordatorios")
@requires("coordinador")
def recordatorios_pausar() -> Any:
    """Hold this person's reminders back for some weeks, or no longer."""
    guardar_pausa()
    return redirect(url_for(".recordatorios"))
