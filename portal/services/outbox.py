"""The outbox table: claiming due rows under a lease, and recording how each ended."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from portal.models import Outbox
from portal.services.uow import unit_of_work

CLAIM = 50
LEASE = timedelta(minutes=2)
MAX_BACKOFF = timedelta(hours=1)


@dataclass(frozen=True)
class Claimed:
    """One row under lease: what to do (`tipo`) to which object."""

    id: int
    tipo: str
    objeto_id: int


def claim(now: datetime) -> list[Claimed]:
    """Take up to 50 due rows of the escuela in scope under a lease of two minutes, oldest first."""
    holder = secrets.token_hex(8)
    with unit_of_work(now) as uow:
        due = (
            select(Outbox)
            .where(Outbox.hecho.is_(None), Outbox.vence <= now)
            .where(or_(Outbox.arriendo.is_(None), Outbox.arriendo < now))
            .order_by(Outbox.vence, Outbox.id)
            .limit(CLAIM)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        rows = uow.session.scalars(due).all()
        for row in rows:
            row.arriendo, row.arrendatario = now + LEASE, holder
        return [Claimed(row.id, row.tipo, row.objeto_id) for row in rows]


def finish(row_id: int, error: str, *, now: datetime) -> None:
    """Record a row as done, or, with an error, when to try again (5 s doubling up to an hour)."""
    with unit_of_work(now) as uow:
        row = uow.lock_id(Outbox, row_id)
        row.intentos += 1
        row.arriendo = None
        row.error = error[:2000]
        if error:
            row.vence = now + min(timedelta(seconds=5 * 2 ** min(row.intentos, 12)), MAX_BACKOFF)
        else:
            row.hecho = now
