"""The outbox table: claiming due rows under a lease, keeping it while they wait, and recording how each ended.

The lease is the installation's (`runtime.current().lease`). Its holder begins a row only with three quarters of it
left, and every piece of work is bounded below that: no row is done by two, however slow mail and storage are.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from portal.models import Outbox, db
from portal.services import runtime
from portal.services.uow import unit_of_work

CLAIM = 20
MAX_BACKOFF = timedelta(hours=1)


@dataclass(frozen=True)
class Claimed:
    """One row under lease: what to do (`tipo`) to which object, who holds it and until when."""

    id: int
    tipo: str
    objeto_id: int
    arrendatario: str
    hasta: datetime


def claim(now: datetime) -> list[Claimed]:
    """Take up to 20 due rows of the escuela in scope under a lease, oldest first."""
    holder = secrets.token_hex(8)
    hasta = now + runtime.current().lease
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
            row.arriendo, row.arrendatario = hasta, holder
        return [Claimed(row.id, row.tipo, row.objeto_id, holder, hasta) for row in rows]


def keep(claimed: Claimed, now: datetime) -> Claimed | None:
    """The row with enough of its lease left to begin it; None when it is somebody else's by now.

    Rows are claimed together and done one after another: behind slow mails, the last would outlive its lease.
    """
    lease = runtime.current().lease
    if now <= claimed.hasta - lease * 3 / 4:
        return claimed
    with unit_of_work(now) as uow:
        row = uow.lock_id(Outbox, claimed.id)
        if row.hecho is not None or row.arrendatario != claimed.arrendatario:
            return None
        row.arriendo = now + lease
    return replace(claimed, hasta=now + lease)


def finish(claimed: Claimed, error: str, *, now: datetime) -> None:
    """Record a row as done, or, with an error, when to try again (5 s doubling up to an hour).

    Whoever lost the lease records success all the same, and leaves the rest to its new holder.
    """
    if error:
        db.session.rollback()  # the failed work may have left a broken transaction behind
    with unit_of_work(now) as uow:
        row = uow.lock_id(Outbox, claimed.id)
        mine = row.arrendatario == claimed.arrendatario
        if row.hecho is not None or (error and not mine):
            return
        row.intentos = min(row.intentos + 1, 32_000)
        row.error = error[:2000].replace("\0", "")
        if error:
            row.vence = now + min(timedelta(seconds=5 * 2 ** min(row.intentos, 12)), MAX_BACKOFF)
        else:
            row.hecho = now
        row.arriendo = None


def release(claimed: list[Claimed], now: datetime) -> None:
    """Give back rows that were claimed and not begun, so that nobody waits for the lease to run out."""
    for one in claimed:
        with unit_of_work(now) as uow:
            row = uow.lock_id(Outbox, one.id)
            if row.hecho is None and row.arrendatario == one.arrendatario:
                row.arriendo = None
