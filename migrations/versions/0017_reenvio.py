"""An expediente that came back goes in another batch: what is sent once is its file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.rls import set_scope_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLE = "lote_servicio"
ONCE = "uq_lote_servicio_escuela_id_tipo_servicio_id"
AGAIN = "uq_lote_servicio_escuela_id_tipo_servicio_id_documento_id"
OLDER = """
    DELETE FROM lote_servicio WHERE escuela_id = :escuela AND EXISTS (
        SELECT 1 FROM lote_servicio AS otro
        WHERE otro.escuela_id = lote_servicio.escuela_id AND otro.tipo = lote_servicio.tipo
        AND otro.servicio_id = lote_servicio.servicio_id AND otro.id > lote_servicio.id)
"""


def upgrade() -> None:
    """A file is in one batch of a tipo."""
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_constraint(op.f(ONCE), type_="unique")
        batch.create_unique_constraint(op.f(AGAIN), ["escuela_id", "tipo", "servicio_id", "documento_id"])


def downgrade() -> None:
    """A servicio is in one batch of a tipo; the older ones of those that were sent again are forgotten."""
    connection = op.get_bind()
    scoped = connection.dialect.name == "postgresql"  # where a row is only seen in its own escuela
    for escuela_id in connection.execute(sa.text("SELECT id FROM escuela")).scalars().all():
        if scoped:
            connection.execute(sa.text(set_scope_sql(escuela_id)))
        connection.execute(sa.text(OLDER), {"escuela": escuela_id})
    if scoped:
        connection.execute(sa.text(set_scope_sql(None)))
    with op.batch_alter_table(TABLE) as batch:
        batch.drop_constraint(op.f(AGAIN), type_="unique")
        batch.create_unique_constraint(op.f(ONCE), ["escuela_id", "tipo", "servicio_id"])
