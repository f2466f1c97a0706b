"""The wall in the database: the application's role, with psycopg alone, against the rows of another escuela."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors, sql

from portal.models import db
from tenants.rls import POLICY
from tests.postgres.filas import OWNED, A, B, insert, scope

EVERY_OWNED_TABLE = pytest.mark.parametrize("table", OWNED)
FROM_NO_ESCUELA_AND_ANOTHER = pytest.mark.parametrize("escuela_id", [None, A])


def reached(connection: psycopg.Connection, statement: str, table: str) -> int:
    """How many rows of B a statement touched; refused is none."""
    query = sql.SQL(statement).format(sql.Identifier(table))
    try:
        with connection.transaction():
            return connection.execute(query, [B]).rowcount
    except (errors.InsufficientPrivilege, errors.RaiseException):
        return 0


@EVERY_OWNED_TABLE
@FROM_NO_ESCUELA_AND_ANOTHER
def test_the_rows_of_another_escuela_cannot_be_read_changed_or_deleted(connection, table, escuela_id):
    scope(connection, escuela_id)
    assert reached(connection, "SELECT * FROM {} WHERE escuela_id = %s", table) == 0
    assert reached(connection, "SELECT * FROM {} WHERE escuela_id = %s FOR UPDATE", table) == 0
    assert reached(connection, "UPDATE {} SET escuela_id = escuela_id WHERE escuela_id = %s", table) == 0
    assert reached(connection, "DELETE FROM {} WHERE escuela_id = %s", table) == 0
    scope(connection, B)
    assert reached(connection, "SELECT * FROM {} WHERE escuela_id = %s", table) == 1


@EVERY_OWNED_TABLE
@FROM_NO_ESCUELA_AND_ANOTHER
def test_a_row_cannot_be_written_into_another_escuela(connection, table, escuela_id):
    scope(connection, escuela_id)
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        insert(connection, db.metadata.tables[table], escuela_id=B, id=2)


@EVERY_OWNED_TABLE
def test_a_row_cannot_be_given_to_another_escuela(connection, table):
    scope(connection, A)
    assert reached(connection, "UPDATE {} SET escuela_id = %s", table) == 0
    assert connection.execute(
        sql.SQL("SELECT escuela_id FROM {}").format(sql.Identifier(table))
    ).fetchall() == [(A,)]


@EVERY_OWNED_TABLE
def test_no_scope_is_zero_rows_and_a_scope_is_its_own_rows(connection, table):
    count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    assert connection.execute(count).fetchone() == (0,)
    scope(connection, A)
    assert connection.execute(count).fetchone() == (1,)


@EVERY_OWNED_TABLE
def test_the_owner_of_the_tables_stands_before_the_same_wall(owner, table):
    assert owner.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() == (0,)


@EVERY_OWNED_TABLE
def test_every_owned_table_forces_row_level_security_by_one_policy_for_all_commands(owner, table):
    flags = "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass"
    assert owner.execute(flags, [table]).fetchone() == (True, True)
    policies = "SELECT policyname, cmd, permissive FROM pg_policies WHERE tablename = %s"
    assert owner.execute(policies, [table]).fetchall() == [(POLICY, "ALL", "PERMISSIVE")]


def test_the_tables_with_an_escuela_in_their_key_are_the_owned_ones(owner):
    found = owner.execute(
        "SELECT t.relname FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_attribute a "
        "ON a.attrelid = t.oid AND a.attnum = i.indkey[0] WHERE i.indisprimary AND a.attname = 'escuela_id'"
    )
    assert sorted(name for (name,) in found) == sorted(OWNED)


@EVERY_OWNED_TABLE
def test_unique_rules_and_references_of_an_owned_table_begin_with_its_escuela(owner, table):
    """A unique rule across escuelas would tell that another one has the value; foreign keys pass row-level security."""
    keys = owner.execute(
        "SELECT i.relname, a.attname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_attribute a "
        "ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0] WHERE x.indisunique AND x.indrelid = %s::regclass",
        [table],
    ).fetchall()
    assert [name for name, first in keys if first != "escuela_id"] == []
    foreign = owner.execute(
        "SELECT c.conname, a.attname, f.relname FROM pg_constraint c JOIN pg_class f ON f.oid = c.confrelid "
        "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
        "WHERE c.contype = 'f' AND c.conrelid = %s::regclass",
        [table],
    ).fetchall()
    assert [name for name, first, target in foreign if target in OWNED and first != "escuela_id"] == []


def test_the_role_of_the_application_can_do_nothing_but_its_work(connection):
    role = (
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    assert connection.execute(role).fetchone() == (False, False, False, False)
    owned = "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    assert connection.execute(owned).fetchone() == (0,)
    assert connection.execute("SELECT pg_has_role('portal_owner', 'MEMBER')").fetchone() == (False,)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE alumno DISABLE ROW LEVEL SECURITY",
        f"DROP POLICY {POLICY} ON alumno",
        "TRUNCATE alumno",
        "CREATE TABLE otra (id int)",
        "SET ROLE portal_owner",
        "SET session_replication_role = replica",
    ],
)
def test_the_wall_cannot_be_taken_down_by_the_application(connection, statement):
    scope(connection, A)
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement)


def test_a_scope_ends_with_its_transaction_however_connections_are_shared(connect):
    """Through PgBouncer these clients take turns on a few connections of the server."""

    def visit(escuela_id: int) -> set[object]:
        seen = set()
        with psycopg.connect(connect, prepare_threshold=None) as connection:
            for _ in range(25):
                with connection.transaction():
                    seen |= set(connection.execute("SELECT 'none', escuela_id FROM alumno"))
                with connection.transaction():
                    scope(connection, escuela_id)
                    seen |= set(connection.execute("SELECT 'own', escuela_id FROM alumno"))
        return seen

    with ThreadPoolExecutor(8) as pool:
        for escuela_id, seen in zip([A, B] * 4, pool.map(visit, [A, B] * 4), strict=True):
            assert seen == {("own", escuela_id)}
