"""The office decides on bajas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.machine import Refused, Stale
from portal.queries import bajas as queries
from portal.services import bajas
from portal.services.workflow import actions
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Baja, Documento


@bp.get("/bajas", endpoint="bajas")
@requires("coordinador", "expedientes")
def lista_bajas() -> Any:
    """Bajas that wait, oldest first; with ?ver=decididas the others."""
    decididas = request.args.get("ver") == "decididas"
    pagina = queries.cola(decididas=decididas, despues=request.args.get("despues", ""))
    more = url_for(".bajas", ver="decididas" if decididas else None, despues=pagina.siguiente)
    return render_template(
        "coordinador/bajas.html",
        bajas=pagina.filas,
        decididas=decididas,
        siguiente=more if pagina.siguiente else "",
        edad=edad,
    )


def _una(public_id: str) -> tuple[Baja, Documento | None]:
    found = queries.por_id(public_id)
    if found is None:
        abort(404)
    g.seccion = "coordinador.bajas"
    return found


@bp.get("/bajas/<public_id>")
@requires("coordinador", "expedientes")
def baja(public_id: str) -> Any:
    """One baja: what the dependencia says, what the alumno has, the decision."""
    return _pagina(*_una(public_id))


def _pagina(found: Baja, documento: Documento | None, motivo: str = "", error: str = "") -> Any:
    return render_template(
        "coordinador/baja.html",
        baja=found,
        documento=documento,
        acciones=actions(found, current_actor()),
        motivos=contexto.perfil().motivos_listos("baja"),
        quien=current_actor().nombre,
        motivo=motivo,
        error=error,
        edad=edad,
    ), 422 if error else 200


@bp.post("/bajas/<public_id>/autorizar")
@requires("coordinador", "expedientes")
def baja_autorizar(public_id: str) -> Any:
    """End the servicio; its accepted hours stay."""
    return _decidir(public_id, "autorizar")


@bp.post("/bajas/<public_id>/negar")
@requires("coordinador", "expedientes")
def baja_negar(public_id: str) -> Any:
    """The servicio goes on; the reason is the dependencia's to read."""
    return _decidir(public_id, "negar")


def _decidir(public_id: str, accion: str) -> Any:
    nombre = _una(public_id)[0].alumno.nombre_completo
    motivo = request.form.get("motivo", "")
    try:
        if accion == "autorizar":
            bajas.autorizar(public_id, actor=current_actor(), now=contexto.now())
            flash(
                f"Autorizó la baja de {nombre}. Sus horas aceptadas se conservan.",
                "exito",
            )
        else:
            bajas.negar(public_id, motivo=motivo, actor=current_actor(), now=contexto.now())
            flash(f"Negó la baja de {nombre}. Su servicio continúa.", "exito")
    except Stale as stale:
        flash(sentence(stale), "error")
        return redirect(url_for(".baja", public_id=public_id))
    except Refused as refused:
        return _pagina(*_una(public_id), motivo, sentence(refused))
    return redirect(url_for(".bajas"))
