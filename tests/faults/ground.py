"""A portal to break: services of its own (never those of the tests), a fresh database, processes that can be killed."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import requests
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from portal import create_app
from portal.models import Alumno, Escuela, Outbox, Solicitud, Tramite, db
from portal.services import runtime
from portal.settings import Settings
from tenants.scope import escuela_scope
from tests import factories, real
from tests.conftest import ROOT, load_schools
from tests.faults.mailsink import Sink
from tests.files import samples

LEASE = 12  # s: short, so that what a killed process held is free again soon
SWEEP = 2  # s
PATIENCE = 240.0  # s until all work is done


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Services:
    """PostgreSQL, Redis and S3 of `scripts/services`, in a folder and on ports of their own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        ours = {"PORTAL_SERVICES_DATA": str(data)}
        if port := os.environ.get("PORTAL_FAULTS_PORT"):
            ours["PORTAL_SERVICES_PORT"] = port
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_SERVICES_")}
        self.environ = {**kept, **ours}
        self.up()
        said = self._script("services", "env").stdout
        self.addresses = dict(line.split("=", 1) for line in said.splitlines())

    def up(self) -> None:
        """Start what is down; returns when all of it answers."""
        self._script("services", "up")

    def down(self) -> None:
        """Stop all of it."""
        self._script("services", "down")

    def kill(self, name: str, how: int = signal.SIGKILL) -> None:
        """Signal one service's main process; for PostgreSQL, SIGQUIT is `pg_ctl -m immediate`."""
        pid = int((self.data / name / "pid").read_text().split()[0])
        os.kill(pid, how)
        deadline = time.monotonic() + 20
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)

    def s3(self, verb: str) -> None:
        """Start or stop the S3 server."""
        url = self.addresses["PORTAL_STORAGE_URL"]
        key, port = re.match(r"s3://portal:([^@]+)@[^:]+:(\d+)/", url).groups()  # type: ignore[union-attr]
        login = {"S3_PORT": port, "S3_ACCESS_KEY": "portal", "S3_SECRET_KEY": key}
        command = [ROOT / "scripts" / "s3-server", verb, self.data / "s3"]
        subprocess.run(list(map(str, command)), env={**self.environ, **login}, check=True)

    def _script(self, name: str, verb: str) -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / "scripts" / name), verb]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"scripts/{name} {verb}: {done.stdout}{done.stderr}")
        return done


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


class Process:
    """One process of the portal, in a session of its own, its words kept in a file."""

    def __init__(self, command: list[str], environ: dict[str, str], log: Path) -> None:
        self.command, self.environ, self.log = command, environ, log
        self.start()

    def start(self) -> None:
        """Start it, again too."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, env=self.environ, cwd=ROOT, stdout=out, stderr=out, start_new_session=True
            )

    def kill(self) -> None:
        """SIGKILL for it and its children: nothing is tidied up."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.ended()

    def ended(self) -> int:
        """Its exit status, when it has ended; it is killed if that takes half a minute."""
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL


class Shared:
    """The services of the tests, of which nothing may be stopped: a number of Redis's is all that is taken."""

    def __init__(self, addresses: dict[str, str]) -> None:
        number = 1 + os.getpid() % 15
        redis_url = f"{addresses['PORTAL_REDIS_URL'].rsplit('/', 1)[0]}/{number}"
        self.addresses = {**addresses, "PORTAL_REDIS_URL": redis_url}


class Ground:
    """One experiment's portal, seeded, and gone at the end of its `with`.

    `embedded` is the data folder of a portal in one process (SQLite, folders), `storage` where its files are instead.
    """

    def __init__(
        self,
        services: Services | Shared,
        folder: Path,
        seed: int,
        *,
        lease: int = LEASE,
        embedded: Path | None = None,
        storage: Path | None = None,
    ) -> None:
        self.services, self.folder, self.random = services, folder, random.Random(seed)
        self.sink = Sink()
        self._processes: list[Process] = []
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        data = embedded or folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        self.environ = {
            "PORTAL_ENV": "test",
            "PORTAL_DATA": str(data),
            "PORTAL_SECRET_KEY": hashlib.sha256(str(seed).encode()).hexdigest(),
            "PORTAL_MAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "PORTAL_SWEEP_SECONDS": str(SWEEP),
            "PORTAL_LEASE_SECONDS": str(lease),
            "PORT": str(self.port),
        }
        if storage is not None:
            self.environ["PORTAL_STORAGE_URL"] = f"file://{storage}"
        self.embedded = embedded is not None

    def __enter__(self) -> Self:
        self.sink.__enter__()
        if not self.embedded:
            self._on_the_services()
        self.app = create_app(Settings.from_env(self.environ))
        self._context = self.app.app_context()
        self._context.push()
        if self.embedded:
            upgrade(directory=str(ROOT / "migrations"))
            load_schools()
        found = db.session.scalars(select(Escuela).where(Escuela.slug == "escom")).one()
        db.session.commit()
        self.escuela = found
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
        self.sink.__exit__(kind, error, trace)
        with suppress(Exception), self.scope():  # an experiment that broke may have broken this too
            storage = runtime.current().backends.storage
            for info in list(storage.list(f"escuela/{self.escuela.id}/")):
                storage.delete(info.key)
        db.session.remove()
        db.engine.dispose()
        self._context.pop()
        if not self.embedded:
            with suppress(psycopg.Error):
                self._admin(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _on_the_services(self) -> None:
        import redis

        at = self.services.addresses
        self.name = f"faults_{os.getpid()}_{self.random.randrange(10**9)}"
        self.owner = at["PORTAL_TEST_OWNER_URL"]
        self._admin(f'CREATE DATABASE "{self.name}" TEMPLATE template1')
        self.environ |= {
            "PORTAL_STORAGE_URL": at["PORTAL_STORAGE_URL"],
            "PORTAL_REDIS_URL": at["PORTAL_REDIS_URL"],
            "PORTAL_DATABASE_URL": real.on(self.owner, self.name),
        }
        with create_app(Settings.from_env(self.environ)).app_context():
            upgrade(directory=str(ROOT / "migrations"))
            db.engine.dispose()
        self.environ["PORTAL_DATABASE_URL"] = real.on(at["PORTAL_DATABASE_URL"], self.name)
        with create_app(Settings.from_env(self.environ)).app_context():
            load_schools()
        with redis.Redis.from_url(at["PORTAL_REDIS_URL"]) as client:
            client.flushdb()

    def _admin(self, statement: str) -> None:
        with psycopg.connect(real.on(self.owner, "postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    # --- processes ---------------------------------------------------------------------------

    def _run(self, command: list[str], name: str, clock: str = "") -> Process:
        environ = {**os.environ, **self.environ, "PYTHONPATH": str(ROOT)}
        if clock:
            library = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
            if library is None:
                raise Skipped("faketime is not installed (Debian: apt-get install faketime)")
            environ |= {"LD_PRELOAD": str(library), "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
            environ["PYTHONPATH"] = f"{ROOT}:{Path(__file__).with_name('reloj')}"
        process = Process(command, environ, self.folder / f"{name}.log")
        self._processes.append(process)
        return process

    def worker(self, number: int = 1, clock: str = "") -> Process:
        """A `python -m worker`; `clock` as faketime takes it ("+1h")."""
        return self._run([sys.executable, "-m", "worker"], f"worker{number}", clock)

    def web(self, clock: str = "") -> Process:
        """The web's processes behind one port: gunicorn, or the embedded server. Returns when it answers."""
        gunicorn = [str(Path(sys.executable).with_name("gunicorn")), "--workers", "2", "--threads", "8"]
        gunicorn += ["--no-control-socket", "--bind", f"127.0.0.1:{self.port}", "portal.wsgi:make()"]
        embedded = [sys.executable, "-m", "tests.faults.embedded"]
        process = self._run(embedded if self.embedded else gunicorn, "web", clock)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                if requests.get(f"{self.base}/static/portal.css", timeout=5).ok:
                    return process
            time.sleep(0.1)
        raise RuntimeError(f"the web did not start: {(self.folder / 'web.log').read_text()[-2000:]}")

    @property
    def base(self) -> str:
        """The address of the web, with a host that the portal takes."""
        return f"http://localhost:{self.port}"

    # --- people and work ---------------------------------------------------------------------

    @contextmanager
    def scope(self) -> Iterator[None]:
        """The escuela's scope, with a session that knows nothing yet."""
        db.session.remove()
        with escuela_scope(self.escuela.id):
            yield
        db.session.remove()

    def letters(self, how_many: int) -> None:
        """A batch of constancias, each with the folio that follows; the outbox issues them and writes to the alumno."""
        from portal.domain.access import SISTEMA_ACTOR
        from portal.services import cartas
        from portal.services.uow import unit_of_work

        now = datetime.now(UTC)
        alumno = factories.alumno(self.escuela, now)
        with self.scope():
            for begin in range(0, how_many, 50):
                with unit_of_work(now) as uow:
                    for _ in range(begin, min(begin + 50, how_many)):
                        nueva = cartas.Nueva(_values(alumno), alumno_id=alumno.id)
                        carta = cartas.generar(uow, "constancia_estudios", nueva, SISTEMA_ACTOR)
                        uow.add(Tramite(tipo="constancia_estudios", alumno_id=alumno.id, carta_id=carta.id))

    def pending(self) -> int:
        """How many rows of the outbox are not done."""
        with self.scope():
            return int(
                db.session.scalar(select(func.count()).select_from(Outbox).where(Outbox.hecho.is_(None))) or 0
            )

    def wait(self, until: Callable[[], bool], patience: float = PATIENCE) -> bool:
        """Whether it came true in time; a database that is away is asked again."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                if until():
                    return True
            except Exception:
                db.session.rollback()
            time.sleep(0.1)
        return False

    def until_done(self) -> bool:
        """Wait until the outbox has nothing left to do."""
        return self.wait(lambda: self.pending() == 0)

    def draft(self) -> tuple[Alumno, Solicitud]:
        """An alumno with a draft that waits for its papers."""
        now = datetime.now(UTC)
        de, _ = factories.dependencia(now)
        proyecto = factories.proyecto(self.escuela, factories.convenio(self.escuela, de, now), now)
        alumno = factories.alumno(self.escuela, now)
        return alumno, factories.solicitud(alumno, proyecto, self.escuela, now, estado="borrador")

    def browser(self, usuario_id: int) -> requests.Session:
        """A browser in which that account has signed in."""
        from portal.services import sesiones

        token = sesiones.abrir(usuario_id, navegador="faults", ip="127.0.0.1", now=datetime.now(UTC))
        found = requests.Session()
        found.headers["Cookie"] = f"portal={_cookie(self.app, token)}"
        return found


class Skipped(Exception):
    """This machine cannot bring the fault about; the sentence says why."""


def _cookie(app: Flask, token: str) -> str:
    """The signed cookie of a session, with a CSRF token of its own."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(signer.dumps({"_user_id": token, "_fresh": True, "csrf_token": CSRF}))


CSRF = hashlib.sha1(b"faults", usedforsecurity=False).hexdigest()


def csrf_field(app: Flask) -> str:
    """What a form of such a session carries."""
    from itsdangerous import URLSafeTimedSerializer

    return str(URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(CSRF))  # type: ignore[arg-type]


def pdf(text: str) -> bytes:
    """A small PDF with a text."""
    return samples.pdf_bytes(samples.pdf_of(text))


def _values(alumno: Alumno) -> dict[str, object]:
    return {
        "alumno_nombre": alumno.nombre_completo,
        "alumno_boleta": alumno.boleta,
        "alumno_genero": "femenino",
        "carrera": "Ingeniería de prueba",
        "semestre": "7",
        "creditos_pct": 80,
        "horas_requeridas": 480,
        "ciclo": "2026",
        "fecha_inicio": datetime(2026, 2, 16, tzinfo=UTC).date(),
        "fecha_termino": datetime(2026, 11, 16, tzinfo=UTC).date(),
    }
