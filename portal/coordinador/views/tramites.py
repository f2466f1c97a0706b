"""The office issues the letters that alumnos ask for, one by one or many at once."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.machine import Refused
from portal.domain.tramite import NOMBRES
from portal.queries import solicitudes
from portal.queries import tramites as queries
from portal.services import tramites as services
from portal.services import workflow
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.archivos import send_stored
from portal.web.circuito import send_bytes
from portal.web.errors import sentence
from portal.web.sesion import current_actor

ESTADOS = ("pedido", "atendido", "negado", "retirado")


@bp.get("/tramites")
@requires("coordinador", "expedientes")
def tramites() -> Any:
    """The queue, oldest first; or what was decided, newest first."""
    estado = request.args.get("estado") if request.args.get("estado") in ESTADOS else "pedido"
    tipo = _tipo()
    pagina = queries.lista(estado or "", tipo, request.args.get("desde", ""))
    more = url_for(".tramites", estado=estado, tipo=tipo or None, desde=pagina.siguiente)
    return render_template(
        "coordinador/tramites.html",
        pagina=pagina,
        edad=edad,
        carrera=contexto.perfil().carrera,
        cuentas=queries.por_estado(tipo),
        estados=ESTADOS,
        estado=estado,
        tipo=tipo,
        nombres=NOMBRES,
        siguiente=more if pagina.siguiente else "",
    )


def _tipo() -> str:
    """The kind that the address narrows the queue to, to be carried along; empty for all."""
    return request.args.get("tipo", "") if request.args.get("tipo") in NOMBRES else ""


def _uno(public_id: str) -> Any:
    g.seccion = "coordinador.tramites"
    return queries.uno(public_id) or abort(404)


@bp.get("/tramites/<public_id>")
@requires("coordinador", "expedientes")
def tramite(public_id: str) -> Any:
    """Who asks for what, and the decision."""
    return _pagina(_uno(public_id))


def _pagina(found: Any, **more: Any) -> str:
    return render_template(
        "coordinador/tramite.html",
        tramite=found,
        nombre=NOMBRES[found.tipo],
        carrera=contexto.perfil().carrera(found.alumno.carrera),
        acciones=workflow.actions(found, current_actor()),
        motivos=contexto.perfil().motivos_listos("tramite"),
        desde=edad(found.estado_desde),
        tipo=_tipo() or None,
        siguiente=queries.siguiente(found, _tipo()) if found.estado == "pedido" else "",
        **more,
    )


def _despues(siguiente: str) -> Any:
    tipo = _tipo() or None
    return redirect(
        url_for(".tramite", public_id=siguiente, tipo=tipo) if siguiente else url_for(".tramites", tipo=tipo)
    )


@bp.post("/tramites/<public_id>/emitir")
@requires("coordinador", "expedientes")
def tramite_emitir(public_id: str) -> Any:
    """Issue the letter and open the next trámite that waits."""
    siguiente = queries.siguiente(_uno(public_id), _tipo())
    try:
        services.atender(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _pagina(_uno(public_id), error=sentence(refused)), 409
    flash("Emitió la carta. El alumno recibe un correo en cuanto esté lista.", "exito")
    return _despues(siguiente)


@bp.post("/tramites/<public_id>/negar")
@requires("coordinador", "expedientes")
def tramite_negar(public_id: str) -> Any:
    """Refuse with a reason and open the next trámite that waits."""
    siguiente, motivo = queries.siguiente(_uno(public_id), _tipo()), request.form.get("motivo", "")
    try:
        services.negar(public_id, motivo=motivo, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        status = 400 if refused.key == "motivo.corto" else 409
        return _pagina(_uno(public_id), motivo=motivo, motivo_error=sentence(refused)), status
    flash("Negó el trámite. El alumno recibe el motivo por correo.", "exito")
    return _despues(siguiente)


@bp.get("/tramites/<public_id>/vista.pdf")
@requires("coordinador", "expedientes")
def tramite_vista(public_id: str) -> Any:
    """The letter as it would be issued now, without folio."""
    content = services.vista_previa(_uno(public_id).public_id, actor=current_actor(), now=contexto.now())
    return send_bytes(content, "vista-previa.pdf", "application/pdf")


@bp.get("/tramites/<public_id>/foto")
@requires("coordinador", "expedientes")
def tramite_foto(public_id: str) -> Any:
    """The photo of the alumno who asks."""
    foto = solicitudes.foto(_uno(public_id).alumno)
    return send_stored(foto) if foto else abort(404)
