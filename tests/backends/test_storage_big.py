"""Three gigabytes through each storage, by parts, in an amount of memory that does not grow with them."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from portal.backends.interfaces import ObjectNotFound, Storage
from tests.backends.test_storage import KEY, MIB

SIZE = 3_000_000_000
GROWTH = 64 * MIB
PIECE = bytes(range(256)) * 4096


class Long:
    """A stream of `size` bytes that are never all there."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, amount: int = -1) -> bytes:
        piece = PIECE[: min(self.left, amount)]
        self.left -= len(piece)
        return piece


class Peak:
    """The most that this process held above what it began with (bytes of resident memory)."""

    growth = 0


@contextmanager
def watched() -> Iterator[Peak]:
    """Looks every 20 ms."""
    process, peak, done = psutil.Process(), Peak(), threading.Event()
    before = process.memory_info().rss

    def look() -> None:
        while not done.wait(0.02):
            peak.growth = max(peak.growth, process.memory_info().rss - before)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


@pytest.mark.slow
def test_three_gigabytes_go_in_and_a_range_comes_out_in_flat_memory(storage: Storage) -> None:
    storage.put(KEY, Long(20 * MIB))  # type: ignore[arg-type]
    with watched() as peak:
        stored = storage.put(KEY, Long(SIZE), size=SIZE)  # type: ignore[arg-type]
        with storage.open(KEY, SIZE - 100 * MIB) as stream:
            tail = hashlib.sha256()
            while piece := stream.read(MIB):
                tail.update(piece)
    assert (stored.size, storage.stat(KEY).size) == (SIZE, SIZE)
    start = (SIZE - 100 * MIB) % len(PIECE)
    expected = (PIECE * 101)[start : start + 100 * MIB]
    assert tail.hexdigest() == hashlib.sha256(expected).hexdigest()
    assert peak.growth < GROWTH
    storage.delete(KEY)
    with pytest.raises(ObjectNotFound):
        storage.stat(KEY)
