"""The real services that `scripts/services up` started, and databases of PostgreSQL made and dropped by the test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "prueba"


class NotRunning(Exception):
    """The services are down: the sentence says what to do."""


def addresses() -> dict[str, str]:
    """The PORTAL_* addresses of the running services, or NotRunning."""
    for verb in ("status", "env"):
        script = [str(ROOT / "scripts" / "services"), verb]
        said = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
        if said.returncode:
            raise NotRunning(
                "this test needs the real services: scripts/services up (make test does it; as root it installs what "
                f'lacks). All other tests: .venv/bin/pytest -m "not services"\n{said.stdout}{said.stderr}'
            )
    return dict(line.split("=", 1) for line in said.stdout.splitlines())


def on(url: str, database: str) -> str:
    """The same server and role, another database."""
    return f"{url.rsplit('/', 1)[0]}/{database}"


class Databases:
    """Copies of a template database. The next copy is made, and old ones are dropped, while a test runs.

    Names carry this process's id: runs side by side never meet, and what a killed run left is dropped by the next.
    """

    def __init__(self, services: dict[str, str]) -> None:
        self.owner = services["PORTAL_TEST_OWNER_URL"]
        self.app = services["PORTAL_DATABASE_URL"]
        self.pgbouncer = services["PORTAL_TEST_PGBOUNCER_URL"]
        self.template = f"{PREFIX}_{os.getpid()}_plantilla"
        self._numbers = count(1)
        self._admin = psycopg.connect(on(self.owner, "postgres"), autocommit=True)
        self._helper = ThreadPoolExecutor(1)
        self._ahead = None
        self._drop_orphans()
        self.create(self.template)

    def create(self, name: str, template: str = "template1") -> str:
        """Make a database owned by the migrating role; its name comes back."""
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._admin.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def create_numbered(self, template: str = "template1") -> str:
        """Make a database that lives until the end of the run: empty, or a copy of `template`."""
        return self.create(f"{PREFIX}_{os.getpid()}_{next(self._numbers)}", template)

    def drop(self, name: str) -> None:
        """Throw a database away, with whoever is still connected."""
        self._admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    @contextmanager
    def copy(self) -> Iterator[str]:
        """The name of a fresh copy of the template, for the length of a `with`."""
        name = (self._ahead or self._helper.submit(self._copy)).result()
        self._ahead = self._helper.submit(self._copy)
        try:
            yield name
        finally:
            self._helper.submit(self.drop, name)

    def close(self) -> None:
        """Drop what this run made."""
        self._helper.shutdown()
        for name in self._names():
            if name.startswith(f"{PREFIX}_{os.getpid()}_"):
                self.drop(name)
        self._admin.close()

    def _copy(self) -> str:
        return self.create_numbered(self.template)

    def _names(self) -> list[str]:
        found = self._admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{PREFIX}_%"])
        return [name for (name,) in found]

    def _drop_orphans(self) -> None:
        for name in self._names():
            pid = name.split("_")[1]
            if pid == str(os.getpid()) or not Path(f"/proc/{pid}").exists():
                self.drop(name)
