"""The same wall in the database: row-level security on PostgreSQL; on SQLite, the pragmas we count on."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, Table, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session, SessionTransaction, scoped_session, sessionmaker

from tenants.guard import has_unsaved_work
from tenants.scope import current_escuela_or_none

POLICY = "solo_su_escuela"
_MINE = "escuela_id = nullif(current_setting('app.escuela', true), '')::bigint"
_SET = text("SELECT set_config('app.escuela', :escuela, true)")
_QUOTE: Callable[[str], str] = postgresql.dialect().identifier_preparer.quote  # type: ignore[no-untyped-call]
_PRAGMAS = ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=NORMAL")


def rls_ddl(table: str | Table) -> list[str]:
    """PostgreSQL statements that hide rows of other escuelas, from the owner too. No scope: zero rows."""
    name = _QUOTE(table if isinstance(table, str) else table.name)
    return [
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {POLICY} ON {name} USING ({_MINE}) WITH CHECK ({_MINE})",
    ]


def set_scope_sql(escuela_id: int | None) -> str:
    """The PostgreSQL statement that puts the running transaction in an escuela; None: in none."""
    value = "" if escuela_id is None else str(int(escuela_id))
    return f"SELECT set_config('app.escuela', '{value}', true)"


def install_rls(target: Engine | Session | sessionmaker[Any] | scoped_session[Any]) -> None:
    """Tell PostgreSQL the escuela in scope at the begin of each transaction. Nothing on SQLite.

    Installing twice on the same target is installing once.
    """
    name, listener = ("begin", _tell) if isinstance(target, Engine) else ("after_begin", _after_begin)
    if isinstance(target, Engine) and target.dialect.name != "postgresql":
        return
    if not event.contains(target, name, listener):
        event.listen(target, name, listener)


def _tell(connection: Connection) -> None:
    escuela_id = current_escuela_or_none()
    connection.execute(_SET, {"escuela": "" if escuela_id is None else str(escuela_id)})


def _after_begin(_session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if connection.dialect.name == "postgresql" and not transaction.nested:
        _tell(connection)


def sqlite_pragmas(engine: Engine) -> None:
    """WAL, foreign keys, 10 s of patience (ms inside SQLite), and BEGIN said by us. Nothing elsewhere.

    The driver's own BEGIN waits for the first write, so a read before it would not be in the transaction.
    """
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)


def _on_sqlite_connect(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


def begin_immediate(session: Session | scoped_session[Any]) -> None:
    """Take SQLite's write lock now (after a read it may be refused at once). Nothing on PostgreSQL.

    Ends a transaction that only read; raises RuntimeError when there is unsaved work.
    """
    if session.get_bind().dialect.name != "sqlite":
        return
    if has_unsaved_work(session):
        raise RuntimeError("begin_immediate comes before the first change of a unit of work")
    session.rollback()
    session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})


def check_references(session: Session | scoped_session[Any]) -> None:
    """Check the references that wait for the commit now, while a refusal or a wait disturbs nobody. PostgreSQL only."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def ping(engine: Engine) -> None:
    """Ask the database one question; raises SQLAlchemy's error when it does not answer."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
