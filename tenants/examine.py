"""What an operator wants to know of a database before the portal opens on it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, inspect, text

_FAULTS = {
    "el rol es superusuario": "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
    "el rol se salta row-level security": "SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user",
    "el rol es dueño de las tablas": (
        "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user)"
    ),
}


@dataclass(frozen=True)
class Database:
    """`revision`: the migration it is at, or None. `faults`: why the wall would not hold for this role, in Spanish."""

    revision: str | None
    writable: bool
    faults: tuple[str, ...] = ()


def examine(engine: Engine) -> Database:
    """Look at a database and at the role that signed in; SQLAlchemy's error when it does not answer."""
    with engine.connect() as connection:
        at = revision(connection)
        if engine.dialect.name != "postgresql":
            return Database(at, writable=_takes_a_write(connection))
        writable = not connection.scalar(text("SELECT pg_is_in_recovery()"))
        faults = tuple(why for why, ask in _FAULTS.items() if connection.scalar(text(ask)))
        return Database(at, writable, faults)


def revision(connection: Connection) -> str | None:
    """The migration that a database is at, or None."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def _takes_a_write(connection: Connection) -> bool:
    connection.execute(text("CREATE TEMPORARY TABLE prueba_de_escritura (x INTEGER)"))
    connection.rollback()
    return True
