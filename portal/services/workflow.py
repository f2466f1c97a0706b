"""act(): the only writer of an `estado`. Relation, guards, state, bitácora, effects: in this order, always."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import Actor, relations
from portal.domain.machine import Transition
from portal.models import Bitacora
from portal.services import effects
from portal.services.uow import Uow


def act(uow: Uow, thing: Any, name: str, actor: Actor, data: Mapping[str, Any] | None = None) -> Transition:
    """Do the action `name` on a locked thing, or raise Refused, Forbidden or Stale; returns the row that was taken.

    `data` carries what was typed and what guards and effects need to know. `motivo` and `decidio` are kept on
    the thing where it has such columns.
    """
    data = dict(data or {})
    row: Transition = thing.__machine__.find(name, thing, relations(actor, thing), data)
    before = thing.estado
    thing.estado = row.target
    thing.estado_desde = uow.now
    motivo = (data.get("motivo") or "").strip()
    if hasattr(type(thing), "motivo") and (motivo or row.target != before):
        thing.motivo = motivo
    if hasattr(type(thing), "decidio") and actor.rol in ("coordinador", "dependencia"):
        thing.decidio = actor.nombre
    record(uow, thing, name, actor, before=before, motivo=motivo)
    for effect in row.effects:
        effects.run(effect, uow, thing, actor, data)
    uow.session.flush()
    return row


def record(uow: Uow, thing: Any, accion: str, actor: Actor, *, before: str = "", motivo: str = "") -> None:
    """Add a line to the bitácora for something that was done to a thing of this escuela."""
    noun = thing.__tablename__
    uow.anotar(
        Bitacora(
            usuario_id=actor.usuario_id,
            autor=actor.nombre,
            rol=actor.rol,
            noun=noun,
            objeto_id=thing.id,
            alumno_id=getattr(thing, "alumno_id", None),
            accion=accion,
            antes=before,
            despues=getattr(thing, "estado", "") or "",
            motivo=motivo,
        )
    )


def actions(thing: Any, actor: Actor, data: Mapping[str, Any] | None = None) -> list[str]:
    """What a page may offer this actor: the names of actions that would not be refused."""
    return thing.__machine__.allowed(thing, relations(actor, thing), data)  # type: ignore[no-any-return]
