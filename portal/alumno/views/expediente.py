"""Gathering the expediente de liberación: its parts in order, each with its page, and their merge [seed 000]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, make_response, redirect, render_template, request, url_for

from portal.alumno import bp
from portal.domain.calendario import to_local
from portal.domain.machine import Refused, Stale
from portal.domain.plan import PasoPlan, estado_de_plan
from portal.queries import entregas as queries
from portal.queries import servicios as servicios_queries
from portal.services import documentos, servicios, union
from portal.services.documentos import FileRefused
from portal.services.union import Armado, Pieza
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, nombre_de, receive

if TYPE_CHECKING:
    from portal.models import Entrega

ESPERA = "4"
"""Seconds after which a page that waits for the merge asks again, with JavaScript or without."""


@dataclass(frozen=True)
class _Vista:
    """One step that is gathered: the row, how the plan sees it, its parts."""

    entrega: Entrega
    paso: PasoPlan
    armado: Armado


def _leer(public_id: str) -> _Vista:
    """The step of this alumno; 404 for another's and for one that is not gathered of parts."""
    found = queries.por_id(public_id)
    if found is None or found.alumno_id != g.alumno.id:
        abort(404)
    servicio = found.servicio
    plan = servicios.plan_de(servicio)
    if not plan.entrega(found.clave).partes:
        abort(404)
    g.seccion = "alumno.inicio"
    pasos = servicios_queries.entregas_de(servicio.id)
    ahora = servicios.situacion(servicio, pasos, to_local(contexto.now()).date())
    paso = next(p for p in estado_de_plan(plan, ahora) if p.clave == found.clave)
    return _Vista(found, paso, union.armado(found, servicio, g.alumno, pasos))


def _pieza(vista: _Vista, clave: str) -> Pieza:
    return next((p for p in vista.armado.piezas if p.parte.clave == clave), None) or abort(404)


@bp.get("/expediente/<public_id>")
@requires("alumno")
def expediente(public_id: str) -> Any:
    """The parts in their order: what the portal has, what to upload; then their merge."""
    return _pagina(_leer(public_id))


def _pagina(vista: _Vista, error: str = "", status: int = 200) -> Any:
    if not vista.paso.abierta:
        return redirect(url_for(".entrega", public_id=vista.entrega.public_id))
    page = render_template(
        "alumno/expediente.html",
        entrega=vista.entrega,
        paso=vista.paso,
        armado=vista.armado,
        error=error,
        desde=edad(vista.armado.uniendo),
    )
    response = make_response(page, status)
    if vista.armado.uniendo and not error:
        response.headers["Refresh"] = ESPERA
    return response


@bp.get("/expediente/<public_id>/partes/<clave>")
@requires("alumno")
def expediente_parte(public_id: str, clave: str) -> Any:
    """One part: what it must be, and its file once it was uploaded."""
    vista = _leer(public_id)
    return _pagina_parte(vista, _pieza(vista, clave))


def _pagina_parte(
    vista: _Vista, pieza: Pieza, *, error: str = "", elegida: str = "", opcion: str = ""
) -> Any:
    if not vista.paso.abierta or pieza.de_portal:
        return redirect(url_for(".expediente", public_id=vista.entrega.public_id))
    return render_template(
        "alumno/expediente_parte.html",
        entrega=vista.entrega,
        pieza=pieza,
        tipo=documentos.pdf_o_fotos(),
        elegida=elegida or pieza.alternativa,
        error=error,
        error_opcion=opcion,
    ), 422 if error or opcion else 200


@bp.post("/expediente/<public_id>/partes/<clave>")
@requires("alumno")
@accepts_uploads(lambda: documentos.pdf_o_fotos().max_bytes, max_files=10)
def expediente_subir(public_id: str, clave: str) -> Any:
    """Keep a part: a PDF, or photos that become one."""
    vista = _leer(public_id)
    pieza, kind = _pieza(vista, clave), documentos.pdf_o_fotos()
    elegida = request.form.get("alternativa", "")
    if not pieza.parte.acepta(elegida):
        return _pagina_parte(vista, pieza, opcion="Elige cuál de los documentos vas a subir.")
    files = receive(request, "archivo", kind.max_bytes)
    try:
        nombre = nombre_de(files, f"{pieza.parte.llamada(elegida)}.pdf")
        with documentos.recibir([f.path for f in files], nombre, kind) as guardado:
            union.poner(public_id, clave, elegida, guardado, actor=current_actor(), now=contexto.now())
    except FileRefused as refused:
        return _pagina_parte(vista, pieza, error=refused.sentence, elegida=elegida)
    except Stale as stale:
        flash(sentence(stale), "error")
        return redirect(url_for(".entrega", public_id=public_id))
    flash("Recibimos tu archivo. Revisa que se lea bien.", "exito")
    return redirect(url_for(".expediente_parte", public_id=public_id, clave=clave))


@bp.post("/expediente/<public_id>/partes/<clave>/quitar")
@requires("alumno")
def expediente_quitar(public_id: str, clave: str) -> Any:
    """Take an uploaded part away, to put another."""
    _pieza(_leer(public_id), clave)
    union.quitar(public_id, clave, actor=current_actor(), now=contexto.now())
    flash("Quitamos ese documento de tu expediente.", "exito")
    return redirect(url_for(".expediente_parte", public_id=public_id, clave=clave))


@bp.post("/expediente/<public_id>/unir")
@requires("alumno")
def expediente_unir(public_id: str) -> Any:
    """Have the parts merged; the page says when it is done."""
    _leer(public_id)
    try:
        union.unir(public_id, actor=current_actor(), now=contexto.now())
    except Stale as stale:
        flash(sentence(stale), "error")
        return redirect(url_for(".entrega", public_id=public_id))
    except Refused as refused:
        return _pagina(_leer(public_id), sentence(refused), 409)
    return redirect(url_for(".expediente", public_id=public_id))
