"""A worker process for the tests of RqQueue: `python -m tests.backends.rq_peer URL NAME`.

It prints one line for each drain; while the file named by PORTAL_TEST_GATE exists, a drain waits.
"""

import os
import sys
import time
from pathlib import Path

from portal.backends.rq_queue import RqQueue

TASK = f"{__spec__.name if __spec__ else __name__}.drain"


def drain(escuela_id: int) -> None:
    """Say that the drain began, wait for the gate, say that it ended; escuela 13 always fails."""
    print(f"begin {escuela_id}", flush=True)
    gate = Path(os.environ["PORTAL_TEST_GATE"])
    while gate.exists():
        time.sleep(0.01)
    if escuela_id == 13:
        raise RuntimeError("the letter could not be made")
    print(f"end {escuela_id}", flush=True)


def sweep() -> None:
    """Say that a sweep ran."""
    print("sweep", flush=True)


if __name__ == "__main__":
    RqQueue(sys.argv[1], sweep, every=60, name=sys.argv[2], task=TASK).work()
