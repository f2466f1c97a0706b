"""Backup and restore: everything comes back equal, also on other services; what cannot be trusted is refused."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask_migrate import upgrade

from portal import create_app
from portal.models import Documento, Escuela, Usuario, db
from portal.services import bitacora, contrasenas, escuelas, limpieza, respaldo, restauracion, runtime
from portal.services.respaldo import RespaldoInvalido
from portal.services.uow import unit_of_work
from portal.services.workflow import record
from portal.settings import Settings
from tenants import volcado
from tenants.scope import escuela_scope
from tests import factories, real
from tests.backends.conftest import bucket_of
from tests.conftest import ROOT, Browser, settings_for
from tests.web import world as worlds

CORREO, CLAVE = "coordinacion@ejemplo.test", "Una-Frase-2026!"


@contextmanager
def portal(settings: Settings) -> Iterator[Flask]:
    """A portal of its own, as a process of its own would have it."""
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Browser
    escuelas._perfiles.clear()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


_migrated: list[Path] = []


@pytest.fixture(scope="module", autouse=True)
def migrated(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A data folder at the newest migration, to be copied."""
    data = tmp_path_factory.mktemp("migrated")
    with portal(settings_for(data)):
        upgrade(directory=str(ROOT / "migrations"))
    _migrated[:] = [data]


def embedded(data: Path) -> Settings:
    """SQLite and a folder, migrated and empty."""
    shutil.copytree(_migrated[0], data)
    return settings_for(data)


def fill(now: datetime) -> dict[str, Any]:
    """Two escuelas with one of everything, a folder of papers each, and a coordinadora with a password."""
    for folder in ("escom", "esca_ust"):
        escuelas.cargar(ROOT / "tenants" / folder, now=now)
    escom, esca = escuelas.por_slug("escom"), escuelas.por_slug("esca-ust")
    assert escom is not None
    assert esca is not None
    world = worlds.build(escom, esca, now)
    worlds.build(esca, escom, now)
    for escuela in (escom, esca):
        with escuela_scope(escuela.id):
            for _ in range(3):
                with unit_of_work(now) as uow:
                    record(
                        uow, uow.lock_id(Escuela, escuela.id), "probar", factories.como_coordinador(escuela)
                    )
    with unit_of_work(now) as uow:
        persona = uow.lock_id(Usuario, world.people["coordinador"])
        persona.correo, persona.contrasena_hash = CORREO, contrasenas.hash_contrasena(CLAVE)
    return {"carta": world.ids["carta"]}


def contents(*, without_almacen: bool = True) -> dict[str, list[str]]:
    """Every row of every table, and every object, of the portal in use."""
    found: dict[str, list[str]] = {}
    engine = db.engine
    platform, owned = volcado.tablas(db.metadata)
    with volcado.leyendo(engine) as connection:
        ids = volcado.escuelas(connection, db.metadata)
        for table, owner in [(t, None) for t in platform] + [(t, e) for e in ids for t in owned]:
            for row in volcado.renglones(connection, table, owner):
                if without_almacen:
                    row = {**row, **({"almacen": ""} if "almacen" in row else {})}
                found.setdefault(f"{table.name}/{owner}", []).append(volcado.linea(table, row))
    storage = runtime.current().backends.storage
    for owner in ids:
        with escuela_scope(owner):
            for info in storage.list(f"escuela/{owner}/"):
                found[info.key] = [storage.open(info.key).read().hex()]
    return found


def signs_in_and_downloads(app: Flask, carta: str) -> bytes:
    """What a person does first after a restore."""
    client = app.test_client()
    page = client.post("/escom/ingresar", data={"usuario": CORREO, "contrasena": CLAVE})
    assert page.status_code == 302, page.text
    letter = client.get(f"/escom/coordinador/cartas/{carta}/pdf")
    assert (letter.status_code, letter.mimetype) == (200, "application/pdf")
    return letter.data


def chains_hold() -> None:
    """The bitácora of every escuela is still the chain it was; at least one has lines."""
    lines = 0
    for escuela_id, _ in limpieza.escuelas_todas():
        with escuela_scope(escuela_id):
            found = bitacora.verificar()
            assert found.falla is None
            lines += found.lineas
    assert lines


Made = tuple[Path, dict[str, Any], dict[str, list[str]]]


@pytest.fixture
def made(tmp_path: Path, now: datetime) -> Made:
    """A backup of an embedded portal, what was in it, and what to look at."""
    settings = embedded(tmp_path / "first")
    with portal(settings):
        seen = fill(now)
        before = contents()
        manifiesto = respaldo.crear(tmp_path / "respaldo", now=now)
    assert (manifiesto.faltan, manifiesto.distintos) == ([], [])
    assert manifiesto.objetos.renglones > 2
    shutil.rmtree(tmp_path / "first")
    return tmp_path / "respaldo", seen, before


@pytest.fixture
def production(
    postgresql: real.Databases, services: dict[str, str], tmp_path: Path
) -> Iterator[Callable[[], Settings]]:
    """PostgreSQL (migrated, empty, as the role that owns nothing) and a new bucket."""
    at = urlsplit(services["PORTAL_STORAGE_URL"])
    name = postgresql.create_numbered()
    (tmp_path / "owner").mkdir()
    with portal(settings_for(tmp_path / "owner", real.on(postgresql.owner, name))):
        upgrade(directory=str(ROOT / "migrations"))
    with bucket_of(at) as bucket:
        environ = {"PORTAL_ENV": "test", "PORTAL_DATA": str(tmp_path / "pg"), "PORTAL_SECRET_KEY": "k" * 40,
                   "PORTAL_STORAGE_URL": f"{at.scheme}://{at.netloc}/{bucket}?secure=0",
                   "PORTAL_DATABASE_URL": real.on(postgresql.app, name)}  # fmt: skip
        yield Settings.from_env(environ)


@pytest.mark.services
def test_a_portal_moves_to_other_services_and_back_and_nothing_is_lost(made: Made, production, tmp_path, now):
    source, seen, before = made
    with portal(production) as app:
        done = restauracion.restaurar(source)
        chains_hold()
        assert (done.renglones, done.misma_llave) == (respaldo.leer(source).renglones, True)
        assert contents() == before
        letter = signs_in_and_downloads(app, seen["carta"])
        moved = contents()
        respaldo.crear(tmp_path / "second", now=now)
        with escuela_scope(escuelas.por_slug("escom").id):
            assert {d.almacen for d in db.session.query(Documento)} == {"s3"}
    with portal(embedded(tmp_path / "back")) as app:
        restauracion.restaurar(tmp_path / "second")
        assert contents() == moved
        chains_hold()
        assert signs_in_and_downloads(app, seen["carta"]) == letter


def test_an_embedded_portal_comes_back_equal(made: Made, tmp_path):
    source, seen, before = made
    with portal(embedded(tmp_path / "again")) as app:
        done = restauracion.restaurar(source)
        assert contents(without_almacen=False).keys() == before.keys()
        assert contents() == before
        assert done.objetos == respaldo.leer(source).objetos.renglones
        signs_in_and_downloads(app, seen["carta"])


def test_a_backup_is_private_and_names_every_file_in_it(made: Made):
    source, *_ = made
    files = {path for path in source.rglob("*") if path.is_file()}
    manifiesto = respaldo.leer(source)
    named = {source / a.archivo for a in (*manifiesto.tablas, manifiesto.objetos)}
    named |= {
        respaldo.lugar(source, json.loads(line)["clave"])
        for line in respaldo.lineas(source, manifiesto.objetos)
    }
    assert files - named == {source / respaldo.MANIFIESTO, source / f"{respaldo.MANIFIESTO}.sha256"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert source.stat().st_mode & 0o777 == 0o700


def an_object(source: Path) -> Path:
    return sorted((source / "objetos").rglob("*@"))[0]


SPOIL: dict[str, Callable[[Path], object]] = {
    "a row changed": lambda s: (s / "base" / "usuario.jsonl").open("a").write("{}\n"),
    "a table is gone": lambda s: (s / "base" / "usuario.jsonl").unlink(),
    "an object changed": lambda s: an_object(s).write_bytes(b"other"),
    "an object is gone": lambda s: an_object(s).unlink(),
    "the list of objects changed": lambda s: (s / "objetos.jsonl").write_text(""),
    "the manifest changed": lambda s: (s / "manifiesto.json").open("a").write(" "),
    "there is no manifest": lambda s: (s / "manifiesto.json").unlink(),
}


@pytest.mark.parametrize("how", SPOIL)
def test_a_backup_that_is_not_what_its_manifest_says_is_refused_and_nothing_written(
    made: Made, tmp_path, how
):
    source, *_ = made
    SPOIL[how](source)
    with portal(embedded(tmp_path / "target")):
        with pytest.raises(RespaldoInvalido):
            restauracion.restaurar(source)
        assert contents() == {}


def test_a_backup_of_another_migration_is_refused(made: Made, tmp_path):
    source, *_ = made
    path, seal = source / "manifiesto.json", source / "manifiesto.json.sha256"
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, "migracion": "0001"}))
    seal.write_text(restauracion._sha256(path))
    with portal(embedded(tmp_path / "target")), pytest.raises(RespaldoInvalido, match="migración 0001"):
        restauracion.restaurar(source)


def test_a_manifest_that_leaves_its_folder_is_refused(made: Made, tmp_path):
    source, *_ = made
    path, seal = source / "manifiesto.json", source / "manifiesto.json.sha256"
    path.write_text(path.read_text().replace("base/usuario.jsonl", "../usuario.jsonl"))
    seal.write_text(restauracion._sha256(path))
    with portal(embedded(tmp_path / "target")), pytest.raises(RespaldoInvalido, match="fuera del respaldo"):
        restauracion.restaurar(source)


def test_a_target_with_rows_or_with_objects_is_refused(made: Made, tmp_path, now):
    source, *_ = made
    with portal(embedded(tmp_path / "rows")):
        escuelas.cargar(ROOT / "tenants" / "escom", now=now)
        with pytest.raises(RespaldoInvalido, match="La base ya tiene renglones"):
            restauracion.restaurar(source)
    with portal(embedded(tmp_path / "objects")):
        escuela_id = respaldo.leer(source).escuelas[0]
        with escuela_scope(escuela_id):
            runtime.current().backends.storage.put(f"escuela/{escuela_id}/x", io.BytesIO(b"x"))
        with pytest.raises(RespaldoInvalido, match="El almacén ya tiene archivos"):
            restauracion.restaurar(source)


def test_a_restore_that_fails_leaves_the_target_empty(made: Made, tmp_path, monkeypatch):
    source, *_ = made
    with portal(embedded(tmp_path / "target")):
        monkeypatch.setattr(volcado, "cerrar", lambda connection: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            restauracion.restaurar(source)
        assert contents() == {}
        assert not list((tmp_path / "target" / "archivos").rglob("*@"))


def test_what_is_put_back_is_read_again(made: Made, tmp_path, monkeypatch):
    source, *_ = made
    put = volcado.meter

    def lossy(connection, table, rows, escuela_id):
        put(
            connection,
            table,
            [{**row, "nombre": "Otra"} if table.name == "usuario" else row for row in rows],
            escuela_id,
        )

    monkeypatch.setattr(volcado, "meter", lossy)
    with portal(embedded(tmp_path / "target")), pytest.raises(RespaldoInvalido, match="usuario"):
        restauracion.restaurar(source)


def test_another_secret_key_is_told(made: Made, tmp_path):
    source, *_ = made
    with portal(replace(embedded(tmp_path / "target"), secret_key="z" * 40)):
        assert restauracion.restaurar(source).misma_llave is False


def test_lost_and_damaged_objects_are_told_and_the_rest_is_saved(tmp_path, now):
    with portal(embedded(tmp_path / "first")):
        fill(now)
        lost, damaged, *_ = sorted((tmp_path / "first" / "archivos" / "escuela").rglob("*@"))
        lost.unlink()
        damaged.write_bytes(b"bit rot")
        made = respaldo.crear(tmp_path / "respaldo", now=now)
    assert [clave.rpartition("/")[2] for clave in made.faltan] == [lost.name.removesuffix("@")]
    assert [clave.rpartition("/")[2] for clave in made.distintos] == [damaged.name.removesuffix("@")]
    with portal(embedded(tmp_path / "target")):
        assert restauracion.restaurar(tmp_path / "respaldo").objetos == made.objetos.renglones


def test_a_backup_is_never_mixed_with_what_is_in_its_folder_and_leaves_nothing_when_it_fails(
    tmp_path, now, monkeypatch
):
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine").touch()
    with portal(embedded(tmp_path / "first")):
        with pytest.raises(RespaldoInvalido, match="no está vacía"):
            respaldo.crear(tmp_path / "used", now=now)
        monkeypatch.setattr(respaldo, "_objetos", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            respaldo.crear(tmp_path / "new", now=now)
    assert [path.name for path in (tmp_path / "used").iterdir()] == ["mine"]
    assert not (tmp_path / "new").exists()


def test_a_backup_is_of_one_instant(tmp_path, now, monkeypatch):
    """Rows written while it is made are not in it: not even beside a row that is."""
    with portal(embedded(tmp_path / "first")):
        escuelas.cargar(ROOT / "tenants" / "escom", now=now)
        table = volcado.renglones

        def meanwhile(connection, which, escuela_id):
            rows = table(connection, which, escuela_id)
            if which.name == "dependencia":
                rows = list(rows)
                monkeypatch.undo()
                escuelas.cargar(ROOT / "tenants" / "esca_ust", now=now)
            return iter(rows)

        monkeypatch.setattr(volcado, "renglones", meanwhile)
        made = respaldo.crear(tmp_path / "respaldo", now=now)
    assert len(made.escuelas) == 1
    assert [a.renglones for a in made.tablas if a.tabla == "escuela"] == [1]
