"""One entrega as pages read it: with its versions and files; how long a review usually takes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from portal.models import Documento, Entrega, EntregaHistoria, Evaluacion, Servicio, db

_POR_ID = (
    select(Entrega)
    .where(Entrega.public_id == bindparam("public_id"))
    .options(
        joinedload(Entrega.alumno),
        joinedload(Entrega.dependencia),
        joinedload(Entrega.documento),
        joinedload(Entrega.asignada),
        joinedload(Entrega.servicio).joinedload(Servicio.proyecto),
    )
)
_HISTORIA = (
    select(EntregaHistoria, Documento)
    .outerjoin(Documento, Documento.id == EntregaHistoria.documento_id)
    .where(EntregaHistoria.entrega_id == bindparam("entrega_id"))
    .order_by(EntregaHistoria.id.desc())
)


def por_id(public_id: str) -> Entrega | None:
    """One entrega with everything that its page shows of it; one statement."""
    return db.session.scalar(_POR_ID, {"public_id": public_id})


def documento(documento_id: int | None) -> Documento | None:
    """A file by its internal id (the draft of an entrega)."""
    return db.session.scalar(select(Documento).where(Documento.id == documento_id)) if documento_id else None


def evaluacion(entrega_id: int) -> Evaluacion | None:
    """The last evaluación that was asked by link for an entrega."""
    query = select(Evaluacion).where(Evaluacion.entrega_id == entrega_id).order_by(Evaluacion.id.desc())
    return db.session.scalars(query.limit(1)).first()


@dataclass(frozen=True)
class Version:
    """One line of an entrega's history and the file that it speaks of."""

    historia: EntregaHistoria
    documento: Documento | None


def historia(entrega_id: int) -> list[Version]:
    """What was sent and said, newest first, with the files."""
    return [Version(h, d) for h, d in db.session.execute(_HISTORIA, {"entrega_id": entrega_id})]


def dias_usuales(rol: str) -> int | None:
    """How many working days the last 30 decisions of that role took, the middle one; None before the first five."""
    query = (
        select(EntregaHistoria.cifras)
        .where(EntregaHistoria.rol == rol, EntregaHistoria.accion.in_(("aceptar", "rechazar")))
        .order_by(EntregaHistoria.id.desc())
        .limit(30)
    )
    dias = sorted(int(cifras.get("dias", 0)) for cifras in db.session.scalars(query))
    return dias[len(dias) // 2] if len(dias) >= 5 else None
