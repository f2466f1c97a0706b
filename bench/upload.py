"""A 1 GB and a 3 GB file through the portal into folder and S3, against the same file put there raw in the same run.

A real web process (waitress as `make demo` has it, gunicorn as production has it: one process) takes the file by
pieces of 64 MiB over HTTP on this machine, as the page's script sends it on a fast line. `mb_s` is from the first
request to the answer about the last piece: the file is whole in the storage, with the SHA-256 of each piece; it is
not yet checked, which is the form's work afterwards. Raw: into a folder, a copy in pieces of 1 MiB and fsync; into
S3, `fput_object` of the client library as it comes (three parts at once). Raw runs before and after; the better
counts. `memory_mib` is the most that the web processes together held above what they had after a first small file
(aim: 64 at the most), `cpu_s_per_gb` their processor time; `ratio` is portal to raw (aim: 0.8). MB is 10^6 bytes.
Prints one JSON line.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import requests
from flask_migrate import upgrade
from minio import Minio

from bench.data import fill
from portal import create_app
from portal.models import db
from portal.services import escuelas, sesiones
from portal.settings import Settings
from tenants.scope import escuela_scope

ROOT = Path(__file__).resolve().parents[1]
MB, MIB = 1_000_000, 1 << 20
PIECE = 64 * MIB
SIZES = (1000 * MB, 3000 * MB)
WARM = 80 * MIB  # more than a piece, so that every buffer has been made once
NEEDED = 11_000 * MB  # free disk: the file, its raw copy, its pieces
SERVERS = {
    "waitress": (".venv/bin/portal", "web"),
    "gunicorn": (".venv/bin/gunicorn", "--workers", "1", "--threads", "8", "--no-control-socket",
                 "--bind", "127.0.0.1:{port}", "portal.wsgi:make()"),
}  # fmt: skip
RUNS = (("folder", "waitress"), ("folder", "gunicorn"), ("s3", "gunicorn"))


class Slice:
    """The next `left` bytes of a file, as the body of a request."""

    def __init__(self, file: Any, left: int) -> None:
        self.file, self.left = file, left

    def read(self, amount: int = MIB) -> bytes:
        """Up to `amount` bytes."""
        piece: bytes = self.file.read(min(amount, self.left))
        self.left -= len(piece)
        return piece


class Peak:
    """Resident memory of a process and its children: the most above what `begin` found (bytes)."""

    def __init__(self, pid: int) -> None:
        self.root, self.base, self.growth, self.lock = psutil.Process(pid), 0, 0, threading.Lock()
        threading.Thread(target=self._watch, daemon=True).start()

    def begin(self) -> None:
        """From here on."""
        with self.lock:
            self.base, self.growth = self._now(), 0

    def cpu(self) -> float:
        """Seconds of processor that they took so far."""
        return sum(process.cpu_times().user + process.cpu_times().system for process in self._family())

    def _family(self) -> list[psutil.Process]:
        return [self.root, *self.root.children(recursive=True)]

    def _now(self) -> int:
        return sum(process.memory_info().rss for process in self._family())

    def _watch(self) -> None:
        while True:
            try:
                with self.lock:
                    self.growth = max(self.growth, self._now() - self.base)
            except psutil.Error:
                return
            time.sleep(0.02)


class Raw:
    """The same file put past the portal."""

    def __init__(self, where: str, folder: Path, bucket: str, at: Any) -> None:
        self.folder = folder if where == "folder" else None
        self.bucket = bucket
        self.client = Minio(at.netloc.rpartition("@")[2], at.username, at.password, secure=False)

    def put(self, source: Path) -> float:
        """Seconds; what was written is removed again."""
        start = time.perf_counter()
        if self.folder is None:
            self.client.fput_object(self.bucket, "raw", str(source))
            seconds = time.perf_counter() - start
            self.client.remove_object(self.bucket, "raw")
            return seconds
        copy = self.folder / "raw"
        with source.open("rb") as read, copy.open("wb") as write:
            shutil.copyfileobj(read, write, MIB)
            write.flush()
            os.fsync(write.fileno())
        seconds = time.perf_counter() - start
        copy.unlink()
        return seconds


class Person:
    """An alumno with an open session, at the form that takes the file."""

    def __init__(self, port: int, path: str, cookie: str) -> None:
        self.port, self.path = port, path
        page = requests.get(
            f"http://127.0.0.1:{port}/escom/alumno/perfil", headers={"Cookie": cookie}, timeout=30
        )
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        if token is None:
            raise SystemExit(f"the page of the alumno answers {page.status_code}")
        mine = "; ".join(f"{name}={value}" for name, value in page.cookies.items()) or cookie
        self.headers = {"Cookie": mine, "X-CSRFToken": token[1]}

    def ask(self, what: str, expected: int, body: Slice | None = None, **headers: str) -> Any:
        """One request about the file; the answer's JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300, blocksize=MIB)
        length = {"Content-Length": str(body.left if body else 0), "Content-Type": "application/octet-stream"}
        mine = {**self.headers, **length, **headers, "Portal-Subida": what}
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # refused half-way: the answer says why
                connection.request("POST", self.path, body, mine)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != expected:
            raise SystemExit(f"{what}: {answer.status} {content[:300]!r}")
        return json.loads(content)

    def send(self, source: Path) -> float:
        """The whole file; seconds. It is cancelled afterwards, which removes its pieces."""
        size, at = source.stat().st_size, 0
        start = time.perf_counter()
        known = self.ask("nueva", 201, **{"Upload-Length": str(size), "Portal-Archivo": "medida.pdf"})["id"]
        with source.open("rb") as file:
            while at < size:
                body = Slice(file, min(PIECE, size - at))
                at = self.ask(f"agregar {known}", 200, body, **{"Upload-Offset": str(at)})["recibido"]
        seconds = time.perf_counter() - start
        self.ask(f"cancelar {known}", 200)
        return seconds


def school(folder: Path) -> Path:
    """The first school of the demo, with documents of up to 3 GB."""
    copy = folder / "escom"
    shutil.copytree(ROOT / "tenants" / "escom", copy)
    toml = copy / "escuela.toml"
    toml.write_text(re.sub(r"documento_mb = \d+", "documento_mb = 3072", toml.read_text()))
    return copy


def prepare(folder: Path, environ: dict[str, str]) -> tuple[str, str]:
    """A portal with one alumno in service; the address of the form and the cookie."""
    app, now = create_app(Settings.from_env(environ)), datetime.now(UTC)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        escuela = escuelas.cargar(school(folder), now=now)
        with escuela_scope(escuela.id):
            perfil = escuelas.perfil(1)
            plan = escuelas.plan(1, perfil.planes[0].clave)
        with db.engine.begin() as connection:
            people = fill(connection, escuela.id, perfil, plan, 500, now)
        token = sesiones.abrir(people["alumno"], navegador="bench", ip="127.0.0.1", now=now)
        db.session.remove()
        db.engine.dispose()
    client = app.test_client()
    with client.session_transaction() as session:
        session.update({"_user_id": token, "_fresh": True})
    kept = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert kept is not None
    return f"/escom/alumno/entregas/{people['entrega']}", f"{kept.key}={kept.value}"


@contextmanager
def served(server: str, environ: dict[str, str], log: Path) -> Iterator[int]:
    """The web process; its pid."""
    command = [part.format(port=environ["PORT"]) for part in SERVERS[server]]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environ}, stdout=output, stderr=output
        )
    try:
        until = time.monotonic() + 60
        while socket.socket().connect_ex(("127.0.0.1", int(environ["PORT"]))):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{server} does not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(
    where: str, server: str, files: dict[int, Path], storage: str, work: Path
) -> list[dict[str, Any]]:
    """One storage behind one server: every size, raw before and after."""
    at, bucket = urlsplit(storage), f"bench-{secrets.token_hex(6)}"
    data = work / f"{where}-{server}"
    data.mkdir()
    to = f"file://{data}/archivos" if where == "folder" else at._replace(path=f"/{bucket}").geturl()
    environ = {"PORTAL_ENV": "development", "PORTAL_DATA": str(data), "PORTAL_SECRET_KEY": secrets.token_hex(32),
               "PORTAL_STORAGE_URL": to, "PORT": str(free_port()), "PORTAL_SWEEP_SECONDS": "3600"}  # fmt: skip
    raw = Raw(where, data, bucket, at)
    if where == "s3":
        raw.client.make_bucket(bucket)
    path, cookie = prepare(data, environ)
    rows = []
    try:
        with served(server, environ, data / "log") as pid:
            person, peak = Person(int(environ["PORT"]), path, cookie), Peak(pid)
            person.send(files[WARM])
            raw.put(files[WARM])
            for size in SIZES:
                before = raw.put(files[size])
                peak.begin()
                cpu, seconds = peak.cpu(), person.send(files[size])
                cpu, growth = peak.cpu() - cpu, peak.growth
                best = min(before, raw.put(files[size]))
                rows.append({"storage": where, "server": server, "gb": size / 1000 / MB,
                             "mb_s": round(size / MB / seconds), "raw_mb_s": round(size / MB / best),
                             "ratio": round(best / seconds, 2), "memory_mib": round(growth / MIB),
                             "cpu_s_per_gb": round(cpu / size * 1000 * MB, 2)})  # fmt: skip
                print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    finally:
        shutil.rmtree(data)
        if where == "s3" and raw.client.bucket_exists(bucket):
            for found in raw.client.list_objects(bucket, recursive=True):
                raw.client.remove_object(bucket, str(found.object_name))
            raw.client.remove_bucket(bucket)
    return rows


def write(path: Path, size: int) -> Path:
    """A file that no disk makes smaller."""
    with path.open("wb") as file:
        while size:
            file.write(os.urandom(min(size, MIB)))
            size -= min(size, MIB)
    return path


def main() -> None:
    """Measure all, print one JSON line; each row goes to stderr as it is done."""
    services = subprocess.run(
        [ROOT / "scripts" / "services", "env"], capture_output=True, text=True, check=True
    )
    found = dict(line.split("=", 1) for line in services.stdout.splitlines() if "=" in line)
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        if shutil.disk_usage(folder).free < NEEDED:
            raise SystemExit(f"{folder} needs {NEEDED // MB // 1000} GB of free disk")
        files = {size: write(Path(folder, str(size)), size) for size in (WARM, *SIZES)}
        rows = [row for where, server in RUNS
                for row in measure(where, server, files, found["PORTAL_STORAGE_URL"], Path(folder))]  # fmt: skip
    print(json.dumps({"bench": "upload", "load": round(os.getloadavg()[0], 1), "runs": rows}))


if __name__ == "__main__":
    main()
