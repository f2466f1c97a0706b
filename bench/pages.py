"""Six pages against a bare Flask view that runs the same statements and renders as many rows from a plain template.

Both are served by one waitress process on one SQLite database with 10,000 servicios and asked in turns; medians.
Prints one JSON line: per page requests/s, statements, the bare view's requests/s and the ratio (aim: 0.5 or more).
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string
from sqlalchemy import event
from waitress.server import create_server

from bench.data import fill
from portal import create_app
from portal.models import db
from portal.services import escuelas, sesiones
from portal.settings import Settings
from tenants.scope import escuela_scope

ROOT = Path(__file__).resolve().parents[1]
SERVICIOS = 10_000
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
def recorded(app: Flask) -> Any:
    """The statements that run inside, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cur: Any, statement: str, parameters: Any, _ctx: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def bare_view(app: Flask, statements: list[tuple[str, Any]]) -> Callable[[], str]:
    """A view that runs the statements on the driver and writes every row it gets into a plain table."""

    def view() -> str:
        rows: list[Any] = []
        connection = db.engine.raw_connection()
        try:
            cursor = connection.cursor()
            for statement, parameters in statements:
                rows += cursor.execute(statement, parameters).fetchall()
        finally:
            connection.close()
        return render_template_string(PLAIN, rows=rows)

    return view


def ask(connection: http.client.HTTPConnection, path: str, cookie: str, times: int) -> float:
    """Requests per second of `times` requests one after another."""
    start = time.perf_counter()
    for _ in range(times):
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"{path}: {response.status} {body[:200]!r}")
    return times / (time.perf_counter() - start)


def prepare(data: Path) -> tuple[Flask, dict[str, Any], dict[str, str]]:
    """The portal on a new database with its rows, and the cookie of each person."""
    app = create_app(Settings.from_env({"PORTAL_ENV": "test", "PORTAL_DATA": str(data), "PORTAL_SECRET_KEY": "b" * 40}))
    now = datetime.now(UTC)
    with app.app_context():
        db.create_all()
        escuela = escuelas.cargar(ROOT / "tenants" / "escom", now=now)
        with escuela_scope(escuela.id):
            perfil = escuelas.perfil(1)
            plan = escuelas.plan(1, perfil.planes[0].clave)
        with db.engine.begin() as connection:
            people = fill(connection, escuela.id, perfil, plan, SERVICIOS, now)
        cookies = {who: _cookie(app, people[who], now) for who in ("alumno", "dependencia", "coordinador")}
        db.session.remove()
    return app, people, cookies


def _cookie(app: Flask, usuario_id: int, now: datetime) -> str:
    token = sesiones.abrir(usuario_id, navegador="bench", ip="127.0.0.1", now=now)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps({'_user_id': token, '_fresh': True})}"


def measure(app: Flask, people: dict[str, Any], cookies: dict[str, str]) -> dict[str, Any]:
    """Every page and its bare twin, in turns."""
    counts: dict[str, int] = {}
    client = app.test_client()
    for name, (who, path) in pages(people).items():
        client.get(path, headers={"Cookie": cookies[who]})
        with app.app_context(), recorded(app) as seen:
            status = client.get(path, headers={"Cookie": cookies[who]}).status_code
        if status != 200:
            raise SystemExit(f"{path}: {status}")
        reads = [(s, p) for s, p in seen if s.lstrip().upper().startswith(("SELECT", "WITH"))]
        counts[name] = len(reads)
        app.view_functions[f"bare_{name}"] = bare_view(app, reads)
    server = create_server(app, host="127.0.0.1", port=0, threads=2)
    threading.Thread(target=server.run, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.effective_port)
    result: dict[str, Any] = {}
    for name, (who, path) in pages(people).items():
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(ask(connection, path, cookies[who], PER_ROUND))
            bare.append(ask(connection, f"/bench/{name}", cookies[who], PER_ROUND))
        ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
        result[name] = {"rps": round(statistics.median(ours), 1), "statements": counts[name],
                        "bare_rps": round(statistics.median(bare), 1), "ratio": round(ratio, 2)}  # fmt: skip
    connection.close()
    server.close()
    return result


def main() -> None:
    """Fill, measure, print one JSON line."""
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        app, people, cookies = prepare(Path(folder))
        for name in pages(people):
            app.add_url_rule(f"/bench/{name}", f"bare_{name}", lambda: "")
        print(json.dumps({"bench": "pages", "servicios": SERVICIOS, "pages": measure(app, people, cookies)}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
