"""Sending a stored file to somebody who may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, request

from portal.domain.access import Actor
from portal.queries import avisos
from portal.queries import documentos as queries
from portal.services import documentos
from portal.web.uploads import send_object

if TYPE_CHECKING:
    from portal.models import Aviso, Documento


def may_read(actor: Actor, documento: Documento) -> bool:
    """The office reads every file of its escuela; an alumno and a dependencia what is theirs."""
    if actor.rol == "coordinador":
        return actor.escuela_id == documento.escuela_id
    if actor.rol == "alumno":
        return documento.alumno_id is not None and documento.alumno_id == actor.alumno_id
    if actor.rol == "dependencia":
        return documento.dependencia_id is not None and documento.dependencia_id in actor.dependencia_ids
    return False


def send_documento(public_id: str, actor: Actor) -> Any:
    """The file of that public id, as a download or (`?ver=1`) to preview; 404 where the actor may not read it."""
    documento = queries.por_id(public_id)
    if documento is None or not may_read(actor, documento):
        abort(404)
    return send_stored(documento)


def send_formato(aviso: Aviso, public_id: str) -> Any:
    """One format of an aviso that the caller may see; 404 for what is none of its."""
    return send_stored((avisos.archivo(aviso, public_id) or abort(404)).documento)


def send_stored(archivo: Any) -> Any:
    """Send a row that has clave, analisis, mime, nombre and bytes; permission is the caller's care.

    One in quarantine, or infected, is a 409 page that says so: never its bytes.
    """
    return send_object(
        lambda start, end: documentos.abrir(archivo, start, end),
        archivo,
        inline=bool(request.args.get("ver")),
    )
