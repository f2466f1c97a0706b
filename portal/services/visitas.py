"""When a person of the office was here before: what a page compares with to say what changed."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.models import Miembro
from portal.services.uow import unit_of_work

OTRA = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=5)


def anotar(miembro: Miembro, now: datetime) -> datetime | None:
    """Note that the person is here; returns when the visit before this one ended, None if there was none.

    An hour without opening the page ends a visit. Within one, a row is written every five minutes at the most.
    """
    visita, anterior = miembro.visita, miembro.visita_anterior
    if visita is not None and now - visita < SEEN_EVERY:
        return anterior
    with unit_of_work(now) as uow:
        row = uow.lock_id(Miembro, miembro.id)
        if row.visita is None or now - row.visita >= OTRA:
            row.visita_anterior = row.visita
        row.visita = now
        return row.visita_anterior
