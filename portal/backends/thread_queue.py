"""A thread of this process that drains the outbox: the embedded Queue."""

import logging
import threading
import time
from collections.abc import Callable

from portal.backends.interfaces import QueueUnavailable

log = logging.getLogger(__name__)

_BACKOFF_FIRST = 1.0
_BACKOFF_LAST = 60.0


class ThreadQueue:
    """One daemon thread: `drain(escuela_id)` on each wake-up, `sweep()` at the start and every `every` s.

    Wake-ups of one escuela that wait count as one; one that arrives while its drain runs causes
    another. A drain or sweep that raises is logged and repeated after 1, 2, 4 … 60 s, and holds
    up no other escuela.
    """

    def __init__(
        self,
        drain: Callable[[int], None],
        sweep: Callable[[], None],
        *,
        every: float = 30.0,
        backoff: float = _BACKOFF_FIRST,
    ) -> None:
        self._drain = drain
        self._sweep = sweep
        self._every = every
        self._backoff = backoff
        self._changed = threading.Condition()
        self._due: dict[int, float] = {}
        self._failures: dict[int | None, int] = {}
        self._next_sweep = 0.0
        self._busy = False
        self._stopping = False
        self._thread: threading.Thread | None = None

    def wake(self, escuela_id: int) -> None:
        """See Queue.wake; an escuela that backs off after a failure keeps its time."""
        with self._changed:
            self._due.setdefault(escuela_id, time.monotonic())
            self._changed.notify_all()

    def start(self) -> None:
        """See Queue.start; may be started again after a stop."""
        with self._changed:
            self._stopping = False
            if self._thread is not None and self._thread.is_alive():
                return
            self._next_sweep = time.monotonic()
            self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """See Queue.stop; waits at most `timeout` s for the work in hand and then says so in the log."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            thread = self._thread
        if thread is None or thread is threading.current_thread():
            return
        thread.join(timeout)
        if thread.is_alive():
            log.warning("the outbox thread is still busy after %s s", timeout)

    def check(self) -> None:
        """See Queue.check: a thread that was started is alive."""
        thread = self._thread
        if thread is not None and not self._stopping and not thread.is_alive():
            raise QueueUnavailable("the outbox thread has died")

    def wait_idle(self, timeout: float) -> bool:
        """Whether, within `timeout` s, nothing was due or in hand; work that backs off does not count."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy and not self._ready(), timeout)

    def _ready(self) -> bool:
        now = time.monotonic()
        return self._next_sweep <= now or any(due <= now for due in self._due.values())

    def _run(self) -> None:
        while True:
            with self._changed:
                work = self._next()
                if work is None:
                    self._thread = None
                    return
            work()
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> Callable[[], None] | None:
        """Wait for the next piece of work; None when it is time to end. Called with the lock."""
        while not self._stopping:
            now = time.monotonic()
            if self._next_sweep <= now:
                self._next_sweep = now + self._every
                self._busy = True
                return lambda: self._attempt(None, self._sweep)
            escuela_id = min(self._due, key=self._due.__getitem__, default=None)
            if escuela_id is not None and self._due[escuela_id] <= now:
                del self._due[escuela_id]
                self._busy = True
                return self._drain_of(escuela_id)
            first = self._next_sweep if escuela_id is None else min(self._next_sweep, self._due[escuela_id])
            self._changed.wait(first - now)
        return None

    def _drain_of(self, escuela_id: int) -> Callable[[], None]:
        return lambda: self._attempt(escuela_id, lambda: self._drain(escuela_id))

    def _attempt(self, who: int | None, work: Callable[[], None]) -> None:
        """Do it; after an error, plan the repetition. `who` None is the sweep."""
        try:
            work()
        except Exception:
            failures = self._failures[who] = self._failures.get(who, 0) + 1
            wait = min(self._backoff * 2 ** min(failures - 1, 10), _BACKOFF_LAST)
            log.exception("%s failed, again in %s s", "sweep" if who is None else f"drain of {who}", wait)
            with self._changed:
                again = time.monotonic() + wait
                if who is None:
                    self._next_sweep = min(self._next_sweep, again)
                else:
                    self._due[who] = again
        else:
            self._failures.pop(who, None)
