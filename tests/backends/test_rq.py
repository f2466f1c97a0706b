"""RqQueue on a real Redis, served by a real worker process."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from rq import Queue as RqJobs

from portal.backends.interfaces import QueueUnavailable
from portal.backends.rq_queue import RqQueue
from tests.backends.rq_peer import TASK
from tests.real import ROOT

pytestmark = pytest.mark.services
SOON = 20


class Worker:
    """A worker process and the lines that it said."""

    def __init__(self, url: str, name: str, gate: Path) -> None:
        environ = {**os.environ, "PORTAL_TEST_GATE": str(gate), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.backends.rq_peer", url, name]
        self.process = subprocess.Popen(
            command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.said: list[str] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.said.append(line.strip())
                self._changed.notify_all()

    def wait_for(self, line: str, times: int = 1) -> None:
        """Return when the line was said that often."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.said.count(line) >= times, SOON), self.said

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Signal it, and give its exit status when it ended."""
        self.process.send_signal(how)
        return self.process.wait(SOON)


@pytest.fixture
def url(services) -> Iterator[str]:
    """A numbered database of Redis, empty before and after; number 0 is the demo's."""
    url = f"{services['PORTAL_REDIS_URL'].rsplit('/', 1)[0]}/{1 + os.getpid() % 15}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture
def queue(url) -> Iterator[RqQueue]:
    queue = RqQueue(url, lambda: None, name="prueba", task=TASK)
    yield queue
    queue.stop()


@pytest.fixture
def gate(tmp_path) -> Path:
    """While this file exists, drains wait."""
    return tmp_path / "gate"


@pytest.fixture
def worker(url, gate) -> Iterator[Worker]:
    worker = Worker(url, "prueba", gate)
    yield worker
    if worker.process.poll() is None:
        worker.process.kill()
        worker.process.wait()


def waiting(url: str) -> list[int]:
    """The escuelas whose wake-ups wait in Redis."""
    with redis.Redis.from_url(url) as client:
        from rq.serializers import JSONSerializer

        return [job.args[0] for job in RqJobs("prueba", connection=client, serializer=JSONSerializer).jobs]


def test_wake_ups_that_wait_count_as_one_for_each_escuela_and_are_served_when_a_worker_comes(
    queue, url, worker
):
    worker.wait_for("sweep")
    for escuela_id in (7, 8):
        queue.wake(escuela_id)
    worker.wait_for("end 7")
    worker.wait_for("end 8")
    queue.check()


def test_wake_ups_before_there_is_a_worker_wait_once_for_each_escuela(queue, url):
    for escuela_id in (7, 8, 7, 7, 8):
        queue.wake(escuela_id)
    assert waiting(url) == [7, 8]


def test_a_wake_up_during_the_drain_of_its_escuela_causes_another(queue, url, worker, gate):
    gate.touch()
    queue.wake(7)
    worker.wait_for("begin 7")
    queue.wake(7)
    queue.wake(7)
    assert waiting(url) == [7]
    gate.unlink()
    worker.wait_for("end 7", times=2)


def test_a_drain_that_fails_stops_neither_the_worker_nor_the_next_wake_up(queue, worker):
    queue.wake(13)
    worker.wait_for("begin 13")
    queue.wake(7)
    worker.wait_for("end 7")
    queue.wake(13)
    worker.wait_for("begin 13", times=2)


def test_a_worker_told_to_stop_finishes_the_work_in_hand_and_begins_no_other(queue, url, worker, gate):
    gate.touch()
    queue.wake(7)
    worker.wait_for("begin 7")
    queue.wake(8)
    worker.process.send_signal(signal.SIGTERM)
    gate.unlink()
    assert worker.process.wait(SOON) == 0
    worker.wait_for("end 7")
    assert (waiting(url), "begin 8" in worker.said) == ([8], False)


def test_a_killed_worker_leaves_the_next_wake_up_to_another(queue, url, worker, gate):
    gate.touch()
    queue.wake(7)
    worker.wait_for("begin 7")
    worker.stop(signal.SIGKILL)
    gate.unlink()
    queue.wake(7)
    second = Worker(url, "prueba", gate)
    try:
        second.wait_for("end 7")
    finally:
        second.stop()


def test_after_redis_lost_everything_a_wake_up_waits_again(queue, url):
    queue.wake(7)
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    queue.wake(7)
    assert waiting(url) == [7]


def test_a_wake_up_without_redis_raises_nothing_is_logged_and_costs_no_second_timeout(caplog):
    queue = RqQueue("redis://127.0.0.1:1/0", lambda: None)
    with caplog.at_level(logging.WARNING):
        queue.wake(7)
        queue.wake(7)
    assert len([record for record in caplog.records if "sweeper" in record.message]) == 1
    with pytest.raises(QueueUnavailable):
        queue.check()
    queue.stop()
