"""Forgotten passwords, and the links of mails: opened by anybody, used only by a button."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, url_for

from portal.acceso import bp
from portal.acceso.forms import OlvidadaForm
from portal.domain.machine import Refused
from portal.services import cuentas, enlaces, escuelas, registro
from portal.web.access import publico
from portal.web.contexto import now
from portal.web.errors import sentence
from portal.web.forms import NuevaContrasenaForm
from portal.web.limites import limitado

PROPOSITOS = ("contrasena", "invitacion", "correo")


@bp.get("/<escuela>/contrasena/olvidada")
@publico
def olvidada() -> Any:
    """Ask for a link to set a new password."""
    return render_template("acceso/olvidada.html", form=OlvidadaForm(), enviado=False, slug=g.slug)


@bp.post("/<escuela>/contrasena/olvidada")
@limitado("20 per minute")
@publico
def olvidada_post() -> Any:
    """Write the link, if there is such an account; the answer is the same if there is none."""
    return _write(g.slug)


@bp.get("/dependencia/contrasena/olvidada")
@publico
def olvidada_dependencia() -> Any:
    """Ask for a link to set a new password of a dependencia's account."""
    return render_template("acceso/olvidada.html", form=OlvidadaForm(), enviado=False, slug="")


@bp.post("/dependencia/contrasena/olvidada")
@limitado("20 per minute")
@publico
def olvidada_dependencia_post() -> Any:
    """Write the link to a dependencia's account, if there is one."""
    return _write("")


def _write(slug: str) -> Any:
    form = OlvidadaForm()
    valid = form.validate_on_submit()
    if valid:
        cuentas.olvidada(form.usuario.data, now=now())
    return render_template("acceso/olvidada.html", form=form, enviado=valid, slug=slug), 200 if valid else 400


@bp.get("/enlace/<token>")
@publico
def enlace(token: str) -> Any:
    """The page of a link: what it is for, and the button that uses it. Opening it changes nothing."""
    return _page(token, NuevaContrasenaForm())


@bp.post("/enlace/<token>")
@limitado("30 per minute")
@publico
def usar_enlace(token: str) -> Any:
    """Use a link: set the password, accept the invitation, or confirm the e-mail."""
    found = enlaces.buscar(token, *PROPOSITOS)
    if found is None:
        abort(404)
    form = NuevaContrasenaForm()
    if not enlaces.vigente(found, now()):
        return _page(token, form)
    try:
        if found.proposito == "correo":
            return _confirmed(registro.confirmar_correo(token, now()), found.escuela_id)
        if _asks(found) and not form.validate_on_submit():
            return _page(token, form, 400)
        set_it = cuentas.restablecer if found.proposito == "contrasena" else registro.aceptar_invitacion
        usuario_id = set_it(token, form.nueva.data or "", now=now())
    except Refused as refused:
        form.nueva.errors = [*form.nueva.errors, sentence(refused)]
        return _page(token, form, 400)
    flash("Ya se puede ingresar con la contraseña.", "exito")
    return redirect(_door(usuario_id, found.escuela_id))


@bp.post("/enlace/<token>/renovar")
@limitado("10 per minute")
@publico
def renovar_enlace(token: str) -> Any:
    """Write a fresh link to the same address in the place of one that no longer serves."""
    if enlaces.buscar(token, *PROPOSITOS) is None:
        abort(404)
    sent = cuentas.renovar(token, now=now()) or registro.renovar(token, now())
    return render_template("acceso/enlace_renovado.html", enviado=sent)


def _page(token: str, form: NuevaContrasenaForm, status: int = 200) -> Any:
    found = enlaces.buscar(token, *PROPOSITOS)
    if found is None:
        abort(404)
    if not enlaces.vigente(found, now()):
        usado = found.usado is not None and found.usado < found.vence
        return render_template(
            "acceso/enlace_vencido.html", token=token, usado=usado, proposito=found.proposito
        ), 410
    quien = cuentas.dueno(found)
    pide = _asks(found)
    return render_template(
        "acceso/enlace.html", token=token, form=form, enlace=found, quien=quien, pide=pide
    ), status


def _asks(found: Any) -> bool:
    """Whether this link's page asks for a password."""
    return found.proposito == "contrasena" or (
        found.proposito == "invitacion" and registro.pide_contrasena(found)
    )


def _confirmed(estado: str, escuela_id: int) -> Any:
    if estado == "activo":
        flash("Tu correo quedó confirmado. Ya puedes ingresar.", "exito")
    else:
        flash("Tu correo quedó confirmado. La escuela revisará tu registro y te avisará por correo.", "exito")
    return redirect(url_for("acceso.ingresar", escuela=escuelas.slug(escuela_id)))


def _door(usuario_id: int, escuela_id: int | None) -> str:
    """Where this account signs in: the link's escuela if it belongs there, else its first one, else dependencia."""
    slugs = [v.slug for v in cuentas.vinculos(usuario_id)]
    here = escuelas.slug(escuela_id) if escuela_id is not None else ""
    slug = here if here in slugs else next(iter(slugs), "")
    return url_for("acceso.ingresar", escuela=slug) if slug else url_for("acceso.ingresar_dependencia")
