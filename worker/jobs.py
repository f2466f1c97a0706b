"""What an RQ job runs. The job is only a wake-up: the work itself is in the outbox."""

from __future__ import annotations

from flask import current_app

from tenants import clock
from worker import outbox

LONGEST = 240.0
"""Seconds after which a job begins no further row: RQ would cut a longer one off in the middle of something."""


def drain(escuela_id: int) -> int:
    """Do what is due for one escuela, with a session of its own; returns how many rows were done.

    What four minutes did not suffice for asks for another job.
    """
    with current_app.app_context():
        done, rest = outbox.drain_for(escuela_id, clock.now, LONGEST)
    if rest:
        current_app.extensions["portal_backends"].queue.wake(escuela_id)
    return done
