"""Draining the outbox: each claimed row is done and recorded by itself; a sweeper wakes what nobody holds.

A killed worker loses nothing: its lease runs out and another claims the row. Every task is safe to run twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime

from portal.domain.calendario import to_local
from portal.services import convenios, escuelas, outbox, servicios
from portal.services.outbox import Claimed
from tenants.scope import escuela_scope
from worker.tasks import TASKS

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def drain(escuela_id: int, clock: Clock) -> int:
    """Do everything that is due for one escuela; returns how many rows were done."""
    done = 0
    with escuela_scope(escuela_id):
        while claimed := outbox.claim(clock()):
            done += sum(run(row, clock) for row in claimed)
    return done


def run(row: Claimed, clock: Clock) -> bool:
    """Do one claimed row; a failure is recorded with the time of the next attempt. True if it was done."""
    error = ""
    try:
        TASKS[row.tipo](row.objeto_id, clock())
    except Exception as failure:  # the row stays due; the reason is kept for the office and the log
        log.exception("outbox task failed: %s %s", row.tipo, row.objeto_id)
        error = f"{type(failure).__name__}: {failure}"
    outbox.finish(row.id, error, now=clock())
    return not error


def sweep(clock: Clock) -> int:
    """Drain every active escuela, after what its calendar brings today; returns how many rows were done."""
    done = 0
    for escuela_id in [escuela.id for escuela in escuelas.activas()]:
        once_a_day(escuela_id, clock())
        done += drain(escuela_id, clock)
    return done


DAILY: tuple[Callable[[datetime], object], ...] = (convenios.actualizar_vigencias, servicios.abrir_por_fecha)
_last_day: dict[int, date] = {}


def once_a_day(escuela_id: int, now: datetime) -> None:
    """Run the daily work of an escuela in this process, once per local day; each of DAILY is safe to run twice."""
    today = to_local(now).date()
    if _last_day.get(escuela_id) == today:
        return
    _last_day[escuela_id] = today
    for work in DAILY:
        try:
            with escuela_scope(escuela_id):
                work(now)
        except Exception:  # the outbox is drained all the same; tomorrow, or another process, does it again
            log.exception("daily work failed: escuela %s", escuela_id)
