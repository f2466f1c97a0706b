"""The letters that wait for one signer are found by the address."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_firma_correo", "firma", ["escuela_id", "correo", "estado", "carta_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_firma_correo", "firma")
