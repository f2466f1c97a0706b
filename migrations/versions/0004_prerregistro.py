"""Prerregistros: the expediente of a servicio and where it was sent, and the batches in which files go away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.rls import rls_ddl

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("prerregistro", "lote", "lote_servicio")


def upgrade() -> None:
    """Make the tables; on PostgreSQL, hide each escuela's rows from the others."""
    _prerregistro()
    _lote()
    _lote_servicio()
    if op.get_context().dialect.name == "postgresql":
        for table in TABLES:
            for statement in rls_ddl(table):
                op.execute(statement)


def downgrade() -> None:
    """Take the tables away."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _prerregistro() -> None:
    op.create_table(
        "prerregistro",
        *_owned_key("prerregistro"),
        sa.Column("servicio_id", sa.BigInteger(), nullable=False),
        sa.Column("documento_id", sa.BigInteger(), nullable=False),
        sa.Column("lista", sa.String(length=20), nullable=False),
        sa.Column("fecha_envio", sa.Date(), nullable=True),
        sa.Column("excepcion", sa.Text(), nullable=False),
        sa.Column("creado", sa.DateTime(timezone=True), nullable=False),
        _owned_fk("prerregistro", "servicio_id", "servicio"),
        _owned_fk("prerregistro", "documento_id", "documento"),
        _unique("prerregistro", "escuela_id", "servicio_id"),
    )


def _lote() -> None:
    op.create_table(
        "lote",
        *_owned_key("lote"),
        sa.Column("tipo", sa.String(length=20), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("cuantos", sa.BigInteger(), nullable=False),
        sa.Column("armo", sa.String(length=200), nullable=False),
        sa.Column("enviado", sa.Date(), nullable=True),
        sa.Column("decidio", sa.String(length=200), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("estado_desde", sa.DateTime(timezone=True), nullable=False),
        sa.Column("estado", sa.String(length=20), nullable=False),
        sa.Column("creado", sa.DateTime(timezone=True), nullable=False),
        _unique("lote", "escuela_id", "public_id"),
        _unique("lote", "escuela_id", "tipo", "numero"),
    )


def _lote_servicio() -> None:
    op.create_table(
        "lote_servicio",
        *_owned_key("lote_servicio"),
        sa.Column("lote_id", sa.BigInteger(), nullable=False),
        sa.Column("tipo", sa.String(length=20), nullable=False),
        sa.Column("orden", sa.SmallInteger(), nullable=False),
        sa.Column("servicio_id", sa.BigInteger(), nullable=False),
        sa.Column("documento_id", sa.BigInteger(), nullable=False),
        sa.Column("creado", sa.DateTime(timezone=True), nullable=False),
        _owned_fk("lote_servicio", "lote_id", "lote"),
        _owned_fk("lote_servicio", "servicio_id", "servicio"),
        _owned_fk("lote_servicio", "documento_id", "documento"),
        _unique("lote_servicio", "escuela_id", "tipo", "servicio_id"),
    )
    op.create_index(
        "ix_lote_servicio_lote", "lote_servicio", ["escuela_id", "lote_id", "orden"], unique=False
    )


def _owned_key(table: str) -> tuple[sa.SchemaItem, ...]:
    """(escuela_id, id): the key of a row that belongs to one escuela."""
    return (
        sa.Column("escuela_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("escuela_id", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["escuela_id"], ["escuela.id"], name=op.f(f"fk_{table}_escuela_id")),
    )


def _owned_fk(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """Never a row of another escuela; checked at commit."""
    return sa.ForeignKeyConstraint(
        ["escuela_id", column],
        [f"{target}.escuela_id", f"{target}.id"],
        name=op.f(f"fk_{table}_escuela_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))
