"""The office reviews and publishes proyectos."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.domain.proyecto import terminos
from portal.queries import proyectos as queries
from portal.services import proyectos as services
from portal.services import workflow
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.fichas import ficha_de_proyecto
from portal.web.sesion import current_actor

ESTADOS = ("enviado", "publicado", "pausado", "rechazado", "cerrado")
HECHO = {
    "publicar": "Publicó el proyecto. Avisamos a la dependencia y los alumnos ya lo ven.",
    "rechazar": "Rechazó el proyecto. La dependencia recibe el motivo por correo.",
    "pausar": "El proyecto está en pausa.",
    "reanudar": "El proyecto está publicado de nuevo.",
    "cerrar": "Cerró el proyecto y avisamos a quienes lo habían pedido.",
}


@bp.get("/proyectos")
@requires("coordinador", "convenios")
def proyectos() -> Any:
    """One state at a time; what waits for review comes first, oldest first."""
    estado = request.args.get("estado") if request.args.get("estado") in ESTADOS else "enviado"
    q = request.args.get("q", "")[:200]
    pagina = queries.lista(estado or "", terminos(q), request.args.get("desde", ""))
    return render_template(
        "coordinador/proyectos.html",
        pagina=pagina,
        edad=edad,
        cuentas=queries.por_estado(),
        estados=ESTADOS,
        estado=estado,
        q=q,
        siguiente=url_for(".proyectos", estado=estado, q=q or None, desde=pagina.siguiente)
        if pagina.siguiente
        else "",
    )


def _uno(public_id: str) -> Any:
    g.seccion = "coordinador.proyectos"
    return queries.para_revisar(public_id) or abort(404)


@bp.get("/proyectos/<public_id>")
@requires("coordinador", "convenios")
def proyecto(public_id: str) -> Any:
    """What the dependencia proposes, the state of its convenio, and the decision."""
    return _pagina(_uno(public_id))


def _pagina(found: Any, **more: Any) -> str:
    hoy = to_local(contexto.now()).date()
    convenio = found.convenio
    return render_template(
        "coordinador/proyecto.html",
        proyecto=found,
        ficha=ficha_de_proyecto(found, contexto.perfil()),
        vigente=convenio.estado == "vigente" and convenio.hasta is not None and convenio.hasta >= hoy,
        acciones=workflow.actions(found, current_actor()),
        motivos=contexto.perfil().motivos_listos("proyecto"),
        desde=edad(found.estado_desde),
        siguiente=queries.siguiente_por_revisar(found) if found.estado == "enviado" else "",
        abiertas=queries.solicitudes_abiertas(found.id) if found.estado in ("publicado", "pausado") else {},
        **more,
    )


@bp.post("/proyectos/<public_id>/<any(publicar, rechazar, pausar, reanudar, cerrar):accion>")
@requires("coordinador", "convenios")
def proyecto_accion(public_id: str, accion: str) -> Any:
    """Decide; after a review the next proyecto that waits is opened."""
    found = _uno(public_id)
    siguiente = queries.siguiente_por_revisar(found)
    motivo = request.form.get("motivo", "")
    try:
        services.cambiar(public_id, accion, actor=current_actor(), now=contexto.now(), motivo=motivo)
    except Refused as refused:
        corto = refused.key == "motivo.corto"
        more = {"motivo_error": sentence(refused)} if accion == "rechazar" else {"error": sentence(refused)}
        return _pagina(_uno(public_id), motivo=motivo, **more), 400 if corto else 409
    flash(HECHO[accion], "exito")
    if accion in ("publicar", "rechazar"):
        return redirect(url_for(".proyecto", public_id=siguiente) if siguiente else url_for(".proyectos"))
    return redirect(url_for(".proyecto", public_id=public_id))
