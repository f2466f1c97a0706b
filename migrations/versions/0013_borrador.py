"""What an escuela's office is changing of its profile, before it is published."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.rls import rls_ddl

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table; on PostgreSQL, hide each escuela's draft from the others."""
    op.create_table(
        "perfil_borrador",
        sa.Column("escuela_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("cambios", JSON, nullable=False),
        sa.Column("logo", sa.Text(), nullable=True),
        sa.Column("revisadas", JSON, nullable=False),
        sa.Column("guia", sa.Boolean(), nullable=False),
        sa.Column("autor", sa.String(length=160), nullable=False),
        sa.Column("editado", INSTANT, nullable=True),
        sa.Column("creado", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("escuela_id", "id", name=op.f("pk_perfil_borrador")),
        sa.ForeignKeyConstraint(["escuela_id"], ["escuela.id"], name=op.f("fk_perfil_borrador_escuela_id")),
        sa.UniqueConstraint("escuela_id", name="uq_perfil_borrador_escuela_id"),
    )
    if op.get_context().dialect.name == "postgresql":
        for statement in rls_ddl("perfil_borrador"):
            op.execute(statement)


def downgrade() -> None:
    """Take it away."""
    op.drop_table("perfil_borrador")
