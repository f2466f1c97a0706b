"""`portal check`: every part on one line, and an exit code that a script can read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal import cli
from tests import real
from tests.conftest import ROOT


def run(environ: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(cli.main, list(arguments), env={"PORTAL_ENV": "test", **environ})


def lines(result: Result) -> dict[str, str]:
    """What is said of each part."""
    return {line[:14].strip(): line[15:] for line in result.output.splitlines()}


def test_an_embedded_portal_is_well_once_it_is_migrated(tmp_path: Path) -> None:
    embedded = {"PORTAL_DATA": str(tmp_path)}
    before = run(embedded, "check")
    assert before.exit_code == 1
    assert "portal migrar" in lines(before)["base de datos"]
    assert run(embedded, "migrar").exit_code == 0
    after = run(embedded, "check")
    assert after.exit_code == 0, after.output
    parts = ["base de datos", "archivos", "cola", "correo", "antivirus", "clave", "métricas", "OpenID",
             "hora de sellos"]  # fmt: skip
    assert list(lines(after)) == parts
    token = {**embedded, "PORTAL_METRICS_TOKEN": "una-ficha-inventada-de-prueba"}
    assert "con ficha" in lines(run(token, "check"))["métricas"]
    assert "inventada" not in run(token, "check").output


def test_an_escuela_that_asks_for_openid_without_its_secret_is_named(tmp_path: Path) -> None:
    embedded = {"PORTAL_DATA": str(tmp_path)}
    table = '[acceso.oidc]\nemisor = "http://127.0.0.1:1"\ncliente = "portal"'
    folder = tmp_path / "escuela"
    shutil.copytree(ROOT / "tenants" / "esca_ust", folder)
    (folder / "escuela.toml").open("a", encoding="utf-8").write(f"\n{table}\n")
    assert run(embedded, "escuela", "cargar", str(folder)).exit_code == 0
    without = run(embedded, "check")
    assert without.exit_code == 1
    assert "PORTAL_OIDC_ESCA_UST_SECRET" in lines(without)["OpenID"]
    gone = run({**embedded, "PORTAL_OIDC_ESCA_UST_SECRET": "una-clave-inventada"}, "check")
    assert "no responde" in lines(gone)["OpenID"]
    assert "inventada" not in gone.output


@pytest.fixture
def environ(services: dict[str, str], postgresql: real.Databases, tmp_path: Path) -> dict[str, str]:
    """The real services, with a migrated database."""
    name = postgresql.create_numbered(postgresql.template)
    return {**services, "PORTAL_DATA": str(tmp_path), "PORTAL_DATABASE_URL": real.on(postgresql.app, name)}


@pytest.mark.services
def test_the_real_services_are_well(environ: dict[str, str]) -> None:
    result = run(environ, "check")
    assert result.exit_code == 0, result.output
    assert "MAL" not in result.output


@pytest.mark.services
@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("base de datos", "PORTAL_DATABASE_URL", "postgresql://portal_app:x@127.0.0.1:1/portal"),
        ("archivos", "PORTAL_STORAGE_URL", "s3://portal:equivocado@127.0.0.1:1/portal?secure=0"),
        ("cola", "PORTAL_REDIS_URL", "redis://127.0.0.1:1/0"),
        ("correo", "PORTAL_MAIL_URL", "smtp://127.0.0.1:1"),
        ("antivirus", "PORTAL_CLAMD_URL", "tcp://127.0.0.1:1"),
    ],
)
def test_the_part_that_is_gone_is_named_and_no_other(
    environ: dict[str, str], part: str, name: str, value: str
) -> None:
    result = run({**environ, name: value}, "check")
    assert result.exit_code == 1
    assert [p for p, said in lines(result).items() if "MAL" in said] == [part]
    assert "equivocado" not in result.output


@pytest.mark.services
def test_a_role_that_owns_the_tables_is_no_role_for_the_portal(
    environ: dict[str, str], postgresql: real.Databases
) -> None:
    owner = real.on(postgresql.owner, environ["PORTAL_DATABASE_URL"].rsplit("/", 1)[1])
    result = run({**environ, "PORTAL_DATABASE_URL": owner}, "check")
    assert result.exit_code == 1
    assert "dueño" in lines(result)["base de datos"]
