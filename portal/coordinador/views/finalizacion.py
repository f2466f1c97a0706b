"""Finalización: the queue of whole expedientes, the verification of one, the letter, or back to the alumno."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.cartas import DevolverForm
from portal.domain.machine import Refused
from portal.queries import finalizacion as queries
from portal.queries import servicios as servicios_queries
from portal.queries import terminos
from portal.services import cartas, finalizacion, servicios, workflow
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.circuito import send_bytes
from portal.web.errors import sentence
from portal.web.sesion import current_actor

SECCION = "coordinador.finalizaciones"


@bp.get("/finalizaciones", endpoint="finalizaciones")
@requires("coordinador", "terminos")
def lista_finalizaciones() -> Any:
    """Who waits for the carta de finalización, oldest first."""
    pagina = queries.cola(request.args.get("despues", ""), request.args.get("antes", ""))
    return render_template(
        "coordinador/finalizaciones.html",
        pagina=pagina,
        edad=edad,
        total=queries.cuantas(),
        pedidas=terminos.hay(),
    )


@bp.get("/finalizaciones/<public_id>")
@requires("coordinador", "terminos")
def finalizacion_ver(public_id: str) -> Any:
    """The whole expediente as a checklist, a document beside it (`?paso=`, `?carta=`), and the decision."""
    return _pagina(public_id, DevolverForm(formdata=None))


def _pagina(public_id: str, form: DevolverForm, error: str = "", status: int = 200) -> Any:
    g.seccion = SECCION
    exp = servicios_queries.expediente(public_id)
    if exp is None:
        abort(404)
    emitidas = [c for c in reversed(exp.cartas) if c.documento is not None]
    aceptadas = [
        (e.clave, e.nombre) for e in exp.entregas if e.estado == "aceptada" and (e.documento or e.revisan)
    ]
    visto = _visto(exp, emitidas)
    return render_template(
        "coordinador/finalizacion.html",
        exp=exp,
        servicio=exp.servicio,
        cartas=[(c, cartas.esta_integra(c.documento)) for c in emitidas],
        visto=visto,
        faltan=finalizacion.revisar(exp.servicio, contexto.now()),
        plan=servicios.plan_de(exp.servicio),
        carrera=contexto.perfil().carrera(exp.servicio.alumno.carrera),
        acciones=workflow.actions(exp.servicio, current_actor()),
        form=form.ofrecer(aceptadas),
        motivos=contexto.perfil().motivos_listos("expediente"),
        error=error,
    ), status


def _visto(exp: Any, emitidas: list[Any]) -> Any:
    """The document to show: (address, type, name); the last thing the alumno sent unless asked otherwise."""
    carta = next((c for c in emitidas if c.public_id == request.args.get("carta")), None)
    if carta is not None:
        return url_for(".carta_pdf", public_id=carta.public_id, ver=1), carta.documento.mime, carta.titulo
    con_archivo = [e for e in exp.entregas if e.documento is not None]
    asked = next((e for e in con_archivo if e.clave == request.args.get("paso")), None)
    entrega = asked or (con_archivo[-1] if con_archivo else None)
    if entrega is None:
        return None
    documento = entrega.documento
    return url_for(".documento", public_id=documento.public_id, ver=1), documento.mime, entrega.nombre


@bp.get("/finalizaciones/<public_id>/vista.pdf")
@requires("coordinador", "terminos")
def finalizacion_vista(public_id: str) -> Any:
    """The letter as it would be issued now."""
    content = finalizacion.vista_previa(public_id, actor=current_actor(), now=contexto.now())
    return send_bytes(content, "vista-previa.pdf", "application/pdf")


@bp.post("/finalizaciones/<public_id>")
@requires("coordinador", "terminos")
def finalizar(public_id: str) -> Any:
    """Issue the carta de finalización."""
    try:
        servicio = finalizacion.finalizar(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _pagina(public_id, DevolverForm(formdata=None), sentence(refused), 409)
    sigue = (
        "Pedimos las firmas de la carta de finalización. El servicio se libera con la última."
        if servicio.estado == "en_emision"
        else "Emitimos la carta de finalización. El alumno la recibe por correo en cuanto esté lista."
    )
    flash(sigue, "exito")
    return redirect(url_for(".finalizacion_ver", public_id=servicio.public_id))


@bp.post("/finalizaciones/<public_id>/devolver")
@requires("coordinador", "terminos")
def finalizacion_devolver(public_id: str) -> Any:
    """Send the expediente back with a reason, and open one step again."""
    exp = servicios_queries.expediente(public_id)
    if exp is None:
        abort(404)
    form = DevolverForm().ofrecer([(e.clave, e.nombre) for e in exp.entregas if e.estado == "aceptada"])
    if not form.validate_on_submit():
        return _pagina(public_id, form, status=400)
    values = {"actor": current_actor(), "now": contexto.now()}
    try:
        finalizacion.devolver(public_id, form.clave.data, form.motivo.data, **values)
    except Refused as refused:
        return _pagina(public_id, form, sentence(refused), 409)
    flash("Devolvimos el expediente. El alumno recibió el motivo por correo.", "exito")
    return redirect(url_for(".finalizaciones"))
