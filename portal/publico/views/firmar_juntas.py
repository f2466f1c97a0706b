"""Signing many letters at once: who holds the link of one, and showed who they are, looks at one and signs all."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from flask import abort, redirect, render_template, request, url_for

from portal.domain.carta import CODIGO, de_dependencia
from portal.domain.machine import Refused
from portal.publico import bp
from portal.publico.forms.firmar import FirmaForm
from portal.publico.views.firmar import CAMPO_DE, abrir, cerrada, de_lista, quien, releer, sin_codigo, trazada
from portal.queries import cartas as cartas_queries
from portal.queries import firmas_juntas as queries
from portal.services import cartas, firmas, firmas_juntas, hojas
from portal.web import contexto
from portal.web.access import publico
from portal.web.circuito import send_bytes
from portal.web.errors import sentence
from portal.web.firmante import falta_firma, faltan, identidad, recordar
from portal.web.limites import limitado
from portal.web.uploads import accepts_uploads, receive

CAMPOS = {
    **CAMPO_DE,
    "firma.sin_muestra": "muestra",
    "firma.ninguna_elegida": "cartas",
    "firma.demasiadas": "cartas",
}
ESPERA = 3  # seconds between two looks of the page at the work of the outbox


@bp.get("/firmar/<token>/juntas")
@limitado("120 per minute", metodos=("GET",))
@publico
def firmar_juntas(token: str) -> Any:
    """Every letter that waits for this signer; one to look at (`?muestra=`), and then the place to sign them all."""
    pedido, firma, carta = abrir(token)
    if not de_lista(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    return _pagina(token, firma, carta, request.args.get("muestra", ""))


def _pagina(
    token: str, firma: Any, carta: Any, muestra: str, form: Any = None, errores: Any = None, status: int = 200
) -> Any:
    if not identidad(firma):
        varias = "sola" not in request.args  # on the way to all of them, or back to the letter of this link
        return sin_codigo(token, firma, carta, status, varias=varias)
    esperan = queries.esperan(firma.correo, firmas_juntas.MAXIMO)
    enviado = request.method == "POST"
    casas = {e.dependencia if de_dependencia(e.tipo) else "" for e in esperan}
    return render_template(
        "publico/firmar_juntas.html",
        token=token,
        firma=firma,
        suya=any(e.firma == firma.public_id for e in esperan),
        esperan=esperan,
        en_nombre_de=casas.pop() if len(casas) == 1 else "",
        total=queries.cuantas(firma.correo) if len(esperan) == firmas_juntas.MAXIMO else len(esperan),
        muestra=next((e for e in esperan if e.firma == muestra), None),
        marcadas=set(request.form.getlist("m")) if enviado else {e.firma for e in esperan},
        form=form or FirmaForm(formdata=None, nombre=firma.nombre, cargo=firma.cargo),
        errores=errores or {},
        clave=request.form.get("clave", "") if enviado else token_urlsafe(12),
        maximo=firmas.MAX_IMAGEN,
        trazo="" if "firma_trazo" in (errores or {}) else request.form.get("firma_trazo", ""),
        declarado=request.form.get("declaro") == "y",
    ), status


@bp.post("/firmar/<token>/juntas")
@limitado("20 per minute")
@publico
@accepts_uploads(firmas.MAX_IMAGEN)
def firmar_juntas_enviar(token: str) -> Any:
    """Sign the marked ones with what was drawn or uploaded; each is recorded by itself."""
    pedido, firma, carta = abrir(token)
    if not de_lista(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    form = FirmaForm()
    muestra, elegidas = request.form.get("muestra", ""), request.form.getlist("m")
    files = receive(request, "firma_archivo", firmas.MAX_IMAGEN)
    errores = faltan(
        {"muestra": (muestra, "firma.sin_muestra"), "cartas": (elegidas, "firma.ninguna_elegida")}
    ) | falta_firma(files)
    if form.validate_on_submit() and not errores:
        try:
            tanda = firmas_juntas.firmar(
                firma.correo,
                elegidas,
                muestra=muestra,
                clave=request.form.get("clave", "") or token_urlsafe(12),
                **quien(form, firma),
                **trazada(files),
            )
            return redirect(url_for(".firmar_juntas_avance", token=token, public_id=tanda.public_id))
        except firmas.FileRefused as refused:
            errores["firma_archivo" if files else "firma_trazo"] = refused.sentence
        except Refused as refused:
            errores[CAMPOS.get(refused.key, "cartas")] = sentence(refused)
    _, firma, carta = releer(token)
    return _pagina(token, firma, carta, muestra, form, errores, 400)


@bp.get("/firmar/<token>/juntas/<firma_id>/carta.png")
@limitado("60 per minute", metodos=("GET",))
@publico
def firmar_juntas_imagen(token: str, firma_id: str) -> Any:
    """The first page of one of the letters that wait for this signer."""
    return send_bytes(hojas.imagen(_pdf(token, firma_id)), "carta.png", "image/png")


@bp.get("/firmar/<token>/juntas/<firma_id>/carta.pdf")
@limitado("60 per minute", metodos=("GET",))
@publico
def firmar_juntas_pdf(token: str, firma_id: str) -> Any:
    """One of the letters that wait for this signer, whole."""
    return send_bytes(_pdf(token, firma_id), "carta.pdf", "application/pdf")


@bp.post("/firmar/<token>/juntas/<firma_id>")
@limitado("60 per minute")
@publico
def firmar_juntas_sola(token: str, firma_id: str) -> Any:
    """Open one of them by itself: to sign it in another way, to refuse it, to name who signs."""
    una, identificado = _una(token, firma_id)
    ruta = firmas_juntas.abrir_sola(una.id, now=contexto.now())
    if identificado == CODIGO:
        recordar(una)
    return redirect(ruta)


def _una(token: str, firma_id: str) -> tuple[Any, str]:
    """One of the places that wait for the signer of this link, and how they showed who they are; 404."""
    pedido, firma, carta = abrir(token)
    identificado = identidad(firma)
    if not identificado or not de_lista(pedido, firma, carta):
        abort(404)
    una = queries.espera(firma.correo, firma_id) or abort(404)
    return una, identificado


def _pdf(token: str, firma_id: str) -> bytes:
    una, _ = _una(token, firma_id)
    found = cartas_queries.turno_de(una.id) or abort(404)
    return cartas.vista(found[1])


@bp.get("/firmar/<token>/juntas/tandas/<public_id>")
@limitado("120 per minute", metodos=("GET",))
@publico
def firmar_juntas_avance(token: str, public_id: str) -> Any:
    """How far the signing is, and what was left unsigned with its reason."""
    _pedido, firma, _carta = abrir(token)
    if not identidad(firma):
        abort(404)
    found = queries.tanda(public_id, firma.correo) or abort(404)
    tanda, hechas = found
    pendientes = sum(h.estado == "pendiente" for h in hechas)
    return render_template(
        "publico/firmar_juntas_avance.html",
        tanda=tanda,
        hechas=hechas,
        firmadas=sum(h.estado == "hecha" for h in hechas),
        fallidas=sum(h.estado in ("fallida", "fuera") for h in hechas),
        pendientes=pendientes,
        espera=ESPERA if pendientes else 0,
    )
