"""Somebody with an account sends a prerregistro, or corrects the one that was rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, render_template, request, url_for

from portal.domain.access import Actor
from portal.domain.machine import Refused
from portal.publico import bp
from portal.publico.forms.registro import ExpedienteForm, PrestacionForm
from portal.publico.views.registro import ELEGIR_OTRA_VEZ, limite, rechazo
from portal.services import prerregistro, registro, sesiones
from portal.services.documentos import FileRefused
from portal.web import contexto
from portal.web.access import requires
from portal.web.limites import limitado
from portal.web.sesion import current_cuenta
from portal.web.uploads import accepts_uploads, receive

if TYPE_CHECKING:
    from portal.models import Alumno

ENTRAN = ("por_confirmar", "activo")


def _alumno() -> Alumno:
    """The alumno of this account here, whose e-mail is proven; nobody else has this page."""
    cuenta = current_cuenta()
    alumno = sesiones.alumno_de(cuenta.usuario_id) if cuenta is not None else None
    if alumno is None or alumno.estado not in ENTRAN or not prerregistro.abierta():
        abort(404)
    return alumno


@bp.get("/<escuela>/registro/expediente")
@requires("cuenta")
def expediente() -> Any:
    """The form, filled with what was sent before."""
    alumno = _alumno()
    found = prerregistro.de_alumno(alumno.id)
    cerrado = prerregistro.impedimento(alumno)
    if cerrado:
        flash(cerrado, "info")
        return redirect(url_for("publico.registro_estado"))
    return _page(alumno, _form(alumno, formdata=None, data=_enviado(alumno, found)), found)


def _edita(alumno: Alumno) -> bool:
    """Whether the person may correct who they are: they typed it, and the office has not confirmed it."""
    return alumno.origen == "registro" and alumno.estado == "por_confirmar"


def _form(alumno: Alumno, **kw: Any) -> Any:
    return ExpedienteForm(contexto.perfil(), **kw) if _edita(alumno) else PrestacionForm(**kw)


def _enviado(alumno: Alumno, found: Any) -> dict[str, Any]:
    names = ("nombre", "paterno", "materno", "carrera", "genero")
    values: dict[str, Any] = {name: getattr(alumno, name) for name in names}
    values["semestre"] = str(alumno.semestre or "")
    if found is not None and found.Servicio.estado == "rechazado":
        values |= {
            "prestatario": prerregistro.prestatario_de(found.Servicio),
            "inicio": found.Servicio.inicio,
            "termino": found.Servicio.termino,
        }
    return values


@bp.post("/<escuela>/registro/expediente")
@limitado("60 per minute")
@requires("cuenta")
@accepts_uploads(limite)
def expediente_enviar() -> Any:
    """Send it; nothing typed is lost on a refusal."""
    alumno = _alumno()
    found = prerregistro.de_alumno(alumno.id)
    form = _form(alumno)
    files = receive(request, "archivo", limite())
    valid = form.validate_on_submit()
    corrige = found is not None and found.Servicio.estado == "rechazado"
    falta = "" if files or corrige else "Elige el PDF de tu expediente."
    if not valid or falta:
        return _page(alumno, form, found, 400, archivo_error=falta, con_archivo=bool(files))
    actor = Actor("alumno", alumno.nombre_completo, alumno.usuario_id, alumno.escuela_id, alumno.id)
    try:
        prerregistro.enviar(
            prerregistro.Prestacion(**form.prestacion()),
            [f.path for f in files],
            files[0].filename if files else "",
            datos=registro.Personales(**form.personales()) if _edita(alumno) else None,
            actor=actor,
            now=contexto.now(),
        )
    except FileRefused as refused:
        return _page(alumno, form, found, 422, archivo_error=refused.sentence)
    except Refused as refused:
        return _page(alumno, form, found, 409, rechazo(form, refused), con_archivo=bool(files))
    flash("Enviamos tu expediente a la oficina. Te escribiremos en cuanto haya respuesta.", "exito")
    return redirect(url_for("publico.registro_estado"))


def _page(
    alumno: Alumno,
    form: Any,
    found: Any,
    status: int = 200,
    aviso: str = "",
    *,
    archivo_error: str = "",
    con_archivo: bool = False,
) -> Any:
    corrige = found is not None and found.Servicio.estado == "rechazado"
    return render_template(
        "publico/expediente.html",
        form=form,
        alumno=alumno,
        perfil=contexto.perfil(),
        carrera=contexto.perfil().carrera(alumno.carrera),
        edita=_edita(alumno),
        servicio=found.Servicio if corrige else None,
        autor=prerregistro.autor_del_rechazo(found.Servicio) if corrige else "",
        anterior=prerregistro.documento_de(found.Prerregistro) if corrige else None,
        tipo=prerregistro.archivo(),
        prestatarios=prerregistro.prestatarios(),
        aviso=aviso,
        archivo_error=archivo_error or (ELEGIR_OTRA_VEZ if con_archivo else ""),
    ), status
