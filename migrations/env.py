"""Alembic's environment: the engine of the portal, its metadata, one transaction per migration run."""

from __future__ import annotations

from alembic import context
from flask import current_app

from portal.models import db


def run() -> None:
    """Apply migrations on the portal's own engine; batch mode lets SQLite alter tables."""
    engine = current_app.extensions["migrate"].db.get_engine()
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
