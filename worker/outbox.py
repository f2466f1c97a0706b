"""Draining the outbox: each claimed row is done and recorded by itself; a sweeper wakes what nobody holds.

A killed worker loses nothing: its lease runs out and another claims the row. Every task is safe to run twice.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from datetime import date, datetime

from portal.domain.calendario import to_local
from portal.logs import bound
from portal.services import (
    avisos,
    convenios,
    escuelas,
    impresiones,
    limpieza,
    lotes,
    outbox,
    recordatorios,
    servicios,
    subidas,
    suplencias,
)
from portal.services.outbox import Claimed
from tenants.scope import escuela_scope
from worker.tasks import TASKS

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]


def drain(escuela_id: int, clock: Clock) -> int:
    """Do everything that is due for one escuela; returns how many rows were done."""
    return drain_for(escuela_id, clock, math.inf)[0]


def drain_for(escuela_id: int, clock: Clock, seconds: float) -> tuple[int, bool]:
    """Do what is due for one escuela, beginning no row after that many seconds.

    Returns how many rows were done, and whether it stopped before the end.
    """
    done, deadline = 0, time.monotonic() + seconds
    with escuela_scope(escuela_id):
        while claimed := outbox.claim(clock()):
            for number, row in enumerate(claimed):
                if time.monotonic() > deadline:
                    outbox.release(claimed[number:], clock())
                    return done, True
                done += run(row, clock)
    return done, False


def run(claimed: Claimed, clock: Clock) -> bool:
    """Do one claimed row; a failure is recorded with the time of the next attempt. True if it was done."""
    with bound(escuela=escuelas.slug_actual(), task=claimed.tipo, row=claimed.id):
        row = outbox.keep(claimed, clock())
        if row is None:
            return False
        error, began = "", time.perf_counter()
        try:
            TASKS[row.tipo](row.objeto_id, clock())
        except Exception as failure:  # the row stays due; the reason is kept for the office and the log
            log.exception("outbox task failed: %s %s", row.tipo, row.objeto_id)
            error = f"{type(failure).__name__}: {failure}"
        outbox.finish(row, error, now=clock())
        log.info("task", extra={"done": not error, "ms": round((time.perf_counter() - began) * 1000, 1)})
        return not error


def sweep(clock: Clock) -> int:
    """Drain every active escuela, after what its calendar brings today; returns how many rows were done.

    An escuela whose drain breaks off holds up no other; its error is raised when all had their turn.
    """
    done, problem = 0, None
    for escuela_id in [escuela.id for escuela in escuelas.activas()]:
        once_a_day(escuela_id, clock())
        try:
            done += drain(escuela_id, clock)
        except Exception as error:
            log.exception("drain broke off: escuela %s", escuela_id)
            problem = error
    tidy_once_a_day(clock())
    if problem is not None:
        raise problem
    return done


DAILY: tuple[Callable[[datetime], object], ...] = (
    convenios.actualizar_vigencias,
    servicios.abrir_por_fecha,
    subidas.limpiar,
    lotes.limpiar,
    impresiones.limpiar,
    avisos.archivar,
    suplencias.mudar_por_fecha,
    recordatorios.diarios,
)
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
        except Exception:  # the outbox is drained all the same; the next sweep does it again
            log.exception("daily work failed: escuela %s", escuela_id)
            _last_day.pop(escuela_id, None)


_last_tidied: date | None = None


def tidy_once_a_day(now: datetime) -> None:
    """Let the janitor through every escuela and the platform, once per local day; it asks whether another did."""
    global _last_tidied
    today = to_local(now).date()
    if _last_tidied == today:
        return
    _last_tidied = today
    for escuela_id, _ in limpieza.escuelas_todas():
        try:
            with escuela_scope(escuela_id):
                limpieza.diaria(now)
        except Exception:  # a storage that is down must not stop the mails
            log.exception("the janitor failed: escuela %s", escuela_id)
    try:
        limpieza.diaria_plataforma(now)
    except Exception:
        log.exception("the janitor failed: platform")
