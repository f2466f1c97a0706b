"""Signing in and out."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from portal.acceso import bp
from portal.domain.machine import Refused
from portal.services import cuentas
from portal.web.access import publico, safe_next
from portal.web.contexto import now
from portal.web.errors import sentence
from portal.web.forms import IngresoForm
from portal.web.limites import limitado
from portal.web.nav import home
from portal.web.sesion import Parte, current_cuenta, partes, puerta, sign_in, sign_out


@bp.get("/<escuela>/ingresar")
@publico
def ingresar() -> Any:
    """Sign in to an escuela, as alumno or as member of its office."""
    return _page(g.slug)


@bp.post("/<escuela>/ingresar")
@limitado("60 per minute")
@publico
def ingresar_post() -> Any:
    """Check the password; then to where the person was going, or to their first page here."""
    return _try(g.slug)


@bp.get("/dependencia/ingresar")
@publico
def ingresar_dependencia() -> Any:
    """Sign in as somebody who acts for a dependencia."""
    return _page("")


@bp.post("/dependencia/ingresar")
@limitado("60 per minute")
@publico
def ingresar_dependencia_post() -> Any:
    """Check the password of a dependencia's account."""
    return _try("")


@bp.post("/salir")
@publico
def salir() -> Any:
    """End this browser's session."""
    sign_out()
    flash("La sesión se cerró.", "exito")
    if puerta() == "dependencia":
        return redirect(url_for("acceso.ingresar_dependencia"))
    return redirect(url_for("publico.escuela", escuela=puerta()) if puerta() else url_for("publico.inicio"))


def _page(slug: str) -> Any:
    if current_cuenta() is not None and (mine := _part(partes(), slug)):
        return redirect(home(mine.rol, mine.slug))
    return _render(IngresoForm(siguiente=request.args.get("siguiente", "")), slug)


def _render(form: IngresoForm, slug: str, status: int = 200, aviso: str = "") -> Any:
    return render_template("acceso/ingresar.html", form=form, slug=slug, aviso=aviso), status


def _try(slug: str) -> Any:
    form = IngresoForm()
    if not form.validate_on_submit():
        return _render(form, slug, 400)
    try:
        usuario_id = cuentas.ingresar(
            form.usuario.data, form.contrasena.data, ip=request.remote_addr or "", now=now()
        )
    except Refused as refused:
        return _render(form, slug, 429 if refused.key == "ingreso.bloqueado" else 401, sentence(refused))
    found = sign_in(usuario_id, slug or "dependencia")
    return redirect(_where_to(found, slug, form.siguiente.data))


def _where_to(found: list[Parte], slug: str, siguiente: str | None) -> str:
    """Where the person was going; else their first page behind this door; else the list of their parts."""
    mine = _part(found, slug)
    if mine is not None:
        return safe_next(siguiente, home(mine.rol, mine.slug))
    if found:
        flash("Esta cuenta no tiene un lugar aquí. Estos son los que tiene.", "info")
    return url_for("acceso.escuelas")


def _part(found: list[Parte], slug: str) -> Parte | None:
    """The part behind a door: an escuela's (the office before the alumno), or the dependencia's ("")."""
    return next((parte for parte in found if parte.slug == slug), None)
