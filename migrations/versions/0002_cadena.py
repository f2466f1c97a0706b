"""The bitácora is chained by hash in each escuela, and the database refuses to change or delete a line.

Lines written before are chained in the order of their ids. The hash is written out here as it was when this
migration was made: portal/domain/bitacora.py documents it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from tenants.append_only import FUNCTION, append_only_ddl
from tenants.rls import rls_ddl, set_scope_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (("bitacora", False), ("bitacora_cabeza", True))
GENESIS = "0" * 64
PAGE = 1000
LINE = sa.table(
    "bitacora",
    *(
        sa.column(name, kind)
        for name, kind in {
            "anterior": sa.String(64), "escuela_id": sa.BigInteger(), "numero": sa.BigInteger(),
            "id": sa.BigInteger(), "creado": sa.DateTime(timezone=True), "usuario_id": sa.BigInteger(),
            "autor": sa.String(200), "rol": sa.String(12), "noun": sa.String(30), "objeto_id": sa.BigInteger(),
            "alumno_id": sa.BigInteger(), "accion": sa.String(30), "antes": sa.String(20), "despues": sa.String(20),
            "motivo": sa.Text(), "huella": sa.String(64),
        }.items()
    ),
)  # fmt: skip
HEAD = sa.table("bitacora_cabeza", *(sa.column(name) for name in ("escuela_id", "id", "numero", "huella")))


def upgrade() -> None:
    """Add the chain, fill it for what is there, then let nobody change it."""
    dialect = op.get_context().dialect.name
    with op.batch_alter_table("bitacora") as batch:
        batch.add_column(sa.Column("numero", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("anterior", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("huella", sa.String(length=64), nullable=True))
    op.create_table(
        "bitacora_cabeza",
        sa.Column("escuela_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("huella", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("escuela_id", "id", name=op.f("pk_bitacora_cabeza")),
        sa.ForeignKeyConstraint(["escuela_id"], ["escuela.id"], name=op.f("fk_bitacora_cabeza_escuela_id")),
        sa.UniqueConstraint("escuela_id", name=op.f("uq_bitacora_cabeza_escuela_id")),
    )
    if dialect == "postgresql":
        for statement in rls_ddl("bitacora_cabeza"):
            op.execute(statement)
    if not op.get_context().as_sql:
        _chain_what_is_there(op.get_bind())
    with op.batch_alter_table("bitacora") as batch:
        for name, kind in (
            ("numero", sa.BigInteger()),
            ("anterior", sa.String(64)),
            ("huella", sa.String(64)),
        ):
            batch.alter_column(name, existing_type=kind, nullable=False)
        batch.create_unique_constraint(op.f("uq_bitacora_escuela_id_numero"), ["escuela_id", "numero"])
    for table, head in TABLES:
        for statement in append_only_ddl(table, dialect, head=head):
            op.execute(statement)


def downgrade() -> None:
    """Take the chain away; the lines stay."""
    postgresql = op.get_context().dialect.name == "postgresql"
    for table, _ in TABLES:
        for name in ("no_cambia", "no_se_borra", *(("no_se_vacia",) if postgresql else ())):
            op.execute(f"DROP TRIGGER {table}_{name}" + (f" ON {table}" if postgresql else ""))
    if postgresql:
        op.execute(f"DROP FUNCTION {FUNCTION}()")
    op.drop_table("bitacora_cabeza")
    with op.batch_alter_table("bitacora") as batch:
        batch.drop_constraint(op.f("uq_bitacora_escuela_id_numero"), type_="unique")
        for name in ("huella", "anterior", "numero"):
            batch.drop_column(name)


def _chain_what_is_there(connection: sa.Connection) -> None:
    for (escuela_id,) in connection.execute(sa.text("SELECT id FROM escuela ORDER BY id")).all():
        _scope(connection, escuela_id)
        numero, last = 0, GENESIS
        for page in _pages(connection, escuela_id):
            changes = []
            for line in page:
                numero += 1
                chained = {**line, "numero": numero, "anterior": last}
                last = _huella(chained)
                changes.append(
                    {"de": escuela_id, "cual": line["id"], "n": numero, "a": chained["anterior"], "h": last}
                )
            connection.execute(
                sa.update(LINE)
                .where(LINE.c.escuela_id == sa.bindparam("de"), LINE.c.id == sa.bindparam("cual"))
                .values(numero=sa.bindparam("n"), anterior=sa.bindparam("a"), huella=sa.bindparam("h")),
                changes,
            )
        head = {"escuela_id": escuela_id, "id": escuela_id, "numero": numero, "huella": last}
        connection.execute(sa.insert(HEAD), head)
    _scope(connection, None)


def _scope(connection: sa.Connection, escuela_id: int | None) -> None:
    """The owner of the tables stands before row-level security too."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(set_scope_sql(escuela_id)))


def _pages(connection: sa.Connection, escuela_id: int) -> Iterator[list[dict[str, Any]]]:
    """The lines of one escuela in the order of their ids, a thousand at a time."""
    after = -1
    while True:
        query = sa.select(LINE).where(LINE.c.escuela_id == escuela_id, LINE.c.id > after)
        page = [dict(row) for row in connection.execute(query.order_by(LINE.c.id).limit(PAGE)).mappings()]
        if not page:
            return
        after = page[-1]["id"]
        yield page


def _huella(line: dict[str, Any]) -> str:
    values = [line[column.name] for column in LINE.c if column.name != "huella"]
    plain = [_instant(value) if isinstance(value, datetime) else value for value in values]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def _instant(value: datetime) -> str:
    """Aware on PostgreSQL, UTC without a zone on SQLite."""
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
