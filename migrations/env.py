"""Alembic's environment: the engine of the portal, its metadata, one transaction per migration run."""

from __future__ import annotations

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

from portal.models import db
from portal.models.base import Claves, UtcDateTime


def render_item(kind: str, item: Any, _autogen: AutogenContext) -> str | bool:
    """A migration names SQLAlchemy's own types: it must not change when the portal's classes do."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Claves):
        return "sa.Text()"
    return False


def run() -> None:
    """Apply migrations on the portal's own engine; batch mode lets SQLite alter tables."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
