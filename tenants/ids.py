"""Names for rows: numbers that sort by time inside the database, random words outside it."""

import secrets
import threading
import time

_EPOCH_MS = 1_577_836_800_000
"""2020-01-01T00:00:00Z, in milliseconds: 42 bits of milliseconds last until the year 2159."""
_LOW_BITS = 21
_PUBLIC_LENGTH = 16

_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """A positive 63-bit id: milliseconds since 2020 above 21 random bits.

    Strictly increasing within a process and safe across threads; two processes share a millisecond
    with one chance in two million of a clash, which the primary key then refuses.
    """
    global _last
    candidate = (time.time_ns() // 1_000_000 - _EPOCH_MS) << _LOW_BITS | secrets.randbits(_LOW_BITS)
    with _lock:
        _last = max(candidate, _last + 1)
        return _last


def new_public_id() -> str:
    """Sixteen URL-safe characters (96 random bits) that never begin with `-`: what an address shows."""
    while True:
        word = secrets.token_urlsafe(_PUBLIC_LENGTH * 3 // 4)
        if not word.startswith("-"):
            return word
