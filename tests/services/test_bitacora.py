"""The bitácora in the database: chained at the commit, refused any change, and verified by the command's service."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from portal.domain.access import SISTEMA_ACTOR
from portal.models import Alumno, Bitacora, BitacoraCabeza, Escuela, db
from portal.services import bitacora
from portal.services.uow import unit_of_work
from portal.services.workflow import record
from portal.settings import Settings
from tenants.rls import set_scope_sql
from tenants.scope import escuela_scope
from tests import factories, real

Run = Callable[..., None]


@pytest.fixture
def alumno(escom: Escuela, now: datetime) -> Alumno:
    return factories.alumno(escom, now)


@pytest.fixture
def as_owner(request: pytest.FixtureRequest, database: Settings, escom: Escuela) -> Run:
    """Statements by somebody who owns the tables and has taken the triggers away, in the first escuela."""

    def on_sqlite(*statements: str) -> None:
        with closing(sqlite3.connect(db.engine.url.database or "")) as connection, connection:
            for table in ("bitacora", "bitacora_cabeza"):
                connection.execute(f"DROP TRIGGER IF EXISTS {table}_no_cambia")
                connection.execute(f"DROP TRIGGER IF EXISTS {table}_no_se_borra")
            for statement in statements:
                connection.execute(statement)

    def on_postgresql(*statements: str) -> None:
        owner = request.getfixturevalue("postgresql").owner
        with psycopg.connect(real.on(owner, db.engine.url.database or "")) as connection:
            for table in ("bitacora", "bitacora_cabeza"):
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            connection.execute(set_scope_sql(escom.id))
            for statement in statements:
                connection.execute(statement)

    return on_sqlite if db.engine.dialect.name == "sqlite" else on_postgresql


def write(escuela: Escuela, alumno: Alumno, now: datetime, *motivos: str) -> None:
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        for motivo in motivos:
            record(uow, alumno, "foto", SISTEMA_ACTOR, motivo=motivo)


def test_lines_of_one_and_of_several_transactions_make_one_chain(
    escom: Escuela, alumno: Alumno, now: datetime
) -> None:
    write(escom, alumno, now, "uno", "dos", "tres «ñ» \U0001f44d")
    write(escom, alumno, now, "cuatro")
    with escuela_scope(escom.id):
        lines = db.session.execute(select(Bitacora.numero, Bitacora.motivo).order_by(Bitacora.numero)).all()
        assert [(n, m.split()[0]) for n, m in lines] == [(1, "uno"), (2, "dos"), (3, "tres"), (4, "cuatro")]
        revision = bitacora.verificar()
        assert (revision.lineas, revision.falla) == (4, None)


def test_each_escuela_has_a_chain_of_its_own(
    escom: Escuela, esca: Escuela, alumno: Alumno, now: datetime
) -> None:
    otro = factories.alumno(esca, now)
    for escuela, quien in ((escom, alumno), (esca, otro), (escom, alumno)):
        write(escuela, quien, now, "Motivo")
    for escuela, length in ((escom, 2), (esca, 1)):
        with escuela_scope(escuela.id):
            assert bitacora.verificar().lineas == length


def test_a_transaction_that_fails_leaves_no_line_and_no_gap(
    escom: Escuela, alumno: Alumno, now: datetime
) -> None:
    def fails() -> None:
        with escuela_scope(escom.id), unit_of_work(now) as uow:
            record(uow, alumno, "foto", SISTEMA_ACTOR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    write(escom, alumno, now, "uno")
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Bitacora.numero)).all() == [1]
        assert bitacora.verificar().falla is None


@pytest.mark.parametrize("model", [Bitacora, BitacoraCabeza])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_or_delete_what_was_written(
    escom: Escuela, alumno: Alumno, now: datetime, model: Any, change: str
) -> None:
    write(escom, alumno, now, "uno")
    with escuela_scope(escom.id):
        row = db.session.scalars(select(model)).one()
        if change == "update":
            row.huella = "0" * 64
        else:
            db.session.delete(row)
        with pytest.raises(DatabaseError, match="solo se agregan"):
            db.session.flush()
        db.session.rollback()


COPY = (
    "INSERT INTO bitacora (escuela_id, id, usuario_id, autor, rol, noun, objeto_id, alumno_id, accion, antes, despues,"
    " motivo, creado, numero, anterior, huella) SELECT escuela_id, 1, usuario_id, autor, rol, noun, objeto_id,"
    " alumno_id, accion, antes, despues, motivo, creado, {numero}, anterior, huella FROM bitacora WHERE numero = 3"
)


@pytest.mark.parametrize(
    ("statements", "que", "numero"),
    [
        (("UPDATE bitacora SET motivo = 'Otro' WHERE numero = 3",), "cambiada", 3),
        (("UPDATE bitacora SET creado = '2020-01-01' WHERE numero = 2",), "cambiada", 2),
        (("DELETE FROM bitacora WHERE numero = 3",), "falta", 3),
        ((COPY.format(numero=0),), "sobra", 0),
        ((COPY.format(numero=6),), "sobra", 6),
        (
            (
                "UPDATE bitacora SET numero = -numero WHERE numero IN (2, 3)",
                "UPDATE bitacora SET numero = 5 + numero WHERE numero < 0",
            ),
            "cambiada",
            2,
        ),
        (("DELETE FROM bitacora WHERE numero > 3",), "cortada", 4),
        (("DELETE FROM bitacora",), "cortada", 1),
        (("DELETE FROM bitacora_cabeza",), "sin_cabeza", 5),
    ],
    ids=["change", "date", "delete", "insert before", "append", "swap", "truncate", "empty", "no head"],
)
def test_whatever_the_owner_of_the_tables_does_is_found(
    escom: Escuela,
    alumno: Alumno,
    now: datetime,
    as_owner: Run,
    statements: tuple[str, ...],
    que: str,
    numero: int,
) -> None:
    write(escom, alumno, now, "uno", "dos", "tres", "cuatro", "cinco")
    db.session.remove()
    as_owner(*statements)
    with escuela_scope(escom.id):
        falla = bitacora.verificar().falla
        assert falla is not None
        assert (falla.que, falla.numero) == (que, numero)


def test_a_long_chain_is_walked_a_page_at_a_time(
    escom: Escuela, alumno: Alumno, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bitacora, "PAGINA", 3)
    write(escom, alumno, now, *(f"Motivo {n}" for n in range(10)))
    with escuela_scope(escom.id):
        assert bitacora.verificar() == bitacora.Revision(10, bitacora.verificar().cabeza, None)
