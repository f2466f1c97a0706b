"""The alumno's letters: to download, to have verified, and what is still being signed."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template

from portal.alumno import bp
from portal.domain.carta import LEE_ALUMNO, in_circuit, next_to_sign
from portal.queries import cartas as queries
from portal.services import cartas
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_stored
from portal.web.sesion import current_actor


@bp.get("/cartas", endpoint="cartas")
@requires("alumno")
def lista_cartas() -> Any:
    """Every issued letter, newest first, and the one that waits for signatures."""
    alumno_id = current_actor().alumno_id or 0
    en_firma = [
        (c, next_to_sign(c.firmas), len(in_circuit(c.firmas)), sum(f.estado == "firmada" for f in c.firmas))
        for c in queries.en_firma_de(alumno_id, LEE_ALUMNO)
    ]
    return render_template(
        "alumno/cartas.html", cartas=queries.de_alumno(alumno_id, LEE_ALUMNO), en_firma=en_firma
    )


@bp.get("/cartas/<public_id>/pdf")
@requires("alumno")
def carta_pdf(public_id: str) -> Any:
    """The issued file; its first download is the acknowledgement. A revoked letter is not handed out."""
    actor = current_actor()
    carta = queries.una(public_id)
    if carta is None or carta.alumno_id != actor.alumno_id or carta.tipo not in LEE_ALUMNO:
        abort(404)
    if carta.documento is None or carta.estado != "emitida":
        abort(404)
    documento = carta.documento
    if carta.descargada is None:
        cartas.recibir_acuse(carta.id, now=contexto.now())
    return send_stored(documento)
