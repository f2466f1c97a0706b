"""Fixtures that all suites share: one migrated database file per session, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

from portal import create_app
from portal.models import Escuela, db
from portal.services import escuelas
from portal.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
hypothesis_settings.register_profile("portal", deadline=None)
hypothesis_settings.load_profile("portal")


def settings_for(data: Path) -> Settings:
    """Settings of an embedded portal in a folder of its own."""
    return Settings.from_env({"PORTAL_ENV": "test", "PORTAL_DATA": str(data), "PORTAL_SECRET_KEY": "k" * 40})


@pytest.fixture
def now() -> datetime:
    """The instant of the test."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def template_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty database and the three schools that ship with the portal."""
    data = tmp_path_factory.mktemp("template")
    app = create_app(settings_for(data))
    with app.app_context():
        db.create_all()
        for folder in ("escom", "esca_ust", "cetis_demo"):
            escuelas.cargar(ROOT / "tenants" / folder, now=datetime.now(UTC))
        db.session.remove()
        db.engine.dispose()
    return data


class Browser(FlaskClient):
    """A client whose every request has an application context of its own, as it has outside tests: `g` is not kept."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def app(template_data: Path, tmp_path: Path) -> Iterator[Flask]:
    """The portal on a fresh copy of the database; the outbox is drained when a test says so."""
    data = tmp_path / "data"
    shutil.copytree(template_data, data)
    application = create_app(settings_for(data))
    application.config["TESTING"] = True
    application.config["WTF_CSRF_ENABLED"] = False
    application.test_client_class = Browser
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def escom(app: Flask) -> Escuela:
    """The first school."""
    return _escuela("escom")


@pytest.fixture
def esca(app: Flask) -> Escuela:
    """The second school: always the foreign one."""
    return _escuela("esca-ust")


def _escuela(slug: str) -> Escuela:
    found = escuelas.por_slug(slug)
    assert found is not None
    return found


@pytest.fixture
def drain(app: Flask, now: datetime) -> Callable[[], int]:
    """Do all work that is due in every escuela; answers how many rows were done."""
    from worker.outbox import sweep

    def run() -> int:
        db.session.commit()
        return sweep(lambda: datetime.now(UTC))

    return run
