"""The wall in the database, and what the two databases do differently."""

import pytest
from sqlalchemy import (
    exc,
    select,
    text,
)

from tenants.guard import UNIT_OF_WORK_KEY, ScopeChangeInTransaction
from tenants.rls import begin_immediate, ping, rls_ddl, set_scope_sql
from tenants.scope import (
    escuela_scope,
)
from tests.tenants.conftest import A, Persona, on_postgresql, on_sqlite


@on_sqlite
def test_begin_immediate_takes_the_write_lock_before_the_first_write(session, engine):
    with escuela_scope(A):
        assert session.scalar(select(Persona.nombre)) == "Persona"
        begin_immediate(session)
        with engine.connect() as other:
            other.connection.dbapi_connection.execute("PRAGMA busy_timeout=1")
            hurried = other.execution_options(sqlite_begin="IMMEDIATE")
            with pytest.raises(exc.OperationalError, match="locked"):
                hurried.execute(text("SELECT 1"))
        session.rollback()
    engine.dispose()


@on_sqlite
def test_begin_immediate_never_throws_work_away(session, engine):
    session.add(Persona(id=3, nombre="Nueva"))
    for _waiting_then_written in (1, 2):
        with pytest.raises(RuntimeError):
            begin_immediate(session)
        session.flush()
    session.rollback()


def test_a_marked_unit_of_work_holds_the_scope(session):
    session().info[UNIT_OF_WORK_KEY] = True
    with pytest.raises(ScopeChangeInTransaction), escuela_scope(A):
        pass
    del session().info[UNIT_OF_WORK_KEY]


def test_ping_asks_the_database(engine):
    ping(engine)


@on_postgresql
def test_the_transaction_tells_postgresql_its_escuela_and_the_next_one_forgets_it(session, engine):
    ask = "SELECT current_setting('app.escuela', true)"
    with escuela_scope(A):
        assert session.connection().exec_driver_sql(ask).scalar() == str(A)
        session.rollback()
    with engine.connect() as connection:
        assert not connection.exec_driver_sql(ask).scalar()


@on_postgresql
def test_row_level_security_stands_where_raw_sql_passes_the_session(session, engine):
    count = text("SELECT count(*) FROM libro")
    with engine.connect() as connection:
        for ddl in rls_ddl("libro"):
            connection.execute(text(ddl))
        assert connection.scalar(count) == 0
        connection.execute(text(set_scope_sql(A)))
        assert connection.scalar(count) == 2
        assert connection.execute(text("UPDATE libro SET tomo = 9 WHERE escuela_id = 2")).rowcount == 0
        with pytest.raises(exc.ProgrammingError, match="row-level security"):
            connection.execute(text("INSERT INTO libro VALUES (2, 99, 'x', 1)"))
        connection.rollback()
