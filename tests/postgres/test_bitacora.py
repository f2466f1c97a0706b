"""Writers at once on PostgreSQL: they never fork the chain, never wait for a long one, never lock each other out."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from portal import create_app
from portal.domain.access import SISTEMA_ACTOR
from portal.models import Alumno, Documento, Escuela, db
from portal.services import bitacora
from portal.services.uow import unit_of_work
from portal.services.workflow import record
from tenants.ids import new_public_id
from tenants.scope import escuela_scope
from tests import factories, real
from tests.conftest import settings_for

WRITERS, TURNS = 8, 12


@pytest.fixture
def app(postgresql: real.Databases, tmp_path: Path) -> Iterator[Flask]:
    with postgresql.copy() as name:
        application = create_app(settings_for(tmp_path, real.on(postgresql.app, name)))
        with application.app_context():
            yield application
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def escuela(app: Flask) -> Escuela:
    return db.session.scalars(select(Escuela).where(Escuela.slug == "escom")).one()


def in_a_thread(app: Flask, escuela_id: int, work: Any) -> Any:
    """Run `work` in the escuela with a connection of its own; fails rather than waits for ever."""

    def run() -> Any:
        with app.app_context(), escuela_scope(escuela_id):
            try:
                return work()
            finally:
                db.session.remove()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=20)


def paper(alumno_id: int) -> Documento:
    return Documento(tipo="prueba", alumno_id=alumno_id, almacen="folder", clave=new_public_id(), nombre="a.pdf",
                     mime="application/pdf", bytes=1, sha256="0" * 64, avisos=[])  # fmt: skip


def test_writers_at_once_make_one_chain(app: Flask, escuela: Escuela, now: datetime) -> None:
    """Each holds an alumno that another one's new row refers to: what would lock them out if the head came first."""
    alumnos = [factories.alumno(escuela, now).id for _ in range(WRITERS)]
    escuela_id = escuela.id

    def write(who: int) -> None:
        with app.app_context(), escuela_scope(escuela_id):
            for turn in range(TURNS):
                with unit_of_work(now) as uow:
                    mine = uow.lock_id(Alumno, alumnos[who])
                    uow.add(paper(alumnos[(who + turn) % WRITERS]))
                    for _ in range(1 + turn % 3):
                        record(uow, mine, "foto", SISTEMA_ACTOR, motivo=f"{who}/{turn}")
            db.session.remove()

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    with escuela_scope(escuela_id):
        revision = bitacora.verificar()
    assert (revision.lineas, revision.falla) == (WRITERS * sum(1 + t % 3 for t in range(TURNS)), None)


def test_a_long_transaction_keeps_nobody_of_its_escuela_waiting(
    app: Flask, escuela: Escuela, now: datetime
) -> None:
    slow, quick = factories.alumno(escuela, now).id, factories.alumno(escuela, now).id
    escuela_id = escuela.id

    def other() -> int:
        with unit_of_work(now) as uow:
            record(uow, uow.lock_id(Alumno, quick), "foto", SISTEMA_ACTOR)
        return bitacora.verificar().lineas

    with escuela_scope(escuela_id), unit_of_work(now) as uow:
        record(uow, uow.lock_id(Alumno, slow), "foto", SISTEMA_ACTOR)
        uow.session.flush()
        assert in_a_thread(app, escuela_id, other) == 1
    with escuela_scope(escuela_id):
        assert bitacora.verificar().lineas == 2


def test_the_owner_cannot_change_the_bitacora_without_taking_its_triggers_away(owner: Any) -> None:
    from psycopg import errors

    from tests.postgres.filas import A, scope

    for statement in ("UPDATE bitacora SET motivo = 'x'", "DELETE FROM bitacora", "TRUNCATE bitacora",
                      "UPDATE bitacora_cabeza SET numero = 0", "DELETE FROM bitacora_cabeza"):  # fmt: skip
        scope(owner, A)
        with pytest.raises(errors.RaiseException, match="solo se agregan"), owner.transaction():
            owner.execute(statement)


def test_old_lines_get_their_chain_from_the_migration(
    postgresql: real.Databases, tmp_path: Path, now: datetime
) -> None:
    """Written before the chain existed, in two escuelas; migrated by the owner, who stands before the wall too."""
    from tests.migracion_bitacora import from_before, migrate_to

    name = postgresql.create_numbered()
    with create_app(settings_for(tmp_path, real.on(postgresql.owner, name))).app_context():
        migrate_to("0001")
        with db.engine.begin() as connection:
            from_before(connection, now)
        migrate_to("head")
        for escuela_id, lines in ((1, 5), (2, 1), (3, 0)):
            with escuela_scope(escuela_id):
                revision = bitacora.verificar()
            assert (revision.lineas, revision.falla) == (lines, None)
        with db.engine.connect() as connection:
            assert (
                connection.execute(text("SELECT count(*) FROM bitacora_cabeza")).scalar() == 0
            )  # no scope, no rows
        db.session.remove()
        db.engine.dispose()
