"""The clock that all processes share, in the moment before it is known."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tenants.clock import NOTICEABLE, Clock

AHEAD = timedelta(hours=1)


class Server:
    """A database whose clock is an hour ahead of this machine's, and which takes a moment to be reached."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.asked = clock, 0

    @contextmanager
    def connect(self) -> Iterator[None]:
        """An engine's: taking a connection asks for the time."""
        self.asked += 1
        time.sleep(0.2)
        self.clock._on_checkout(self, None, None)
        yield

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """A connection's."""
        yield self

    def execute(self, _sql: str) -> None:
        """A cursor's."""

    def fetchone(self) -> tuple[datetime]:
        """The time of the server."""
        return (datetime.now(UTC) + AHEAD,)

    def rollback(self) -> None:
        """A connection's."""


def test_all_who_ask_while_the_time_is_not_known_are_told_the_same() -> None:
    clock = Clock()
    server = Server(clock)
    clock._engine = server  # type: ignore[assignment]
    told: list[datetime] = []
    threads = [threading.Thread(target=lambda: told.append(clock.now())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == 1
    assert all(abs(found - datetime.now(UTC) - AHEAD) < NOTICEABLE for found in told), told
