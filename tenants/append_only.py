"""Tables whose rows are only ever added: the database itself refuses to change or delete them, whoever asks."""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

FUNCTION = "solo_agregar"
"""PostgreSQL's function behind every such trigger."""
ONLY_FORWARD = "numero"
"""A head may be moved, and only forward: this column grows."""

_BODY = f"""
CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'las filas de % solo se agregan', TG_TABLE_NAME;
END $$
"""


def append_only_ddl(table: str, dialect: str, *, head: bool = False) -> list[str]:
    """Statements that refuse UPDATE and DELETE (and TRUNCATE) on a table, on `postgresql` or `sqlite`.

    `head`: an UPDATE that moves `numero` forward is allowed. On SQLite a batch change of the table drops its
    triggers: a migration that makes one says these again.
    """
    if dialect == "postgresql":
        return [_BODY, *_postgresql(table, head)]
    return _sqlite(table, head) if dialect == "sqlite" else []


def _postgresql(table: str, head: bool) -> list[str]:
    moves = (
        f" WHEN (NEW.{ONLY_FORWARD} <= OLD.{ONLY_FORWARD} OR NEW.escuela_id <> OLD.escuela_id)"
        if head
        else ""
    )
    call = f"EXECUTE FUNCTION {FUNCTION}()"
    return [
        f"CREATE TRIGGER {table}_no_cambia BEFORE UPDATE ON {table} FOR EACH ROW{moves} {call}",
        f"CREATE TRIGGER {table}_no_se_borra BEFORE DELETE ON {table} FOR EACH ROW {call}",
        f"CREATE TRIGGER {table}_no_se_vacia BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {call}",
    ]


def _sqlite(table: str, head: bool) -> list[str]:
    moves = (
        f" WHEN NEW.{ONLY_FORWARD} <= OLD.{ONLY_FORWARD} OR NEW.escuela_id <> OLD.escuela_id" if head else ""
    )
    refuse = f"BEGIN SELECT RAISE(ABORT, 'las filas de {table} solo se agregan'); END"
    return [
        f"CREATE TRIGGER {table}_no_cambia BEFORE UPDATE ON {table}{moves} {refuse}",
        f"CREATE TRIGGER {table}_no_se_borra BEFORE DELETE ON {table} {refuse}",
    ]


def append_only(table: Table, *, head: bool = False) -> None:
    """Make the triggers whenever the table itself is made from its model."""
    for dialect in ("postgresql", "sqlite"):
        for statement in append_only_ddl(table.name, dialect, head=head):
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))
