"""One clock for all processes: the database's. A machine whose own clock is wrong neither hurries nor delays work.

On PostgreSQL each process asks the server for the time every half minute, when it takes a connection out of the pool,
and counts on from there with its monotonic clock. On SQLite there is one machine, and its clock is the clock.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)
EVERY = 30.0
"""Seconds after which the server is asked again."""

NOTICEABLE = timedelta(seconds=5)
"""A local clock that is off by more is told to the operator, once."""


class Clock:
    """The database's time, as this process knows it."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self._lock = threading.Lock()
        self._first = threading.Lock()
        self._known: tuple[datetime, float] | None = (
            None  # the server's time, and our monotonic one at that moment
        )
        self._next_try = 0.0
        self._told = False

    def follow(self, engine: Engine) -> None:
        """Take the time from this engine's server from now on; from this machine where it is SQLite."""
        with self._lock:
            self._known, self._next_try, self._told = None, 0.0, False
            self._engine = engine if engine.dialect.name == "postgresql" else None
        if self._engine is not None and not event.contains(engine, "checkout", self._on_checkout):
            event.listen(engine, "checkout", self._on_checkout)

    def now(self) -> datetime:
        """The instant (UTC, aware). A server that does not answer leaves the last known time, or this machine's."""
        if self._engine is not None and self._known is None:
            with self._first:  # others wait with the first: this machine may be an hour off
                self._ask(self._engine)
        known = self._known
        if known is None:
            return datetime.now(UTC)
        return known[0] + timedelta(seconds=time.monotonic() - known[1])

    def _ask(self, engine: Engine) -> None:
        if self._known is None and time.monotonic() >= self._next_try:
            with suppress(SQLAlchemyError), engine.connect():
                pass  # taking a connection is what asks for the time
            self._next_try = time.monotonic() + EVERY

    def _on_checkout(self, connection: Any, _record: Any, _proxy: Any) -> None:
        known = self._known
        if known is not None and time.monotonic() - known[1] < EVERY:
            return
        try:
            before = time.monotonic()
            with connection.cursor() as cursor:
                cursor.execute("SELECT clock_timestamp()")
                found: datetime = cursor.fetchone()[0]
            connection.rollback()
        except Exception as error:  # whoever took the connection will hear of it from the server
            log.warning("the database did not tell the time: %s", type(error).__name__)
            return
        with self._lock:
            self._known = found.astimezone(UTC), (before + time.monotonic()) / 2
            off = datetime.now(UTC) - self._known[0]
            tell, self._told = abs(off) > NOTICEABLE and not self._told, self._told or abs(off) > NOTICEABLE
        if tell:
            log.warning(
                "this machine's clock is off by %s s; the database's is used", round(off.total_seconds())
            )


_clock = Clock()
follow = _clock.follow
now = _clock.now
