"""Who of the office reviews an entrega: taken, given by hand, or given in turn. It is no lock: another may decide."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from portal.domain.access import REPORTES, SISTEMA_ACTOR, Actor, relations
from portal.domain.machine import Forbidden, Refused
from portal.models import Entrega, Usuario
from portal.services import destinatarios, escuelas
from portal.services.effects import effect
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import record

TURNO = "coordinador"


def asignar(
    public_ids: Iterable[str], *, a: str | None, actor: Actor, now: datetime
) -> tuple[int, Usuario | None]:
    """Give entregas that wait for the office to a person with the permission `reportes`; `a` is their usuario's public
    id, None gives them back to everybody. What does not wait any more, or is theirs already, is left.

    Returns how many were given and to whom. Raises Forbidden, Refused("entrega.sin_revisor").
    """
    if REPORTES not in actor.permisos:
        raise Forbidden("accion.sin_permiso")
    with unit_of_work(now) as uow:
        persona = next((u for u in revisores(uow) if u.public_id == a), None) if a else None
        if a and persona is None:
            raise Refused("entrega.sin_revisor")
        quien = persona.id if persona else None
        dadas = 0
        for entrega in _bloquear(uow, set(public_ids)):
            if REPORTES not in relations(actor, entrega):
                raise Forbidden("accion.sin_permiso")
            if entrega.revisor_en_turno == TURNO and entrega.asignada_id != quien:
                _dar(uow, entrega, persona, actor)
                dadas += 1
        return dadas, persona


def _bloquear(uow: Uow, public_ids: Collection[str]) -> list[Entrega]:
    """These entregas, locked in the order that whoever locks many keeps: by id. NotFound where one is not there."""
    query = (
        select(Entrega)
        .where(Entrega.public_id.in_(public_ids))
        .order_by(Entrega.id)
        .with_for_update(of=Entrega, key_share=True)
    )
    found = list(uow.session.scalars(query.execution_options(populate_existing=True)))
    if len(found) != len(public_ids):
        raise NotFound("Entrega")
    return found


def revisores(uow: Uow) -> list[Usuario]:
    """The people of the office who may review."""
    return destinatarios.de_oficina(uow, REPORTES)


def _dar(uow: Uow, entrega: Entrega, persona: Usuario | None, actor: Actor) -> None:
    entrega.asignada_id = persona.id if persona else None
    record(uow, entrega, "asignar", actor, motivo=f"A {persona.nombre}." if persona else "A quien la abra.")


@effect("repartir")
def repartir(uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """An entrega that comes to the office stays with who had it, or, where the profile shares them in turn, goes to
    the reviewer who has the fewest waiting."""
    if entrega.revisor_en_turno != TURNO:
        return
    personas = revisores(uow)
    if entrega.asignada_id in {p.id for p in personas}:
        return
    entrega.asignada_id = None
    if escuelas.perfil().revision.reparto == "por_turno" and personas:
        esperan = cargas(uow)
        _dar(uow, entrega, min(personas, key=lambda p: (esperan.get(p.id, 0), p.id)), SISTEMA_ACTOR)


def cargas(uow: Uow) -> dict[int, int]:
    """How many entregas wait for each person that they were given to."""
    uow.session.flush()
    query = (
        select(Entrega.asignada_id, func.count(Entrega.id))
        .where(
            Entrega.estado == "en_revision",
            Entrega.revisor_en_turno == TURNO,
            Entrega.asignada_id.is_not(None),
        )
        .group_by(Entrega.asignada_id)
    )
    return {row[0]: row[1] for row in uow.session.execute(query) if row[0] is not None}
