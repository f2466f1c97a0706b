"""The wall between two escuelas: what a session does when the scope changes, nests or ends."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import (
    exc,
    func,
    inspect,
    select,
)

from tenants import guard
from tenants.guard import ScopeChangeInTransaction
from tenants.ids import new_id, new_public_id
from tenants.rls import rls_ddl, set_scope_sql
from tenants.scope import (
    NoScope,
    current_escuela,
    current_escuela_or_none,
    escuela_scope,
    on_scope_change,
    pop_escuela,
    push_escuela,
)
from tests.tenants.conftest import A, B, Base, Escuela, Hoja, Libro


def test_the_scope_cannot_change_over_uncommitted_work(session):
    with escuela_scope(A):
        session.add(Libro(titulo="A3"))
        with pytest.raises(ScopeChangeInTransaction), escuela_scope(B):
            pass
        session.flush()
        with pytest.raises(ScopeChangeInTransaction), escuela_scope(B):
            pass
        session.commit()
        with escuela_scope(B):
            assert session.scalar(select(func.count()).select_from(Libro)) == 2
        assert session.scalar(select(func.count()).select_from(Libro)) == 3


def test_an_attribute_set_to_what_it_was_is_no_uncommitted_work(session):
    with escuela_scope(A):
        libro = session.get(Libro, (A, 11))
        libro.titulo = "A1"
    assert current_escuela_or_none() is None


def test_leaving_with_uncommitted_work_is_said_and_the_work_thrown_away(session):
    with pytest.raises(ScopeChangeInTransaction), escuela_scope(A):
        session.add(Libro(titulo="A3"))
    with escuela_scope(A):
        assert session.scalar(select(func.count()).select_from(Libro)) == 2


def test_an_exception_inside_a_scope_is_the_one_that_is_heard(session):
    def fail():
        with escuela_scope(A):
            session.add(Libro(titulo="A3"))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with escuela_scope(A):
        assert session.scalar(select(func.count()).select_from(Libro)) == 2


def test_a_session_that_began_in_one_scope_serves_no_other(engine, session):
    """A session that `close` does not know about."""
    own = session.session_factory()
    with escuela_scope(A):
        own.scalars(select(Libro)).all()
    with escuela_scope(B), pytest.raises(ScopeChangeInTransaction):
        own.scalars(select(Libro)).all()
    own.close()


def test_a_stream_ends_with_its_scope(session):
    with escuela_scope(A):
        rows = session.scalars(select(Libro).order_by(Libro.id).execution_options(yield_per=1))
        assert next(rows).titulo == "A1"
    with escuela_scope(B), pytest.raises(exc.SQLAlchemyError):
        next(rows)


def test_owned_classes_and_tables_are_known():
    assert guard.owned_models(Base) == [Hoja, Libro]
    assert [t.name for t in guard.owned_tables(Base.metadata)] == ["libro", "hoja"]


def test_owned_keys_and_indexes_begin_with_escuela_id():
    table = Libro.__table__
    assert [*table.primary_key.columns.keys()] == ["escuela_id", "id"]
    leads = [i.columns[0].name for i in table.indexes] + [
        u.columns[0].name for u in inspect(table).constraints if u.columns
    ]
    assert set(leads) == {"escuela_id"}
    assert Escuela.__table__ not in guard.owned_tables(Base.metadata)


def test_scopes_nest_and_the_outer_one_comes_back():
    with escuela_scope(A):
        token = push_escuela(B)
        assert current_escuela() == B
        pop_escuela(token)
        assert current_escuela() == A
    assert current_escuela_or_none() is None
    with pytest.raises(NoScope, match="escuela_scope"):
        current_escuela()


def test_only_an_effective_change_is_announced():
    heard = []
    forget = on_scope_change(lambda change: heard.append((change.old, change.new, change.how)))
    with escuela_scope(A), escuela_scope(A), escuela_scope(B):
        pass
    forget()
    assert heard == [(None, A, "enter"), (A, B, "enter"), (B, A, "exit"), (A, None, "exit")]


def test_ids_increase_across_threads_and_fit_in_63_bits():
    with ThreadPoolExecutor(4) as pool:
        batches = list(pool.map(lambda _: [new_id() for _ in range(2_000)], range(4)))
    assert all(batch == sorted(set(batch)) for batch in batches)
    assert len({i for batch in batches for i in batch}) == 8_000
    assert 0 < new_id() < 2**63


def test_public_ids_are_sixteen_safe_characters_that_never_begin_with_a_hyphen():
    ids = {new_public_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{15}", i) for i in ids)


def test_rls_speaks_of_the_table_and_of_the_scope():
    ddl = rls_ddl("order")
    assert [d.split('"order"')[1].split(" USING")[0] for d in ddl[:2]] == [
        " ENABLE ROW LEVEL SECURITY",
        " FORCE ROW LEVEL SECURITY",
    ]
    assert "USING" in ddl[2]
    assert "WITH CHECK" in ddl[2]
    assert set_scope_sql(7) == "SELECT set_config('app.escuela', '7', true)"
    assert set_scope_sql(None) == "SELECT set_config('app.escuela', '', true)"
