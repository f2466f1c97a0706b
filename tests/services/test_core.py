"""The outbox, letters and the tenancy of the running portal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.access import SISTEMA_ACTOR
from portal.models import Carta, Escuela, Outbox, db
from portal.services import cartas
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories


def _carta(escuela: Escuela, now: datetime) -> Carta:
    alumno = factories.alumno(escuela, now)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        nueva = cartas.Nueva(
            {
                "alumno_nombre": alumno.nombre_completo, "alumno_boleta": alumno.boleta, "alumno_genero": "femenino",
                "carrera": "Ingeniería de prueba", "semestre": "7", "creditos_pct": 80, "horas_requeridas": 480,
                "ciclo": "2026", "fecha_inicio": date(2026, 2, 16), "fecha_termino": date(2026, 11, 16),
            },
            alumno_id=alumno.id,
        )  # fmt: skip
        return cartas.generar(uow, "constancia_estudios", nueva, SISTEMA_ACTOR)


def test_a_letter_gets_the_next_folio_and_its_file_once(
    escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    first, second = _carta(escom, now), _carta(escom, now)
    assert (first.numero, second.numero) == (1, 2)
    assert drain() >= 2
    assert drain() == 0
    with escuela_scope(escom.id):
        rows = db.session.scalars(select(Carta).order_by(Carta.numero)).all()
        assert [c.estado for c in rows] == ["emitida", "emitida"]
        cartas.producir(rows[0].id, now=now)
        assert db.session.scalars(select(Outbox).where(Outbox.hecho.is_(None))).all() == []


def test_an_unknown_school_does_not_exist(client: FlaskClient, escom: Escuela) -> None:
    assert client.get("/no-existe/logo.png").status_code == 404
    assert client.get("/escom/logo.png").status_code == 200
