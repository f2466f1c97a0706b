"""One's own account: password, sessions, name, and the parts of the portal that it opens."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for

from portal.acceso import bp
from portal.acceso.forms import CambioForm, NombreForm
from portal.domain.machine import Refused
from portal.queries import cuentas as queries
from portal.services import cuentas, sesiones
from portal.web.access import requires
from portal.web.contexto import now
from portal.web.errors import sentence
from portal.web.limites import limitado
from portal.web.nav import home
from portal.web.sesion import PAPELES, current_cuenta, remember_partes


@bp.get("/cuenta/")
@requires("cuenta")
def cuenta() -> Any:
    """Password, open sessions and name."""
    return _page()


def _page(cambio: CambioForm | None = None, nombre: NombreForm | None = None, status: int = 200) -> Any:
    quien = current_cuenta()
    sesiones_abiertas = queries.sesiones_abiertas(quien.usuario_id, now() - sesiones.MAX_IDLE)
    return render_template(
        "acceso/cuenta.html",
        cambio=cambio or CambioForm(formdata=None),
        nombre=nombre or NombreForm(formdata=None, nombre=quien.nombre),
        cuenta=quien,
        sesiones=[(s, s.id == quien.sesion_id, navegador(s.navegador)) for s in sesiones_abiertas],
        errores=status >= 400,
    ), status


@bp.post("/cuenta/contrasena")
@limitado("20 per minute")
@requires("cuenta")
def cambiar_contrasena() -> Any:
    """Change the password; every other session ends."""
    form, quien = CambioForm(), current_cuenta()
    if not form.validate_on_submit():
        return _page(cambio=form, status=400)
    try:
        cuentas.cambiar(
            quien.usuario_id,
            actual=form.actual.data,
            nueva=form.nueva.data,
            sesion_id=quien.sesion_id,
            now=now(),
        )
    except Refused as refused:
        field = form.nueva if refused.key.startswith("contrasena.") else form.actual
        field.errors = [*field.errors, sentence(refused)]
        return _page(cambio=form, status=429 if refused.key == "ingreso.bloqueado" else 400)
    flash("La contraseña cambió. Cerramos las demás sesiones.", "exito")
    return redirect(url_for("acceso.cuenta"))


@bp.post("/cuenta/nombre")
@requires("cuenta")
def cambiar_nombre() -> Any:
    """Change how the account is named."""
    form = NombreForm()
    if not form.validate_on_submit():
        return _page(nombre=form, status=400)
    cuentas.renombrar(current_cuenta().usuario_id, form.nombre.data, now=now())
    flash("El nombre quedó guardado.", "exito")
    return redirect(url_for("acceso.cuenta"))


@bp.post("/cuenta/sesiones/<public_id>/cerrar")
@requires("cuenta")
def cerrar_sesion(public_id: str) -> Any:
    """End one session of one's own."""
    sesiones.cerrar(public_id, current_cuenta().usuario_id, now=now())
    flash("Cerramos esa sesión.", "exito")
    return redirect(url_for("acceso.cuenta"))


@bp.post("/cuenta/sesiones/cerrar-demas")
@requires("cuenta")
def cerrar_demas() -> Any:
    """End every session of one's own but this one."""
    quien = current_cuenta()
    ended = sesiones.cerrar_demas(quien.usuario_id, salvo_id=quien.sesion_id, now=now())
    flash("Cerramos la otra sesión." if ended == 1 else f"Cerramos {ended} sesiones.", "exito")
    return redirect(url_for("acceso.cuenta"))


@bp.get("/cuenta/escuelas")
@requires("cuenta")
def escuelas() -> Any:
    """Every part of the portal that this account opens."""
    quien = current_cuenta()
    found = remember_partes(quien.usuario_id, quien.escuela_id)
    g.partes = found
    vista = [{"texto": p.nombre, "papel": PAPELES[p.rol], "href": home(p.rol, p.slug)} for p in found]
    return render_template("acceso/escuelas.html", partes=vista)


def navegador(agente: str) -> str:
    """Browser and system of a User-Agent, as a person knows them: "Chrome en Android"."""
    browsers = (
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    )
    systems = (
        ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac", "Mac"),
        ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((words for mark, words in browsers if mark in agente), "Navegador")
    system = next((words for mark, words in systems if mark in agente), "")
    return f"{browser} en {system}" if system else browser
