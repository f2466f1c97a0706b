"""What the escuelas announce to their dependencias, with formats to download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, g, render_template

from portal.dependencia import bp
from portal.domain.calendario import to_local
from portal.queries import avisos as queries
from portal.queries import escuelas
from portal.services import avisos as services
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_formato
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Aviso


def _uno(public_id: str) -> Aviso:
    """One that is shown today to the dependencias of this escuela, to whom works or worked with it."""
    g.seccion = "dependencia.inicio"
    conocidas = {e.id for e in escuelas.de_dependencias(current_actor().dependencia_ids)}
    if contexto.escuela().id not in conocidas:
        abort(404)
    return queries.para_dependencia(public_id, to_local(contexto.now()).date()) or abort(404)


@bp.get("/avisos")
@requires("dependencia")
def avisos() -> str:
    """Every aviso of every escuela that is shown today."""
    g.seccion = "dependencia.inicio"
    actor, hoy = current_actor(), to_local(contexto.now()).date()
    filas = queries.de_dependencias(actor.dependencia_ids, actor.usuario_id or 0, hoy)
    return render_template("dependencia/avisos.html", avisos=filas)


@bp.get("/<escuela>/avisos/<public_id>")
@requires("dependencia")
def aviso(public_id: str) -> str:
    """One aviso; opening it is noted for the office."""
    found = _uno(public_id)
    services.leer(found, current_actor().usuario_id, now=contexto.now())
    return render_template("dependencia/aviso.html", aviso=found, archivos=queries.archivos(found.id))


@bp.get("/<escuela>/avisos/<public_id>/formatos/<archivo_id>")
@requires("dependencia")
def aviso_archivo(public_id: str, archivo_id: str) -> Any:
    """One format of an aviso."""
    return send_formato(_uno(public_id), archivo_id)
