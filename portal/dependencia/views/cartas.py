"""The letters of a dependencia: the list across escuelas, one letter with its circuit, its file."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.dependencia import bp
from portal.dependencia.forms.termino import FirmanteForm
from portal.domain.carta import LEE_DEPENDENCIA, NOMBRES
from portal.domain.machine import Refused
from portal.queries import cartas as queries
from portal.services import cartas, firmas, workflow
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_stored
from portal.web.circuito import exigir_lugar, lugares, send_bytes
from portal.web.errors import sentence
from portal.web.sesion import current_actor

SECCION = "dependencia.cartas"


@bp.get("/cartas", endpoint="cartas")
@requires("dependencia")
def lista_cartas() -> Any:
    """Every letter in every escuela; `?ver=pendientes` those that wait for somebody."""
    ids = current_actor().dependencia_ids
    pendientes = request.args.get("ver") == "pendientes"
    filas = queries.pendientes_de(ids) if pendientes else queries.de_dependencias(ids, LEE_DEPENDENCIA)
    return render_template("dependencia/cartas.html", filas=filas, pendientes=pendientes, nombres=NOMBRES)


def _una(public_id: str) -> Any:
    """A letter of one of the actor's dependencias, of a kind that it may read; 404 otherwise."""
    g.seccion = SECCION
    carta = queries.una(public_id)
    if (
        carta is None
        or carta.dependencia_id not in current_actor().dependencia_ids
        or carta.tipo not in LEE_DEPENDENCIA
    ):
        abort(404)
    return carta


@bp.get("/<escuela>/cartas/<public_id>")
@requires("dependencia")
def carta(public_id: str) -> Any:
    """One letter: its state, who has it, its file."""
    return _pagina(_una(public_id))


def _pagina(carta: Any, form: Any = None, firma: str = "", status: int = 200) -> Any:
    anterior, reemplazo = queries.vecinas(carta)
    circuito = lugares(carta, carta.firmas)
    formas = {lugar.public_id: _forma(lugar) for lugar in circuito if lugar.pendiente}
    if form is not None:
        formas[firma] = form
    return render_template(
        "dependencia/carta.html",
        carta=carta,
        lugares=circuito,
        formas=formas,
        abierta=firma,
        anterior=anterior,
        reemplazo=reemplazo,
        corregir=_corregir(carta),
    ), status


def _forma(lugar: Any) -> FirmanteForm:
    return FirmanteForm(
        formdata=None,
        prefix=f"{lugar.public_id}-",
        nombre=lugar.nombre,
        cargo=lugar.cargo,
        correo=lugar.correo,
    )


def _corregir(carta: Any) -> str:
    """Where the letter is made again, for one that may be discarded; "" otherwise."""
    if "descartar" not in workflow.actions(carta, current_actor()):
        return ""
    servicio = queries.servicio_de(carta)
    return url_for(".termino_nuevo", public_id=servicio) if servicio else ""


@bp.get("/<escuela>/cartas/<public_id>/pdf")
@requires("dependencia")
def carta_pdf(public_id: str) -> Any:
    """The issued file; before that, the letter as it stands now. A revoked one is not handed out."""
    carta = _una(public_id)
    if carta.estado == "revocada":
        abort(404)
    if carta.documento is not None:
        return send_stored(carta.documento)
    return send_bytes(cartas.vista(carta), "vista-previa.pdf", "application/pdf")


@bp.post("/<escuela>/cartas/<public_id>/firmas/<firma>/reenviar")
@requires("dependencia")
def firma_reenviar(public_id: str, firma: str) -> Any:
    """Send the signer their link again."""
    exigir_lugar(_una(public_id), firma)
    hecha = firmas.reenviar(firma, actor=current_actor(), now=contexto.now())
    flash(f"Enviamos el enlace a {hecha.correo}. Si ya tenía uno y no ha vencido, es el mismo.", "exito")
    return redirect(url_for(".carta", public_id=public_id))


@bp.post("/<escuela>/cartas/<public_id>/firmas/<firma>")
@requires("dependencia")
def firma_cambiar(public_id: str, firma: str) -> Any:
    """Correct who signs or where the link goes."""
    carta = _una(public_id)
    exigir_lugar(carta, firma)
    form = FirmanteForm(prefix=f"{firma}-")
    if not form.validate_on_submit():
        return _pagina(carta, form, firma, 400)
    try:
        firmas.cambiar_firmante(
            firma,
            nombre=form.nombre.data,
            cargo=form.cargo.data,
            correo=form.correo.data,
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        flash(sentence(refused), "error")
    else:
        flash("Guardamos los datos de quien firma.", "exito")
    return redirect(url_for(".carta", public_id=public_id))
