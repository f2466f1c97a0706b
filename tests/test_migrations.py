"""A migrated database is the one that the models describe; on PostgreSQL every escuela stands behind the wall."""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, Inspector, create_engine, inspect, text

from portal import create_app
from portal.models import db
from portal.services import bitacora
from tenants.guard import owned_tables
from tenants.scope import escuela_scope
from tests.conftest import ROOT, settings_for
from tests.migracion_bitacora import from_before, migrate_to

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A SQLite database brought to the newest revision by the migrations alone."""
    app = create_app(settings_for(tmp_path_factory.mktemp("migrated")))
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        yield db.engine
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A SQLite database made from the models."""
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('described')}/portal.db")
    db.metadata.create_all(engine)
    yield engine
    engine.dispose()


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def postgresql_sql() -> str:
    """What all migrations, one after another, would say to PostgreSQL."""
    said = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": said}
    )
    with Operations.context(context):
        for path in VERSIONS:
            loaded(path).upgrade()
    return said.getvalue()


def picture(inspector: Inspector, table: str) -> dict[str, Any]:
    """Everything that matters of a table, in an order that does not."""
    return {
        "columns": sorted((c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)),
        "key": inspector.get_pk_constraint(table)["constrained_columns"],
        "foreign": sorted(str(sorted(f.items(), key=str)) for f in inspector.get_foreign_keys(table)),
        "unique": sorted((u["name"], *u["column_names"]) for u in inspector.get_unique_constraints(table)),
        "indexes": sorted(
            (i["name"], *i["column_names"], i["unique"], str(i["dialect_options"].get("sqlite_where")))
            for i in inspector.get_indexes(table)
        ),
        "checks": sorted(str(c["sqltext"]) for c in inspector.get_check_constraints(table)),
    }


def test_alembic_finds_nothing_to_change_after_migrating(migrated):
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


@pytest.mark.parametrize("table", sorted(db.metadata.tables))
def test_a_migrated_table_is_the_one_that_the_models_make(migrated, described, table):
    assert picture(inspect(migrated), table) == picture(inspect(described), table)


def test_the_migrations_take_everything_back(tmp_path: Path):
    app = create_app(settings_for(tmp_path))
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        downgrade(directory=str(ROOT / "migrations"), revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        db.engine.dispose()


def test_every_owned_table_is_behind_row_level_security_and_no_other():
    said = postgresql_sql()
    forced = re.findall(r"ALTER TABLE (\w+) FORCE ROW LEVEL SECURITY", said)
    owned = sorted(table.name for table in owned_tables(db.metadata))
    assert sorted(forced) == owned
    assert sorted(re.findall(r"CREATE POLICY \w+ ON (\w+) ", said)) == owned


def test_migrations_are_one_line_in_the_order_of_their_names():
    before = None
    for path in VERSIONS:
        module = loaded(path)
        assert (module.down_revision, module.revision) == (before, path.name[:4])
        before = module.revision


def test_on_postgresql_a_foreign_key_between_owned_rows_waits_for_the_commit():
    said = re.sub(r"\s+", " ", postgresql_sql())
    composite = re.findall(
        r"FOREIGN KEY\(escuela_id, \w+\) REFERENCES \w+ \(escuela_id, id\)( \w+ \w+ \w+)?", said
    )
    assert len(composite) > 20
    assert set(composite) == {" DEFERRABLE INITIALLY DEFERRED"}


def test_lines_of_the_bitacora_written_before_it_was_chained_get_their_chain(tmp_path: Path, now: datetime):
    with create_app(settings_for(tmp_path)).app_context():
        migrate_to("0001")
        with db.engine.begin() as connection:
            from_before(connection, now)
        migrate_to("head")
        for escuela_id, lines in ((1, 5), (2, 1), (3, 0)):
            with escuela_scope(escuela_id):
                revision = bitacora.verificar()
            assert (revision.lineas, revision.falla) == (lines, None)
        db.session.remove()
        db.engine.dispose()


def test_a_migrated_sqlite_database_has_the_triggers_that_the_models_make(migrated, described):
    names = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
    with migrated.connect() as one, described.connect() as two:
        found = one.execute(names).all()
        assert found == two.execute(names).all()
        assert len(found) >= 4
