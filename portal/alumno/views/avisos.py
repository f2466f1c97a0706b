"""What the escuela announces to its alumnos, with formats to download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, g, render_template

from portal.alumno import bp
from portal.domain.calendario import to_local
from portal.queries import avisos as queries
from portal.services import avisos as services
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_formato

if TYPE_CHECKING:
    from portal.models import Aviso


def _uno(public_id: str) -> Aviso:
    g.seccion = "alumno.inicio"
    plan = queries.plan_de_alumno(g.alumno.id)
    found = queries.para_alumno(public_id, g.alumno, plan, to_local(contexto.now()).date())
    return found or abort(404)


@bp.get("/avisos")
@requires("alumno")
def avisos() -> str:
    """Every aviso that is shown to this alumno today."""
    g.seccion = "alumno.inicio"
    hoy = to_local(contexto.now()).date()
    filas = queries.de_alumno(g.alumno, queries.plan_de_alumno(g.alumno.id), hoy)
    return render_template("alumno/avisos.html", avisos=filas)


@bp.get("/avisos/<public_id>")
@requires("alumno")
def aviso(public_id: str) -> str:
    """One aviso; opening it is noted for the office."""
    found = _uno(public_id)
    services.leer(found, g.alumno.usuario_id, now=contexto.now())
    return render_template("alumno/aviso.html", aviso=found, archivos=queries.archivos(found.id))


@bp.get("/avisos/<public_id>/formatos/<archivo_id>")
@requires("alumno")
def aviso_archivo(public_id: str, archivo_id: str) -> Any:
    """One format of an aviso."""
    return send_formato(_uno(public_id), archivo_id)
