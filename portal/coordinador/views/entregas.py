"""The office's review of entregas: the queue, and one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.machine import Refused, Stale
from portal.queries import entregas as queries
from portal.web import contexto, revision
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.labels import TIPOS_ENTREGA

if TYPE_CHECKING:
    from portal.models import Documento, Entrega

TURNO = "coordinador"


def _tipo() -> str:
    """The tipo that the queue is narrowed to; unknown ones narrow nothing."""
    tipo = request.args.get("tipo", "")
    return tipo if tipo in TIPOS_ENTREGA else ""


@bp.get("/entregas", endpoint="entregas")
@requires("coordinador", "reportes")
def lista_entregas() -> Any:
    """What waits for the office, oldest first."""
    tipo = _tipo()
    cuentas = queries.cuentas_por_tipo()
    pagina = queries.cola(tipo, request.args.get("despues", ""))
    more = url_for(".entregas", tipo=tipo or None, despues=pagina.siguiente)
    return render_template(
        "coordinador/entregas.html",
        entregas=pagina.filas,
        chips_lista=_chips(cuentas, tipo),
        total=cuentas.get(tipo, 0) if tipo else sum(cuentas.values()),
        tipo=tipo,
        siguiente=more if pagina.siguiente else "",
        edad=edad,
    )


def _chips(cuentas: dict[str, int], tipo: str) -> list[dict[str, Any]]:
    todas = {
        "texto": "Todas",
        "href": url_for(".entregas"),
        "activo": not tipo,
        "cuenta": sum(cuentas.values()),
    }
    return [todas] + [
        {
            "texto": words,
            "href": url_for(".entregas", tipo=clave),
            "activo": clave == tipo,
            "cuenta": cuentas.get(clave, 0),
        }
        for clave, words in TIPOS_ENTREGA.items()
        if cuentas.get(clave) or clave == tipo
    ]


@bp.get("/entregas/empezar")
@requires("coordinador", "reportes")
def entregas_empezar() -> Any:
    """Open the oldest that waits."""
    tipo = _tipo()
    primera = queries.primera(TURNO, tipo=tipo)
    if primera is None:
        flash("No hay entregas por revisar.", "info")
        return redirect(url_for(".entregas", tipo=tipo or None))
    return redirect(url_for(".entrega", public_id=primera, tipo=tipo or None))


def _una(public_id: str) -> Entrega:
    entrega = queries.por_id(public_id)
    if entrega is None or entrega.documento is None:
        abort(404)
    g.seccion = "coordinador.entregas"
    return entrega


def _ver(documento: Documento) -> str:
    return url_for(".documento", public_id=documento.public_id, ver=1)


@bp.get("/entregas/<public_id>")
@requires("coordinador", "reportes")
def entrega(public_id: str) -> Any:
    """The review of one entrega, with the document beside its data."""
    return _pagina(_una(public_id))


def _pagina(found: Entrega, motivo: str = "", error: str = "") -> Any:
    tipo = _tipo()
    en_turno = found.estado == "en_revision" and found.revisor_en_turno == TURNO
    return render_template(
        "coordinador/entrega.html",
        en_turno=en_turno,
        vecinos=queries.vecinos(found, TURNO, tipo=tipo),
        tipo=tipo or None,
        carrera=contexto.perfil().carrera(found.alumno.carrera),
        motivo=motivo,
        error=error,
        **revision.datos(found, _ver),
    ), 422 if error else 200


@bp.post("/entregas/<public_id>/aceptar")
@requires("coordinador", "reportes")
def entrega_aceptar(public_id: str) -> Any:
    """Accept it and go on with the next one."""
    return _decidir(public_id, "aceptar")


@bp.post("/entregas/<public_id>/rechazar")
@requires("coordinador", "reportes")
def entrega_rechazar(public_id: str) -> Any:
    """Send it back with a reason and go on with the next one."""
    return _decidir(public_id, "rechazar")


def _decidir(public_id: str, accion: str) -> Any:
    found, tipo = _una(public_id), _tipo()
    vecinos = queries.vecinos(found, TURNO, tipo=tipo)
    de_quien = f"{found.nombre} de {found.alumno.nombre_completo}"  # the unit of work reads its own row
    try:
        revision.decidir(public_id, accion)
    except Stale as stale:
        flash(sentence(stale), "error")
        return redirect(url_for(".entrega", public_id=public_id, tipo=tipo or None))
    except Refused as refused:
        return _pagina(_una(public_id), request.form.get("motivo", ""), sentence(refused))
    hecho = "Aceptó" if accion == "aceptar" else "Rechazó"
    flash(f"{hecho} {de_quien}.", "exito")
    siguiente = vecinos.siguiente or vecinos.anterior
    if siguiente is None:
        flash("No queda ninguna por revisar.", "info")
        return redirect(url_for(".entregas", tipo=tipo or None))
    return redirect(url_for(".entrega", public_id=siguiente, tipo=tipo or None))
