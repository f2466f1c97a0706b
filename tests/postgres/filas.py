"""One made-up row for any table, told by its columns alone: a new table needs no line here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import Table, TypeDecorator
from sqlalchemy.types import TypeEngine

from portal.models import db
from tenants.guard import owned_tables

A, B = 901, 902
OWNED = [table.name for table in owned_tables(db.metadata)]
PLATFORM = [table for table in db.metadata.sorted_tables if table.name not in OWNED]
VALUES: dict[type, Any] = {
    str: "x",  # in the rows of A; "y" in those of B
    int: 1,
    bool: False,
    float: 1.0,
    date: date(2030, 1, 2),
    datetime: datetime(2030, 1, 2, tzinfo=UTC),
    object: Jsonb({}),  # JSON
    bytes: b"x",
}


def values(table: Table, **given: Any) -> dict[str, Any]:
    """A value for each column that must have one; every reference is to the row 1, so the rows hold together."""
    kept = {**VALUES, str: "y" if given.get("escuela_id") == B else "x"}
    needed = {c.name: c for c in table.columns if not c.nullable or c.primary_key}
    return {name: given.get(name, kept[_stored(column.type)]) for name, column in needed.items()}


def _stored(kind: TypeEngine) -> type:
    """What the database keeps of a type of ours."""
    return (kind.impl if isinstance(kind, TypeDecorator) else kind).python_type


def insert(connection: psycopg.Connection, table: Table, **given: Any) -> None:
    """Add the table's made-up row."""
    row = values(table, **given)
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table.name),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    connection.execute(statement, list(row.values()))


def scope(connection: psycopg.Connection, escuela_id: int | None) -> None:
    """Put the running transaction in an escuela, as the portal does."""
    value = "" if escuela_id is None else str(escuela_id)
    connection.execute("SELECT set_config('app.escuela', %s, true)", [value])


def fill(connection: psycopg.Connection) -> None:
    """Two escuelas, one row in each platform table, and in each owned table one row of each escuela."""
    for table in PLATFORM:
        if table.name == "escuela":
            for escuela_id in (A, B):
                insert(connection, table, id=escuela_id, slug=f"e{escuela_id}")
        else:
            insert(connection, table, escuela_id=A)
    for escuela_id in (A, B):
        scope(connection, escuela_id)
        for name in OWNED:
            insert(connection, db.metadata.tables[name], escuela_id=escuela_id)
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        connection.execute("SET CONSTRAINTS ALL DEFERRED")
    connection.commit()
