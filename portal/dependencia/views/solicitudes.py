"""Applicants of a dependencia: who waits, their papers, yes or no."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.dependencia import bp
from portal.dependencia.forms.solicitudes import AceptarForm
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.queries import solicitudes as queries
from portal.services import excepciones, workflow
from portal.services import solicitudes as services
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.archivos import send_stored
from portal.web.errors import sentence
from portal.web.sesion import current_actor

SECCION = "dependencia.solicitudes"


def _una(public_id: str) -> Any:
    """The solicitud of the address if it was sent to one of the person's dependencias, or 404."""
    g.seccion = SECCION
    found = queries.para_dependencia(public_id, current_actor().dependencia_ids)
    return found or abort(404)


@bp.get("/solicitudes")
@requires("dependencia")
def solicitudes() -> Any:
    """Who waits for an answer in every escuela, oldest first; or the answered ones."""
    contestadas = request.args.get("vista") == "contestadas"
    read = queries.contestadas_de if contestadas else queries.pendientes_de
    filas = read(current_actor().dependencia_ids)
    return render_template(
        "dependencia/solicitudes.html",
        filas=filas,
        contestadas=contestadas,
        edad=edad,
    )


@bp.get("/<escuela>/solicitudes/<public_id>")
@requires("dependencia")
def solicitud(public_id: str) -> Any:
    """One applicant: data, photo, both papers, message, and the decision."""
    found = _una(public_id)
    inicio, termino = services.fechas_propuestas(found.dependencia, to_local(contexto.now()).date())
    form = AceptarForm(data={"inicio": inicio, "termino": termino, "horario": found.proyecto.horario})
    return _pagina(found, form)


def _pagina(found: Any, form: AceptarForm, **more: Any) -> str:
    papel = "constancia" if request.args.get("papel") == "constancia" else "presentacion"
    return render_template(
        "dependencia/solicitud.html",
        solicitud=found,
        form=form,
        papel=papel,
        acciones=workflow.actions(found, current_actor()),
        plan=services.plan_con(found.dependencia),
        carrera=contexto.perfil().carrera(found.alumno.carrera),
        motivos=contexto.perfil().motivos_listos("solicitud"),
        desde=edad(found.estado_desde),
        siguiente=queries.siguiente_para(found.dependencia_id, found),
        excepciones=_permitidas(found),
        **more,
    )


def _permitidas(solicitud: Any) -> list[tuple[Any, str]]:
    """What the escuela allows this alumno for a servicio that begins now, while there is something to decide."""
    if solicitud.estado != "enviada":
        return []
    return [(e, excepciones.en_frase(e)) for e in excepciones.vigentes(solicitud.alumno_id)]


@bp.post("/<escuela>/solicitudes/<public_id>/aceptar")
@requires("dependencia")
def solicitud_aceptar(public_id: str) -> Any:
    """Say yes with dates and horario."""
    found, form = _una(public_id), AceptarForm()
    if not form.validate_on_submit():
        return _pagina(found, form), 400
    nombre = found.alumno.nombre_completo
    try:
        services.aceptar(
            public_id,
            inicio=form.inicio.data,
            termino=form.termino.data,
            horario=form.horario.data or "",
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        return _pagina(_una(public_id), form, error=sentence(refused)), 409
    flash(f"Aceptó a {nombre}. Le avisamos por correo y estamos generando su carta de aceptación.", "exito")
    return redirect(url_for(".solicitud", public_id=public_id))


@bp.post("/<escuela>/solicitudes/<public_id>/rechazar")
@requires("dependencia")
def solicitud_rechazar(public_id: str) -> Any:
    """Say no with a reason."""
    found, motivo = _una(public_id), request.form.get("motivo", "")
    inicio, termino = services.fechas_propuestas(found.dependencia, to_local(contexto.now()).date())
    form = AceptarForm(
        formdata=None, data={"inicio": inicio, "termino": termino, "horario": found.proyecto.horario}
    )
    siguiente = queries.siguiente_para(found.dependencia_id, found)
    try:
        services.rechazar(public_id, motivo=motivo, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        page = _pagina(_una(public_id), form, motivo=motivo, motivo_error=sentence(refused))
        return page, 409 if refused.key != "motivo.corto" else 400
    flash("Rechazó la solicitud. El alumno recibe el motivo por correo.", "exito")
    return redirect(url_for(".solicitud", public_id=siguiente) if siguiente else url_for(".solicitudes"))


@bp.get("/<escuela>/solicitudes/<public_id>/documentos/<any(presentacion, constancia, foto):cual>")
@requires("dependencia")
def solicitud_documento(public_id: str, cual: str) -> Any:
    """A paper of a sent solicitud, or the alumno's photo: readable from sending on, by this dependencia only."""
    found = _una(public_id)
    documento = queries.foto(found.alumno) if cual == "foto" else getattr(found, cual)
    return send_stored(documento) if documento else abort(404)
