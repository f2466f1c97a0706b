"""Wake-ups as RQ jobs in Redis: the production Queue, and the worker that serves it."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue as RqJobs
from rq import SimpleWorker
from rq.exceptions import InvalidJobOperation, StopRequested
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from portal.backends.interfaces import QueueUnavailable
from portal.backends.thread_queue import ThreadQueue

log = logging.getLogger(__name__)

TASK = "worker.jobs.drain"
_WAITING = "portal:wake:{}"
_LIFE = 120
"""Seconds that an unserved wake-up lives; after that the sweeper's next one takes its place."""

_BLIND = 5.0
"""Seconds without a try after Redis failed: an outage must not cost every request its timeout."""


_AGAIN = 2.0
"""Seconds after which the worker looks for a Redis that went away."""


class _Worker(SimpleWorker):
    """RQ's worker, which ends by itself too when Redis goes: this one says whether somebody asked for it."""

    asked_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """SIGINT or SIGTERM: finish the job in hand."""
        self.asked_to_stop = True
        super().request_stop(signum, frame)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise StopRequested


class RqQueue:
    """One job `worker.jobs.drain(escuela_id)`, unless one for that escuela still waits.

    RQ is never trusted with the work itself: what is lost here, the sweeper finds in the outbox.
    """

    def __init__(
        self,
        url: str,
        sweep: Callable[[], None],
        *,
        every: float = 30.0,
        name: str = "portal",
        task: str = TASK,
    ) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_connect_timeout=1, socket_timeout=2, retry=Retry(NoBackoff(), 0)
        )
        self._url = url
        self._name = name
        self._task = task
        self._sweep = sweep
        self._every = every
        self._blind_until = 0.0

    def wake(self, escuela_id: int) -> None:
        """See Queue.wake."""
        if time.monotonic() < self._blind_until:
            return
        try:
            self._enqueue(escuela_id)
        except redis.RedisError as error:
            self._blind_until = time.monotonic() + _BLIND
            log.warning("no wake-up for escuela %s, the sweeper will find it: %s", escuela_id, error)

    def start(self) -> None:
        """See Queue.start; the worker's process serves, not this one."""

    def stop(self) -> None:
        """See Queue.stop; lets the connections go."""
        self._redis.close()

    def check(self) -> None:
        """See Queue.check."""
        try:
            self._redis.ping()
        except redis.RedisError as error:
            raise QueueUnavailable(type(error).__name__) from error

    def work(self) -> None:
        """Serve wake-ups in this process until SIGINT or SIGTERM, sweeping every `every` s.

        Jobs run in the process itself (no fork): a drain commits row by row under leases, so a
        killed worker delays rows and loses none. While Redis is away the sweeps go on; when it is
        back, so are the wake-ups. To be called from the main thread.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the worker handles signals, so it runs in the main thread")
        sweeper = ThreadQueue(lambda escuela_id: None, self._sweep, every=self._every)
        sweeper.start()
        try:
            while not self._serve():
                self._wait_for_redis()
        except StopRequested:
            log.info("stopped while Redis was away")
        finally:
            sweeper.stop()

    def _serve(self) -> bool:
        """Serve while Redis is there, without which RQ gives up; True when the end was asked for."""
        # A worker blocks on Redis for minutes: it needs a connection without the short timeouts.
        connection = redis.Redis.from_url(self._url)
        worker = None
        try:
            worker = _Worker([self._name], connection=connection, serializer=JSONSerializer)
            worker.work(logging_level="WARNING")
        except redis.RedisError as error:
            log.warning("Redis went away, the sweeper goes on: %s", type(error).__name__)
        finally:
            connection.close()
        return worker is not None and worker.asked_to_stop

    def _wait_for_redis(self) -> None:
        """A moment in which a signal ends the worker: RQ's handlers, which look at Redis, went with it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
        time.sleep(_AGAIN)

    def _enqueue(self, escuela_id: int) -> None:
        """Two callers at once may both enqueue, which costs one empty drain."""
        waiting = _WAITING.format(escuela_id)
        last = self._redis.get(waiting)
        if isinstance(last, bytes) and self._still_waits(last.decode()):
            return
        jobs = RqJobs(self._name, connection=self._redis, serializer=JSONSerializer)
        job = jobs.enqueue(self._task, escuela_id, ttl=_LIFE, result_ttl=0, failure_ttl=3600, job_timeout=600)
        self._redis.set(waiting, job.id, ex=_LIFE)

    def _still_waits(self, job_id: str) -> bool:
        """A job that already runs may have made its last claim: it does not count."""
        try:
            status = Job(job_id, connection=self._redis, serializer=JSONSerializer).get_status()
        except InvalidJobOperation:
            return False
        return status == JobStatus.QUEUED
