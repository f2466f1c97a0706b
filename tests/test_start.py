"""Real processes of production: what refuses to start, and two web processes that log and count as one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import real
from tests.conftest import ROOT

pytestmark = [pytest.mark.services, pytest.mark.slow]
TOKEN = "una-ficha-inventada-de-prueba"
SECRET_LINK = "enlacemarcado" * 3
GUNICORN = ["-m", "gunicorn", "--workers", "2", "--threads", "4", "portal.wsgi:make()"]
WITH_CONF = [*GUNICORN, "-c", "python:portal.gunicorn_conf"]
WORKER = ["-m", "worker"]


@pytest.fixture
def environ(services: dict[str, str], postgresql: real.Databases, tmp_path: Path) -> dict[str, str]:
    """A production of its own on the real services."""
    name = postgresql.create_numbered(postgresql.template)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {**kept, **services, "PORTAL_ENV": "production", "PORTAL_DATA": str(tmp_path / "data"), "PORT": port,
            "PORTAL_BASE_URL": f"http://localhost:{port}", "PORTAL_METRICS_TOKEN": TOKEN,
            "PORTAL_SECRET_KEY": "Qw7xLr2ZpT9vBn4MkJ8hYc3DfG6sAe5U", "TMPDIR": str(tmp_path),
            "PORTAL_REDIS_URL": services["PORTAL_REDIS_URL"].rpartition("/")[0] + "/9",
            "PORTAL_DATABASE_URL": real.on(postgresql.app, name)}  # fmt: skip


def run(arguments: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The end of a process that should not go on."""
    bind = ["--bind", f"127.0.0.1:{environ['PORT']}"] if "gunicorn" in arguments else []
    return subprocess.run([sys.executable, *arguments, *bind], cwd=ROOT, env=environ, capture_output=True, text=True,
                          timeout=120, check=False)  # fmt: skip


@pytest.mark.parametrize(
    "arguments", [WORKER, WITH_CONF, GUNICORN], ids=["worker", "gunicorn", "gunicorn alone"]
)
def test_a_role_that_owns_the_tables_starts_nothing(
    environ, postgresql: real.Databases, arguments: list[str]
):
    owner = real.on(postgresql.owner, environ["PORTAL_DATABASE_URL"].rpartition("/")[2])
    ended = run(arguments, {**environ, "PORTAL_DATABASE_URL": owner})
    assert ended.returncode == (3 if arguments is GUNICORN else 1)
    assert "PORTAL_DATABASE_URL: el rol es dueño de las tablas. Cree un rol" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "name", "value", "sentence"),
    [
        (WORKER, "PORTAL_REDIS_URL", "", "Falta PORTAL_REDIS_URL"),
        (WITH_CONF, "PORTAL_STORAGE_URL", "file:///nada", "carpeta"),
    ],
    ids=["worker", "gunicorn"],
)
def test_what_is_not_real_starts_nothing(environ, arguments: list[str], name: str, value: str, sentence: str):
    """Which settings those are is told in tests/backends/test_settings.py."""
    ended = run(arguments, {**environ, name: value})
    assert (ended.returncode, name in ended.stderr, sentence in ended.stderr) == (1, True, True)
    assert "Traceback" not in ended.stderr


def test_a_database_that_does_not_answer_is_a_sentence(environ):
    ended = run(WORKER, {**environ, "PORTAL_DATABASE_URL": "postgresql://portal_app:x@127.0.0.1:1/portal"})
    assert (ended.returncode, "no responde" in ended.stderr) == (1, True)


@contextmanager
def web(environ: dict[str, str], log: Path) -> Iterator[str]:
    """Two web processes until the end of the `with`; the address of the site."""
    bind = ["--bind", f"127.0.0.1:{environ['PORT']}"]
    with log.open("w") as stream:
        master = subprocess.Popen([sys.executable, *WITH_CONF, *bind], cwd=ROOT, env=environ, stderr=stream)
    site = environ["PORTAL_BASE_URL"]
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and get(f"{site}/salud/vivo")[0] != 200:
            time.sleep(0.2)
        yield site
    finally:
        master.send_signal(signal.SIGTERM)
        assert master.wait(40) == 0


def get(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_two_processes_count_as_one_and_print_no_token(environ, tmp_path: Path):
    log = tmp_path / "web.log"
    counted = 'portal_http_requests_total{endpoint="acceso.enlace",method="GET",status="404"}'
    with web(environ, log) as site:
        assert get(f"{site}/salud")[0] == 200
        for _ in range(30):
            assert get(f"{site}/enlace/{SECRET_LINK}?q={SECRET_LINK}")[0] == 404
        for _ in range(6):  # whichever process answers
            status, numbers = get(f"{site}/metrics", Authorization=f"Bearer {TOKEN}")
            assert (status, f"{counted} 30.0" in numbers) == (200, True)
        assert get(f"{site}/metrics")[0] == 404
        with socket.create_connection(("127.0.0.1", int(environ["PORT"]))) as raw:
            raw.sendall(f"GET /enlace/{SECRET_LINK} x y HTTP/1.1\r\n\r\n".encode())
            assert raw.recv(12).endswith(b"400")
    text = log.read_text()
    assert SECRET_LINK not in text
    told = [json.loads(line) for line in text.splitlines()]
    assert sum(line["event"] == "request" and line["endpoint"] == "acceso.enlace" for line in told) == 30
    assert {line["event"] for line in told} >= {"Invalid request", "Shutting down: Master"}
    assert not list(tmp_path.glob("portal-metrics-*"))
