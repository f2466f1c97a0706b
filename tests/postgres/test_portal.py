"""The whole portal on PostgreSQL: through PgBouncer, with a scope that comes late, and with two real workers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from mailbox import Maildir
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import create_app
from portal.domain.access import SISTEMA_ACTOR
from portal.models import Alumno, Carta, Correo, Escuela, Outbox, db
from portal.services import cartas, outbox, runtime
from portal.services.uow import unit_of_work
from portal.settings import Settings
from tenants.scope import escuela_scope
from tests import factories, real
from tests.conftest import ROOT, settings_for

LETTERS = 6
SOON = 60


@pytest.fixture
def through_pgbouncer(postgresql: real.Databases, tmp_path: Path) -> Iterator[Flask]:
    with postgresql.copy() as name:
        app = create_app(settings_for(tmp_path, real.on(postgresql.pgbouncer, name)))
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def escom() -> Escuela:
    return db.session.scalars(select(Escuela).where(Escuela.slug == "escom")).one()


def test_work_goes_on_through_pgbouncer_whichever_connection_of_the_server_it_gets(
    through_pgbouncer: Flask, now: datetime
) -> None:
    """The same statements more often than psycopg would wait before it prepares them; then on other connections."""
    address = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with ExitStack() as others:
        for number in range(12):
            factories.usuario(now, correo=f"persona{number}@prueba.test")
            if number > 8:  # somebody else keeps the connection that was used so far
                others.enter_context(psycopg.connect(address, prepare_threshold=None)).execute("SELECT 1")


def test_a_scope_that_comes_after_the_transaction_began_is_the_one_that_counts(
    through_pgbouncer: Flask, now: datetime
) -> None:
    escuela = escom()
    factories.alumno(escuela, now)
    count = select(func.count()).select_from(Alumno)
    db.session.scalars(select(Escuela)).all()
    with escuela_scope(escuela.id):
        assert db.session.scalar(count) == 1
        with escuela_scope(escuela.id + 1):
            assert db.session.scalar(count) == 0
        assert db.session.scalar(count) == 1


def test_two_claims_at_once_share_the_due_rows_without_waiting(
    through_pgbouncer: Flask, now: datetime
) -> None:
    escuela = escom()
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        for number in range(outbox.CLAIM + 10):
            uow.later("correo", number)
    with escuela_scope(escuela.id):
        rows = db.session.scalars(select(Outbox.id).order_by(Outbox.id).limit(10).with_for_update()).all()
        claimed: list[int] = []

        def other() -> None:
            with through_pgbouncer.app_context(), escuela_scope(escuela.id):
                claimed.extend(row.id for row in outbox.claim(now))

        _in_a_thread(other)
        db.session.rollback()
    assert len(claimed) == outbox.CLAIM
    assert not set(claimed) & set(rows)


def _in_a_thread(work: Callable[[], None]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result(timeout=20)


@pytest.fixture
def environ(services: dict[str, str], postgresql: real.Databases, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A portal on all the real services, with a database and a number of Redis's of its own."""
    import redis

    redis_url = f"{services['PORTAL_REDIS_URL'].rsplit('/', 1)[0]}/{1 + os.getpid() % 15}"
    with postgresql.copy() as name, redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        yield {
            **{k: v for k, v in services.items() if not k.startswith("PORTAL_TEST_")},
            "PORTAL_ENV": "test",
            "PORTAL_DATA": str(tmp_path),
            "PORTAL_SECRET_KEY": "k" * 40,
            "PORTAL_DATABASE_URL": real.on(postgresql.app, name),
            "PORTAL_REDIS_URL": redis_url,
            "PORTAL_SWEEP_SECONDS": "2",
        }
        client.flushdb()


@pytest.fixture
def two_workers(environ: dict[str, str]) -> Iterator[None]:
    """Two `python -m worker`, told to stop at the end: both must leave without an error."""
    command = [sys.executable, "-m", "worker"]
    surroundings = {**os.environ, **environ, "PYTHONPATH": str(ROOT)}
    workers = [subprocess.Popen(command, env=surroundings, cwd=ROOT) for _ in range(2)]
    import redis

    with redis.Redis.from_url(environ["PORTAL_REDIS_URL"]) as client:
        _until(
            lambda: client.scard("rq:workers") == len(workers)
        )  # both have begun: now they know how to stop
    yield
    for worker in workers:
        worker.terminate()
    assert [worker.wait(20) for worker in workers] == [0, 0]


def test_two_workers_issue_letters_into_s3_and_send_each_mail_once(
    environ: dict[str, str], two_workers: None, services: dict[str, str], now: datetime
) -> None:
    app = create_app(Settings.from_env(environ))
    with app.app_context():
        escuela = escom()
        alumno = factories.alumno(escuela, now)
        with escuela_scope(escuela.id):
            for _ in range(LETTERS):
                with unit_of_work(now) as uow:
                    cartas.generar(
                        uow,
                        "constancia_estudios",
                        cartas.Nueva(_values(alumno), alumno_id=alumno.id),
                        SISTEMA_ACTOR,
                    )
            _until(_nothing_is_due)
            letters = db.session.scalars(select(Carta).order_by(Carta.numero)).all()
            assert [(c.numero, c.estado) for c in letters] == [(n, "emitida") for n in range(1, LETTERS + 1)]
            storage = runtime.current().backends.storage
            stored = [info for info in storage.list(f"escuela/{escuela.id}/") if info.size]
            assert len(stored) >= LETTERS
            mails = db.session.scalars(select(Correo)).all()
            for info in stored:
                storage.delete(info.key)
        db.session.remove()
        db.engine.dispose()
    folder = Maildir(services["PORTAL_TEST_MAILDIR"], factory=None, create=False)
    received = [m["Message-ID"] for m in folder.values()]
    assert [received.count(mail.message_id) for mail in mails] == [1] * len(mails)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < deadline, "the workers did not finish"
        time.sleep(0.1)


def _nothing_is_due() -> bool:
    due = db.session.scalar(select(func.count()).select_from(Outbox).where(Outbox.hecho.is_(None)))
    db.session.rollback()
    return due == 0


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
