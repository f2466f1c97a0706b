"""How an alumno registers, and where the registration stands."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, session, url_for

from portal.domain.machine import Refused
from portal.publico import bp
from portal.publico.forms.registro import RegistroForm
from portal.services import registro as servicio
from portal.services import sesiones
from portal.web import contexto
from portal.web.access import publico
from portal.web.errors import sentence
from portal.web.limites import limitado
from portal.web.sesion import current_cuenta


@bp.get("/<escuela>/registro")
@publico
def registro() -> Any:
    """The form of self-registration, where the escuela has it open."""
    return _page(RegistroForm(contexto.perfil()))


@bp.post("/<escuela>/registro")
@limitado("60 per minute")
@publico
def registrar() -> Any:
    """Keep the registration and write to the e-mail; nothing typed is lost on a refusal."""
    form = RegistroForm(contexto.perfil())
    if not form.validate_on_submit():
        return _page(form, 400)
    names = ("boleta", "nombre", "paterno", "materno", "carrera", "genero", "correo", "contrasena")
    values = {
        name: (form[name].data or "").strip() if name != "contrasena" else form[name].data for name in names
    }
    try:
        session["registro"] = servicio.registrar(
            servicio.Datos(**values, semestre=int(form.semestre.data)), contexto.now()
        )
    except Refused as refused:
        return _page(form, 409, sentence(refused))
    return redirect(url_for("publico.registro_estado"))


def _page(form: RegistroForm, status: int = 200, aviso: str = "") -> Any:
    return render_template("publico/registro.html", form=form, perfil=contexto.perfil(), aviso=aviso), status


@bp.get("/<escuela>/registro/estado")
@publico
def registro_estado() -> Any:
    """Where the registration of this browser, or of the signed-in alumno, stands; the form where there is none."""
    alumno = _mine()
    if alumno is None:
        return redirect(url_for("publico.registro"))
    return render_template("publico/registro_estado.html", alumno=alumno, perfil=contexto.perfil())


@bp.post("/<escuela>/registro/reenviar")
@limitado("10 per minute")
@publico
def registro_reenviar() -> Any:
    """Write the confirmation mail again."""
    alumno = _mine()
    if alumno is not None:
        servicio.reenviar(alumno.public_id, contexto.now())
        flash("Te enviamos otra vez el correo. Puede tardar unos minutos.", "exito")
    return redirect(url_for("publico.registro_estado"))


def _mine() -> Any:
    """The alumno of this account here, or the one that this browser registered."""
    cuenta = current_cuenta()
    alumno = sesiones.alumno_de(cuenta.usuario_id) if cuenta is not None else None
    if alumno is None and session.get("registro"):
        alumno = servicio.de_public_id(session["registro"])
    return alumno
