"""Signing in and out."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from portal.acceso import bp
from portal.acceso.puerta import parte, pasar
from portal.domain.machine import Refused
from portal.services import cuentas, oidc
from portal.web.access import publico, safe_next
from portal.web.contexto import now
from portal.web.errors import sentence
from portal.web.forms import IngresoForm
from portal.web.limites import limitado
from portal.web.nav import home
from portal.web.sesion import current_cuenta, partes, puerta, sign_out


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
    if current_cuenta() is not None and (mine := parte(partes(), slug)):
        inicio = home(mine.rol, mine.slug)
        destino = safe_next(request.args.get("siguiente"), inicio)
        return redirect(destino if destino.startswith(inicio) else inicio)  # of this part of the portal
    return _render(IngresoForm(siguiente=request.args.get("siguiente", "")), slug)


def _render(form: IngresoForm, slug: str, status: int = 200, aviso: str = "") -> Any:
    boton = oidc.boton() if slug else ""
    return render_template(
        "acceso/ingresar.html", form=form, slug=slug, aviso=aviso, institucional=boton
    ), status


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
    return redirect(pasar(usuario_id, slug, form.siguiente.data))
