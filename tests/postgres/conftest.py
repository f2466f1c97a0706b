"""A migrated database with a row of two escuelas in every owned table, reached directly and through PgBouncer."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests import real
from tests.postgres.filas import fill


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the real services."""
    for item in items:
        if "tests/postgres/" in item.path.as_posix():
            item.add_marker(pytest.mark.services)


@pytest.fixture(scope="session")
def walled(postgresql: real.Databases) -> str:
    """The name of that database."""
    name = postgresql.create_numbered(postgresql.template)
    with psycopg.connect(real.on(postgresql.app, name), prepare_threshold=None) as connection:
        fill(connection)
    return name


@pytest.fixture(params=["directly", "through pgbouncer"])
def connect(request: pytest.FixtureRequest, postgresql: real.Databases, walled: str) -> str:
    """The address of that database, as the application's role."""
    return real.on(postgresql.app if request.param == "directly" else postgresql.pgbouncer, walled)


@pytest.fixture
def connection(connect: str) -> Iterator[psycopg.Connection]:
    """A connection whose work is thrown away."""
    with psycopg.connect(connect, prepare_threshold=None) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def owner(postgresql: real.Databases, walled: str) -> Iterator[psycopg.Connection]:
    """A connection of the role that migrates."""
    with psycopg.connect(real.on(postgresql.owner, walled)) as connection:
        yield connection
        connection.rollback()
