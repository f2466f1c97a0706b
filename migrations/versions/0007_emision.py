"""Listas de emisión, constancias, and the files that wait to be matched; a servicio says how it ends.

A servicio whose plan has a lista de emisión ends with it: those that are there are told by their entregas.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.rls import rls_ddl, set_scope_sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("constancia_lote", "lista_emision", "lista_renglon", "constancia", "constancia_archivo")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; on PostgreSQL, hide each escuela's rows from the others."""
    _listas()
    _constancias()
    _lotes()
    with op.batch_alter_table("servicio") as batch:
        batch.add_column(sa.Column("emision", sa.Boolean(), nullable=False, server_default=sa.false()))
    if not op.get_context().as_sql:
        _tell_how_servicios_end(op.get_bind())
    with op.batch_alter_table("servicio") as batch:
        batch.alter_column(
            "emision", existing_type=sa.Boolean(), existing_nullable=False, server_default=None
        )
        batch.create_index("ix_servicio_emision", ["escuela_id", "estado", "emision", "estado_desde", "id"])
    if op.get_context().dialect.name == "postgresql":
        for table in TABLES:
            for statement in rls_ddl(table):
                op.execute(statement)


def downgrade() -> None:
    """Take the tables away."""
    with op.batch_alter_table("servicio") as batch:
        batch.drop_index("ix_servicio_emision")
        batch.drop_column("emision")
    for table in ("constancia_archivo", "constancia", "lista_renglon", "lista_emision", "constancia_lote"):
        op.drop_table(table)


def _listas() -> None:
    op.create_table(
        "lista_emision",
        *_owned_key("lista_emision"),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("fecha", sa.Date(), nullable=False),
        sa.Column("desde", sa.Date(), nullable=False),
        sa.Column("hasta", sa.Date(), nullable=False),
        sa.Column("total", sa.SmallInteger(), nullable=False),
        sa.Column("llegadas", sa.SmallInteger(), nullable=False),
        sa.Column("emitio", sa.String(length=200), nullable=False),
        sa.Column("carta_id", sa.BigInteger(), nullable=True),
        sa.Column("estado_desde", INSTANT, nullable=False),
        sa.Column("estado", sa.String(length=20), nullable=False),
        *_public("lista_emision"),
        _owned_fk("lista_emision", "carta_id", "carta"),
        _unique("lista_emision", "escuela_id", "numero"),
    )
    op.create_index("ix_lista_emision_estado", "lista_emision", ["escuela_id", "estado", "hasta", "id"])
    op.create_table(
        "lista_renglon",
        *_owned_key("lista_renglon"),
        sa.Column("lista_id", sa.BigInteger(), nullable=False),
        sa.Column("orden", sa.SmallInteger(), nullable=False),
        sa.Column("servicio_id", sa.BigInteger(), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=False),
        sa.Column("boleta", sa.String(length=20), nullable=False),
        sa.Column("nombre", sa.String(length=310), nullable=False),
        sa.Column("datos", JSON, nullable=False),
        *_public("lista_renglon"),
        _owned_fk("lista_renglon", "lista_id", "lista_emision"),
        _owned_fk("lista_renglon", "servicio_id", "servicio"),
        _owned_fk("lista_renglon", "alumno_id", "alumno"),
        _unique("lista_renglon", "escuela_id", "servicio_id"),
    )
    op.create_index("ix_lista_renglon_lista", "lista_renglon", ["escuela_id", "lista_id", "orden"])
    op.create_index("ix_lista_renglon_boleta", "lista_renglon", ["escuela_id", "boleta", "id"])


def _constancias() -> None:
    op.create_table(
        "constancia",
        *_owned_key("constancia"),
        sa.Column("renglon_id", sa.BigInteger(), nullable=False),
        sa.Column("servicio_id", sa.BigInteger(), nullable=False),
        sa.Column("alumno_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("vigente", sa.Boolean(), nullable=False),
        sa.Column("documento_id", sa.BigInteger(), nullable=True),
        sa.Column("enlace", sa.String(length=500), nullable=False),
        sa.Column("cargo", sa.String(length=200), nullable=False),
        sa.Column("motivo", sa.Text(), nullable=False),
        sa.Column("descargada", INSTANT, nullable=True),
        *_public("constancia"),
        _owned_fk("constancia", "renglon_id", "lista_renglon"),
        _owned_fk("constancia", "servicio_id", "servicio"),
        _owned_fk("constancia", "alumno_id", "alumno"),
        _owned_fk("constancia", "documento_id", "documento"),
        _unique("constancia", "escuela_id", "renglon_id", "version"),
    )
    op.create_index("ix_constancia_servicio", "constancia", ["escuela_id", "servicio_id", "vigente"])


def _lotes() -> None:
    op.create_table(
        "constancia_lote",
        *_owned_key("constancia_lote"),
        sa.Column("autor", sa.String(length=200), nullable=False),
        sa.Column("usuario_id", sa.BigInteger(), nullable=True),
        sa.Column("vence", INSTANT, nullable=False),
        sa.Column("confirmado", INSTANT, nullable=True),
        *_public("constancia_lote"),
        sa.ForeignKeyConstraint(["usuario_id"], ["usuario.id"], name=op.f("fk_constancia_lote_usuario_id")),
    )
    op.create_index("ix_constancia_lote_vence", "constancia_lote", ["escuela_id", "vence", "id"])
    op.create_table(
        "constancia_archivo",
        *_owned_key("constancia_archivo"),
        sa.Column("lote_id", sa.BigInteger(), nullable=False),
        sa.Column("nombre", sa.String(length=130), nullable=False),
        sa.Column("lectura", sa.String(length=10), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("almacen", sa.String(length=20), nullable=False),
        sa.Column("clave", sa.String(length=200), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("paginas", sa.BigInteger(), nullable=False),
        sa.Column("analisis", sa.String(length=12), nullable=False),
        sa.Column("avisos", JSON, nullable=False),
        sa.Column("dudas", JSON, nullable=False),
        sa.Column("renglon_id", sa.BigInteger(), nullable=True),
        sa.Column("elegido", sa.Boolean(), nullable=False),
        sa.Column("descartado", sa.Boolean(), nullable=False),
        sa.Column("cargado", INSTANT, nullable=True),
        *_public("constancia_archivo"),
        _owned_fk("constancia_archivo", "lote_id", "constancia_lote"),
        _owned_fk("constancia_archivo", "renglon_id", "lista_renglon"),
    )
    op.create_index("ix_constancia_archivo_lote", "constancia_archivo", ["escuela_id", "lote_id", "id"])


def _tell_how_servicios_end(connection: sa.Connection) -> None:
    """Those whose entregas name a lista de emisión end with it; the wall holds for the owner of the tables too."""
    servicio = sa.table(
        "servicio", sa.column("escuela_id"), sa.column("id"), sa.column("emision", sa.Boolean())
    )
    entrega = sa.table(
        "entrega", sa.column("escuela_id"), sa.column("servicio_id"), sa.column("tipo", sa.String())
    )
    ends = sa.exists().where(
        entrega.c.escuela_id == servicio.c.escuela_id,
        entrega.c.servicio_id == servicio.c.id,
        entrega.c.tipo == "lista_emision",
    )
    postgresql_ = connection.dialect.name == "postgresql"
    for (escuela_id,) in connection.execute(sa.text("SELECT id FROM escuela ORDER BY id")).all():
        if postgresql_:
            connection.execute(sa.text(set_scope_sql(escuela_id)))
        connection.execute(
            sa.update(servicio).where(servicio.c.escuela_id == escuela_id, ends).values(emision=True)
        )
    if postgresql_:
        connection.execute(sa.text(set_scope_sql(None)))


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
