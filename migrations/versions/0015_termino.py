"""When an alumno asked the office for the carta de término of a servicio inside the escuela."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the instant, and the order in which the office attends."""
    with op.batch_alter_table("entrega") as batch:
        batch.add_column(sa.Column("pedida", sa.DateTime(timezone=True), nullable=True))
        batch.create_index("ix_entrega_pedida", ["escuela_id", "tipo", "pedida", "id"])


def downgrade() -> None:
    """Take it away."""
    with op.batch_alter_table("entrega") as batch:
        batch.drop_index("ix_entrega_pedida")
        batch.drop_column("pedida")
