"""Parts of an expediente de liberación and their merge; the published lists of liberaciones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.rls import rls_ddl

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("expediente_parte", "expediente_union", "lista_liberacion", "liberacion_renglon")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; on PostgreSQL, hide each escuela's rows from the others."""
    _expediente()
    _listas()
    if op.get_context().dialect.name == "postgresql":
        for table in TABLES:
            for statement in rls_ddl(table):
                op.execute(statement)


def downgrade() -> None:
    """Take the tables away."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _expediente() -> None:
    op.create_table(
        "expediente_parte",
        *_owned_key("expediente_parte"),
        sa.Column("entrega_id", sa.BigInteger(), nullable=False),
        sa.Column("clave", sa.String(length=40), nullable=False),
        sa.Column("alternativa", sa.String(length=40), nullable=False),
        sa.Column("documento_id", sa.BigInteger(), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _owned_fk("expediente_parte", "entrega_id", "entrega"),
        _owned_fk("expediente_parte", "documento_id", "documento"),
        _unique("expediente_parte", "escuela_id", "entrega_id", "clave"),
    )
    op.create_index("ix_expediente_parte_documento", "expediente_parte", ["escuela_id", "documento_id"])
    op.create_table(
        "expediente_union",
        *_owned_key("expediente_union"),
        sa.Column("entrega_id", sa.BigInteger(), nullable=False),
        sa.Column("vez", sa.BigInteger(), nullable=False),
        sa.Column("pedida", INSTANT, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("indice", JSON, nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _owned_fk("expediente_union", "entrega_id", "entrega"),
        _unique("expediente_union", "escuela_id", "entrega_id"),
    )


def _listas() -> None:
    op.create_table(
        "lista_liberacion",
        *_owned_key("lista_liberacion"),
        sa.Column("numero", sa.String(length=40), nullable=False),
        sa.Column("fecha", sa.Date(), nullable=False),
        sa.Column("total", sa.SmallInteger(), nullable=False),
        sa.Column("conocidas", sa.SmallInteger(), nullable=False),
        sa.Column("cargo", sa.String(length=200), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("decidio", sa.String(length=200), nullable=False),
        sa.Column("estado_desde", INSTANT, nullable=False),
        sa.Column("estado", sa.String(length=20), nullable=False),
        *_public("lista_liberacion"),
    )
    op.create_index("ix_lista_liberacion_estado", "lista_liberacion", ["escuela_id", "estado", "fecha", "id"])
    op.create_table(
        "liberacion_renglon",
        *_owned_key("liberacion_renglon"),
        sa.Column("lista_id", sa.BigInteger(), nullable=False),
        sa.Column("orden", sa.SmallInteger(), nullable=False),
        sa.Column("boleta", sa.String(length=20), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=True),
        sa.Column("servicio_id", sa.BigInteger(), nullable=True),
        sa.Column("avisado", INSTANT, nullable=True),
        *_public("liberacion_renglon"),
        _owned_fk("liberacion_renglon", "lista_id", "lista_liberacion"),
        _owned_fk("liberacion_renglon", "alumno_id", "alumno"),
        _owned_fk("liberacion_renglon", "servicio_id", "servicio"),
        _unique("liberacion_renglon", "escuela_id", "lista_id", "boleta"),
    )
    op.create_index("ix_liberacion_renglon_lista", "liberacion_renglon", ["escuela_id", "lista_id", "orden"])
    op.create_index("ix_liberacion_renglon_boleta", "liberacion_renglon", ["escuela_id", "boleta", "id"])


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
