"""What an RQ job runs. The job is only a wake-up: the work itself is in the outbox."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app

from worker import outbox


def drain(escuela_id: int) -> int:
    """Do everything that is due for one escuela, with a session of its own; returns how many rows were done."""
    with current_app.app_context():
        return outbox.drain(escuela_id, lambda: datetime.now(UTC))
