"""More doors, and a second lock on the old one: app codes, recovery codes, passkeys, sign-in through an escuela."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("factor", "codigo_respaldo", "llave", "reto")


def upgrade() -> None:
    """Platform rows of an account, as `sesion` is; two columns that say how it opens."""
    _factor()
    _codigo_respaldo()
    _llave()
    _reto()
    with op.batch_alter_table("usuario") as batch:
        batch.add_column(_instant("segundo_desde", nullable=True))
    with op.batch_alter_table("sesion") as batch:
        batch.add_column(sa.Column("escuela_id", sa.BigInteger(), nullable=True))
        batch.create_foreign_key(op.f("fk_sesion_escuela_id"), "escuela", ["escuela_id"], ["id"])


def downgrade() -> None:
    """Every account opens with its password alone again."""
    with op.batch_alter_table("sesion") as batch:
        batch.drop_constraint(op.f("fk_sesion_escuela_id"), type_="foreignkey")
        batch.drop_column("escuela_id")
    with op.batch_alter_table("usuario") as batch:
        batch.drop_column("segundo_desde")
    for table in reversed(TABLES):
        op.drop_table(table)


def _factor() -> None:
    op.create_table(
        "factor",
        *_key("factor"),
        sa.Column("usuario_id", sa.BigInteger(), nullable=False),
        sa.Column("secreto", sa.Text(), nullable=False),
        _instant("confirmado", nullable=True),
        sa.Column("ultimo_paso", sa.BigInteger(), nullable=False),
        _instant("creado"),
        *_of_usuario("factor"),
        _unique("factor", "usuario_id"),
    )


def _codigo_respaldo() -> None:
    op.create_table(
        "codigo_respaldo",
        *_key("codigo_respaldo"),
        sa.Column("usuario_id", sa.BigInteger(), nullable=False),
        sa.Column("huella", sa.String(length=64), nullable=False),
        _instant("usado", nullable=True),
        _instant("creado"),
        *_of_usuario("codigo_respaldo"),
        _unique("codigo_respaldo", "huella"),
    )
    op.create_index(op.f("ix_codigo_respaldo_usuario_id"), "codigo_respaldo", ["usuario_id"])


def _llave() -> None:
    op.create_table(
        "llave",
        *_key("llave"),
        sa.Column("usuario_id", sa.BigInteger(), nullable=False),
        sa.Column("nombre", sa.String(length=80), nullable=False),
        sa.Column("credencial", sa.Text(), nullable=False),
        sa.Column("credencial_huella", sa.String(length=64), nullable=False),
        sa.Column("clave_publica", sa.Text(), nullable=False),
        sa.Column("contador", sa.BigInteger(), nullable=False),
        sa.Column("transportes", _json(), nullable=False),
        _instant("usada", nullable=True),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        _instant("creado"),
        *_of_usuario("llave"),
        _unique("llave", "credencial_huella"),
    )
    op.create_index(op.f("ix_llave_usuario_id"), "llave", ["usuario_id"])


def _reto() -> None:
    op.create_table(
        "reto",
        *_key("reto"),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("proposito", sa.String(length=12), nullable=False),
        sa.Column("usuario_id", sa.BigInteger(), nullable=True),
        sa.Column("datos", _json(), nullable=False),
        _instant("vence"),
        _instant("creado"),
        *_of_usuario("reto"),
        _unique("reto", "token_hash"),
    )
    op.create_index("ix_reto_vence", "reto", ["vence"])
    op.create_index(op.f("ix_reto_usuario_id"), "reto", ["usuario_id"])


def _key(table: str) -> tuple[sa.SchemaItem, ...]:
    """The id of a platform row, made by the client."""
    return (
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _of_usuario(table: str) -> tuple[sa.SchemaItem, ...]:
    return (sa.ForeignKeyConstraint(["usuario_id"], ["usuario.id"], name=op.f(f"fk_{table}_usuario_id")),)


def _unique(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=op.f(f"uq_{table}_{column}"))


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json() -> sa.types.TypeEngine[object]:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
