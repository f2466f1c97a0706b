"""How an alumno registers, and where the registration stands."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for

from portal.domain.machine import Refused
from portal.publico import bp
from portal.publico.forms.registro import PrerregistroForm, RegistroForm
from portal.services import prerregistro, sesiones
from portal.services import registro as servicio
from portal.services.documentos import FileRefused
from portal.web import contexto, menu
from portal.web.access import publico
from portal.web.errors import sentence
from portal.web.limites import limitado
from portal.web.sesion import current_cuenta
from portal.web.uploads import accepts_uploads, receive

ELEGIR_OTRA_VEZ = "Elige otra vez tu archivo: el navegador no lo conserva cuando hay algo que corregir."
# key of a refusal -> the field that it speaks of
CAMPOS = {
    "prerregistro.sin_prestatario": "prestatario",
    "prerregistro.inicio_lejano": "inicio",
    "prerregistro.inicio_invalido": "inicio",
    "plan.fechas_al_reves": "termino",
    "plan.pocos_meses": "termino",
    "plan.muchos_meses": "termino",
}


def limite() -> int:
    """The largest expediente of this escuela (bytes); 0 where it takes none."""
    return prerregistro.archivo().max_bytes if prerregistro.abierta() else 0


def con_expediente() -> bool:
    """Whether this address registers with a prerregistro; where both ways are open, `?via=solicitud` is the other."""
    solo_cuenta = request.args.get("via") == "solicitud" and "solicitud" in contexto.perfil().vias
    return prerregistro.abierta() and not solo_cuenta


@bp.get("/<escuela>/registro")
@publico
def registro() -> Any:
    """The form of self-registration, where the escuela has it open; with the expediente where it asks for one."""
    if con_expediente():
        return _page_prerregistro(PrerregistroForm(contexto.perfil()))
    return _page(RegistroForm(contexto.perfil()))


@bp.post("/<escuela>/registro")
@limitado("60 per minute")
@publico
@accepts_uploads(limite)
def registrar() -> Any:
    """Keep the registration and write to the e-mail; nothing typed is lost on a refusal."""
    if con_expediente():
        return _prerregistrar()
    form = RegistroForm(contexto.perfil())
    if not form.validate_on_submit():
        return _page(form, 400)
    try:
        session["registro"] = servicio.registrar(servicio.Datos(**form.cuenta()), contexto.now())
    except Refused as refused:
        return _page(form, 409, sentence(refused))
    return redirect(url_for("publico.registro_estado"))


def _prerregistrar() -> Any:
    form = PrerregistroForm(contexto.perfil())
    files = receive(request, "archivo", limite())
    valid = form.validate_on_submit()
    falta = "" if files else "Elige el PDF de tu expediente."
    if not valid or falta:
        return _page_prerregistro(form, 400, archivo_error=falta, con_archivo=bool(files))
    try:
        session["registro"] = prerregistro.registrar(
            servicio.Datos(**form.cuenta()),
            prerregistro.Prestacion(**form.prestacion()),
            [f.path for f in files],
            files[0].filename,
            contexto.now(),
        )
    except FileRefused as refused:
        return _page_prerregistro(form, 422, archivo_error=refused.sentence)
    except Refused as refused:
        return _page_prerregistro(form, 409, rechazo(form, refused), con_archivo=True)
    return redirect(url_for("publico.registro_estado"))


def rechazo(form: Any, refused: Refused) -> str:
    """Put a refusal beside the field that it speaks of; what speaks of none is returned."""
    campo = CAMPOS.get(refused.key)
    if campo is None:
        return sentence(refused)
    form[campo].errors = [sentence(refused)]
    return ""


def _page(form: RegistroForm, status: int = 200, aviso: str = "") -> Any:
    via = "solicitud" if prerregistro.abierta() else None
    return render_template(
        "publico/registro.html", form=form, perfil=contexto.perfil(), aviso=aviso, via=via
    ), status


def _page_prerregistro(
    form: PrerregistroForm,
    status: int = 200,
    aviso: str = "",
    *,
    archivo_error: str = "",
    con_archivo: bool = False,
) -> Any:
    return render_template(
        "publico/prerregistro.html",
        form=form,
        perfil=contexto.perfil(),
        tipo=prerregistro.archivo(),
        prestatarios=prerregistro.prestatarios(),
        aviso=aviso,
        archivo_error=archivo_error or (ELEGIR_OTRA_VEZ if con_archivo else ""),
    ), status


@bp.get("/<escuela>/registro/estado")
@publico
def registro_estado() -> Any:
    """Where the registration of this browser, or of the signed-in alumno, stands; the form where there is none."""
    alumno = mine()
    if alumno is None:
        return redirect(url_for("publico.registro"))
    found = prerregistro.de_alumno(alumno.id)
    return render_template(
        "publico/registro_estado.html",
        alumno=alumno,
        perfil=contexto.perfil(),
        servicio=found.Servicio if found else None,
        autor=prerregistro.autor_del_rechazo(found.Servicio) if found else "",
        filas=menu.antes_de_empezar(found.Servicio) if found else [],
        propio=current_cuenta() is not None and alumno.usuario_id == current_cuenta().usuario_id,  # type: ignore[union-attr]
    )


@bp.post("/<escuela>/registro/reenviar")
@limitado("10 per minute")
@publico
def registro_reenviar() -> Any:
    """Write the confirmation mail again."""
    alumno = mine()
    if alumno is not None:
        servicio.reenviar(alumno.public_id, contexto.now())
        flash("Te enviamos otra vez el correo. Puede tardar unos minutos.", "exito")
    return redirect(url_for("publico.registro_estado"))


def mine() -> Any:
    """The alumno of this account here, or the one that this browser registered."""
    cuenta = current_cuenta()
    alumno = sesiones.alumno_de(cuenta.usuario_id) if cuenta is not None else None
    if alumno is None and session.get("registro"):
        alumno = servicio.de_public_id(session["registro"])
    return alumno
