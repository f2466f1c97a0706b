"""The short forms of `make faults`: one worker killed in a batch, sweepers that meet, and work that nobody wakes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import books
from tests.faults.ground import Ground, Shared

pytestmark = pytest.mark.services
LETTERS = 20
SOON = 60


@pytest.fixture
def ground(services: dict[str, str], tmp_path: Path) -> Iterator[Ground]:
    """A portal of its own on the shared services, which all stay up."""
    seed = random.SystemRandom().randrange(10**6)
    with Ground(Shared(services), tmp_path, seed, lease=5) as found:
        yield found


def test_a_worker_killed_in_a_batch_loses_nothing_and_repeats_one_mail_at_most(ground: Ground) -> None:
    workers = [ground.worker(1), ground.worker(2)]
    ground.letters(LETTERS)
    point = ground.random.randrange(1, LETTERS)
    assert ground.wait(lambda: 0 < ground.pending() <= 2 * LETTERS - point, SOON)
    ground.random.choice(workers).kill()
    assert ground.wait(lambda: ground.pending() == 0, SOON)
    found = books.close(ground, letters=LETTERS)
    assert (found.lost, found.due, found.mails) == ([], 0, LETTERS)
    assert found.repeated <= 2, (
        "the thread of the sweeps and that of the wake-ups may each have had one in hand"
    )


def test_two_sweepers_that_find_the_same_rows_do_each_once(ground: Ground) -> None:
    ground.environ["PORTAL_REDIS_URL"] = (
        "redis://127.0.0.1:1/0"  # nobody is woken: all work is found by sweeping
    )
    ground.letters(LETTERS)
    workers = [ground.worker(number) for number in range(2)]
    assert ground.wait(lambda: ground.pending() == 0, SOON)
    found = books.close(ground, letters=LETTERS)
    assert (found.lost, found.due, found.repeated, found.mails) == ([], 0, 0, LETTERS)
    assert [w.process.poll() for w in workers] == [None] * 2, "a worker without Redis goes on"
    begun = time.monotonic()
    assert [w.stop() for w in workers] == [0] * 2, "and leaves when it is told to"
    assert time.monotonic() - begun < 20
