"""The only commit. A unit of work is one transaction; it collects what must be done after it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models import Bitacora, Outbox, db
from portal.services import bitacora, runtime
from tenants.guard import UNIT_OF_WORK_KEY
from tenants.ids import new_id
from tenants.rls import begin_immediate
from tenants.scope import current_escuela

log = logging.getLogger(__name__)
M = TypeVar("M")


class NotFound(LookupError):
    """No such thing in this escuela: the page answers 404."""


class Uow:
    """One open transaction. `now` is the instant of everything in it."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self.espera: tuple[int, datetime] | None = None
        self.juntas = False  # one of many, done one after another: who signs them is told of all at once
        self.wakes: set[int] = set()
        self.lineas: list[Bitacora] = []

    def add(self, thing: M) -> M:
        """Add a new row; `creado` and `estado_desde` are stamped with this transaction's instant."""
        for stamp in ("creado", "estado_desde"):
            if hasattr(type(thing), stamp) and getattr(thing, stamp) is None:
                setattr(thing, stamp, self.now)
        self.session.add(thing)
        self.session.flush()
        return thing

    def anotar(self, linea: Bitacora) -> None:
        """Keep a line for the bitácora: it is chained and written as the last thing before the commit."""
        linea.id, linea.creado = new_id(), self.now
        self.lineas.append(linea)

    def lock(self, model: type[M], public_id: str, *options: Any) -> M:
        """The row of that public id, locked until the transaction ends and read fresh; NotFound otherwise."""
        return self._one(model, model.public_id == public_id, options, True)  # type: ignore[attr-defined]

    def lock_id(self, model: type[M], id_: int | None, *options: Any) -> M:
        """The row of that internal id, locked and read fresh; NotFound otherwise."""
        return self._one(model, model.id == id_, options, True)  # type: ignore[attr-defined]

    def get(self, model: type[M], id_: int | None, *options: Any) -> M:
        """The row of that internal id, not locked; NotFound otherwise."""
        return self._one(model, model.id == id_, options, False)  # type: ignore[attr-defined]

    def _one(self, model: type[M], criterion: Any, options: tuple[Any, ...], lock: bool) -> M:
        self.session.flush()
        query = select(model).where(criterion).options(*options).execution_options(populate_existing=True)
        if lock:
            query = query.with_for_update(
                of=model, key_share=True
            )  # who only refers to the row need not wait
        found = self.session.scalars(query).one_or_none()
        if found is None:
            raise NotFound(f"{model.__name__}")
        return found

    def retener(self, decision_id: int, minutos: int) -> None:
        """The mails written from here on wait that long and name the decision: undone, they are never sent."""
        if minutos > 0:
            self.espera = decision_id, self.now + timedelta(minutes=minutos)

    def later(self, tipo: str, objeto_id: int, clave: str = "", vence: datetime | None = None) -> None:
        """Write work for after the commit: `tipo` names the task, `clave` makes asking twice the same as once.

        What was asked for before and waits for its next attempt is due when it is asked for again.
        """
        key = clave or f"{tipo}:{objeto_id}"
        due = vence or self.now
        asked = self.session.scalar(select(Outbox).where(Outbox.clave == key))
        if asked is None:
            self.add(Outbox(tipo=tipo, clave=key, objeto_id=objeto_id, vence=due))
        elif asked.hecho is None and asked.vence > due:
            asked.vence = due
        self.wakes.add(current_escuela())


@contextmanager
def unit_of_work(now: datetime) -> Iterator[Uow]:
    """Open one transaction; commit at the end, roll back on any exception, then wake the outbox.

    Units of work do not nest: a service that is part of another takes the Uow as argument.
    """
    session = db.session()
    if session.info.get(UNIT_OF_WORK_KEY):
        raise RuntimeError("a unit of work is already open")
    session.commit()  # ends the read transaction of the page; nothing is dirty here
    begin_immediate(session)
    session.info[UNIT_OF_WORK_KEY] = True
    uow = Uow(session, now)
    try:
        yield uow
        bitacora.encadenar(session, uow.lineas)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(UNIT_OF_WORK_KEY, None)
    for escuela_id in uow.wakes:
        runtime.current().backends.queue.wake(escuela_id)
