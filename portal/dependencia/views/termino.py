"""The carta de término of a prestador: its data, who signs it, and what is in the way."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for

from portal.dependencia import bp
from portal.dependencia.forms.termino import TerminoForm
from portal.domain.carta import PAPELES
from portal.domain.machine import Refused
from portal.services import terminos
from portal.web import contexto
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.sesion import current_actor

FIRMAN = ("jefe_inmediato", "gerente")


@bp.get("/<escuela>/prestadores/<public_id>/termino")
@requires("dependencia")
def termino_nuevo(public_id: str) -> Any:
    """Check the eleven data of the letter and say who signs it [seed 000, annex two]."""
    preparada = terminos.preparar(public_id, actor=current_actor(), now=contexto.now())
    values = {
        f"{f.papel}_{dato}": getattr(f, dato)
        for f in preparada.nueva.firmantes
        for dato in ("nombre", "cargo", "correo")
    }
    return _pagina(public_id, preparada, TerminoForm(formdata=None, **values))


def _pagina(public_id: str, preparada: Any, form: TerminoForm, error: str = "", status: int = 200) -> Any:
    g.seccion = "dependencia.prestadores"
    objecion = sentence(preparada.objecion) if preparada.objecion is not None else ""
    signers = ("nombre y cargo de quien firma",)  # the form asks for them
    faltan = [f for f in preparada.faltan if not f.startswith(signers)]
    return render_template(
        "dependencia/termino_nuevo.html",
        public_id=public_id,
        regreso=url_for(".prestador", public_id=public_id),
        datos=preparada.todos,
        faltan=faltan,
        objecion=objecion,
        anterior=preparada.anterior,
        form=form,
        firman=[(papel, PAPELES[papel]) for papel in FIRMAN],
        error=error,
    ), status


@bp.post("/<escuela>/prestadores/<public_id>/termino")
@requires("dependencia")
def termino_generar(public_id: str) -> Any:
    """Generate the letter: the first signer gets the link."""
    form = TerminoForm()
    error = ""
    if form.validate_on_submit():
        firmantes = [terminos.Firmante(papel, *form.de(papel)) for papel in FIRMAN]
        try:
            carta = terminos.emitir(public_id, firmantes=firmantes, actor=current_actor(), now=contexto.now())
        except Refused as refused:
            error = sentence(refused)
        else:
            primero = firmantes[0].nombre
            flash(
                f"Generamos la carta {carta.folio}. {primero} ya tiene en su correo el enlace para firmar.",
                "exito",
            )
            return redirect(url_for(".carta", public_id=carta.public_id))
    preparada = terminos.preparar(public_id, actor=current_actor(), now=contexto.now())
    return _pagina(public_id, preparada, form, error, 409 if error else 400)
