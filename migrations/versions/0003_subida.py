"""Files that arrive by pieces: the row of each, and the pieces that lie in the storage meanwhile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.rls import rls_ddl

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("subida", "subida_pieza")


def upgrade() -> None:
    """Make both tables; on PostgreSQL, hide each escuela's rows from the others."""
    _subida()
    _subida_pieza()
    if op.get_context().dialect.name == "postgresql":
        for table in TABLES:
            for statement in rls_ddl(table):
                op.execute(statement)


def downgrade() -> None:
    """Take both back; the pieces that lie in the storage are the janitor's."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _owned_key(table: str) -> tuple[sa.SchemaItem, ...]:
    return (
        sa.Column("escuela_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("escuela_id", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["escuela_id"], ["escuela.id"], name=op.f(f"fk_{table}_escuela_id")),
    )


def _subida() -> None:
    op.create_table(
        "subida",
        *_owned_key("subida"),
        sa.Column("titular", sa.String(length=80), nullable=False),
        sa.Column("destino", sa.String(length=64), nullable=False),
        sa.Column("nombre", sa.String(length=130), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("recibido", sa.BigInteger(), nullable=False),
        _instant("vence"),
        _instant("tomada", nullable=True),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("creado"),
        sa.UniqueConstraint("escuela_id", "public_id", name=op.f("uq_subida_escuela_id_public_id")),
    )
    op.create_index("ix_subida_titular", "subida", ["escuela_id", "titular", "id"], unique=False)
    op.create_index("ix_subida_vence", "subida", ["escuela_id", "vence"], unique=False)


def _subida_pieza() -> None:
    op.create_table(
        "subida_pieza",
        *_owned_key("subida_pieza"),
        sa.Column("subida_id", sa.BigInteger(), nullable=False),
        sa.Column("desde", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("clave", sa.String(length=200), nullable=False),
        _instant("creado"),
        sa.ForeignKeyConstraint(
            ["escuela_id", "subida_id"],
            ["subida.escuela_id", "subida.id"],
            name=op.f("fk_subida_pieza_escuela_id_subida_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.UniqueConstraint(
            "escuela_id", "subida_id", "desde", name=op.f("uq_subida_pieza_escuela_id_subida_id_desde")
        ),
    )
