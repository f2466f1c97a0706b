"""Other ways from a signing link: showing who signs with a code, signing on paper, naming who signs instead."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for

from portal.domain.frases import frase
from portal.domain.machine import Refused
from portal.publico import bp
from portal.publico.forms.firmar import FirmaForm, SuplenteForm
from portal.publico.views.firmar import (
    abierta,
    abrir,
    cerrada,
    de_lista,
    pagina,
    pagina_codigo,
    quien,
    releer,
)
from portal.services import documentos, efirma, firmas, firmas_codigo, firmas_papel, suplencias
from portal.web import contexto
from portal.web.access import publico
from portal.web.errors import sentence
from portal.web.firmante import faltan, identidad, recordar, tapado
from portal.web.limites import limitado
from portal.web.uploads import accepts_secrets, accepts_uploads, receive, secret

CAMPO_EFIRMA = {
    "efirma.otro_rfc": "rfc",
    "efirma.otro_nombre": "efirma-nombre",
    "efirma.llave": "clave",
    "efirma.otra_llave": "key",
}


@bp.post("/firmar/<token>/codigo")
@limitado("10 per minute")
@publico
def firmar_codigo(token: str) -> Any:
    """Send the code to the signer's address."""
    pedido, firma, carta = abrir(token)
    if not de_lista(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    varias = _varias(pedido, firma, carta)
    try:
        firmas_codigo.pedir(token, now=contexto.now())
    except Refused as refused:
        return pagina_codigo(
            token, firma, carta, enviado=True, error=sentence(refused), status=429, varias=varias
        )
    flash(f"Enviamos un código a {tapado(firma.correo)}. Llega en menos de un minuto.", "exito")
    # the page where the code is typed
    if varias or not firmas.pide_codigo(carta):
        return redirect(url_for(".firmar_juntas", token=token, sola=None if varias else 1))
    return redirect(url_for(".firmar", token=token))


def _varias(pedido: Any, firma: Any, carta: Any) -> bool:
    """Whether the code was asked for on the way to all that wait, and not to the letter of this link."""
    return request.form.get("varias") == "y" or not abierta(pedido, firma, carta)


@bp.post("/firmar/<token>/comprobar")
@limitado("20 per minute")
@publico
def firmar_comprobar(token: str) -> Any:
    """The code that was typed."""
    pedido, firma, carta = abrir(token)
    if not de_lista(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    varias = _varias(pedido, firma, carta)
    codigo = request.form.get("codigo", "")[:20].strip()
    error = "" if codigo else frase("firma.falta_codigo")
    try:
        if codigo:
            firmas_codigo.comprobar(token, codigo, now=contexto.now())
    except Refused as refused:
        error = sentence(refused)
    if error:
        _, firma, carta = releer(token)
        return pagina_codigo(token, firma, carta, enviado=True, error=error, status=400, varias=varias)
    recordar(firma)
    return redirect(url_for(".firmar_juntas" if varias else ".firmar", token=token))


@bp.post("/firmar/<token>/papel")
@limitado("20 per minute")
@publico
@accepts_uploads(lambda: firmas_papel.MAXIMO, max_files=firmas_papel.MAX_FOTOS)
def firmar_papel(token: str) -> Any:
    """The scan of the letter signed by hand."""
    pedido, firma, carta = abrir(token)
    if not abierta(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    form = FirmaForm()
    files = receive(request, "escaneo", documentos.pdf_o_fotos().max_bytes, max_files=firmas_papel.MAX_FOTOS)
    errores = _de_la_forma("papel", form) | faltan(
        {
            "escaneo": (files, "firma.sin_escaneo"),
            "declaro_papel": (request.form.get("declaro_papel") == "y", "firma.sin_declaracion"),
        }
    )
    if not errores:
        try:
            firmas_papel.entregar(
                token,
                **quien(form, firma),
                declara=request.form.get("declaro_papel") == "y",
                archivos=[(f.path, f.filename) for f in files],
            )
            return redirect(url_for(".firmar", token=token))
        except firmas.FileRefused as refused:
            errores["escaneo"] = refused.sentence
        except Refused as refused:
            errores["escaneo"] = sentence(refused)
    return _otra_vez(token, papel=errores)


def _de_la_forma(prefijo: str, form: FirmaForm) -> dict[str, str]:
    """What is wrong with the name and the cargo of one of the other forms, by the ids that they have there."""
    form.validate_on_submit()
    return {f"{prefijo}-{field.name}": str(field.errors[0]) for field in form if field.errors}


def _otra_vez(token: str, **errores: dict[str, str]) -> Any:
    """The page again, with what was typed and what lacks; or what became of the place meanwhile."""
    pedido, firma, carta = releer(token)
    if not abierta(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    escrito = FirmaForm(formdata=None, nombre=request.form.get("nombre"), cargo=request.form.get("cargo"))
    return pagina(token, firma, carta, form=escrito, status=400, **errores)


@bp.post("/firmar/<token>/suplente")
@limitado("10 per minute")
@publico
def firmar_suplente(token: str) -> Any:
    """Name who signs while the signer is away."""
    pedido, firma, carta = abrir(token)
    if not abierta(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    form, status = SuplenteForm(), 400
    if form.validate_on_submit():
        suplente = suplencias.Suplente(
            form.suplente_nombre.data or "", form.suplente_cargo.data or "", form.suplente_correo.data or "",
            form.desde.data, form.hasta.data,
        )  # fmt: skip
        try:
            nombre, ya = suplencias.nombrar_por_enlace(
                token, suplente, identidad=identidad(firma), ip=request.remote_addr or "", now=contexto.now()
            )
        except Refused as refused:
            form.hasta.errors, status = [sentence(refused)], 409
        else:
            desde = "La carta ya va en camino a su correo." if ya else "Desde ese día recibirá las cartas."
            flash(f"Anotamos que {nombre} firma en su ausencia. {desde}", "exito")
            return redirect(url_for(".firmar", token=token))
    _, firma, carta = releer(token)
    return pagina(token, firma, carta, suplente=form, status=status)


@bp.post("/firmar/<token>/efirma")
@limitado("10 per minute")
@publico
@accepts_secrets(efirma.MAXIMO, max_files=2)
def firmar_efirma(token: str) -> Any:
    """Sign with an e.firma: its key is read in memory, used once, and forgotten."""
    pedido, firma, carta = abrir(token)
    if not abierta(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    if not efirma.disponible():
        abort(404)
    form = FirmaForm()
    cer, key, rfc = secret(request, "cer"), secret(request, "key"), request.form.get("rfc", "")[:20]
    errores = _de_la_forma("efirma", form) | faltan(
        {
            "rfc": (rfc.strip(), "efirma.sin_rfc"),
            "cer": (cer, "efirma.sin_certificado"),
            "key": (key, "efirma.sin_llave"),
            "clave": (request.form.get("clave"), "efirma.sin_clave"),
            "declaro_efirma": (request.form.get("declaro_efirma") == "y", "firma.sin_declaracion"),
        }
    )
    if not errores:
        try:
            efirma.firmar(
                token,
                **quien(form, firma),
                rfc=rfc,
                declara=request.form.get("declaro_efirma") == "y",
                certificado=cer,
                llave=key,
                clave=request.form.get("clave", ""),
            )
            return redirect(url_for(".firmar", token=token))
        except Refused as refused:
            errores[CAMPO_EFIRMA.get(refused.key, "cer")] = sentence(refused)
    return _otra_vez(token, efirma=errores)
