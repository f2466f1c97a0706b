"""Alumnos: the list, one of them, registrations to confirm, invitations."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.alumnos import InvitarForm, RechazoForm
from portal.coordinador.views.expediente import eventos
from portal.coordinador.views.expedientes import direccion
from portal.domain.access import EXPEDIENTES
from portal.domain.alumno import palabras_de_busqueda
from portal.domain.machine import Refused
from portal.queries import alumnos as queries
from portal.queries import expedientes
from portal.services import alumnos as services
from portal.services import recordatorios, registro, tramites, workflow
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.circuito import send_bytes
from portal.web.contexto import now, perfil
from portal.web.errors import sentence
from portal.web.labels import ESTADOS
from portal.web.sesion import current_actor
from portal.web.siguiente import liga

ORIGENES = {"registro": "Registro propio", "padron": "Padrón", "invitacion": "Invitación"}
MUCHOS = 50


@bp.get("/alumnos")
@requires("coordinador", EXPEDIENTES)
def alumnos() -> str:
    """One page of 50 alumnos; those who wait for a decision oldest first."""
    get = request.args.get
    words, estado, carrera = palabras_de_busqueda(get("q", "")), get("estado", ""), get("carrera", "")
    pagina = queries.lista(words, estado, carrera, despues=get("despues", ""), antes=get("antes", ""))
    cuentas = queries.cuentas(words, carrera)
    chips = [
        {
            "texto": "Todos",
            "href": direccion(estado=""),
            "activo": not estado,
            "cuenta": sum(cuentas.values()),
        }
    ]
    chips += [
        {
            "texto": texto,
            "href": direccion(estado=value),
            "activo": value == estado,
            "cuenta": cuentas.get(value, 0),
        }
        for (noun, value), (texto, _tone) in ESTADOS.items()
        if noun == "alumno"
    ]
    return render_template(
        "coordinador/alumnos.html",
        filas=[(a, edad(a.estado_desde)) for a in pagina.filas],
        estado=estado,
        total=cuentas.get(estado, 0) if estado else sum(cuentas.values()),
        chips_de_estado=chips,
        carreras={c.clave: c.siglas or c.nombre for c in perfil().carreras},
        boleta=perfil().boleta.nombre,
        anterior=direccion(antes=pagina.anterior) if pagina.anterior else "",
        siguiente=direccion(despues=pagina.siguiente) if pagina.siguiente else "",
        limpia=url_for(".alumnos"),
    )


@bp.get("/alumnos/<public_id>/constancia.pdf")
@requires("coordinador", EXPEDIENTES)
def alumno_constancia(public_id: str) -> Any:
    """The constancia de estudios that the alumno would get, without folio."""
    content = tramites.vista_de_constancia(public_id, now=now())
    return send_bytes(content, "vista-previa.pdf", "application/pdf")


@bp.get("/alumnos/<public_id>")
@requires("coordinador")
def alumno(public_id: str) -> Any:
    """One alumno: data, what they asked for, their servicios, their history."""
    return _pagina(public_id, RechazoForm(formdata=None))


def _pagina(public_id: str, form: RechazoForm, error: str = "") -> str:
    g.seccion = "coordinador.alumnos"
    found = queries.por_id(public_id) or abort(404)
    sucesos = expedientes.historia(found.id, found.usuario_id, maximo=100)
    solicitudes = queries.solicitudes(found.id)
    recordadas = recordatorios.ultimos({"solicitud": [s.id for s in solicitudes]})
    return render_template(
        "coordinador/alumno.html",
        alumno=found,
        carrera=perfil().carrera(found.carrera),
        boleta=perfil().boleta.nombre,
        origen=ORIGENES.get(found.origen, found.origen),
        acciones=workflow.actions(found, current_actor()),
        invitable=found.estado == "invitado"
        and not found.usuario_id
        and EXPEDIENTES in current_actor().permisos,
        motivos=perfil().motivos_listos("alumno"),
        desde=edad(found.estado_desde),
        servicios=queries.servicios(found.id),
        solicitudes=solicitudes,
        recordadas={id_: dia for (_, id_), dia in recordadas.items()},
        eventos=eventos(sucesos, {}),
        form=form,
        error=error,
        siguiente=queries.siguiente_por_confirmar(found) if found.estado == "por_confirmar" else "",
    )


def _despues(public_id: str, siguiente: str) -> Any:
    """The next registration that waits, or the list."""
    if siguiente:
        return redirect(url_for(".alumno", public_id=siguiente))
    return redirect(url_for(".alumnos"))


@bp.post("/alumnos/<public_id>/confirmar")
@requires("coordinador", EXPEDIENTES)
def alumno_confirmar(public_id: str) -> Any:
    """Accept a registration and open the next one."""
    found = queries.por_id(public_id) or abort(404)
    siguiente = queries.siguiente_por_confirmar(found)
    try:
        registro.confirmar(public_id, current_actor(), now())
    except Refused as refused:
        return _pagina(public_id, RechazoForm(formdata=None), sentence(refused)), 409
    flash(f"Confirmó a {found.nombre_completo}. Ya puede entrar y recibe un correo.", "exito")
    return _despues(public_id, siguiente)


@bp.post("/alumnos/<public_id>/rechazar")
@requires("coordinador", EXPEDIENTES)
def alumno_rechazar(public_id: str) -> Any:
    """Refuse a registration with a reason and open the next one."""
    found = queries.por_id(public_id) or abort(404)
    siguiente, form = queries.siguiente_por_confirmar(found), RechazoForm()
    if not form.validate_on_submit():
        return _pagina(public_id, form), 400
    try:
        registro.rechazar(public_id, form.motivo.data or "", current_actor(), now())
    except Refused as refused:
        form.motivo.errors = [sentence(refused)]
        return _pagina(public_id, form), 409
    flash(f"Rechazó el registro de {found.nombre_completo}. Recibe un correo con el motivo.", "exito")
    return _despues(public_id, siguiente)


@bp.post("/alumnos/confirmar")
@requires("coordinador", EXPEDIENTES)
def alumnos_confirmar() -> Any:
    """Confirm the marked registrations, each by the same rules as one alone."""
    marked = request.form.getlist("alumno")[:MUCHOS]
    if not marked:
        flash("Marque al menos un alumno.", "error")
        return redirect(url_for(".alumnos", estado="por_confirmar"))
    done = services.confirmar_varios(marked, actor=current_actor(), now=now())
    if done.hechos:
        flash(f"Confirmó a {done.hechos} {'alumno' if done.hechos == 1 else 'alumnos'}.", "exito")
    for texto in dict.fromkeys(done.frases):
        flash(texto, "error")
    return redirect(url_for(".alumnos", estado="por_confirmar"))


@bp.post("/alumnos/<public_id>/invitar")
@requires("coordinador", EXPEDIENTES)
def alumno_reinvitar(public_id: str) -> Any:
    """Send the invitation again."""
    try:
        found = services.reinvitar(public_id, actor=current_actor(), now=now())
    except Refused as refused:
        flash(sentence(refused), "error")
        return redirect(url_for(".alumno", public_id=public_id))
    flash(f"Otra invitación va en camino a {found.correo}.", "exito")
    return redirect(url_for(".alumno", public_id=public_id))


@bp.get("/alumnos/invitar")
@requires("coordinador", EXPEDIENTES)
def alumno_nuevo() -> str:
    """The form of one invitation."""
    return _invitacion(InvitarForm(perfil()))


def _invitacion(form: InvitarForm) -> str:
    g.seccion = "coordinador.alumnos"
    return render_template("coordinador/alumno_nuevo.html", form=form, padron=liga(".padron", ".alumnos"))


@bp.post("/alumnos/invitar")
@requires("coordinador", EXPEDIENTES)
def alumno_invitar() -> Any:
    """Add the alumno to the roll and write the invitation."""
    form = InvitarForm(perfil())
    if not form.validate_on_submit():
        return _invitacion(form), 400
    datos = {f.name: (f.data or "").strip() for f in form if f.name != "csrf_token"}
    try:
        found = services.invitar(datos, actor=current_actor(), now=now())
    except Refused as refused:
        field = form.correo if refused.key == "alumno.correo_en_padron" else form.boleta
        field.errors = [sentence(refused)]
        return _invitacion(form), 409
    flash(f"La invitación va en camino a {found.correo}.", "exito")
    return redirect(url_for(".alumno", public_id=found.public_id))
