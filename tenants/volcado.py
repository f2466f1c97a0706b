"""Whole tables out of a database and into another: each escuela's rows in its own scope, as lines of JSON.

The only reader that sees every escuela, and it still stands before the wall: one scope after the other. A line is the
same on SQLite and on PostgreSQL (keys in order, instants in UTC), so what one wrote the other takes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Date,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    bindparam,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from tenants.guard import owned_tables
from tenants.rls import set_scope_sql

PAGE = 500
_MODULUS = 1 << 256
# A missing value stays missing: without this a column of JSON would hold the word null.
_JSON = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Suma:
    """A hash of a set of rows, whatever their order: how many lines, and the sum of their SHA-256."""

    def __init__(self) -> None:
        self.renglones = 0
        self._sum = 0

    def mas(self, line: str) -> str:
        """Count a line in and give it back."""
        self.renglones += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line.encode()).digest(), "big")) % _MODULUS
        return line

    @property
    def hex(self) -> str:
        """The sum in 64 digits."""
        return f"{self._sum:064x}"


@contextmanager
def leyendo(engine: Engine) -> Iterator[Connection]:
    """One transaction that sees one instant: REPEATABLE READ on PostgreSQL, a read transaction on SQLite."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield connection
        connection.rollback()


@contextmanager
def escribiendo(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: committed whole at the end, or nothing of it."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execution_options(sqlite_begin="IMMEDIATE")
        with connection.begin():
            yield connection


def tablas(metadata: MetaData) -> tuple[list[Table], list[Table]]:
    """(platform, owned), parents first."""
    owned = owned_tables(metadata)
    return [table for table in metadata.sorted_tables if table not in owned], owned


def escuelas(connection: Connection, metadata: MetaData) -> list[int]:
    """The id of every escuela."""
    table = metadata.tables["escuela"]
    return list(connection.scalars(select(table.c.id).order_by(table.c.id)))


def entrar(connection: Connection, escuela_id: int | None) -> None:
    """Put the running transaction in an escuela. On SQLite the criterion of each statement says it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(set_scope_sql(escuela_id)))


def lineas(connection: Connection, table: Table, escuela_id: int | None) -> Iterator[str]:
    """Every row of a platform table (`None`), or of one escuela's part of an owned one, by key, as JSON."""
    for row in renglones(connection, table, escuela_id):
        yield linea(table, row)


def renglones(connection: Connection, table: Table, escuela_id: int | None) -> Iterator[dict[str, Any]]:
    """The same rows as values; a few hundred are in memory at a time."""
    query = select(table).order_by(*table.primary_key.columns)
    if escuela_id is not None:
        query = query.where(table.c.escuela_id == escuela_id)
    entrar(connection, escuela_id)
    for row in connection.execute(query, execution_options={"yield_per": PAGE}).mappings():
        yield dict(row)


def cuantos(connection: Connection, table: Table) -> int:
    """How many rows of a table this transaction sees."""
    return connection.scalar(select(func.count()).select_from(table)) or 0


def linea(table: Table, row: Mapping[str, Any]) -> str:
    """A row as one line of JSON, the same from every database."""
    values = {column.name: _out(row[column.name]) for column in table.columns}
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def renglon(table: Table, line: str) -> dict[str, Any]:
    """The row of a line; ValueError where it is not of this table."""
    values = json.loads(line)
    if not isinstance(values, dict) or values.keys() != set(table.columns.keys()):
        raise ValueError(f"not a row of {table.name}")
    return {column.name: _in(column.type, values[column.name]) for column in table.columns}


def meter(
    connection: Connection, table: Table, rows: Iterable[dict[str, Any]], escuela_id: int | None
) -> None:
    """Insert rows, in the scope of their escuela; references are looked at when the escuela is complete (`cerrar`)."""
    entrar(connection, escuela_id)
    statement = insert(table).values(
        {
            name: bindparam(f"v_{name}", type_=_JSON if _stored(column.type) is JSON else column.type)
            for name, column in table.columns.items()
        }
    )
    waiting = iter(rows)
    while page := list(islice(waiting, PAGE)):
        if escuela_id is not None and any(row["escuela_id"] != escuela_id for row in page):
            raise ValueError(f"a row of {table.name} belongs to another escuela")
        connection.execute(statement, [{f"v_{name}": value for name, value in row.items()} for row in page])


def cerrar(connection: Connection) -> None:
    """Look at every reference that waits for the end of the transaction, so that they do not pile up."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.execute(text("SET CONSTRAINTS ALL DEFERRED"))


def _out(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return value


def _in(kind: Any, value: Any) -> Any:
    stored = _stored(kind)
    if value is None or stored is None:
        return value
    if stored is DateTime:
        return datetime.fromisoformat(value)
    if stored is Date:
        return date.fromisoformat(value)
    return base64.b64decode(value) if stored is LargeBinary else value


def _stored(kind: Any) -> type | None:
    """Which of the types that JSON does not know a column keeps; None for all others."""
    if isinstance(kind, TypeDecorator):
        kind = kind.impl
    return next((known for known in (DateTime, Date, LargeBinary, JSON) if isinstance(kind, known)), None)
