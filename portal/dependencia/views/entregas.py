"""Validating what a prestador sent: the document beside its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.dependencia import bp
from portal.domain.machine import Refused, Stale
from portal.queries import cola_entregas
from portal.queries import entregas as queries
from portal.web import revision
from portal.web.access import requires
from portal.web.errors import sentence
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Documento, Entrega

TURNO = "dependencia"


def _propia(public_id: str) -> Entrega:
    """An entrega of these dependencias that was sent at least once; another's does not exist."""
    entrega = queries.por_id(public_id)
    if (
        entrega is None
        or entrega.dependencia_id not in current_actor().dependencia_ids
        or entrega.documento is None
    ):
        abort(404)
    g.seccion = "dependencia.prestadores"
    return entrega


def _ver(documento: Documento) -> str:
    return url_for(".documento", public_id=documento.public_id, ver=1)


def _vecinos(entrega: Entrega) -> cola_entregas.Vecinos:
    mine = cola_entregas.Filtro(dependencia_ids=current_actor().dependencia_ids)
    return cola_entregas.vecinos(entrega, TURNO, mine)


@bp.get("/<escuela>/entregas/<public_id>")
@requires("dependencia")
def entrega(public_id: str) -> Any:
    """One entrega, to validate or reject while it is the dependencia's turn."""
    return _pagina(_propia(public_id))


def _pagina(found: Entrega, motivo: str = "", error: str = "") -> Any:
    public = found.public_id
    en_turno = found.estado == "en_revision" and found.revisor_en_turno == TURNO
    return render_template(
        "dependencia/entrega.html",
        en_turno=en_turno,
        vecinos=_vecinos(found) if en_turno else None,
        deshacer=revision.deshacible(request.args.get("hecha", "") if en_turno else public, TURNO),
        motivo=motivo,
        error=error,
        **revision.datos(found, _ver),
    ), 422 if error else 200


@bp.post("/<escuela>/entregas/<public_id>/aceptar")
@requires("dependencia")
def entrega_aceptar(public_id: str) -> Any:
    """Validate it: the next reviewer gets it."""
    return _decidir(public_id, "aceptar")


@bp.post("/<escuela>/entregas/<public_id>/rechazar")
@requires("dependencia")
def entrega_rechazar(public_id: str) -> Any:
    """Send it back with a reason."""
    return _decidir(public_id, "rechazar")


def _decidir(public_id: str, accion: str) -> Any:
    found = _propia(public_id)
    vecinos, servicio = _vecinos(found), found.servicio.public_id
    de_quien = f"{found.nombre} de {found.alumno.nombre_completo}"  # the unit of work reads its own row
    try:
        revision.decidir(public_id, accion)
    except Stale as stale:
        flash(sentence(stale), "error")
        return redirect(url_for(".entrega", public_id=public_id))
    except Refused as refused:
        return _pagina(_propia(public_id), request.form.get("motivo", ""), sentence(refused))
    hecho = "Validó" if accion == "aceptar" else "Rechazó"
    flash(f"{hecho} {de_quien}.", "exito")
    siguiente = vecinos.siguiente or vecinos.anterior
    if siguiente:
        return redirect(url_for(".entrega", public_id=siguiente, hecha=public_id))
    return redirect(url_for(".prestador", public_id=servicio))


@bp.post("/<escuela>/entregas/<public_id>/deshacer")
@requires("dependencia")
def entrega_deshacer(public_id: str) -> Any:
    """Take the dependencia's decision back and open it again."""
    _propia(public_id)
    revision.deshacer(public_id)
    return redirect(url_for(".entrega", public_id=public_id))
