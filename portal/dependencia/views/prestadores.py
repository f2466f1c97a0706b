"""Who serves with the dependencia, in every escuela."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, g, render_template, request, url_for

from portal.dependencia import bp
from portal.queries import servicios as queries
from portal.services import servicios
from portal.services.workflow import actions
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.sesion import current_actor


@bp.get("/prestadores")
@requires("dependencia")
def prestadores() -> Any:
    """The prestadores of all escuelas in one list: in service, or (?ver=terminados) those who ended."""
    abiertos = request.args.get("ver") != "terminados"
    antes = request.args.get("antes", type=int)
    rows = queries.prestadores(current_actor().dependencia_ids, abiertos=abiertos, antes=antes)
    page = rows[: queries.POR_PAGINA]
    ver = None if abiertos else "terminados"
    siguiente = url_for(".prestadores", ver=ver, antes=page[-1].id) if len(rows) > len(page) else ""
    return render_template(
        "dependencia/prestadores.html", prestadores=page, abiertos=abiertos, siguiente=siguiente, antes=antes
    )


@bp.get("/<escuela>/prestadores/<public_id>")
@requires("dependencia")
def prestador(public_id: str) -> Any:
    """One prestador: data, entregas, letters, bajas and what the dependencia may do."""
    expediente = queries.expediente(public_id)
    actor = current_actor()
    if expediente is None or expediente.servicio.dependencia_id not in actor.dependencia_ids:
        abort(404)
    g.seccion = "dependencia.prestadores"
    servicio = expediente.servicio
    plan = servicios.plan_de(servicio)
    termino = next((e for e in expediente.entregas if e.tipo == "carta_termino" and not e.revisan), None)
    return render_template(
        "dependencia/prestador.html",
        exp=expediente,
        servicio=servicio,
        plan=plan,
        en_revision=sum(e.horas for e in expediente.entregas if e.estado == "en_revision"),
        carrera=contexto.perfil().carrera(servicio.alumno.carrera),
        cartas=[
            c
            for c in expediente.cartas
            if c.documento and c.documento.dependencia_id == servicio.dependencia_id
        ],
        en_firma=next((c for c in expediente.cartas if c.tipo == "termino" and c.estado != "revocada"), None),
        puede_termino=termino is not None and termino.estado == "habilitada",
        termino_url=_termino_url(public_id),
        baja_pedida=next((b for b in expediente.bajas if b.estado == "pedida"), None),
        puede_baja=servicio.estado in ("activo", "terminado"),
        retirables={b.public_id for b in expediente.bajas if "retirar" in actions(b, actor)},
        edad=edad,
    )


def _termino_url(public_id: str) -> str:
    """Where the carta de término is issued, if this portal has that page."""
    endpoint = "dependencia.termino_nuevo"
    return url_for(endpoint, public_id=public_id) if endpoint in current_app.view_functions else ""
