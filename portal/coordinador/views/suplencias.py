"""Who signs while somebody is away, and the scans of letters signed by hand."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.cartas import EscaneoForm, PapelForm, RevocarForm, SuplenciaForm
from portal.coordinador.views.cartas import SECCION, pagina, una
from portal.domain.calendario import to_local
from portal.domain.frases import frase
from portal.domain.machine import Refused
from portal.services import documentos, firmas_papel, suplencias
from portal.services.documentos import FileRefused
from portal.web import contexto
from portal.web.access import requires
from portal.web.circuito import exigir_lugar
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive


@bp.get("/suplencias", endpoint="suplencias")
@requires("coordinador", "expedientes", "convenios", "terminos")
def lista_suplencias() -> Any:
    """Those that run or are to come, and the form for another."""
    return _pagina(SuplenciaForm(formdata=None, desde=to_local(contexto.now()).date()))


def _pagina(form: SuplenciaForm, status: int = 200) -> Any:
    g.seccion = SECCION
    hoy = to_local(contexto.now()).date()
    return render_template(
        "coordinador/suplencias.html", suplencias=suplencias.vigentes(hoy), form=form, hoy=hoy
    ), status


@bp.post("/suplencias")
@requires("coordinador", "expedientes", "convenios", "terminos")
def suplencia_nombrar() -> Any:
    """Name a substitute."""
    form = SuplenciaForm()
    if not form.validate_on_submit():
        return _pagina(form, 400)
    quien = suplencias.Suplente(
        form.nombre.data or "",
        form.cargo.data or "",
        form.suplente_correo.data or "",
        form.desde.data,
        form.hasta.data,
    )
    try:
        hecha = suplencias.nombrar(
            form.titular.data or "", form.correo.data or "", quien, actor=current_actor(), now=contexto.now()
        )
    except Refused as refused:
        form.hasta.errors = [sentence(refused)]
        return _pagina(form, 409)
    flash(f"Anotamos que {hecha.nombre} firma por ausencia de {hecha.titular}.", "exito")
    return redirect(url_for(".suplencias"))


@bp.post("/suplencias/<public_id>/cancelar")
@requires("coordinador", "expedientes", "convenios", "terminos")
def suplencia_cancelar(public_id: str) -> Any:
    """End a substitution today."""
    hecha = suplencias.cancelar(public_id, actor=current_actor(), now=contexto.now())
    flash(f"La suplencia terminó: vuelve a firmar {hecha.titular}.", "exito")
    return redirect(url_for(".suplencias"))


@bp.post("/cartas/<public_id>/firmas/<firma>/confirmar")
@requires("coordinador", "expedientes", "convenios", "terminos")
def carta_firma_confirmar(public_id: str, firma: str) -> Any:
    """The scan is the letter, signed by hand."""
    exigir_lugar(una(public_id), firma)
    hecha = firmas_papel.confirmar(firma, actor=current_actor(), now=contexto.now())
    flash(f"La firma de {hecha.nombre} ya cuenta.", "exito")
    return redirect(url_for(".carta", public_id=public_id))


@bp.post("/cartas/<public_id>/firmas/<firma>/papel")
@requires("coordinador", "expedientes", "convenios", "terminos")
@accepts_uploads(lambda: documentos.pdf_o_fotos().max_bytes, max_files=firmas_papel.MAX_FOTOS)
def carta_firma_papel(public_id: str, firma: str) -> Any:
    """The scan of a letter that its signer gave the office on paper."""
    exigir_lugar(una(public_id), firma)
    form = PapelForm(prefix=f"{firma}-")
    form.lugar = firma
    files = receive(request, "escaneo", documentos.pdf_o_fotos().max_bytes, max_files=firmas_papel.MAX_FOTOS)
    error = "" if files else frase("firma.sin_escaneo")
    if form.validate_on_submit() and files:
        try:
            hecha = firmas_papel.subir(
                firma, nombre=form.nombre.data or "", cargo=form.cargo.data or "",
                archivos=[(f.path, f.filename) for f in files], actor=current_actor(), now=contexto.now(),
            )  # fmt: skip
        except FileRefused as refused:
            error = refused.sentence
        except Refused as refused:
            error = sentence(refused)
        else:
            flash(f"Recibimos el escaneo de la carta que firmó {hecha.nombre}. Falta cotejarlo.", "exito")
            return redirect(url_for(".carta", public_id=public_id))
    return pagina(una(public_id), RevocarForm(formdata=None), 400, papel=form, escaneo=error)


@bp.post("/cartas/<public_id>/firmas/<firma>/regresar")
@requires("coordinador", "expedientes", "convenios", "terminos")
def carta_firma_regresar(public_id: str, firma: str) -> Any:
    """The scan does not do: say why."""
    carta, form = una(public_id), EscaneoForm()
    exigir_lugar(carta, firma)
    if not form.validate_on_submit():
        return pagina(carta, RevocarForm(formdata=None), 400, regreso=form)
    hecha = firmas_papel.regresar(
        firma, motivo=form.motivo_escaneo.data or "", actor=current_actor(), now=contexto.now()
    )
    flash(f"Escribimos a {hecha.nombre} con el motivo y un enlace para firmar otra vez.", "exito")
    return redirect(url_for(".carta", public_id=public_id))
