"""Who an entrega is given to, its mark in the SISS, mails that may be taken back, evaluaciones by a personal link."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.rls import rls_ddl

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and the table of evaluaciones, hidden from other escuelas on PostgreSQL."""
    with op.batch_alter_table("entrega") as batch:
        batch.add_column(sa.Column("asignada_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("pide_siss", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("siss", sa.Date(), nullable=True))
        batch.add_column(sa.Column("siss_quien", sa.String(length=12), nullable=False, server_default=""))
        batch.create_foreign_key(op.f("fk_entrega_asignada_id"), "usuario", ["asignada_id"], ["id"])
    with op.batch_alter_table("entrega") as batch:
        batch.alter_column(
            "pide_siss", existing_type=sa.Boolean(), existing_nullable=False, server_default=None
        )
        batch.alter_column(
            "siss_quien", existing_type=sa.String(length=12), existing_nullable=False, server_default=None
        )
        batch.create_index("ix_entrega_asignada", ["escuela_id", "asignada_id", "estado"])
        batch.create_index("ix_entrega_siss", ["escuela_id", "pide_siss", "estado", "siss", "id"])
    with op.batch_alter_table("correo") as batch:
        batch.add_column(sa.Column("decision_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("cancelado", INSTANT, nullable=True))
        batch.create_index("ix_correo_decision", ["escuela_id", "decision_id"])
    _evaluacion()
    if op.get_context().dialect.name == "postgresql":
        for statement in rls_ddl("evaluacion"):
            op.execute(statement)


def downgrade() -> None:
    """Take it all away."""
    op.drop_table("evaluacion")
    with op.batch_alter_table("correo") as batch:
        batch.drop_index("ix_correo_decision")
        batch.drop_column("cancelado")
        batch.drop_column("decision_id")
    with op.batch_alter_table("entrega") as batch:
        batch.drop_index("ix_entrega_siss")
        batch.drop_index("ix_entrega_asignada")
        batch.drop_constraint(op.f("fk_entrega_asignada_id"), type_="foreignkey")
        for column in ("siss_quien", "siss", "pide_siss", "asignada_id"):
            batch.drop_column(column)


def _evaluacion() -> None:
    op.create_table(
        "evaluacion",
        sa.Column("escuela_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entrega_id", sa.BigInteger(), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=False),
        sa.Column("dependencia_id", sa.BigInteger(), nullable=False),
        sa.Column("perfil_version", sa.BigInteger(), nullable=False),
        sa.Column("nombre", sa.String(length=200), nullable=False),
        sa.Column("cargo", sa.String(length=160), nullable=False),
        sa.Column("correo", sa.String(length=254), nullable=False),
        sa.Column("avisada", INSTANT, nullable=False),
        sa.Column("respuestas", JSON, nullable=False),
        sa.Column("comentarios", sa.Text(), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("firmada", INSTANT, nullable=True),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("imagen_documento_id", sa.BigInteger(), nullable=True),
        sa.Column("documento_id", sa.BigInteger(), nullable=True),
        sa.Column("estado_desde", INSTANT, nullable=False),
        sa.Column("estado", sa.String(length=20), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("escuela_id", "id", name=op.f("pk_evaluacion")),
        sa.ForeignKeyConstraint(["escuela_id"], ["escuela.id"], name=op.f("fk_evaluacion_escuela_id")),
        sa.ForeignKeyConstraint(
            ["dependencia_id"], ["dependencia.id"], name=op.f("fk_evaluacion_dependencia_id")
        ),
        _owned_fk("entrega_id", "entrega"),
        _owned_fk("alumno_id", "alumno"),
        _owned_fk("imagen_documento_id", "documento"),
        _owned_fk("documento_id", "documento"),
        sa.UniqueConstraint("escuela_id", "public_id", name=op.f("uq_evaluacion_escuela_id_public_id")),
    )
    op.create_index("ix_evaluacion_entrega", "evaluacion", ["escuela_id", "entrega_id", "id"])


def _owned_fk(column: str, target: str) -> sa.ForeignKeyConstraint:
    """Never a row of another escuela; checked at commit."""
    return sa.ForeignKeyConstraint(
        ["escuela_id", column],
        [f"{target}.escuela_id", f"{target}.id"],
        name=op.f(f"fk_evaluacion_escuela_id_{column}"),
        initially="DEFERRED",
        deferrable=True,
    )
