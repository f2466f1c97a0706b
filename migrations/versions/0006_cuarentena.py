"""A file remembers what the virus scan said of it: without a verdict it is in quarantine.

Files of before were taken in clean, or where nothing scans: which of both is not known, so it is not called clean.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("documento", "dossier_documento")


def upgrade() -> None:
    """Add the verdict."""
    for table in TABLES:
        op.add_column(
            table,
            sa.Column("analisis", sa.String(length=12), nullable=False, server_default="sin_analisis"),
        )


def downgrade() -> None:
    """Take it away; SQLite may do so without making the table anew."""
    for table in TABLES:
        op.drop_column(table, "analisis")
