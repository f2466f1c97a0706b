"""Certificates of the escuelas, and what a letter remembers of its seal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.rls import rls_ddl

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table of certificates, hidden from other escuelas on PostgreSQL; letters tell by which one."""
    _certificado()
    with op.batch_alter_table("carta") as batch:
        batch.add_column(sa.Column("certificado_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("sellada", INSTANT, nullable=True))
        batch.add_column(sa.Column("fallo", sa.Text(), nullable=False, server_default=""))
        batch.create_foreign_key(
            op.f("fk_carta_escuela_id_certificado_id"),
            "certificado",
            ["escuela_id", "certificado_id"],
            ["escuela_id", "id"],
            deferrable=True,
            initially="DEFERRED",
        )
    with op.batch_alter_table("carta") as batch:
        batch.alter_column("fallo", existing_type=sa.Text(), existing_nullable=False, server_default=None)
    if op.get_context().dialect.name == "postgresql":
        for statement in rls_ddl("certificado"):
            op.execute(statement)


def downgrade() -> None:
    """Take it all away."""
    with op.batch_alter_table("carta") as batch:
        batch.drop_constraint(op.f("fk_carta_escuela_id_certificado_id"), type_="foreignkey")
        batch.drop_column("fallo")
        batch.drop_column("sellada")
        batch.drop_column("certificado_id")
    op.drop_table("certificado")


def _certificado() -> None:
    op.create_table(
        "certificado",
        sa.Column("escuela_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("certificado", sa.Text(), nullable=False),
        sa.Column("cadena", sa.Text(), nullable=False),
        sa.Column("llave", sa.Text(), nullable=False),
        sa.Column("huella", sa.String(length=64), nullable=False),
        sa.Column("titular", sa.String(length=200), nullable=False),
        sa.Column("emisor", sa.String(length=200), nullable=False),
        sa.Column("algoritmo", sa.String(length=40), nullable=False),
        sa.Column("desde", INSTANT, nullable=False),
        sa.Column("hasta", INSTANT, nullable=False),
        sa.Column("origen", sa.String(length=10), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("escuela_id", "id", name=op.f("pk_certificado")),
        sa.ForeignKeyConstraint(["escuela_id"], ["escuela.id"], name=op.f("fk_certificado_escuela_id")),
        sa.UniqueConstraint("escuela_id", "huella", name=op.f("uq_certificado_escuela_id_huella")),
        sa.UniqueConstraint("escuela_id", "public_id", name=op.f("uq_certificado_escuela_id_public_id")),
        sa.UniqueConstraint("escuela_id", "version", name=op.f("uq_certificado_escuela_id_version")),
    )
