"""A dependencia's proyectos: the list across escuelas, the draft, its check page, and what may be done with each."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.dependencia import bp
from portal.dependencia.forms.proyectos import PERSONAS, LimitesForm, ProyectoForm, renglones
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.domain.proyecto import faltantes
from portal.queries import proyectos as queries
from portal.services import documentos, workflow
from portal.services import proyectos as services
from portal.services.documentos import FileRefused
from portal.web import contexto
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.fichas import ficha_de_proyecto
from portal.web.sesion import current_actor
from portal.web.uploads import ReceivedFile, accepts_uploads, receive

SECCION = "dependencia.proyectos"
ESTADOS = ("borrador", "enviado", "rechazado", "publicado", "pausado", "cerrado")
HECHO = {
    "enviar": "Enviamos el proyecto a la escuela. Le avisaremos por correo cuando lo revise.",
    "pausar": "El proyecto está en pausa: los alumnos ya no lo ven ni lo pueden pedir.",
    "reanudar": "El proyecto está publicado de nuevo.",
    "retomar": "El proyecto es otra vez un borrador. Los alumnos no lo ven hasta que la escuela lo publique.",
    "descartar": "Descartamos el borrador.",
    "cerrar": "Cerramos el proyecto y avisamos a quienes lo habían pedido.",
}


def _hoy() -> date:
    return to_local(contexto.now()).date()


def _uno(public_id: str) -> Any:
    """The proyecto of the address, or 404."""
    g.seccion = SECCION
    proyecto = queries.de(public_id, current_actor().dependencia_ids)
    if proyecto is None:
        abort(404)
    return proyecto


@bp.get("/proyectos")
@requires("dependencia")
def proyectos() -> Any:
    """Every proyecto in every escuela."""
    estado = request.args.get("estado", "")
    filas = queries.de_dependencias(current_actor().dependencia_ids)
    cuentas = {e: sum(f.estado == e for f in filas) for e in ESTADOS}
    return render_template(
        "dependencia/proyectos.html",
        filas=[f for f in filas if f.estado == estado or (not estado and f.estado != "cerrado")],
        cuentas=cuentas,
        estado=estado,
        varias=len(g.dependencias) > 1,
    )


@bp.get("/proyectos/nuevo")
@requires("dependencia")
def proyecto_elegir() -> Any:
    """For which escuela a new proyecto is; with a single choice there is nothing to choose."""
    g.seccion = SECCION
    opciones = queries.donde_publicar(current_actor().dependencia_ids, _hoy())
    if len(opciones) == 1:
        found = opciones[0]
        return redirect(url_for(".proyecto_nuevo", escuela=found.escuela.slug, dependencia=found.dependencia))
    return render_template(
        "dependencia/proyecto_elegir.html", opciones=opciones, varias=len(g.dependencias) > 1
    )


def _dependencia() -> Any:
    """The dependencia that `?dependencia=` names, or the only one; 404 for another's."""
    asked = request.args.get("dependencia") or g.dependencia.public_id
    found = next((d for d in g.dependencias if d.public_id == asked), None)
    return found or abort(404)


@bp.get("/<escuela>/proyectos/nuevo")
@requires("dependencia")
def proyecto_nuevo() -> Any:
    """An empty draft, with the people of the last proyecto unless `?limpio=1`."""
    dependencia = _dependencia()
    ultimo = None if request.args.get("limpio") else queries.ultimo_de(dependencia.id)
    if queries.convenio_vigente([dependencia.id], _hoy()) is None:
        abort(404)
    gente = {f: getattr(ultimo, f) for f in services.PERSONAS} if ultimo else {}
    form = ProyectoForm(data={"cupo": 1, "modalidad": "presencial", **gente})
    return _pagina_form(form, None, dependencia=dependencia, ultimo=ultimo)


@bp.post("/<escuela>/proyectos/nuevo")
@requires("dependencia")
@accepts_uploads(lambda: documentos.un_pdf().max_bytes)
def proyecto_crear() -> Any:
    """Save a new draft, complete or not."""
    dependencia = _dependencia()
    form = ProyectoForm().ofrecer(contexto.perfil())
    if not form.validate_on_submit():
        return _pagina_form(form, None, dependencia=dependencia), 400
    files = receive(request, "archivo", documentos.un_pdf().max_bytes)
    proyecto = services.crear(dependencia.id, form.datos(), actor=current_actor(), now=contexto.now())
    return _con_archivo(proyecto.public_id, files)


@bp.get("/<escuela>/proyectos/<public_id>/editar")
@requires("dependencia")
def proyecto_editar(public_id: str) -> Any:
    """A draft or a rejected proyecto, to write on."""
    proyecto = _uno(public_id)
    if proyecto.estado not in services.BORRADORES:
        return redirect(url_for(".proyecto", public_id=public_id))
    values = {f: getattr(proyecto, f) for f in services.EDITABLES} | {
        "actividades": "\n".join(proyecto.actividades)
    }
    return _pagina_form(ProyectoForm(data=values), proyecto)


@bp.post("/<escuela>/proyectos/<public_id>/editar")
@requires("dependencia")
@accepts_uploads(lambda: documentos.un_pdf().max_bytes)
def proyecto_guardar(public_id: str) -> Any:
    """Save the draft, complete or not, and go on to its check page."""
    proyecto = _uno(public_id)
    form = ProyectoForm().ofrecer(contexto.perfil())
    if not form.validate_on_submit():
        return _pagina_form(form, proyecto), 400
    files = receive(request, "archivo", documentos.un_pdf().max_bytes)
    services.guardar(public_id, form.datos(), actor=current_actor(), now=contexto.now())
    return _con_archivo(public_id, files)


def _con_archivo(public_id: str, files: list[ReceivedFile]) -> Any:
    """The text is saved: take the file of activities if one came. A refused one says why, and the draft goes on."""
    try:
        if files:
            services.adjuntar_actividades(
                public_id,
                [f.path for f in files],
                files[0].filename,
                actor=current_actor(),
                now=contexto.now(),
            )
    except FileRefused as refused:
        flash(f"Guardamos el texto, pero no el archivo. {refused.sentence}", "error")
        return redirect(url_for(".proyecto_editar", public_id=public_id))
    flash("Guardamos el proyecto.", "exito")
    return redirect(url_for(".proyecto", public_id=public_id))


def _pagina_form(form: ProyectoForm, proyecto: Any, **more: Any) -> str:
    g.seccion = SECCION
    return render_template(
        "dependencia/proyecto_editar.html",
        form=form.ofrecer(contexto.perfil()),
        proyecto=proyecto,
        personas=PERSONAS,
        maximo=documentos.un_pdf().max_bytes,
        **more,
    )


@bp.get("/<escuela>/proyectos/<public_id>")
@requires("dependencia")
def proyecto(public_id: str) -> Any:
    """The check page of a draft; the page of a proyecto that is under way."""
    return _pagina(_uno(public_id))


def _pagina(found: Any, error: str = "") -> str:
    abiertas = queries.solicitudes_abiertas(found.id)
    return render_template(
        "dependencia/proyecto.html",
        proyecto=found,
        ficha=ficha_de_proyecto(found, contexto.perfil()),
        personas=PERSONAS,
        faltan=faltantes(found),
        acciones=workflow.actions(found, current_actor()),
        por_contestar=abiertas.get("enviada", 0),
        error=error,
    )


@bp.post("/<escuela>/proyectos/<public_id>/<any(enviar, pausar, reanudar, retomar, descartar):accion>")
@requires("dependencia")
def proyecto_accion(public_id: str, accion: str) -> Any:
    """Do one of the actions that need no more than a click."""
    _uno(public_id)
    try:
        services.cambiar(public_id, accion, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _pagina(_uno(public_id), sentence(refused)), 409
    flash(HECHO[accion], "exito")
    if accion == "descartar":
        return redirect(url_for(".proyectos"))
    return redirect(url_for(".proyecto", public_id=public_id))


@bp.get("/<escuela>/proyectos/<public_id>/cerrar")
@requires("dependencia")
def proyecto_cerrar(public_id: str) -> Any:
    """What closing brings about, before it is done."""
    found = _uno(public_id)
    if "cerrar" not in workflow.actions(found, current_actor()):
        return redirect(url_for(".proyecto", public_id=public_id))
    return render_template(
        "dependencia/proyecto_cerrar.html", proyecto=found, abiertas=queries.solicitudes_abiertas(found.id)
    )


@bp.post("/<escuela>/proyectos/<public_id>/cerrar")
@requires("dependencia")
def proyecto_cerrado(public_id: str) -> Any:
    """Close it: open solicitudes expire."""
    _uno(public_id)
    try:
        services.cambiar(public_id, "cerrar", actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _pagina(_uno(public_id), sentence(refused)), 409
    flash(HECHO["cerrar"], "exito")
    return redirect(url_for(".proyecto", public_id=public_id))


@bp.get("/<escuela>/proyectos/<public_id>/ajustar")
@requires("dependencia")
def proyecto_ajustar(public_id: str) -> Any:
    """Cupo, horario, lugar and honorarios of a published proyecto."""
    found = _uno(public_id)
    form = LimitesForm(data={f: getattr(found, f) for f in services.AJUSTABLES})
    return render_template("dependencia/proyecto_ajustar.html", proyecto=found, form=form)


@bp.post("/<escuela>/proyectos/<public_id>/ajustar")
@requires("dependencia")
def proyecto_ajustado(public_id: str) -> Any:
    """Change them without a new review."""
    found, form = _uno(public_id), LimitesForm()
    page = "dependencia/proyecto_ajustar.html"
    if not form.validate_on_submit():
        return render_template(page, proyecto=found, form=form), 400
    datos = renglones(form) | {"cupo": form.cupo.data}
    try:
        services.ajustar(public_id, datos, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        form.cupo.errors = [sentence(refused)]
        return render_template(page, proyecto=_uno(public_id), form=form), 409
    flash("Guardamos los cambios. Ya los ven los alumnos.", "exito")
    return redirect(url_for(".proyecto", public_id=public_id))


@bp.post("/<escuela>/proyectos/<public_id>/duplicar")
@requires("dependencia")
def proyecto_duplicar(public_id: str) -> Any:
    """Copy it as a new draft."""
    _uno(public_id)
    try:
        copia = services.duplicar(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _pagina(_uno(public_id), sentence(refused)), 409
    flash("Copiamos el proyecto a un borrador nuevo. Cambie lo que necesite y envíelo a revisión.", "exito")
    return redirect(url_for(".proyecto_editar", public_id=copia.public_id))


@bp.post("/<escuela>/proyectos/<public_id>/actividades/quitar")
@requires("dependencia")
def proyecto_quitar_actividades(public_id: str) -> Any:
    """Leave the draft without its file."""
    _uno(public_id)
    services.quitar_actividades(public_id, actor=current_actor(), now=contexto.now())
    flash("Quitamos el archivo de actividades.", "exito")
    return redirect(url_for(".proyecto_editar", public_id=public_id))
