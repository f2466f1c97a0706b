"""Every form of the portal under hostile hands: never a 500, never a row changed by what was refused, never a
foreign escuela's row, never a field that the form does not have.

The forms are those that the portal's own pages show, found by walking every page as each role; every POST of the
URL map is tried. SQLite refuses less than PostgreSQL: what PostgreSQL would refuse is refused here too.
`HYPOTHESIS_PROFILE=largo` tries ten times as much.
"""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import SmallInteger, String, event
from werkzeug.datastructures import MultiDict

from portal import create_app
from portal.models import db
from portal.services import escuelas
from tenants.guard import owned_tables
from tests import factories
from tests.conftest import Browser, settings_for
from tests.web import world as worlds
from tests.web.hostil import CUERPOS, MARCA, SOBREPUESTOS, Formulario, envios, formularios, partes, textos
from tests.web.routes import ROUTES
from tests.web.test_routes import RULES, address

POSTS = sorted(e for e, m in RULES if m == "POST")
GETS = sorted(e for e, m in RULES if m == "GET")
PEOPLE = {"alumno": "alumno", "dependencia": "dependencia", "coordinador": "coordinador", "cuenta": "alumno"}
# Written by refused requests too, and rightly: attempts to sign in, when a session or an office was last seen.
BOOKKEEPING = frozenset({"sesion", "intento_ingreso", "miembro", "alembic_version"})
# A refused file of these leaves a draft: what was typed with it is right, and is kept.
DRAFTS = frozenset({"dependencia.proyecto_crear", "dependencia.proyecto_guardar"})
WIDE = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=max(settings().max_examples // 25, 4),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.large_base_example,
    ],
)

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(repr=False)
class Ground:
    """The portal with one of everything, restored after each request that changed it."""

    app: Flask
    world: worlds.World
    cookies: dict[str, str]
    look: sqlite3.Connection
    kept: sqlite3.Connection
    version: int = 0
    rows: Rows = field(default_factory=dict)
    forms: dict[str, Formulario] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "Ground"

    def client(self, endpoint: str) -> Browser:
        client = self.app.test_client()
        cookie = self.cookies.get(ROUTES[endpoint].partition(":")[0])
        if cookie:
            client.set_cookie("portal", cookie)
        return client  # type: ignore[return-value]

    def touched(self) -> bool:
        """Whether anybody wrote since this was asked last, bookkeeping included."""
        before, self.version = self.version, self.look.execute("PRAGMA data_version").fetchone()[0]
        return bool(before != self.version)

    def read(self) -> Rows:
        """Every row that a request could change."""
        return {
            name: self.look.execute(f'SELECT * FROM "{name}" ORDER BY 1, 2').fetchall()  # noqa: S608
            for name in db.metadata.tables
            if name not in BOOKKEEPING
        }

    def keep(self) -> None:
        """This is how it stands before each request."""
        db.session.remove()
        self.look.backup(self.kept)
        self.rows = self.read()
        self.touched()

    def restore(self) -> None:
        """As it stood."""
        db.session.remove()
        self.kept.backup(self.look)


def foreign(rows: Rows, escuela_id: int) -> Rows:
    """The rows of other escuelas."""
    owned = {
        table.name: list(table.columns.keys()).index("escuela_id") for table in owned_tables(db.metadata)
    }
    return {n: [r for r in rows[n] if r[at] != escuela_id] for n, at in owned.items() if n in rows}


@contextmanager
def strict() -> Iterator[None]:
    """Refuse what PostgreSQL would refuse: NUL in a text, a text longer than its column, a number too large for it."""

    def look(_conn: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:
        for row in parameters if many else [parameters]:
            for value in row.values() if isinstance(row, dict) else row:
                assert not (isinstance(value, str) and "\0" in value), f"NUL reaches the database: {sql}"

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


@pytest.fixture(scope="module")
def ground(template_data: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    data = tmp_path_factory.mktemp("hostil") / "data"
    shutil.copytree(template_data, data)
    app = create_app(settings_for(data))
    app.config.update(WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    app.test_client_class = Browser
    with app.app_context():
        now = datetime.now(UTC).replace(microsecond=0)
        here, there = escuelas.por_slug("escom"), escuelas.por_slug("esca-ust")
        assert here
        assert there
        worlds.build(there, here, now)
        world = worlds.build(here, there, now)
        cookies = {}
        for role, who in PEOPLE.items():
            client = factories.sign_in(app.test_client(), world.people[who] or 0, now)
            found = client.get_cookie("portal")
            assert found
            cookies[role] = found.value
        look, kept = sqlite3.connect(db.engine.url.database or ""), sqlite3.connect(data / "kept.db")
        ground = Ground(app, world, cookies, look, kept)
        ground.forms = walk(ground)
        ground.keep()
        with strict():
            yield ground
        look.close()
        kept.close()
        db.session.remove()
        db.engine.dispose()


def walk(ground: Ground) -> dict[str, Formulario]:
    """Every form that a page shows to whom it is for, by the path that it posts to."""
    found: dict[str, Formulario] = {}
    for endpoint in GETS:
        path = address(ground.app, endpoint, "GET", ground.world.ids, "escom")
        answer = ground.client(endpoint).get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            found |= formularios(path, answer.text)
    return found


def names(ground: Ground) -> tuple[str, ...]:
    """The name of every field that some form has."""
    return tuple(sorted({name for form in ground.forms.values() for name in form.valores} - {"csrf_token"}))


def attack(ground: Ground, endpoint: str, path: str = "", **request: Any) -> int:
    """Send one request and hold the rows against what must be true of them; the portal is as before afterwards."""
    path = path or address(ground.app, endpoint, "POST", ground.world.ids, "escom")
    answer = ground.client(endpoint).post(path, **request)
    status = int(answer.status_code)
    answer.close()
    assert status < 500, (status, path)
    assert not any("\n" in str(value) or "\r" in str(value) for _, value in answer.headers)
    if ground.touched():
        hold(ground, path, 302 if endpoint in DRAFTS and "content_type" in request else status)
    return status


def hold(ground: Ground, path: str, status: int) -> None:
    """What must be true of the rows after a request that wrote some; then they are as before."""
    after = ground.read()
    try:
        if status >= 400:
            assert not [name for name in after if after[name] != ground.rows[name]], (status, path)
        here = ground.world.escuela.id
        assert foreign(after, here) == foreign(ground.rows, here), path
        assert MARCA not in repr(after), path
    finally:
        if after != ground.rows:
            ground.restore()


@pytest.mark.parametrize("endpoint", POSTS)
@WIDE
@given(data=st.data())
def test_a_form_bears_hostile_fields(ground: Ground, endpoint: str, data: st.DataObject) -> None:
    path = address(ground.app, endpoint, "POST", ground.world.ids, "escom")
    sent = data.draw(envios(ground.forms.get(path, Formulario()), names(ground)))
    extra = {name: [MARCA] for name in SOBREPUESTOS if name not in sent}
    attack(ground, endpoint, data=MultiDict({**extra, **sent}))


@pytest.mark.parametrize("endpoint", POSTS)
def test_a_form_bears_a_body_that_is_none(ground: Ground, endpoint: str) -> None:
    for number, (mime, body) in enumerate(CUERPOS):
        if (
            number + len(endpoint)
        ) % 3 == 0:  # a third of them at each form; all of them at all forms together
            attack(ground, endpoint, data=body, content_type=mime)


UPLOADS = pytest.mark.parametrize("endpoint", [e for e in POSTS if not e.startswith("acceso.")])


@UPLOADS
def test_a_form_bears_hostile_files(ground: Ground, endpoint: str) -> None:
    path = address(ground.app, endpoint, "POST", ground.world.ids, "escom")
    form = ground.forms.get(path, Formulario())
    for number, (field_name, name, content) in enumerate(partes(form)):
        values = {n: (v or [""])[-1] for n, v in form.valores.items() if n != "csrf_token"}
        attack(
            ground,
            endpoint,
            data={**values, field_name: (io.BytesIO(content), name)},
            content_type="multipart/form-data",
        )
        if number > 2 and (number + len(endpoint)) % 2:
            break


def test_files_are_tried_at_many_forms(ground: Ground) -> None:
    with_files = [path for path, form in ground.forms.items() if form.archivos]
    assert len(with_files) >= 5, with_files
    seen = {address(ground.app, e, "POST", ground.world.ids, "escom") for e in POSTS}
    assert len([path for path in ground.forms if path in seen]) > len(POSTS) // 3


@pytest.mark.parametrize("endpoint", sorted({e for e, _ in RULES if e != "static"}))
@settings(WIDE, max_examples=max(WIDE.max_examples // 3, 3))
@given(query=st.dictionaries(st.sampled_from(("q", "cursor", "estado", "desde", "hasta", "n", "todos", "ver", "orden",
                                              "carrera", "zona", "modalidad", "cola", "clase", "sha256", "volver")),
                             textos(), min_size=1, max_size=5))  # fmt: skip
def test_an_address_bears_a_hostile_query(ground: Ground, endpoint: str, query: dict[str, str]) -> None:
    if endpoint not in GETS:
        return
    path = address(ground.app, endpoint, "GET", ground.world.ids, "escom")
    answer = ground.client(endpoint).get(path, query_string=query)
    assert answer.status_code < 500, (answer.status_code, path, query)
    answer.close()


@pytest.mark.parametrize("endpoint", sorted({e for e, _ in RULES}))
def test_an_address_bears_a_hostile_id(ground: Ground, endpoint: str) -> None:
    method = "POST" if endpoint in POSTS else "GET"
    for piece in ("%00", "..%2f..%2fetc", "a" * 3000, "%ff%fe", "%e2%80%ae", "' OR 1=1", "-1"):
        ids = dict.fromkeys(ground.world.ids, "IDMALO")
        path = address(ground.app, endpoint, method, ids, "escom").replace("IDMALO", piece)
        answer = ground.client(endpoint).open(path, method=method)
        assert answer.status_code < 500, (answer.status_code, path)
        answer.close()
        if ground.touched():
            hold(ground, path, answer.status_code)
