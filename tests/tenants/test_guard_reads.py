"""The wall between two escuelas: every way of reading that leaks through a naive listener."""

import pytest
from sqlalchemy import (
    Row,
    String,
    case,
    cast,
    delete,
    exc,
    exists,
    func,
    lambda_stmt,
    literal_column,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.orm import (
    Bundle,
    aliased,
    contains_eager,
    defer,
    joinedload,
    load_only,
    selectinload,
    subqueryload,
)

from tenants.guard import ForeignRow
from tenants.scope import (
    NoScope,
    escuela_scope,
)
from tests.tenants.conftest import A, B, Hoja, Libro, Persona

pytestmark = pytest.mark.filterwarnings("ignore:SELECT statement has a cartesian product")

Otro = aliased(Libro, name="otro")
TITULOS = select(Libro.titulo)
EN_UNION = union_all(TITULOS, TITULOS).subquery()
EN_CTE = select(Libro.titulo.label("t")).cte("todos")
RECURSIVA = select(Libro.id.label("id"), Libro.titulo.label("t")).cte("cadena", recursive=True)
RECURSIVA = RECURSIVA.union(select(Libro.id, Libro.titulo).join(RECURSIVA, Libro.id == RECURSIVA.c.id + 1))

READS = {
    "entity": select(Libro),
    "column": TITULOS,
    "condition that is always true": TITULOS.where(literal_column("1") == 1),
    "plain column in where": TITULOS.where(Libro.__table__.c.tomo > 0),
    "or": TITULOS.where((Libro.tomo == 1) | (Libro.tomo == 2)),
    "function of a column": select(func.max(Libro.titulo)),
    "alias": select(Otro),
    "alias beside entity": select(Libro.titulo, Otro.titulo).where(Libro.tomo == Otro.tomo),
    "join along a relationship": select(Hoja.texto).join(Hoja.libro),
    "join of unrelated entities": select(Libro.titulo, Hoja.texto).join(Hoja, Hoja.id > 0),
    "outer join": select(Libro.titulo, Hoja.texto).outerjoin(Hoja, Hoja.id > Libro.id),
    "platform row joined to owned": select(Persona.nombre, Libro.titulo).join(Libro, Libro.id > 0),
    "platform row outer joined to alias": select(Persona.nombre, Otro.titulo).outerjoin(Otro, Otro.id > 0),
    "scalar subquery of a platform row": select(
        Persona.nombre, select(func.max(Libro.titulo)).scalar_subquery()
    ),
    "scalar subquery in where": TITULOS.where(Libro.id == select(func.max(Libro.id)).scalar_subquery()),
    "in": TITULOS.where(Libro.id.in_(select(Hoja.libro_id))),
    "subquery": select(TITULOS.subquery().c.titulo),
    "alias of a subquery": select(aliased(Libro, select(Libro).subquery())),
    "lateral": select(
        Persona.nombre, union_all(TITULOS.correlate(None), TITULOS.correlate(None)).subquery().c.titulo
    ),
    "union": TITULOS.union(select(Hoja.texto)),
    "union of entities": select(Libro).from_statement(union_all(select(Libro), select(Libro))),
    "union inside": select(EN_UNION.c.titulo),
    "union of core and entity": select(Persona.nombre).union_all(TITULOS),
    "except": TITULOS.except_(TITULOS.where(Libro.tomo == 1)),
    "cte": select(EN_CTE.c.t),
    "cte joined": select(Libro.titulo).join(EN_CTE, EN_CTE.c.t >= ""),
    "recursive cte": select(RECURSIVA.c.t),
    "window": select(Libro.titulo, func.first_value(Libro.titulo).over(order_by=Libro.id)),
    "group": select(Libro.titulo, func.count()).group_by(Libro.titulo),
    "case and cast": select(case((Libro.tomo == 1, Libro.titulo), else_=cast(Libro.titulo, String))),
    "bundle": select(Bundle("b", Libro.titulo)),
    "tuple in values": TITULOS.where(tuple_(Libro.id, Libro.tomo).in_([(11, 1), (21, 1)])),
    "having": TITULOS.group_by(Libro.titulo).having(func.count(Libro.id) > 0).order_by(Libro.titulo.desc()),
    "distinct page": TITULOS.distinct().order_by(Libro.titulo).limit(5).offset(0),
    "for update": select(Libro).with_for_update(of=Libro, skip_locked=True),
    "some columns": select(Libro).options(load_only(Libro.titulo), defer(Libro.tomo)),
    "correlated": select(
        Libro.titulo, select(func.max(Hoja.texto)).where(Hoja.libro_id == Libro.id).scalar_subquery()
    ),
    "correlated alias": TITULOS.where(exists().where(Otro.tomo == Libro.tomo)),
    "lambda": lambda_stmt(lambda: select(Libro.titulo)),
    "lazy collection": select(Libro),
    "joined collection": select(Libro).options(joinedload(Libro.hojas)),
    "selectin collection": select(Libro).options(selectinload(Libro.hojas)),
    "subquery collection": select(Libro).options(subqueryload(Libro.hojas)),
    "joined parent": select(Hoja).options(joinedload(Hoja.libro), joinedload(Hoja.copia_de)),
    "selectin parent": select(Hoja).options(selectinload(Hoja.libro), selectinload(Hoja.copia_de)),
    "contains_eager": select(Libro).join(Libro.hojas).options(contains_eager(Libro.hojas)),
    "streamed": select(Libro).execution_options(yield_per=1),
}


def words(value):
    """Every title and text that a result shows, through its relationships too."""
    if isinstance(value, Libro):
        return {value.titulo, *(h.texto for h in value.hojas)}
    if isinstance(value, Hoja):
        return {value.texto, value.libro.titulo, value.copia_de.titulo if value.copia_de else ""}
    if isinstance(value, (tuple, Row)):
        return {str(part) for part in value}
    return {str(value)}


def seen(result):
    found = {w for row in result.unique() for value in row for w in words(value)} if result else set()
    return {w for w in found if w[:1] in "AB" and w[1:2].isdigit()}


@pytest.mark.parametrize("name", READS)
def test_a_select_shows_its_own_escuela_and_nothing_else_also_when_it_comes_from_the_cache(session, name):
    for escuela_id, letter in ((A, "A"), (B, "B"), (A, "A")):
        with escuela_scope(escuela_id):
            statement = READS[name]
            result = session.execute(statement)
            if name == "streamed":
                found = {w for row in result for w in words(row[0])}
            else:
                found = seen(result)
        assert found, name
        assert {w[0] for w in found} == {letter}


COUNTS = {
    "count(*) without an entity": select(func.count()).select_from(Libro),
    "count of a column": select(func.count(Libro.id)),
    "count of an alias": select(func.count()).select_from(Otro),
    "count of a subquery": select(func.count()).select_from(select(Libro).subquery()),
    "count of a subquery of columns": select(func.count()).select_from(select(Libro.id).subquery()),
    "sum": select(func.sum(Libro.tomo) - 1),
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_counts_the_rows_of_one_escuela(session, name):
    with escuela_scope(A):
        assert session.scalar(COUNTS[name]) == 2


ASKS_FOR_B = {
    "exists": select(select(Libro).where(Libro.titulo == "B1").exists()),
    "exists of a column": select(select(Libro.id).where(Libro.titulo == "B1").exists()),
    "platform row where exists": select(Persona.id).where(exists().where(Libro.titulo == "B1")),
    "platform row where exists of an alias": select(Persona.id).where(exists().where(Otro.titulo == "B1")),
    "own row where any": select(Libro.id).where(Libro.hojas.any(Hoja.texto == "B1")),
    "own row where has": select(Hoja.id).where(Hoja.libro.has(Libro.titulo == "B1")),
    "by primary key": select(Libro.id).where(Libro.escuela_id == B),
    "by tuple": select(Libro.id).where(Libro.id.in_([21, 22])),
}


@pytest.mark.parametrize("name", ASKS_FOR_B)
def test_asking_whether_a_row_of_another_escuela_exists_says_no(session, name):
    with escuela_scope(B):
        session.scalar(ASKS_FOR_B[name])
    with escuela_scope(A):
        assert not session.scalar(ASKS_FOR_B[name])


def test_legacy_queries_are_behind_the_wall_too(session):
    with escuela_scope(A):
        assert session.query(Libro).count() == 2
        assert session.query(session.query(Libro).filter_by(titulo="B1").exists()).scalar() is False
        assert {titulo for (titulo,) in session.query(Libro.titulo)} == {"A1", "A2"}


def test_get_does_not_find_another_escuelas_row_not_even_in_the_identity_map(session):
    with escuela_scope(B):
        kept = session.get(Libro, (B, 21))
        assert kept.titulo == "B1"
        with escuela_scope(A):
            assert session.get(Libro, (B, 21)) is None
        assert kept not in session
    with escuela_scope(A):
        assert session.get(Libro, (B, 21)) is None
        assert session.get(Libro, {"escuela_id": B, "id": 21}) is None
        assert session.get(Libro, (A, 11)).titulo == "A1"


def test_a_row_kept_from_another_scope_cannot_be_brought_in(session):
    with escuela_scope(B):
        kept = session.get(Libro, (B, 21))
    with escuela_scope(A):
        with pytest.raises(ForeignRow):
            session.add(kept)
        with pytest.raises(ForeignRow):
            session.delete(kept)
        with pytest.raises(exc.InvalidRequestError):
            session.refresh(kept)
        with pytest.raises(ForeignRow):
            session.merge(kept, load=False)
        session.rollback()
        session.merge(kept)
        with pytest.raises(ForeignRow):
            session.flush()
        session.rollback()


def test_refresh_and_expired_attributes_read_the_own_row(session):
    with escuela_scope(A):
        libro = session.get(Libro, (A, 11))
        session.expire(libro)
        assert libro.titulo == "A1"
        session.refresh(libro)
        assert [h.texto for h in libro.hojas] == ["A1"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda s: s.scalars(select(Libro)).all(),
        lambda s: s.scalar(select(func.count()).select_from(Libro)),
        lambda s: s.get(Libro, (A, 11)),
        lambda s: s.execute(update(Libro).values(tomo=9)),
        lambda s: s.execute(delete(Libro)),
        lambda s: s.execute(select(Persona.nombre).where(exists().where(Libro.id > 0))).all(),
        lambda s: s.execute(select(EN_UNION.c.titulo)).all(),
        lambda s: (s.add(Libro(titulo="x")), s.flush()),
    ],
)
def test_without_a_scope_owned_rows_raise(session, ask):
    with pytest.raises(NoScope):
        ask(session)
    session.rollback()


def test_without_a_scope_platform_rows_are_read_and_written(session):
    session.add(Persona(id=2, nombre="Otra"))
    session.commit()
    assert session.scalar(select(func.count()).select_from(Persona)) == 2
