"""The wall between two escuelas: raw and bulk statements are refused, and no row is written into another."""

import pytest
from sqlalchemy import (
    bindparam,
    delete,
    exc,
    exists,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.orm import (
    joinedload,
    lazyload,
    selectinload,
    subqueryload,
)

from tenants.guard import ForeignRow, RawStatementRefused
from tenants.scope import (
    escuela_scope,
)
from tests.tenants.conftest import A, B, Hoja, Libro, Persona, on_sqlite

pytestmark = pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")

RAW = {
    "text": text("SELECT * FROM libro"),
    "text as entity": select(Libro).from_statement(text("SELECT * FROM libro")),
    "text with columns": select(Libro).from_statement(
        text("SELECT * FROM libro").columns(*Libro.__table__.columns)
    ),
    "text in where": select(Libro).where(text("1 = 1 OR 1 = 1")),
    "core select": select(Libro.__table__),
    "core select of a column": select(Libro.__table__.c.titulo),
    "core count": select(func.count()).select_from(Libro.__table__),
    "core exists": select(exists().where(Libro.__table__.c.id > 0)),
    "core table beside an entity": select(Libro.id, Hoja.__table__.c.texto),
    "core alias beside an entity": select(Persona.id, Libro.__table__.alias().c.titulo),
    "core subquery beside an entity": select(Persona.id, select(Libro.__table__).subquery().c.titulo),
    "literal with a select": select(Persona.id, literal_column("(SELECT max(titulo) FROM libro)")),
    "core subquery in where": select(Persona.id).where(Persona.id.in_(select(Libro.__table__.c.tomo))),
    "core scalar subquery": select(Persona.id, select(func.count(Libro.__table__.c.id)).scalar_subquery()),
    "core table in join": select(Persona.id).join(Libro.__table__, Libro.__table__.c.id > 0),
    "core cte": select(Persona.id, select(Libro.__table__.c.titulo).cte().c.titulo),
    "core leg of a union": select(Persona.nombre).union(select(Libro.__table__.c.titulo)),
    "core update": update(Libro.__table__).values(tomo=9),
    "core delete": delete(Libro.__table__),
    "core insert": insert(Libro.__table__).values(escuela_id=B, id=99, titulo="x", tomo=1),
    "orm insert": insert(Libro).values(escuela_id=B, id=99, titulo="x", tomo=1),
    "insert from select": insert(Persona).from_select(["id", "nombre"], select(Libro.id, Libro.titulo)),
    "insert of a subquery": insert(Persona).values(
        id=9, nombre=select(func.max(Libro.__table__.c.titulo)).scalar_subquery()
    ),
    "update with a core subquery": update(Persona).values(
        nombre=select(func.max(Libro.__table__.c.titulo)).scalar_subquery()
    ),
}


@pytest.mark.parametrize("name", RAW)
def test_raw_statements_are_refused_however_they_are_wrapped(session, name):
    with escuela_scope(A):
        for _again in (1, 2):
            with pytest.raises(RawStatementRefused):
                session.execute(RAW[name])
        session.rollback()


@pytest.mark.parametrize(
    "bulk",
    [
        lambda s: s.execute(insert(Libro), [{"escuela_id": B, "id": 99, "titulo": "x"}]),
        lambda s: s.execute(insert(Libro).returning(Libro), [{"id": 99, "titulo": "x"}]),
        lambda s: s.execute(update(Libro), [{"escuela_id": B, "id": 21, "titulo": "x"}]),
        lambda s: s.bulk_save_objects([Libro(escuela_id=B, titulo="x")]),
        lambda s: s.bulk_insert_mappings(Libro, [{"escuela_id": B, "id": 99, "titulo": "x"}]),
        lambda s: s.bulk_update_mappings(Libro, [{"escuela_id": B, "id": 21, "titulo": "x"}]),
    ],
)
def test_bulk_writes_of_owned_rows_are_refused(session, bulk):
    with escuela_scope(A), pytest.raises(RawStatementRefused):
        bulk(session)


BULK = {
    "update": update(Libro).values(tomo=9),
    "update where": update(Libro).where(Libro.id > 0).values(tomo=9),
    "update in": update(Libro).where(Libro.id.in_(select(Hoja.libro_id))).values(tomo=9),
    "delete": delete(Hoja),
    "delete where": delete(Hoja).where(Hoja.id > 0),
}
WAYS = [(name, way) for name in BULK for way in ("auto", "evaluate", "fetch", False)]
WAYS.remove(("update in", "evaluate"))  # SQLAlchemy evaluates no subqueries


@pytest.mark.parametrize(("write", "synchronize"), WAYS)
def test_update_and_delete_reach_one_escuela(session, write, synchronize):
    with escuela_scope(A):
        session.scalars(select(Libro)).all()
        assert session.execute(BULK[write].execution_options(synchronize_session=synchronize)).rowcount == 2
        session.commit()
    with escuela_scope(B):
        assert session.scalars(select(Libro.tomo).order_by(Libro.id)).all() == [1, 2]
        assert session.scalar(select(func.count()).select_from(Hoja)) == 2


def test_a_platform_update_reads_only_the_own_escuela(session):
    with escuela_scope(A):
        session.execute(update(Persona).values(nombre=select(func.max(Libro.titulo)).scalar_subquery()))
        assert session.scalar(select(Persona.nombre)) == "A2"
        session.execute(update(Persona).where(exists().where(Libro.titulo == "B1")).values(nombre="leak"))
        assert session.scalar(select(Persona.nombre)) == "A2"
        session.rollback()


def test_an_insert_of_a_platform_row_reads_only_the_own_escuela(session):
    with escuela_scope(A):
        highest = select(func.max(Libro.titulo)).scalar_subquery()
        session.execute(insert(Persona).values(id=5, nombre=highest))
        assert session.get(Persona, 5).nombre == "A2"
        session.rollback()


@pytest.mark.parametrize(
    "write",
    [
        lambda s: s.execute(update(Libro).values(escuela_id=B)),
        lambda s: s.execute(update(Libro).values({Libro.escuela_id: B})),
        lambda s: s.execute(update(Libro).ordered_values((Libro.tomo, 2), (Libro.escuela_id, B))),
        lambda s: s.execute(update(Libro).values(tomo=bindparam("t")), {"t": 1, "escuela_id": B}),
        lambda s: (s.add(Libro(escuela_id=B, titulo="x")), s.flush()),
        lambda s: (setattr(s.get(Libro, (A, 11)), "escuela_id", B), s.flush()),
    ],
)
def test_a_row_is_never_written_into_another_escuela(session, write):
    with escuela_scope(A):
        with pytest.raises(ForeignRow):
            write(session)
        session.rollback()
    with escuela_scope(B):
        assert session.scalar(select(func.count()).select_from(Libro)) == 2


def test_new_rows_are_stamped_with_the_escuela_in_scope_and_get_an_id(session):
    with escuela_scope(B):
        libro = Libro(titulo="B3", hojas=[Hoja(texto="B3")])
        session.add(libro)
        session.commit()
        assert libro.escuela_id == libro.hojas[0].escuela_id == B
        assert libro.hojas[0].libro_id == libro.id > 2**40


def test_the_database_itself_refuses_a_reference_to_another_escuelas_row(session):
    with escuela_scope(A):
        session.add(Hoja(texto="x", libro_id=21))
        with pytest.raises(exc.IntegrityError):
            session.commit()
        session.rollback()


@on_sqlite
def test_a_many_to_one_never_shows_another_escuelas_row_even_where_the_reference_was_forged(session, engine):
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute("UPDATE hoja SET copia_de_id = 21 WHERE id = 101")
        raw.execute("PRAGMA foreign_keys=ON")
    for load in (lazyload, joinedload, selectinload, subqueryload):
        with escuela_scope(A):
            options = [load(Hoja.copia_de), load(Hoja.copia_por_id)]
            hoja = session.scalars(select(Hoja).where(Hoja.id == 101).options(*options)).one()
            assert (hoja.copia_de, hoja.copia_por_id) == (None, None)
