"""What an escuela announces to everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, render_template

from portal.domain.calendario import to_local
from portal.publico import bp
from portal.queries import avisos as queries
from portal.web import contexto
from portal.web.access import publico
from portal.web.archivos import send_formato

if TYPE_CHECKING:
    from portal.models import Aviso


def _uno(public_id: str) -> Aviso:
    contexto.escuela()
    return queries.publico(public_id, to_local(contexto.now()).date()) or abort(404)


@bp.get("/<escuela>/avisos/<public_id>")
@publico
def aviso(public_id: str) -> str:
    """One aviso that is for everybody."""
    found = _uno(public_id)
    return render_template("publico/aviso.html", aviso=found, archivos=queries.archivos(found.id))


@bp.get("/<escuela>/avisos/<public_id>/formatos/<archivo_id>")
@publico
def aviso_archivo(public_id: str, archivo_id: str) -> Any:
    """One format of it."""
    return send_formato(_uno(public_id), archivo_id)
