"""Templates that an escuela wrote itself; who signs for whom, how, and the electronic signatures.

The places of a letter that waits for signatures sign one after another, as they did: their group is their order.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.rls import rls_ddl, set_scope_sql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("plantilla_version", "firma_electronica", "suplencia")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
INSTANT = sa.DateTime(timezone=True)
TEXTS = {
    "modo": 10,
    "identidad": 10,
    "titular_nombre": 200,
    "titular_cargo": 160,
    "titular_correo": 254,
    "confirmo": 200,
}


def upgrade() -> None:
    """Make the tables, hidden from other escuelas on PostgreSQL; letters and places say more of themselves."""
    _tables()
    _plantillas_of_escuela()
    _columns(
        "carta",
        sa.Column("edicion", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("plantilla_huella", sa.String(64), nullable=False, server_default=""),
    )
    _columns(
        "firma",
        sa.Column("grupo", sa.SmallInteger(), nullable=False, server_default="0"),
        *(sa.Column(n, sa.String(size), nullable=False, server_default="") for n, size in TEXTS.items()),
        sa.Column("codigo_serie", sa.SmallInteger(), nullable=False, server_default="0"),
    )
    with op.batch_alter_table("firma") as batch:
        batch.add_column(sa.Column("escaneo_documento_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("codigo_vence", INSTANT, nullable=True))
        batch.create_foreign_key(
            op.f("fk_firma_escuela_id_escaneo_documento_id"),
            "documento",
            ["escuela_id", "escaneo_documento_id"],
            ["escuela_id", "id"],
            deferrable=True,
            initially="DEFERRED",
        )
    if not op.get_context().as_sql:
        _one_after_another(op.get_bind())
    if op.get_context().dialect.name == "postgresql":
        for table in TABLES:
            for statement in rls_ddl(table):
                op.execute(statement)


def downgrade() -> None:
    """Take it all away."""
    with op.batch_alter_table("firma") as batch:
        batch.drop_constraint(op.f("fk_firma_escuela_id_escaneo_documento_id"), type_="foreignkey")
        for name in ("grupo", *TEXTS, "codigo_serie", "escaneo_documento_id", "codigo_vence"):
            batch.drop_column(name)
    with op.batch_alter_table("carta") as batch:
        batch.drop_column("edicion")
        batch.drop_column("plantilla_huella")
    op.drop_column("escuela", "plantillas")
    for table in TABLES:
        op.drop_table(table)


def _plantillas_of_escuela() -> None:
    """Every table refers to an escuela, so SQLite must not make this one anew: there the default stays."""
    op.add_column("escuela", sa.Column("plantillas", JSON, nullable=False, server_default="{}"))
    if op.get_context().dialect.name == "postgresql":
        op.alter_column("escuela", "plantillas", server_default=None)


def _one_after_another(connection: sa.Connection) -> None:
    """The group of every place that there is, escuela by escuela: on PostgreSQL a row is only seen in its own."""
    postgresql_ = connection.dialect.name == "postgresql"
    for escuela_id in connection.execute(sa.text("SELECT id FROM escuela")).scalars().all():
        if postgresql_:
            connection.execute(sa.text(set_scope_sql(escuela_id)))
        connection.execute(
            sa.text("UPDATE firma SET grupo = orden WHERE escuela_id = :escuela"), {"escuela": escuela_id}
        )
    if postgresql_:
        connection.execute(sa.text(set_scope_sql(None)))


def _columns(table: str, *columns: sa.Column[object]) -> None:
    """Add columns that old rows fill with a default, which new rows do not need."""
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.add_column(column)
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.alter_column(
                column.name, existing_type=column.type, existing_nullable=False, server_default=None
            )


def _owned_key(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("escuela_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("creado", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("escuela_id", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["escuela_id"], ["escuela.id"], name=op.f(f"fk_{table}_escuela_id")),
    ]


def _text(name: str, size: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(size), nullable=False)


def _tables() -> None:
    op.create_table(
        "plantilla_version",
        *_owned_key("plantilla_version"),
        _text("tipo", 24),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("datos", JSON, nullable=False),
        _text("huella", 64),
        _text("autor", 200),
        _text("nota", 300),
        sa.UniqueConstraint(
            "escuela_id", "tipo", "version", name=op.f("uq_plantilla_version_escuela_id_tipo_version")
        ),
    )
    op.create_table(
        "firma_electronica",
        *_owned_key("firma_electronica"),
        sa.Column("firma_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("cadena", "sello", "certificado")),
        *(_text(n, size) for n, size in (("serie", 60), ("titular", 200), ("rfc", 20), ("emisor", 200))),
        sa.Column("desde", INSTANT, nullable=False),
        sa.Column("hasta", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["escuela_id", "firma_id"],
            ["firma.escuela_id", "firma.id"],
            name=op.f("fk_firma_electronica_escuela_id_firma_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.UniqueConstraint("escuela_id", "firma_id", name=op.f("uq_firma_electronica_escuela_id_firma_id")),
    )
    op.create_table(
        "suplencia",
        *_owned_key("suplencia"),
        _text("correo", 254),
        _text("titular", 200),
        _text("nombre", 200),
        _text("cargo", 160),
        _text("suplente_correo", 254),
        sa.Column("desde", sa.Date(), nullable=False),
        sa.Column("hasta", sa.Date(), nullable=False),
        _text("autor", 200),
        sa.Column("cancelada", INSTANT, nullable=True),
        _text("public_id", 24),
        sa.UniqueConstraint("escuela_id", "public_id", name=op.f("uq_suplencia_escuela_id_public_id")),
    )
    op.create_index("ix_suplencia_correo", "suplencia", ["escuela_id", "correo", "hasta", "id"])
