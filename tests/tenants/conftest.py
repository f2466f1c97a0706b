"""A small world of two escuelas, A and B, with the same kind of rows in each, and the wall between them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import BigInteger, Engine, ForeignKey, create_engine, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, scoped_session, sessionmaker

from tenants import guard, rls
from tenants.guard import EscuelaOwned, owned_fk, owned_index, owned_join, owned_unique
from tenants.scope import escuela_scope
from tests import real

A, B = 1, 2
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize(
    "engine", [pytest.param("postgresql", marks=pytest.mark.services)], indirect=True
)


class Base(DeclarativeBase):
    pass


class Escuela(Base):
    __tablename__ = "escuela"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    nombre: Mapped[str]


class Persona(Base):
    """A platform row: it belongs to no escuela, though it prefers one."""

    __tablename__ = "persona"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    nombre: Mapped[str]
    prefiere: Mapped[int | None] = mapped_column(ForeignKey("escuela.id"))


HOJA_DE = owned_join("Hoja", "Libro", "libro_id")


class Libro(EscuelaOwned, Base):
    __tablename__ = "libro"
    __table_args__ = (owned_unique("titulo"), owned_index("ix_libro_tomo", "tomo"))
    titulo: Mapped[str]
    tomo: Mapped[int] = mapped_column(default=1)
    hojas: Mapped[list["Hoja"]] = relationship(back_populates="libro", primaryjoin=HOJA_DE)


class Hoja(EscuelaOwned, Base):
    __tablename__ = "hoja"
    __table_args__ = (owned_fk("libro"), owned_fk("libro", "copia_de_id"))
    texto: Mapped[str]
    libro_id: Mapped[int] = mapped_column(BigInteger)
    copia_de_id: Mapped[int | None] = mapped_column(BigInteger)
    libro: Mapped[Libro] = relationship(back_populates="hojas", primaryjoin=HOJA_DE)
    copia_de: Mapped[Libro | None] = relationship(primaryjoin=owned_join("Hoja", "Libro", "copia_de_id"))
    copia_por_id: Mapped[Libro | None] = relationship(
        primaryjoin="Libro.id == foreign(Hoja.copia_de_id)", viewonly=True
    )
    """As a careless hand would write it: only the criterion keeps it inside the escuela."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine on a database that has the small world's tables, without row-level security: the guard stands alone."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('wall')}/wall.db")
    else:
        databases: real.Databases = request.getfixturevalue("postgresql")
        url = make_url(real.on(databases.owner, databases.create_numbered()))
        engine = create_engine(url.set(drivername="postgresql+psycopg"))
    rls.sqlite_pragmas(engine)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[scoped_session]:
    """The guarded session; in each escuela two libros, "<escuela>1" and "<escuela>2", of one hoja each."""
    session = scoped_session(sessionmaker(engine))
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    uninstall = guard.install(session, close=session.remove)
    rls.install_rls(session)
    session.add_all([Escuela(id=A, nombre="A"), Escuela(id=B, nombre="B"), Persona(id=1, nombre="Persona")])
    session.commit()
    for escuela_id, letter in ((A, "A"), (B, "B")):
        with escuela_scope(escuela_id):
            for n in (1, 2):
                libro = Libro(id=escuela_id * 10 + n, titulo=f"{letter}{n}", tomo=n)
                session.add(Hoja(id=escuela_id * 100 + n, texto=f"{letter}{n}", libro=libro, copia_de=libro))
            session.commit()
    yield session
    uninstall()
    session.remove()
