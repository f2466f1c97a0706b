"""Many letters through the whole portal: the office orders them at once, two workers issue, draw, seal and store.

On the real services (`scripts/services up`): PostgreSQL in a database of its own, Redis, S3. Counted from the first
click until the last letter is issued.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from portal import create_app
from portal.models import Alumno, Carta, Escuela, Tramite, db
from portal.services import escuelas
from portal.services.uow import unit_of_work
from portal.settings import Settings
from tenants.scope import escuela_scope
from tests import factories, real

ROOT = Path(__file__).resolve().parents[1]
WORKERS, PATIENCE = 2, 1800


def batch(many: int, letters_per_s: float) -> dict[str, Any]:
    """Seconds for `many` letters, and how many times what rendering alone would take."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-letters-") as folder,
        _portal(Path(folder)) as (app, environ),
    ):
        escuela = escuelas.por_slug("escom")
        assert escuela is not None
        now = datetime.now(UTC)
        _ask(escuela, many, now)
        client = app.test_client()
        factories.sign_in(client, factories.coordinador(escuela, now).id, now)
        db.session.remove()
        with _workers(environ):
            began = time.perf_counter()
            said = client.post("/escom/coordinador/tandas/nueva/tramites?todos=1")
            if said.status_code != 302:
                raise SystemExit(f"the office could not issue: {said.status}")
            asked = time.perf_counter() - began
            _wait(escuela.id, many)
            took = time.perf_counter() - began
    return {
        f"batch_{many}_s": round(took, 1),
        f"batch_{many}_web_s": round(asked, 1),
        f"batch_{many}_letters_per_s": round(many / took, 1),
        f"batch_{many}_vs_rendering": round(took / (many / letters_per_s), 1),
    }


def _ask(escuela: Escuela, many: int, now: datetime) -> None:
    """So many alumnos, each of whom asks for a constancia de estudios."""
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        carrera = escuelas.perfil(escuela.perfil_version).carreras[0].clave
        for n in range(many):
            alumno = uow.add(
                Alumno(
                    boleta=f"{2026000000 + n}", nombre="Ximena", paterno="Prueba", materno=f"Ficticia {n}",
                    correo=f"a{n}@alumno.test", carrera=carrera, semestre=7, genero="F", creditos_pct=80,
                    estado="activo",
                )
            )  # fmt: skip
            uow.add(Tramite(tipo="constancia_estudios", alumno_id=alumno.id))


def _wait(escuela_id: int, many: int) -> None:
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        with escuela_scope(escuela_id):
            issued = db.session.scalar(
                select(func.count()).select_from(Carta).where(Carta.estado == "emitida")
            )
        db.session.remove()
        if issued == many:
            return
        time.sleep(0.25)
    raise SystemExit(f"only {issued} of {many} letters were issued in {PATIENCE} s")


@contextmanager
def _portal(folder: Path) -> Iterator[tuple[Flask, dict[str, str]]]:
    """The portal on the real services, in a database that is dropped afterwards."""
    services = real.addresses()
    databases = real.Databases(services)
    environ = {name: value for name, value in services.items() if not name.startswith("PORTAL_TEST_")}
    environ |= {
        "PORTAL_ENV": "development",
        "PORTAL_DATA": str(folder),
        "PORTAL_SECRET_KEY": "b" * 40,
        "PORTAL_CLAMD_URL": "no",
        "PORTAL_MAIL_URL": f"folder://{folder}/correo",
        "PORTAL_REDIS_URL": services["PORTAL_REDIS_URL"].rsplit("/", 1)[0] + "/7",
    }
    try:
        owner = {**environ, "PORTAL_DATABASE_URL": real.on(databases.owner, databases.template)}
        with create_app(Settings.from_env(owner)).app_context():
            upgrade(directory=str(ROOT / "migrations"))
            db.engine.dispose()
        environ["PORTAL_DATABASE_URL"] = real.on(databases.app, databases.template)
        app = create_app(Settings.from_env(environ))
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            escuelas.cargar(ROOT / "tenants" / "escom", now=datetime.now(UTC))
            yield app, environ
            db.session.remove()
            db.engine.dispose()
    finally:
        databases.close()


@contextmanager
def _workers(environ: dict[str, str]) -> Iterator[None]:
    """Two workers, as in production."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "worker"], env={**kept, **environ}, cwd=ROOT, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(WORKERS)
    ]  # fmt: skip
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=60)
