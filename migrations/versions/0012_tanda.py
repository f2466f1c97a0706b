"""Tandas: letters issued or signed many at once, with what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.rls import rls_ddl

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the two tables, hidden from other escuelas on PostgreSQL."""
    _tanda()
    _tanda_carta()
    if op.get_context().dialect.name == "postgresql":
        for table in ("tanda", "tanda_carta"):
            for statement in rls_ddl(table):
                op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    op.drop_table("tanda_carta")
    op.drop_table("tanda")


def _tanda() -> None:
    op.create_table(
        "tanda",
        *_owned_key("tanda"),
        sa.Column("clase", sa.String(length=20), nullable=False),
        sa.Column("clave", sa.String(length=40), nullable=False),
        sa.Column("autor", sa.String(length=200), nullable=False),
        sa.Column("usuario_id", sa.BigInteger(), nullable=True),
        sa.Column("correo", sa.String(length=254), nullable=False),
        sa.Column("datos", JSON, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("repartidas", sa.BigInteger(), nullable=False),
        sa.Column("impresion_documento_id", sa.BigInteger(), nullable=True),
        sa.Column("impresion_cartas", sa.BigInteger(), nullable=False),
        sa.Column("impresion_pedida", INSTANT, nullable=True),
        sa.Column("impresion_error", sa.Text(), nullable=False),
        *_public("tanda"),
        sa.ForeignKeyConstraint(["usuario_id"], ["usuario.id"], name=op.f("fk_tanda_usuario_id")),
        _owned_fk("tanda", "impresion_documento_id", "documento"),
        _unique("tanda", "escuela_id", "clave"),
    )
    op.create_index("ix_tanda_clase", "tanda", ["escuela_id", "clase", "id"])
    op.create_index("ix_tanda_correo", "tanda", ["escuela_id", "correo", "id"])


def _tanda_carta() -> None:
    op.create_table(
        "tanda_carta",
        *_owned_key("tanda_carta"),
        sa.Column("tanda_id", sa.BigInteger(), nullable=False),
        sa.Column("orden", sa.SmallInteger(), nullable=False),
        sa.Column("nombre", sa.String(length=310), nullable=False),
        sa.Column("boleta", sa.String(length=20), nullable=False),
        sa.Column("tramite_id", sa.BigInteger(), nullable=True),
        sa.Column("servicio_id", sa.BigInteger(), nullable=True),
        sa.Column("para_alumno_id", sa.BigInteger(), nullable=True),
        sa.Column("firma_id", sa.BigInteger(), nullable=True),
        sa.Column("carta_id", sa.BigInteger(), nullable=True),
        sa.Column("intentos", sa.SmallInteger(), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("estado_desde", INSTANT, nullable=False),
        sa.Column("estado", sa.String(length=20), nullable=False),
        *_public("tanda_carta"),
        _owned_fk("tanda_carta", "tanda_id", "tanda"),
        _owned_fk("tanda_carta", "tramite_id", "tramite"),
        _owned_fk("tanda_carta", "servicio_id", "servicio"),
        _owned_fk("tanda_carta", "para_alumno_id", "alumno"),
        _owned_fk("tanda_carta", "firma_id", "firma"),
        _owned_fk("tanda_carta", "carta_id", "carta"),
        _unique("tanda_carta", "escuela_id", "tanda_id", "orden"),
    )
    op.create_index("ix_tanda_carta_estado", "tanda_carta", ["escuela_id", "tanda_id", "estado", "orden"])
    op.create_index("ix_tanda_carta_carta", "tanda_carta", ["escuela_id", "carta_id"])


def _owned_key(table: str) -> tuple[sa.SchemaItem, ...]:
    """(escuela_id, id): the key of a row that belongs to one escuela."""
    return (
        sa.Column("escuela_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("escuela_id", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["escuela_id"], ["escuela.id"], name=op.f(f"fk_{table}_escuela_id")),
    )


def _public(table: str) -> tuple[sa.SchemaItem, ...]:
    return (
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _unique(table, "escuela_id", "public_id"),
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
