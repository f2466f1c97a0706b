"""How pages of the office grow with the installation: 10,000 servicios in 10 escuelas against 1,000,000 in 1,000.

On the real PostgreSQL (`scripts/services up`), two databases of their own with the same escuela in many copies
(bench/growth_data.py), and a third with one escuela of 10,000 servicios. Each is asked by a process with the whole
portal in it; both take turns over ten escuelas, first to last. Prints one JSON line: per page the median milliseconds
at each size and their ratio (aim: 1.3 or less, but for statistics).
`--small` measures 2 against 20 escuelas, to see that the bench itself works.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import merge
from bench.growth_data import Base, base
from portal import create_app
from portal.models import db
from portal.services import sesiones
from portal.settings import Settings
from tests import real

ROOT = Path(__file__).resolve().parents[1]
CADA_UNA, GRANDE = 1000, 10_000
ROUNDS = 40
TRAS = 500
PAGES = {
    "inicio": "/",
    "lista_primera": "/expedientes",
    "lista_500": "/expedientes",
    "busqueda": "/expedientes?q=prueba+ana",
    "estadisticas": "/estadisticas?por=semestre",
}


class Asked:
    """The pages of one database, asked in this process: each time in the next escuela."""

    def __init__(self, people: list[tuple[str, int]]) -> None:
        self.app = create_app(Settings.from_env(dict(os.environ)))
        self.app.config.update(TESTING=True, RATELIMIT_ENABLED=False)
        self.clients, self.paths = [], []
        for slug, usuario_id in people:
            with self.app.app_context():
                token = sesiones.abrir(usuario_id, navegador="bench", ip="127.0.0.1", now=datetime.now(UTC))
                db.session.remove()
            client = self.app.test_client()
            with client.session_transaction() as session:
                session.update({"_user_id": token, "_fresh": True})
            self.clients.append(client)
            self.paths.append({name: f"/{slug}/coordinador{path}" for name, path in PAGES.items()})
        self.turn = dict.fromkeys(PAGES, 0)
        for n in range(len(people)):
            self._find(n)

    def _find(self, n: int) -> None:
        """Every page once, and where the list goes on after the 500th servicio."""
        path = self.paths[n]["lista_primera"]
        for _ in range(TRAS // 50):
            page = self._get(n, path)
            here, _, _ = page.partition('" rel="next"')
            path = here.rpartition('href="')[2].replace("&amp;", "&")
        self.paths[n]["lista_500"] = path
        for name in PAGES:
            self._get(n, self.paths[n][name])

    def _get(self, n: int, path: str) -> str:
        response = self.clients[n].get(path)
        if response.status_code != 200:
            raise SystemExit(f"{path}: {response.status}")
        return response.text

    def ask(self, name: str) -> float:
        """Milliseconds of a page, in the next escuela."""
        n = self.turn[name] = (self.turn[name] + 1) % len(self.clients)
        start = time.perf_counter()
        self._get(n, self.paths[n][name])
        return 1000 * (time.perf_counter() - start)


def child() -> None:
    """Answer a line with a page's name by a line with its milliseconds."""
    asked = Asked(json.loads(sys.stdin.readline()))
    print("ready", flush=True)
    for line in sys.stdin:
        print(asked.ask(line.strip()), flush=True)


class Process:
    """A child on one database."""

    def __init__(self, where: Base, environ: dict[str, str]) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.growth", "--child"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={**kept, **environ, "PORTAL_DATABASE_URL": where.url},
        )  # fmt: skip
        if self._say(json.dumps(where.coordinadores)) != "ready":
            raise SystemExit("a process of the bench did not start")

    def _say(self, line: str) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def ask(self, page: str) -> float:
        """Milliseconds of a page."""
        return float(self._say(page))

    def close(self) -> None:
        """End the child."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)


def measure(few: Process, many: Process, one: Process) -> dict[str, Any]:
    """Every page of the three, in turns; medians."""
    taken: dict[str, tuple[list[float], list[float], list[float]]] = {name: ([], [], []) for name in PAGES}
    for _ in range(ROUNDS):
        for name, lists in taken.items():
            for process, found in zip((few, many, one), lists, strict=True):
                found.append(process.ask(name))
    result = {}
    for name, lists in taken.items():
        a, b, c = (statistics.median(found) for found in lists)
        result[name] = {
            "ms": round(a, 1),
            "ms_many": round(b, 1),
            "ratio": round(b / a, 2),
            "ms_one_big": round(c, 1),
        }
    return result


def main() -> None:
    """Fill, measure, print one JSON line; the merge of an expediente is part of it."""
    few, many, grande = (2, 20, 2000) if "--small" in sys.argv else (10, 1000, GRANDE)
    services = real.addresses()
    databases = real.Databases(services)
    with ExitStack() as stack:
        stack.callback(databases.close)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-growth-"))
        environ = {
            "PORTAL_ENV": "test", "PORTAL_DATA": folder, "PORTAL_SECRET_KEY": "b" * 40,
            "PORTAL_DATABASE_URL": services["PORTAL_DATABASE_URL"],
        }  # fmt: skip
        began, filled, processes = time.perf_counter(), {}, []
        for cuantas, cada_una in ((few, CADA_UNA), (many, CADA_UNA), (1, grande)):
            start = time.perf_counter()
            where = stack.enter_context(base(databases, environ, cuantas, cada_una))
            filled[str(cuantas * cada_una) + f"_in_{cuantas}"] = round(time.perf_counter() - start)
            print(f"filled {cuantas} x {cada_una} in {time.perf_counter() - start:.0f} s", file=sys.stderr)
            processes.append(Process(where, environ))
            stack.callback(processes[-1].close)
        pages = measure(*processes)
        print(json.dumps({"bench": "growth", "servicios": [few * CADA_UNA, many * CADA_UNA], "escuelas": [few, many],
                          "one_big": grande, "pages": pages, "fill_s": filled, "merge": merge.measure(Path(folder)),
                          "took_s": round(time.perf_counter() - began)}))  # fmt: skip


if __name__ == "__main__":
    if "--child" in sys.argv:
        child()
    else:
        main()
