"""The ground of the hostile tests: a portal with one of everything in two escuelas, put back after each request that
changed it, on SQLite and on PostgreSQL.

SQLite refuses less than PostgreSQL: what PostgreSQL would refuse is refused here too (`strict`).
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import SmallInteger, String, Table, event

from portal import create_app
from portal.models import Escuela, db
from portal.services import escuelas
from portal.settings import Settings
from tenants.guard import owned_tables
from tests import factories, real
from tests.conftest import Browser, settings_for
from tests.web import world as worlds
from tests.web.hostil import Formulario, formularios
from tests.web.routes import ROUTES
from tests.web.test_routes import RULES, address

GETS = sorted(e for e, m in RULES if m == "GET")
POSTS = sorted(e for e, m in RULES if m == "POST")
PEOPLE = {"alumno": "alumno", "dependencia": "dependencia", "coordinador": "coordinador", "cuenta": "alumno"}
# Written by refused requests too, and rightly: attempts to sign in, when a session or an office was last seen.
BOOKKEEPING = frozenset({"sesion", "intento_ingreso", "miembro", "alembic_version"})

Rows = dict[str, list[tuple[Any, ...]]]


def tables() -> list[Table]:
    """Every table that a request could change."""
    return [table for name, table in db.metadata.tables.items() if name not in BOOKKEEPING]


class Look(Protocol):
    """Eyes on the rows that the portal does not share, and hands that put them back."""

    def mark(self) -> Any:
        """Another value each time that somebody wrote, bookkeeping included."""

    def read(self) -> Rows:
        """Every row of `tables()`."""

    def keep(self) -> None:
        """This is how it stands."""

    def restore(self) -> None:
        """As it stood when it was kept."""

    def close(self) -> None:
        """Let everything go."""


class Sqlite:
    """A file beside the portal's."""

    def __init__(self, path: str) -> None:
        self.live, self.kept = sqlite3.connect(path), sqlite3.connect(f"{path}.kept")

    def mark(self) -> Any:
        """See Look."""
        return self.live.execute("PRAGMA data_version").fetchone()[0]

    def read(self) -> Rows:
        """See Look."""
        return {t.name: self.live.execute(f'SELECT * FROM "{t.name}" ORDER BY 1, 2').fetchall()  # noqa: S608
                for t in tables()}  # fmt: skip

    def keep(self) -> None:
        """See Look."""
        self.live.backup(self.kept)

    def restore(self) -> None:
        """See Look."""
        self.kept.backup(self.live)

    def close(self) -> None:
        """See Look."""
        self.live.close()
        self.kept.close()


class Postgresql:
    """A connection as the application's role, which sees one escuela at a time; the copy is another database."""

    def __init__(self, databases: real.Databases, name: str) -> None:
        self.databases, self.name = databases, name
        self.kept = databases.create_numbered(databases.template)
        self._connect()

    def _connect(self) -> None:
        self.live = psycopg.connect(real.on(self.databases.app, self.name), autocommit=True)

    def mark(self) -> Any:
        """See Look; the whole server's, so it says yes too often, never too seldom."""
        return self.live.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())").fetchone()

    def read(self) -> Rows:
        """See Look."""
        owned = {table.name for table in owned_tables(db.metadata)}
        found: Rows = {}
        for scope in ("", *(str(row[0]) for row in self.live.execute("SELECT id FROM escuela ORDER BY id"))):
            with self.live.transaction():
                self.live.execute("SELECT set_config('app.escuela', %s, true)", [scope])
                for table in tables():
                    if (table.name in owned) == bool(scope):
                        query = sql.SQL("SELECT * FROM {} ORDER BY 1, 2").format(sql.Identifier(table.name))
                        found[table.name] = found.get(table.name, []) + self.live.execute(query).fetchall()
        return found

    def keep(self) -> None:
        """See Look."""
        self._copy(self.name, self.kept)

    def restore(self) -> None:
        """See Look."""
        self._copy(self.kept, self.name)

    def _copy(self, source: str, target: str) -> None:
        db.engine.dispose()
        self.live.close()
        self.databases.drop(target)
        self.databases.create(target, source)
        self._connect()

    def close(self) -> None:
        """See Look."""
        self.live.close()


@dataclass(repr=False)
class Ground:
    """The portal with one of everything in `here` and in `there`."""

    app: Flask
    world: worlds.World
    other: worlds.World
    cookies: dict[str, str]
    look: Look
    version: Any = 0
    rows: Rows = field(default_factory=dict)

    @cached_property
    def forms(self) -> dict[str, Formulario]:
        """Every form that a page shows to whom it is for, by the path that it posts to."""
        found = walk(self)
        self.keep()
        return found

    def __repr__(self) -> str:
        return "Ground"

    def path(self, endpoint: str, method: str = "POST") -> str:
        """The address of a route with the ids of the first escuela; the alumno is at the step that waits for them."""
        ids = self.world.ids
        if endpoint.startswith("alumno.entrega"):
            ids = {**ids, "entrega": ids["abierta"]}
        return address(self.app, endpoint, method, ids, "escom")

    def client(self, endpoint: str) -> Browser:
        """A browser of somebody who may use the route."""
        client = self.app.test_client()
        cookie = self.cookies.get(ROUTES.get(endpoint, "publico").partition(":")[0])
        if cookie:
            client.set_cookie("portal", cookie)
        return client  # type: ignore[return-value]

    def touched(self) -> bool:
        """Whether anybody wrote since this was asked last, bookkeeping included."""
        before, self.version = self.version, self.look.mark()
        return bool(before != self.version)

    def keep(self) -> None:
        """This is how it stands before each request."""
        db.session.remove()
        self.look.keep()
        self.rows = self.look.read()
        self.touched()

    def changed(self) -> Rows | None:
        """The rows after a request that changed some, which are put back; None where nothing changed."""
        if not self.touched():
            return None
        after = self.look.read()
        if after == self.rows:
            return None
        db.session.remove()
        self.look.restore()
        self.touched()
        return after


def without_drafts(rows: Rows) -> Rows:
    """The rows without what a person typed so far: it is kept even when it cannot be sent."""
    columns = {table.name: [not c.name.startswith("borrador") for c in table.columns] for table in tables()}
    return {name: [tuple(compress(row, columns[name])) for row in found] for name, found in rows.items()}


def foreign(rows: Rows, escuela_id: int) -> Rows:
    """The rows of other escuelas."""
    owned = {
        table.name: list(table.columns.keys()).index("escuela_id") for table in owned_tables(db.metadata)
    }
    return {n: [r for r in rows[n] if r[at] != escuela_id] for n, at in owned.items() if n in rows}


def walk(ground: Ground) -> dict[str, Formulario]:
    """The forms of every page, each asked for by whom it is for."""
    found: dict[str, Formulario] = {}
    for endpoint in GETS:
        path = ground.path(endpoint, "GET")
        answer = ground.client(endpoint).get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found |= formularios(path, answer.text)
    return found


@contextmanager
def strict() -> Iterator[None]:
    """Refuse what PostgreSQL would refuse: NUL in a text, a text longer than its column, a number too large for it."""

    def look(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        # rows inserted by one statement come as one tuple
        several = many and not isinstance(parameters, tuple)
        for row in parameters if several else [parameters]:
            for value in row.values() if isinstance(row, dict) else row:
                assert not (isinstance(value, str) and "\0" in value), (
                    f"NUL reaches the database: {statement}"
                )

    def measure(session: Any, _context: Any, _instances: Any) -> None:
        for thing in (*session.new, *session.dirty):
            for column in thing.__table__.columns:
                value = getattr(thing, column.name, None)
                where = f"{column.table.name}.{column.name}"
                if isinstance(column.type, String) and column.type.length and isinstance(value, str):
                    assert len(value) <= column.type.length, f"{where}: {len(value)} characters"
                if isinstance(column.type, SmallInteger) and isinstance(value, int):
                    assert -32768 <= value <= 32767, f"{where}: {value}"

    event.listen(db.engine, "before_cursor_execute", look)
    event.listen(db.session, "before_flush", measure)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", look)
        event.remove(db.session, "before_flush", measure)


@contextmanager
def build(settings: Settings, open_look: Any) -> Iterator[Ground]:
    """The ground on a database that has the schools and nothing else; `open_look()` answers a Look at it."""
    app = create_app(settings)
    app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    app.test_client_class = Browser
    with app.app_context():
        now = datetime.now(UTC).replace(microsecond=0)
        here, there = _escuela("escom"), _escuela("esca-ust")
        other = worlds.build(there, here, now)
        world = worlds.build(here, there, now)
        cookies = {role: _cookie(app, world.people[who] or 0, now) for role, who in PEOPLE.items()}
        db.session.remove()
        look = open_look()
        ground = Ground(app, world, other, cookies, look)
        ground.keep()
        try:
            with strict():
                yield ground
        finally:
            look.close()
            db.session.remove()
            db.engine.dispose()


def _escuela(slug: str) -> Escuela:
    found = escuelas.por_slug(slug)
    assert found
    return found


def _cookie(app: Flask, usuario_id: int, now: datetime) -> str:
    client = factories.sign_in(app.test_client(), usuario_id, now)
    found = client.get_cookie("portal")
    assert found
    return found.value


@contextmanager
def ground_on(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Ground]:
    """The ground on "sqlite" or "postgresql"."""
    data = folder / "data"
    if kind == "sqlite":
        shutil.copytree(request.getfixturevalue("template_data"), data)
        settings = settings_for(data)
        with build(settings, lambda: Sqlite(str(data / "portal.db"))) as ground:
            yield ground
        return
    databases: real.Databases = request.getfixturevalue("postgresql")
    data.mkdir()
    name = databases.create_numbered(databases.template)
    settings = settings_for(data, real.on(databases.app, name))
    with build(settings, lambda: Postgresql(databases, name)) as ground:
        yield ground
    with suppress(psycopg.Error):
        databases.drop(name)


def on_databases(metafunc: pytest.Metafunc) -> None:
    """--database chooses for the ground what it chooses for every test of pages."""
    if "ground" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--database")
    postgresql = pytest.param("postgresql", marks=pytest.mark.services)
    kinds = {"sqlite": ["sqlite"], "postgresql": [postgresql], "all": ["sqlite", postgresql]}[chosen]
    metafunc.parametrize("ground", kinds, indirect=True, scope="module")
