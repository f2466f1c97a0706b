"""However many rows stand behind a page, it asks the database as often, and shows no more than a page of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from portal import create_app
from portal.models import db
from portal.services import escuelas
from tenants.guard import owned_tables
from tests import factories
from tests.conftest import Browser, settings_for
from tests.web import world as worlds
from tests.web.routes import ROUTES
from tests.web.rows import Rows
from tests.web.test_routes import RULES, address

FEW, MANY = 10, 500
PAGE = 50
STATEMENTS = 8
PEOPLE = {"alumno": "alumno", "dependencia": "dependencia", "coordinador": "coordinador", "cuenta": "alumno"}
PAGES = sorted(e for e, m in RULES if m == "GET" and ROUTES.get(e, "").partition(":")[0] in PEOPLE)

# page -> (statements it may take, why)
MORE_STATEMENTS: dict[str, tuple[int, str]] = {
    "acceso.escuelas": (
        9,
        "asks in each escuela whether the account belongs to it: two for each of the three",
    ),
    "alumno.inicio": (
        9,
        "servicio, plan, letters, mails, how long a review takes, and what the escuela announces",
    ),
    "dependencia.solicitar_convenio": (12, "the profile in force of each of the three escuelas, one each"),
    "dependencia.termino_nuevo": (10, "a letter is prepared: everything that it will say is read by its key"),
}
# page -> (rows of one noun it may show, why)
MORE_ROWS: dict[str, tuple[int, str]] = {
    "coordinador.expediente": (MANY, "a whole expediente: every letter, file and baja of one alumno"),
    "coordinador.lote": (MANY, "a whole batch: what is in it goes away together"),
    "coordinador.finalizacion_ver": (MANY, "a whole expediente"),
    "dependencia.cartas": (100, "the newest hundred in each escuela"),
    "dependencia.convenios": (250, "every convenio of one dependencia: one a year in each escuela"),
    "dependencia.perfil": (MANY, "the people who act for one dependencia"),
    "dependencia.perfil_documento": (MANY, "every version of one paper"),
    "dependencia.prestador": (MANY, "every baja of one servicio"),
    "dependencia.proyectos": (200, "the newest two hundred in each escuela"),
    "dependencia.solicitudes": (100, "the oldest hundred that wait, in each escuela"),
}


@dataclass
class Seen:
    """One answer: its status, whether it is a page, the statements it took and how many rows of a noun it shows."""

    status: int
    html: bool
    statements: list[tuple[str, Any]]
    shown: dict[str, int]
    plan: tuple[str, ...] = ()


@pytest.fixture(scope="module")
def engine_log() -> list[tuple[str, Any]]:
    """Every statement of the module's engine, as the driver gets it."""
    return []


@pytest.fixture(scope="module")
def seen(
    template_data: Any, tmp_path_factory: pytest.TempPathFactory, engine_log: list[tuple[str, Any]]
) -> Iterator[dict[str, dict[int, Seen]]]:
    """Every page asked for with 10 rows behind it and with 500, by the person whom it is for."""
    data = tmp_path_factory.mktemp("statements") / "data"
    shutil.copytree(template_data, data)
    app = create_app(settings_for(data))
    app.config.update(TESTING=True, RATELIMIT_ENABLED=False)
    app.test_client_class = Browser
    with app.app_context():
        now = datetime.now(UTC).replace(microsecond=0)
        here, there = escuelas.por_slug("escom"), escuelas.por_slug("esca-ust")
        assert here
        assert there
        world = worlds.build(here, there, now)
        clients = {
            role: factories.sign_in(app.test_client(), world.people[who] or 0, now)
            for role, who in PEOPLE.items()
        }
        paths = {e: address(app, e, "GET", world.ids, "escom") for e in PAGES}
        db.session.remove()
        engine = db.engine
        event.listen(engine, "before_cursor_execute", lambda *args: engine_log.append((args[2], args[3])))
        written: dict[str, set[str]] = {}
        found: dict[str, dict[int, Seen]] = {e: {} for e in PAGES}
        for start, count in ((0, FEW), (FEW, MANY - FEW)):
            with engine.begin() as connection:
                rows = Rows(connection, world)
                rows.written = written
                rows.add(start, count)
            for endpoint, path in paths.items():
                client = clients[ROUTES[endpoint].partition(":")[0]]
                if start == 0:
                    client.get(path)  # what is kept from the first time on
                found[endpoint][start + count] = _ask(client, path, engine_log, written)
        for answers in found.values():
            answers[MANY].plan = _plan(engine, answers[MANY].statements)
        yield found
        db.session.remove()
        engine.dispose()


def _ask(client: FlaskClient, path: str, log: list[tuple[str, Any]], written: dict[str, set[str]]) -> Seen:
    log.clear()
    response = client.get(path)
    statements = [(s, p) for s, p in log if not s.startswith("BEGIN")]
    html = response.mimetype == "text/html"
    text = response.text if html else ""
    shown = {noun: sum(id_ in text for id_ in ids) for noun, ids in written.items()} if html else {}
    return Seen(response.status_code, html, statements, shown)


def _plan(engine: Engine, statements: list[tuple[str, Any]]) -> tuple[str, ...]:
    """How SQLite reads the tables of these statements."""
    connection = engine.raw_connection()
    try:
        reads = [(s, p) for s, p in statements if s.startswith(("SELECT", "WITH"))]
        return tuple(
            row[3] for s, p in reads for row in connection.cursor().execute(f"EXPLAIN QUERY PLAN {s}", p)
        )
    finally:
        connection.close()


@pytest.mark.parametrize("endpoint", PAGES)
def test_a_page_asks_as_often_with_500_rows_as_with_10(
    seen: dict[str, dict[int, Seen]], endpoint: str
) -> None:
    few, many = seen[endpoint][FEW], seen[endpoint][MANY]
    assert few.status == many.status
    asked = "\n".join(s for s, _ in many.statements)
    assert (len(few.statements), len(many.statements)) == (len(many.statements),) * 2, asked
    allowed = MORE_STATEMENTS.get(endpoint, (STATEMENTS, ""))[0]
    assert not many.html or len(many.statements) <= allowed, f"{len(many.statements)} statements:\n{asked}"


@pytest.mark.parametrize("endpoint", PAGES)
def test_a_page_shows_a_page_of_rows(seen: dict[str, dict[int, Seen]], endpoint: str) -> None:
    allowed = MORE_ROWS.get(endpoint, (PAGE, ""))[0]
    too_many = {noun: n for noun, n in seen[endpoint][MANY].shown.items() if n > allowed}
    assert not too_many


@pytest.mark.parametrize("endpoint", PAGES)
def test_no_page_scans_a_table_of_the_escuelas(seen: dict[str, dict[int, Seen]], endpoint: str) -> None:
    owned = {table.name for table in owned_tables(db.metadata)}
    scanned = [re.match(r"SCAN (\w+?)(_\d+)?\b", line) for line in seen[endpoint][MANY].plan]
    assert not {m[1] for m in scanned if m} & owned


def test_the_tables_of_exceptions_name_pages_that_need_them(seen: dict[str, dict[int, Seen]]) -> None:
    for endpoint in MORE_STATEMENTS:
        assert len(seen[endpoint][MANY].statements) > STATEMENTS, endpoint
    for endpoint in MORE_ROWS:
        assert max(seen[endpoint][MANY].shown.values()) > PAGE, endpoint
