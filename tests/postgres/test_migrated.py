"""PostgreSQL after the migrations: what the models describe, made by the owner, and taken back whole."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, make_url

from portal import create_app
from portal.models import db
from tests import real
from tests.conftest import ROOT, settings_for


def test_alembic_finds_nothing_to_change_on_postgresql(postgresql, walled):
    url = make_url(real.on(postgresql.owner, walled)).set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
    engine.dispose()


def test_the_migrations_take_everything_back_on_postgresql(postgresql, tmp_path):
    name = postgresql.create_numbered()
    with create_app(settings_for(tmp_path, real.on(postgresql.owner, name))).app_context():
        upgrade(directory=str(ROOT / "migrations"))
        downgrade(directory=str(ROOT / "migrations"), revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        db.engine.dispose()


@pytest.mark.parametrize("table", sorted(db.metadata.tables))
def test_the_application_may_read_and_write_the_rows_of_every_table_and_no_more(connection, table):
    may = "SELECT privilege_type FROM information_schema.role_table_grants WHERE grantee = current_user "
    found = connection.execute(may + "AND table_name = %s", [table]).fetchall()
    assert {may for (may,) in found} == {"SELECT", "INSERT", "UPDATE", "DELETE"}
