"""Six pages against a bare Flask view that runs the same statements and renders as many rows from a plain template.

Both are served by one waitress process on one SQLite database with 10,000 servicios and asked in turns; medians.
The bare view is in a Flask application of its own: no session, no sign-in, no headers, no context processors, its
template compiled once. Prints one JSON line: per page requests/s, statements, rows that they gave, the bare view's
requests/s, the ratio (aim: 0.5 or more) and the processor time of one request, which a busy machine disturbs less.
`--profile PAGE` prints where that page's time goes instead.
"""

from __future__ import annotations

import cProfile
import http.client
import json
import logging
import pstats
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import Engine, event
from waitress.server import create_server
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bench.data import fill
from portal import create_app
from portal.models import db
from portal.services import escuelas, sesiones
from portal.settings import Settings
from tenants.scope import escuela_scope

ROOT = Path(__file__).resolve().parents[1]
SERVICIOS = 10_000
WHO = ("alumno", "dependencia", "coordinador")
ROUNDS, PER_ROUND = 9, 20
PLAIN = """<!doctype html><title>bare</title><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>
{% endfor %}</tr>{% endfor %}</table>"""


def pages(people: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Page name -> (who, path)."""
    return {
        "alumno_inicio": ("alumno", "/escom/alumno/"),
        "proyectos": ("alumno", "/escom/alumno/proyectos"),
        "dependencia_inicio": ("dependencia", "/dependencia/"),
        "coordinador_inicio": ("coordinador", "/escom/coordinador/"),
        "expedientes_50": ("coordinador", "/escom/coordinador/expedientes"),
        "revision": ("coordinador", f"/escom/coordinador/entregas/{people['entrega']}"),
    }


@contextmanager
def recorded(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """The statements that run inside, as the driver gets them, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cur: Any, statement: str, parameters: Any, _ctx: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def rows_of(engine: Engine, statements: list[tuple[str, Any]]) -> list[Any]:
    """Every row of the statements, on the driver."""
    rows: list[Any] = []
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for statement, parameters in statements:
            rows += cursor.execute(statement, parameters).fetchall()
    finally:
        connection.close()
    return rows


def bare_app(engine: Engine, statements: dict[str, list[tuple[str, Any]]]) -> Flask:
    """An application whose `/<page>` runs that page's statements and writes every row into a plain table."""
    app = Flask("bare")
    app.jinja_loader = DictLoader({"plain.html": PLAIN})

    @app.get("/<name>")
    def page(name: str) -> str:
        return render_template("plain.html", rows=rows_of(engine, statements[name]))

    return app


class Asked(NamedTuple):
    """Requests per second, and milliseconds of processor per request (client and server are one process)."""

    rps: float
    cpu: float


def ask(connection: http.client.HTTPConnection, path: str, cookie: str, times: int) -> Asked:
    """`times` requests one after another."""
    start, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status} {body[:200]!r}")
    return Asked(times / (time.perf_counter() - start), 1000 * (time.process_time() - cpu) / times)


def prepare(data: Path) -> tuple[Flask, dict[str, Any], dict[str, str]]:
    """The portal on a new database with its rows, and the cookie of each person."""
    app = create_app(
        Settings.from_env({"PORTAL_ENV": "test", "PORTAL_DATA": str(data), "PORTAL_SECRET_KEY": "b" * 40})
    )
    now = datetime.now(UTC)
    with app.app_context():
        db.create_all()
        escuela = escuelas.cargar(ROOT / "tenants" / "escom", now=now)
        with escuela_scope(escuela.id):
            perfil = escuelas.perfil(1)
            plan = escuelas.plan(1, perfil.planes[0].clave)
        with db.engine.begin() as connection:
            people = fill(connection, escuela.id, perfil, plan, SERVICIOS, now)
        tokens = {who: sesiones.abrir(people[who], navegador="bench", ip="127.0.0.1", now=now) for who in WHO}
        db.session.remove()
    cookies = {who: _cookie(app, token) for who, token in tokens.items()}
    return app, people, cookies


def _cookie(app: Flask, token: str) -> str:
    """The cookie of somebody who has opened a page before: with it no answer sets another."""
    name = app.config["SESSION_COOKIE_NAME"]
    client = app.test_client()
    with client.session_transaction() as session:
        session.update({"_user_id": token, "_fresh": True})
    client.get("/cuenta/")
    kept = client.get_cookie(name)
    assert kept is not None
    return f"{name}={kept.value}"


def reads(app: Flask, path: str, cookie: str) -> list[tuple[str, Any]]:
    """The statements of a page, asked for the second time; it must answer 200 and write nothing."""
    client = app.test_client(use_cookies=False)
    client.get(path, headers={"Cookie": cookie})
    with app.app_context():
        engine = db.engine
    with recorded(
        engine
    ) as seen:  # outside an application context: the request has its own, as when it is served
        response = client.get(path, headers={"Cookie": cookie})
    if response.status_code != 200 or "Set-Cookie" in response.headers:
        raise SystemExit(f"{path}: {response.status_code} {dict(response.headers)}")
    asked = [(s, p) for s, p in seen if not s.startswith("BEGIN")]
    written = [s for s, _ in asked if not s.lstrip().upper().startswith(("SELECT", "WITH"))]
    if written:
        raise SystemExit(f"{path} writes: {written}")
    return asked


def measure(app: Flask, people: dict[str, Any], cookies: dict[str, str]) -> dict[str, Any]:
    """Every page and its bare twin, in turns."""
    statements = {name: reads(app, path, cookies[who]) for name, (who, path) in pages(people).items()}
    with app.app_context():
        engine = db.engine
    both = DispatcherMiddleware(app, {"/bare": bare_app(engine, statements)})
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(both, host="127.0.0.1", port=0, threads=2)
    threading.Thread(target=server.run, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.effective_port)
    result: dict[str, Any] = {}
    for name, (who, path) in pages(people).items():
        ours, bare = [], []
        ask(connection, f"/bare/{name}", cookies[who], 2)
        for _ in range(ROUNDS):
            ours.append(ask(connection, path, cookies[who], PER_ROUND))
            bare.append(ask(connection, f"/bare/{name}", cookies[who], PER_ROUND))
        result[name] = {
            "rps": round(statistics.median(a.rps for a in ours), 1),
            "statements": len(statements[name]),
            "rows": len(rows_of(engine, statements[name])),
            "bare_rps": round(statistics.median(b.rps for b in bare), 1),
            "ratio": round(statistics.median(a.rps / b.rps for a, b in zip(ours, bare, strict=True)), 2),
            "cpu_ms": round(statistics.median(a.cpu for a in ours), 2),
            "bare_cpu_ms": round(statistics.median(b.cpu for b in bare), 2),
        }
    connection.close()
    return result


def profile(app: Flask, path: str, cookie: str) -> None:
    """Where 200 requests of one page spend their time, by function."""
    client = app.test_client(use_cookies=False)
    client.get(path, headers={"Cookie": cookie})
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for _ in range(200):
        client.get(path, headers={"Cookie": cookie})
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(45).sort_stats("cumtime").print_stats(120)


def main() -> None:
    """Fill, measure, print one JSON line."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        app, people, cookies = prepare(Path(folder))
        if sys.argv[1:2] == ["--profile"]:
            who, path = pages(people)[sys.argv[2]]
            profile(app, path, cookies[who])
            return
        print(json.dumps({"bench": "pages", "servicios": SERVICIOS, "pages": measure(app, people, cookies)}))


if __name__ == "__main__":
    main()
