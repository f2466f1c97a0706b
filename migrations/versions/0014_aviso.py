"""Avisos and who has read them, reminders, exceptions; a servicio knows the one before it, a baja its kind."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tenants.rls import rls_ddl

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
TABLES = (
    "aviso",
    "aviso_archivo",
    "aviso_lectura",
    "recordatorio",
    "recordatorio_cosa",
    "recordatorio_pausa",
    "excepcion",
)


def upgrade() -> None:
    """Make the tables and columns; on PostgreSQL, hide each escuela's rows from the others."""
    _aviso()
    _aviso_archivo()
    _aviso_lectura()
    _recordatorio()
    _excepcion()
    with op.batch_alter_table("servicio") as batch:
        batch.add_column(sa.Column("anterior_id", sa.BigInteger(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_servicio_escuela_id_anterior_id"),
            "servicio",
            ["escuela_id", "anterior_id"],
            ["escuela_id", "id"],
            initially="DEFERRED",
            deferrable=True,
        )
    with op.batch_alter_table("baja") as batch:
        batch.add_column(sa.Column("cambio", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("baja") as batch:
        batch.alter_column("cambio", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    if op.get_context().dialect.name == "postgresql":
        for table in TABLES:
            for statement in rls_ddl(table):
                op.execute(statement)


def downgrade() -> None:
    """Take it all away."""
    with op.batch_alter_table("baja") as batch:
        batch.drop_column("cambio")
    with op.batch_alter_table("servicio") as batch:
        batch.drop_constraint(op.f("fk_servicio_escuela_id_anterior_id"), type_="foreignkey")
        batch.drop_column("anterior_id")
    for table in reversed(TABLES):
        op.drop_table(table)


def _aviso() -> None:
    op.create_table(
        "aviso",
        *_owned_key("aviso"),
        sa.Column("serie", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("titulo", sa.String(length=160), nullable=False),
        sa.Column("texto", sa.Text(), nullable=False),
        sa.Column("para", sa.String(length=12), nullable=False),
        sa.Column("publico", sa.Boolean(), nullable=False),
        sa.Column("carreras", sa.Text(), nullable=False),
        sa.Column("planes", sa.Text(), nullable=False),
        sa.Column("desde", sa.Date(), nullable=False),
        sa.Column("hasta", sa.Date(), nullable=True),
        sa.Column("fijado", sa.Boolean(), nullable=False),
        sa.Column("autor", sa.String(length=200), nullable=False),
        sa.Column("decidio", sa.String(length=200), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("estado_desde", INSTANT, nullable=False),
        sa.Column("estado", sa.String(length=20), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _unique("aviso", "escuela_id", "public_id"),
        _unique("aviso", "escuela_id", "serie", "version"),
    )
    op.create_index("ix_aviso_vista", "aviso", ["escuela_id", "estado", "desde"])
    op.create_index("ix_aviso_estado", "aviso", ["escuela_id", "estado", "estado_desde", "id"])


def _aviso_archivo() -> None:
    op.create_table(
        "aviso_archivo",
        *_owned_key("aviso_archivo"),
        sa.Column("aviso_id", sa.BigInteger(), nullable=False),
        sa.Column("documento_id", sa.BigInteger(), nullable=False),
        sa.Column("orden", sa.SmallInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _owned_fk("aviso_archivo", "aviso_id", "aviso"),
        _owned_fk("aviso_archivo", "documento_id", "documento"),
        _unique("aviso_archivo", "escuela_id", "public_id"),
        _unique("aviso_archivo", "escuela_id", "aviso_id", "orden"),
    )


def _aviso_lectura() -> None:
    op.create_table(
        "aviso_lectura",
        *_owned_key("aviso_lectura"),
        sa.Column("aviso_id", sa.BigInteger(), nullable=False),
        sa.Column("usuario_id", sa.BigInteger(), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _owned_fk("aviso_lectura", "aviso_id", "aviso"),
        _usuario_fk("aviso_lectura"),
        _unique("aviso_lectura", "escuela_id", "aviso_id", "usuario_id"),
    )
    op.create_index("ix_aviso_lectura_usuario", "aviso_lectura", ["escuela_id", "usuario_id", "aviso_id"])


def _recordatorio() -> None:
    op.create_table(
        "recordatorio",
        *_owned_key("recordatorio"),
        sa.Column("para", sa.String(length=254), nullable=False),
        sa.Column("usuario_id", sa.BigInteger(), nullable=True),
        sa.Column("dia", sa.Date(), nullable=False),
        sa.Column("correo_id", sa.BigInteger(), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _owned_fk("recordatorio", "correo_id", "correo"),
        _usuario_fk("recordatorio"),
        _unique("recordatorio", "escuela_id", "para", "dia"),
    )
    op.create_table(
        "recordatorio_cosa",
        *_owned_key("recordatorio_cosa"),
        sa.Column("recordatorio_id", sa.BigInteger(), nullable=False),
        sa.Column("noun", sa.String(length=30), nullable=False),
        sa.Column("objeto_id", sa.BigInteger(), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _owned_fk("recordatorio_cosa", "recordatorio_id", "recordatorio"),
        _unique("recordatorio_cosa", "escuela_id", "recordatorio_id", "noun", "objeto_id"),
    )
    op.create_index(
        "ix_recordatorio_cosa_objeto", "recordatorio_cosa", ["escuela_id", "noun", "objeto_id", "id"]
    )
    op.create_table(
        "recordatorio_pausa",
        *_owned_key("recordatorio_pausa"),
        sa.Column("usuario_id", sa.BigInteger(), nullable=False),
        sa.Column("hasta", sa.Date(), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _usuario_fk("recordatorio_pausa"),
        _unique("recordatorio_pausa", "escuela_id", "usuario_id"),
    )


def _excepcion() -> None:
    op.create_table(
        "excepcion",
        *_owned_key("excepcion"),
        sa.Column("alumno_id", sa.BigInteger(), nullable=False),
        sa.Column("servicio_id", sa.BigInteger(), nullable=True),
        sa.Column("regla", sa.String(length=20), nullable=False),
        sa.Column("valor", sa.String(length=40), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("autor", sa.String(length=200), nullable=False),
        sa.Column("anulada", INSTANT, nullable=True),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        _owned_fk("excepcion", "alumno_id", "alumno"),
        _owned_fk("excepcion", "servicio_id", "servicio"),
        _unique("excepcion", "escuela_id", "public_id"),
    )
    op.create_index("ix_excepcion_alumno", "excepcion", ["escuela_id", "alumno_id", "id"])
    op.create_index("ix_excepcion_servicio", "excepcion", ["escuela_id", "servicio_id", "id"])


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


def _usuario_fk(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["usuario_id"], ["usuario.id"], name=op.f(f"fk_{table}_usuario_id"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))
