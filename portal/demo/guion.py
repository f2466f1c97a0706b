"""The demo's clock: things happen in the order of their dates, each with its own `now`; mails and letters keep up."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.domain.calendario import ZONA, Calendario
from portal.models import Correo, Outbox
from portal.services import escuelas
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from worker.outbox import DAILY, drain

Paso = Callable[[datetime], Any]
CORREO_RECIENTE = timedelta(days=21)


class Guion:
    """What will happen in one escuela, by date. A step may add later ones; what lies after `hoy` never happens.

    The outbox is drained whenever the day changes, so a letter is issued on the day on which it was caused.
    """

    def __init__(self, escuela_id: int, ahora: datetime, azar: random.Random) -> None:
        self.escuela_id = escuela_id
        self.ahora = ahora
        self.azar = azar
        self._pendientes: list[tuple[datetime, int, Paso]] = []
        self._orden = itertools.count()
        with escuela_scope(escuela_id):
            self.calendario: Calendario = escuelas.calendario()
        # Whoever answers does so in an escuela's vacations too: something happens whatever day the demo is made.
        self.habiles = Calendario()

    @property
    def hoy(self) -> date:
        """Today in the escuela's place."""
        return self.ahora.astimezone(ZONA).date()

    def dia(self, hace: int) -> date:
        """The working day that many calendar days ago, or the next one that is not in the future."""
        found = self.habiles.next_working_day(self.hoy - timedelta(days=hace))
        return found if found <= self.hoy else self.hoy - timedelta(days=hace)

    def el(self, dia: date, paso: Paso, *, hora: int = 0) -> None:
        """Plan a step for an office hour of a day (9 to 18 h, or `hora`); one for later today was a little ago."""
        moment = datetime(dia.year, dia.month, dia.day, hora or self.azar.randint(9, 17), self.azar.randint(0, 59),
                          tzinfo=ZONA).astimezone(UTC)  # fmt: skip
        if dia == self.hoy and moment >= self.ahora:
            moment = self.ahora - timedelta(minutes=self.azar.randint(2, 8))
        self.cuando(moment, paso)

    def hace(self, dias: int, paso: Paso) -> None:
        """Plan a step for the working day that many days ago."""
        self.el(self.dia(dias), paso)

    def tras(self, now: datetime, habiles: int, paso: Paso) -> None:
        """Plan a step so many working days after an instant; 0 is some minutes later."""
        if habiles == 0:
            self.cuando(now + timedelta(minutes=self.azar.randint(4, 50)), paso)
        else:
            self.el(self.habiles.add_working_days(now.astimezone(ZONA).date(), habiles), paso)

    def cuando(self, moment: datetime, paso: Paso) -> None:
        """Plan a step for an instant."""
        if moment < self.ahora:
            heapq.heappush(self._pendientes, (moment, next(self._orden), paso))

    def representar(self) -> None:
        """Let everything happen that has a date before now."""
        with escuela_scope(self.escuela_id):
            last = None
            while self._pendientes:
                moment, _, paso = heapq.heappop(self._pendientes)
                if last is not None and moment.date() != last.date():
                    self.despachar(last + timedelta(minutes=1))
                paso(moment)
                last = moment
            for work in DAILY:
                work(self.ahora)
        self.despachar(self.ahora)

    def despachar(self, now: datetime) -> None:
        """Send the mails and issue the letters that are due; of old mails only the rows are kept, not the files."""
        if now < self.ahora - CORREO_RECIENTE:
            _archivar_correos(now)
        drain(self.escuela_id, lambda: now)


def _archivar_correos(now: datetime) -> None:
    """Mark the mails that are due as sent: nobody reads a year of them in the demo's folder."""
    with unit_of_work(now) as uow:
        query = select(Outbox).where(Outbox.tipo == "correo", Outbox.hecho.is_(None), Outbox.vence <= now)
        due = {row.objeto_id: row for row in uow.session.scalars(query)}
        for row in due.values():
            row.hecho, row.intentos = now, 1
        for correo in uow.session.scalars(select(Correo).where(Correo.id.in_(due))):
            correo.enviado = now
