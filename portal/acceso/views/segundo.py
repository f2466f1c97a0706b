"""The second step of signing in, and signing in with a passkey alone."""

from __future__ import annotations

from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, session

from portal.acceso import bp
from portal.acceso.forms import CredencialForm, SegundoForm
from portal.acceso.puerta import adentro, ingreso
from portal.domain.machine import Refused
from portal.queries import cuentas as queries
from portal.services import llaves, segundo_factor
from portal.web.access import publico
from portal.web.contexto import now
from portal.web.errors import sentence
from portal.web.limites import limitado


@bp.get("/<escuela>/ingresar/codigo")
@bp.get("/dependencia/ingresar/codigo")
@publico
def segundo() -> Any:
    """Ask for the second proof of somebody whose first one held a moment ago."""
    return _page(SegundoForm())


@bp.post("/<escuela>/ingresar/codigo")
@bp.post("/dependencia/ingresar/codigo")
@limitado("60 per minute")
@publico
def segundo_post() -> Any:
    """Check a code of the app, or one for an emergency; then in."""
    form, pedido = SegundoForm(), _pendiente()
    if pedido is None:
        return _again()
    if not form.validate_on_submit():
        return _page(form, 400)
    try:
        respaldo = segundo_factor.comprobar(
            pedido.usuario_id, form.codigo.data, ip=request.remote_addr or "", now=now()
        )
    except Refused as refused:
        form.codigo.errors = [*form.codigo.errors, sentence(refused)]
        return _page(form, 429 if refused.key == "segundo.bloqueado" else 400)
    return _finish(respaldo)


@bp.post("/<escuela>/ingresar/codigo/llave")
@bp.post("/dependencia/ingresar/codigo/llave")
@limitado("60 per minute")
@publico
def segundo_llave() -> Any:
    """Check a passkey as the second proof; then in."""
    form, pedido = CredencialForm(), _pendiente()
    if pedido is None:
        return _again()
    try:
        _check(form, pedido.usuario_id)
    except Refused as refused:
        return _page(SegundoForm(formdata=None), 400, sentence(refused))
    return _finish(respaldo=False)


@bp.post("/ingresar/llave/opciones")
@limitado("60 per minute")
@publico
def llave_opciones() -> Any:
    """What the browser is asked to sign in with a passkey (JSON); `segundo`: only with one of the pending account."""
    usuario_id = None
    if request.form.get("segundo"):
        pedido = _pendiente()
        if pedido is None:
            return jsonify(error="Pasó demasiado tiempo. Hay que ingresar de nuevo."), 409
        usuario_id = pedido.usuario_id
    opciones, session["llave"] = llaves.pedir_ingreso(usuario_id, now=now())
    return opciones, 200, {"Content-Type": "application/json"}


@bp.post("/<escuela>/ingresar/llave")
@bp.post("/dependencia/ingresar/llave")
@limitado("60 per minute")
@publico
def ingresar_llave() -> Any:
    """Sign in with a passkey: it asks for the device and for what opens it, so no other step follows."""
    form = CredencialForm()
    slug, siguiente = g.slug or "", form.siguiente.data
    try:
        usuario_id = _check(form, None)
    except Refused as refused:
        flash(sentence(refused), "error")
        return redirect(ingreso(slug, siguiente))
    return redirect(adentro(usuario_id, slug, siguiente))


def _check(form: CredencialForm, de: int | None) -> int:
    """The account whose passkey answered this browser's challenge, which serves once."""
    token = session.pop("llave", "")
    if not form.validate_on_submit():
        raise Refused("llave.invalida")
    return llaves.ingresar(token, form.credencial.data, de=de, ip=request.remote_addr or "", now=now())


def _pendiente() -> Any:
    token = session.get("paso", "")
    return segundo_factor.pendiente(token, now()) if token else None


def _finish(respaldo: bool) -> Any:
    try:
        pedido = segundo_factor.terminar(session.get("paso", ""), now=now())
    except Refused:
        return _again()
    datos = pedido.datos
    target = adentro(pedido.usuario_id, datos["puerta"], datos["siguiente"], datos["escuela_id"])
    if respaldo:
        left = queries.segundo(pedido.usuario_id).codigos
        flash(f"Ese código de respaldo ya no sirve otra vez. Quedan {left}.", "info")
    return redirect(target)


def _again() -> Any:
    session.pop("paso", None)
    flash("Pasó demasiado tiempo. Hay que ingresar de nuevo.", "info")
    return redirect(ingreso(g.slug or ""))


def _page(form: SegundoForm, status: int = 200, aviso: str = "") -> Any:
    pedido = _pendiente()
    if pedido is None:
        return _again()
    return render_template(
        "acceso/segundo.html",
        form=form,
        tiene=queries.segundo(pedido.usuario_id),
        aviso=aviso,
        otra=ingreso(g.slug or ""),
    ), status
