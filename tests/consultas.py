"""How often a page asks the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from portal.models import db

BEGINNINGS = ("BEGIN", "PRAGMA", "SELECT set_config(")
"""What only begins a connection or a transaction, on SQLite or on PostgreSQL."""


@contextmanager
def contadas() -> Iterator[list[str]]:
    """The statements that the body sends, without those that begin a transaction."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if not sql.startswith(BEGINNINGS):
            seen.append(sql)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
