"""Cartas de término of servicios inside the escuela: asked by their alumnos, issued by the office."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.machine import Refused
from portal.queries import terminos as queries
from portal.services import terminos_oficina
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.sesion import current_actor


@bp.get("/terminos", endpoint="terminos")
@requires("coordinador", "terminos")
def lista_terminos() -> Any:
    """What was asked, oldest first, each with the button that issues it."""
    g.seccion = "coordinador.finalizaciones"
    pagina = queries.pedidas(request.args.get("despues", ""))
    return render_template(
        "coordinador/terminos.html",
        entregas=pagina.filas,
        siguiente=url_for(".terminos", despues=pagina.siguiente) if pagina.siguiente else "",
        edad=edad,
    )


@bp.post("/terminos/<public_id>/emitir")
@requires("coordinador", "terminos")
def termino_emitir(public_id: str) -> Any:
    """Issue one; what lacks is said, and nothing is made."""
    try:
        carta = terminos_oficina.emitir(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
    else:
        flash(
            f"Se emite la carta {carta.folio}; en un momento la reciben el alumno y su expediente.", "exito"
        )
    return redirect(url_for(".terminos"))
