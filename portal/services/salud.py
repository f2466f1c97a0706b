"""Whether what the portal stands on answers."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.backends.interfaces import QueueUnavailable, StorageError
from portal.models import Escuela, db
from portal.services import runtime

log = logging.getLogger(__name__)


def revisar() -> dict[str, bool]:
    """Which of base_de_datos, archivos and cola answer."""
    backends = runtime.current().backends
    return {
        "base_de_datos": _answers(_read_database),
        "archivos": _answers(backends.storage.check),
        "cola": _answers(backends.queue.check),
    }


def _read_database() -> None:
    db.session.scalar(select(Escuela.id).limit(1))


def _answers(check: Callable[[], None]) -> bool:
    try:
        check()
    except (SQLAlchemyError, StorageError, QueueUnavailable, OSError) as error:
        log.warning("health check failed: %s", error)
        return False
    return True
