"""One's own second step: the app of codes, the recovery codes and the passkeys."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, session, url_for

from portal.acceso import bp
from portal.acceso.forms import ApagarForm, ConfirmarForm, LlaveForm, SegundoForm
from portal.domain.machine import Refused
from portal.queries import cuentas as queries
from portal.services import llaves, segundo_factor
from portal.web.access import requires, safe_next
from portal.web.contexto import now
from portal.web.errors import sentence
from portal.web.limites import limitado
from portal.web.sesion import current_cuenta

BLOQUEOS = ("ingreso.bloqueado", "segundo.bloqueado")


@bp.get("/cuenta/seguridad")
@requires("cuenta")
def seguridad() -> Any:
    """What this account has beside its password."""
    return render_template("acceso/seguridad.html", tiene=queries.segundo(current_cuenta().usuario_id))


# ---- the app of codes ----


@bp.get("/cuenta/seguridad/aplicacion/activar")
@requires("cuenta")
def aplicacion_activar() -> Any:
    """Ask for the password before showing the secret of an app."""
    return _confirm("acceso.aplicacion_proponer", ConfirmarForm())


@bp.post("/cuenta/seguridad/aplicacion/activar")
@limitado("20 per minute")
@requires("cuenta")
def aplicacion_proponer() -> Any:
    """Make the secret, and go to the page that shows it."""
    form = ConfirmarForm()
    if not form.validate_on_submit():
        return _confirm("acceso.aplicacion_proponer", form, 400)
    try:
        segundo_factor.proponer(current_cuenta().usuario_id, form.contrasena.data, now=now())
    except Refused as refused:
        return _confirm("acceso.aplicacion_proponer", form, refused=refused)
    return redirect(url_for("acceso.aplicacion"))


@bp.get("/cuenta/seguridad/aplicacion")
@requires("cuenta")
def aplicacion() -> Any:
    """The QR and the secret that wait for their first code."""
    return _app(SegundoForm())


def _app(form: SegundoForm, status: int = 200) -> Any:
    propuesta = segundo_factor.propuesta(current_cuenta().usuario_id)
    if propuesta is None:
        return redirect(url_for("acceso.seguridad"))
    return render_template("acceso/aplicacion.html", form=form, propuesta=propuesta), status


@bp.post("/cuenta/seguridad/aplicacion")
@limitado("20 per minute")
@requires("cuenta")
def aplicacion_confirmar() -> Any:
    """Turn the app on with its first code, and show the recovery codes this once."""
    form, quien = SegundoForm(), current_cuenta()
    if not form.validate_on_submit():
        return _app(form, 400)
    try:
        codes = segundo_factor.confirmar(
            quien.usuario_id, form.codigo.data, sesion_id=quien.sesion_id, now=now()
        )
    except Refused as refused:
        form.codigo.errors = [*form.codigo.errors, sentence(refused)]
        return _app(form, _status(refused))
    return _turned_on(codes, "La aplicación de códigos quedó activada.")


@bp.get("/cuenta/seguridad/aplicacion/quitar")
@requires("cuenta")
def aplicacion_quitar() -> Any:
    """Ask for the password and a code before turning the app off."""
    return _confirm("acceso.aplicacion_quitada", ApagarForm())


@bp.post("/cuenta/seguridad/aplicacion/quitar")
@limitado("20 per minute")
@requires("cuenta")
def aplicacion_quitada() -> Any:
    """Turn the app off."""
    form = ApagarForm()
    if not form.validate_on_submit():
        return _confirm("acceso.aplicacion_quitada", form, 400)
    try:
        segundo_factor.quitar(
            current_cuenta().usuario_id,
            contrasena=form.contrasena.data,
            codigo=form.codigo.data,
            ip=request.remote_addr or "",
            now=now(),
        )
    except Refused as refused:
        return _confirm("acceso.aplicacion_quitada", form, refused=refused)
    flash("La aplicación de códigos quedó desactivada.", "exito")
    return redirect(url_for("acceso.seguridad"))


# ---- recovery codes ----


@bp.get("/cuenta/seguridad/codigos")
@requires("cuenta")
def codigos() -> Any:
    """Ask for the password before making new recovery codes."""
    return _confirm("acceso.codigos_renovar", ConfirmarForm())


@bp.post("/cuenta/seguridad/codigos")
@limitado("20 per minute")
@requires("cuenta")
def codigos_renovar() -> Any:
    """Make new recovery codes and show them this once; the old ones no longer serve."""
    form = ConfirmarForm()
    if not form.validate_on_submit():
        return _confirm("acceso.codigos_renovar", form, 400)
    try:
        codes = segundo_factor.renovar_codigos(current_cuenta().usuario_id, form.contrasena.data, now=now())
    except Refused as refused:
        return _confirm("acceso.codigos_renovar", form, refused=refused)
    return _turned_on(codes, "Los códigos de antes ya no sirven.")


# ---- passkeys ----


@bp.get("/cuenta/seguridad/llaves/nueva")
@requires("cuenta")
def llave_nueva() -> Any:
    """The page where the browser makes a passkey."""
    return _new_key(LlaveForm())


def _new_key(form: LlaveForm, status: int = 200, aviso: str = "") -> Any:
    correo = current_cuenta().correo
    return render_template("acceso/llave_nueva.html", form=form, aviso=aviso, correo=correo), status


@bp.post("/cuenta/seguridad/llaves/opciones")
@limitado("20 per minute")
@requires("cuenta")
def llave_pedir() -> Any:
    """What the browser is asked to make a passkey with (JSON), once the password was given again."""
    try:
        opciones, session["llave_alta"] = llaves.pedir_alta(
            current_cuenta().usuario_id, request.form.get("contrasena", "")[:200], now=now()
        )
    except Refused as refused:
        return jsonify(error=sentence(refused)), _status(refused)
    return opciones, 200, {"Content-Type": "application/json"}


@bp.post("/cuenta/seguridad/llaves/nueva")
@limitado("20 per minute")
@requires("cuenta")
def llave_registrar() -> Any:
    """Keep the passkey that the browser made."""
    form, quien = LlaveForm(), current_cuenta()
    del form.contrasena  # it was asked for with the challenge
    token = session.pop("llave_alta", "")
    if not form.validate_on_submit():
        return _new_key(LlaveForm(nombre=form.nombre.data), 400)
    try:
        codes = llaves.registrar(
            quien.usuario_id,
            token,
            form.credencial.data or "",
            form.nombre.data,
            sesion_id=quien.sesion_id,
            now=now(),
        )
    except Refused as refused:
        return _new_key(LlaveForm(formdata=None, nombre=form.nombre.data), 400, sentence(refused))
    return _turned_on(codes, "La llave de acceso quedó registrada.")


@bp.get("/cuenta/seguridad/llaves/<public_id>/quitar")
@requires("cuenta")
def llave_quitar(public_id: str) -> Any:
    """Ask for the password before forgetting a passkey."""
    return _confirm("acceso.llave_quitada", ConfirmarForm(), llave=_llave(public_id))


@bp.post("/cuenta/seguridad/llaves/<public_id>/quitar")
@limitado("20 per minute")
@requires("cuenta")
def llave_quitada(public_id: str) -> Any:
    """Forget a passkey."""
    form, mine = ConfirmarForm(), _llave(public_id)
    if not form.validate_on_submit():
        return _confirm("acceso.llave_quitada", form, 400, llave=mine)
    try:
        llaves.quitar(current_cuenta().usuario_id, public_id, form.contrasena.data, now=now())
    except Refused as refused:
        return _confirm("acceso.llave_quitada", form, refused=refused, llave=mine)
    flash("La llave de acceso ya no sirve para entrar.", "exito")
    return redirect(url_for("acceso.seguridad"))


def _llave(public_id: str) -> Any:
    found = queries.llave(current_cuenta().usuario_id, public_id)
    if found is None:
        abort(404)
    return found


# ---- shared ----


def _status(refused: Refused) -> int:
    return 429 if refused.key in BLOQUEOS else 400


def _confirm(
    endpoint: str, form: Any, status: int = 200, *, refused: Refused | None = None, llave: Any = None
) -> Any:
    """The page that asks for the password (and a code) before something."""
    if refused is not None:
        status = _status(refused)
        field = form.codigo if refused.key.startswith("segundo.") and "codigo" in form else form.contrasena
        field.errors = [*field.errors, sentence(refused)]
    action = url_for(endpoint, public_id=llave.public_id) if llave is not None else url_for(endpoint)
    que = endpoint.partition(".")[2]
    correo = current_cuenta().correo
    return render_template(
        "acceso/confirmar.html", form=form, accion=action, que=que, llave=llave, correo=correo
    ), status


def _turned_on(codes: list[str], words: str) -> Any:
    """Show new recovery codes in this answer and in no other; without any, back to the list."""
    back = safe_next(session.pop("volver", None), url_for("acceso.seguridad"))
    if not codes:
        flash(words, "exito")
        return redirect(back)
    return render_template("acceso/codigos.html", codigos=codes, aviso=words, volver=back)
