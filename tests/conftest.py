"""Fixtures that all suites share: one migrated database per session, copied for each test.

`--database` chooses where the portal of the tests keeps its rows: sqlite, postgresql (as the application's role,
behind row-level security) or all, which runs every test of services and pages on both.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings as hypothesis_settings
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from portal import create_app
from portal.models import Escuela, db
from portal.services import escuelas
from portal.settings import Settings
from tests import real

ROOT = Path(__file__).resolve().parents[1]
hypothesis_settings.register_profile("portal", deadline=None, derandomize=True)
hypothesis_settings.register_profile("largo", deadline=None, max_examples=1000, print_blob=True)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "portal"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Choose the database."""
    parser.addoption("--database", choices=("sqlite", "postgresql", "all"), default="sqlite")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """With --database=all, a test of services or pages runs on each database."""
    chosen = metafunc.config.getoption("--database")
    if "database" in metafunc.fixturenames and chosen != "sqlite":
        both = chosen == "all" and not metafunc.definition.path.is_relative_to(ROOT / "tests" / "browser")
        postgresql = pytest.param("postgresql", marks=pytest.mark.services)
        metafunc.parametrize("database", ["sqlite", postgresql] if both else [postgresql], indirect=True)


def settings_for(data: Path, database_url: str = "") -> Settings:
    """Settings of an embedded portal in a folder of its own; its database may be elsewhere."""
    environ = {"PORTAL_ENV": "test", "PORTAL_DATA": str(data), "PORTAL_SECRET_KEY": "k" * 40}
    return Settings.from_env({**environ, "PORTAL_DATABASE_URL": database_url})


@pytest.fixture
def now() -> datetime:
    """The instant of the test."""
    return datetime.now(UTC).replace(microsecond=0)


def load_schools() -> None:
    """The three schools that ship with the portal, on the current application; its connections are let go."""
    for folder in ("escom", "esca_ust", "cetis_demo"):
        escuelas.cargar(ROOT / "tenants" / folder, now=datetime.now(UTC))
    db.session.remove()
    db.engine.dispose()


class Compiled(BytecodeCache):
    """Templates compiled by any application of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """jinja2's hook: the bucket checks that its source is still the same."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """jinja2's hook."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Each test has an application of its own; its templates and four hundred addresses are compiled once a process.

    What werkzeug compiles depends only on the address and its defaults, and takes the rule as an argument.
    """
    compile_builder, compiled = Rule._compile_builder, {}

    def remembered(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, rule.subdomain, rule.host, str(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", remembered)
        patch.setitem(Flask.jinja_options, "bytecode_cache", Compiled())
        yield


@pytest.fixture(autouse=True)
def later_versions_forgotten() -> Iterator[None]:
    """A version never changes, so a process keeps it; the databases of two tests have different second versions."""
    yield
    if later := [key for key in escuelas._perfiles if key[1] > 1]:
        for key in later:
            del escuelas._perfiles[key]
        for kept in (escuelas._plan, escuelas._calendario, escuelas._plantilla):
            kept.cache_clear()
    escuelas._editada.cache_clear()


@pytest.fixture(scope="session")
def template_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty database and the schools."""
    data = tmp_path_factory.mktemp("template")
    with create_app(settings_for(data)).app_context():
        db.create_all()
        load_schools()
    return data


@pytest.fixture(scope="session")
def services() -> dict[str, str]:
    """The PORTAL_* addresses of the real services; the test fails with a sentence where they are down."""
    try:
        return real.addresses()
    except real.NotRunning as error:
        sentence = str(error)
    pytest.fail(sentence, pytrace=False)


@pytest.fixture(scope="session")
def postgresql(
    services: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[real.Databases]:
    """PostgreSQL with a template that the owner migrated and the application filled with the schools."""
    databases = real.Databases(services)
    data = tmp_path_factory.mktemp("template-postgresql")
    try:
        with create_app(settings_for(data, real.on(databases.owner, databases.template))).app_context():
            upgrade(directory=str(ROOT / "migrations"))
            db.engine.dispose()
        with create_app(settings_for(data, real.on(databases.app, databases.template))).app_context():
            load_schools()
        yield databases
    finally:
        databases.close()


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a portal whose database is a fresh copy, with the schools and nothing else."""
    data = tmp_path / "data"
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copytree(request.getfixturevalue("template_data"), data)
        yield settings_for(data)
        return
    databases: real.Databases = request.getfixturevalue("postgresql")
    data.mkdir()
    with databases.copy() as name:
        yield settings_for(data, real.on(databases.app, name))


class Browser(FlaskClient):
    """A client whose every request has an application context of its own, as it has outside tests: `g` is not kept."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def app(database: Settings) -> Iterator[Flask]:
    """The portal on a fresh copy of the database; the outbox is drained when a test says so."""
    application = create_app(database)
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
