"""The contract of Queue, and how the embedded one behaves when work fails."""

import logging
import threading
import time

import pytest

from portal.backends.interfaces import QueueUnavailable
from portal.backends.thread_queue import ThreadQueue

SOON = 5


class Work:
    """Remembers the drains; the first `failures` of each escuela fail; `gate` holds them up."""

    def __init__(self, failures: int = 0) -> None:
        self.drained: list[int] = []
        self.left: dict[int, int] = {}
        self.failures = failures
        self.started = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.changed = threading.Condition()

    def drain(self, escuela_id: int) -> None:
        self.started.set()
        self.gate.wait(SOON)
        with self.changed:
            self.drained.append(escuela_id)
            self.changed.notify_all()
        left = self.left.setdefault(escuela_id, self.failures)
        if left:
            self.left[escuela_id] = left - 1
            raise RuntimeError("the letter could not be made")

    def wait_for(self, drained: list[int]) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.drained == drained, SOON)


def test_a_wake_up_drains_that_escuela(make_queue):
    work = Work()
    queue = make_queue(work.drain)
    queue.start()
    queue.wake(7)
    assert work.wait_for([7])
    queue.check()


def test_wake_ups_before_the_start_are_served_after_it(make_queue):
    work = Work()
    queue = make_queue(work.drain)
    queue.wake(7)
    assert work.drained == []
    queue.start()
    assert work.wait_for([7])


def test_wake_ups_that_wait_count_as_one_for_each_escuela(make_queue):
    work = Work()
    queue = make_queue(work.drain)
    for escuela_id in (7, 8, 7, 7, 8):
        queue.wake(escuela_id)
    queue.start()
    assert queue.wait_idle(SOON)
    assert sorted(work.drained) == [7, 8]


def test_a_wake_up_during_the_drain_of_its_escuela_causes_another(make_queue):
    work = Work()
    work.gate.clear()
    queue = make_queue(work.drain)
    queue.start()
    queue.wake(7)
    assert work.started.wait(SOON)
    queue.wake(7)
    queue.wake(7)
    work.gate.set()
    assert queue.wait_idle(SOON)
    assert work.drained == [7, 7]


def test_starting_and_stopping_twice_is_the_same_as_once(make_queue):
    work = Work()
    queue = make_queue(work.drain)
    queue.start()
    queue.start()
    queue.stop()
    queue.stop()
    queue.wake(7)
    queue.start()
    assert work.wait_for([7])


def test_a_stop_finishes_the_work_in_hand_and_begins_no_other(make_queue):
    work = Work()
    work.gate.clear()
    queue = make_queue(work.drain)
    queue.start()
    queue.wake(7)
    assert work.started.wait(SOON)
    queue.wake(8)
    threading.Timer(0.05, work.gate.set).start()
    queue.stop()
    assert work.drained == [7]


def test_a_drain_that_fails_is_logged_and_repeated_and_holds_up_no_other_escuela(make_queue, caplog):
    work = Work(failures=2)
    work.left[8] = 0
    queue = make_queue(work.drain)
    queue.wake(7)
    queue.wake(8)
    with caplog.at_level(logging.ERROR):
        queue.start()
        assert work.wait_for([7, 8, 7, 7])
    assert sum("drain of 7 failed" in record.message for record in caplog.records) == 2


def test_a_wake_up_does_not_shorten_the_wait_after_a_failure():
    work = Work(failures=1)
    queue = ThreadQueue(work.drain, lambda: None, every=60, backoff=30)
    queue.start()
    queue.wake(7)
    assert work.wait_for([7])
    assert queue.wait_idle(SOON)
    queue.wake(7)
    time.sleep(0.05)
    queue.stop()
    assert work.drained == [7]


def test_the_sweep_runs_at_the_start_and_again_and_may_fail_and_may_wake():
    swept = threading.Semaphore(0)
    work = Work()

    def sweep() -> None:
        swept.release()
        queue.wake(7)
        raise OSError("the database restarts")

    queue = ThreadQueue(work.drain, sweep, every=0.02, backoff=0.02)
    queue.start()
    for _ in range(3):
        assert swept.acquire(timeout=SOON)
    queue.stop()
    assert set(work.drained) == {7}


def test_a_stop_from_inside_the_drain_does_not_wait_for_itself():
    stopped = threading.Event()

    def drain(escuela_id: int) -> None:
        queue.stop()
        stopped.set()

    queue = ThreadQueue(drain, lambda: None)
    queue.start()
    queue.wake(7)
    assert stopped.wait(SOON)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_fails_the_check():
    class Killed(BaseException):
        pass

    def drain(escuela_id: int) -> None:
        raise Killed

    queue = ThreadQueue(drain, lambda: None)
    queue.start()
    thread = next(thread for thread in threading.enumerate() if thread.name == "outbox")
    queue.wake(7)
    thread.join(SOON)
    with pytest.raises(QueueUnavailable):
        queue.check()
