"""Reminders: one mail a day at the most, with all that waits for a person, on the days of the profile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.calendario import ZONA, to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Correo, Escuela, Firma, Outbox, Recordatorio, db
from portal.services import (
    correos,
    enlaces,
    escuelas,
    firmas,
    firmas_avisos,
    recordatorios,
    recordatorios_cosas,
)
from portal.services.recordatorios import diarios, pausar
from tenants.scope import escuela_scope
from tests import cierre, en_servicio, factories
from tests.consultas import contadas
from tests.en_servicio import Caso


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return en_servicio.caso(escom, now)


def _habil(escuela: Escuela, now: datetime, dias: int) -> datetime:
    """Ten in the morning of the n-th working day from today on."""
    with escuela_scope(escuela.id):
        dia = escuelas.calendario().add_working_days(to_local(now).date(), dias)
    return datetime(dia.year, dia.month, dia.day, 10, tzinfo=ZONA).astimezone(UTC)


def _correr(escuela: Escuela, when: datetime) -> int:
    with escuela_scope(escuela.id):
        found = diarios(when)
        db.session.commit()
        return found


def _correos(escuela: Escuela, para: str = "") -> list[Correo]:
    with escuela_scope(escuela.id):
        query = select(Correo).where(Correo.plantilla == "recordatorio").order_by(Correo.id)
        found = [c for c in db.session.scalars(query) if c.para == para or not para]
        db.session.commit()
        return found


def _texto(escuela: Escuela, correo: Correo) -> str:
    with escuela_scope(escuela.id):
        return correos.texto(correo, escuela)


def test_an_alumno_is_reminded_of_what_waits_and_once_a_day(
    escom: Escuela, caso: Caso, now: datetime
) -> None:
    lunes = _habil(escom, now, 1)
    assert _correr(escom, lunes) == 1
    assert _correr(escom, lunes + timedelta(hours=3)) == 0
    (correo,) = _correos(escom, caso.alumno.correo)
    texto = _texto(escom, correo)
    assert "Entregar el reporte de 180 horas" in texto
    assert f"/escom/alumno/entregas/{caso.entrega().public_id}" in texto
    assert "pausar" not in texto  # it is the alumno's own duty
    assert _correr(escom, _habil(escom, now, 2)) == 0  # not a day of the rules
    with escuela_scope(escom.id):
        given = recordatorios.ultimos({"entrega": [caso.entrega().id]})
        assert list(given.values()) == [to_local(lunes).date()]


def test_a_person_with_many_things_gets_one_mail_with_all_of_them(
    escom: Escuela, caso: Caso, now: datetime
) -> None:
    for n in range(5):
        quien = factories.alumno(escom, now)
        factories.solicitud(quien, caso.proyecto, escom, now, mensaje=str(n))
    assert _correr(escom, _habil(escom, now, 1)) == 2  # the alumno of the caso, the dependencia
    (correo,) = _correos(escom, caso.persona.correo)
    texto = _texto(escom, correo)
    assert "5 solicitudes por responder: lo más antiguo espera desde hace 1 día hábil" in texto
    assert "/dependencia/recordatorios" in texto


def test_nobody_is_forgotten_because_many_wait(
    escom: Escuela, caso: Caso, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recordatorios_cosas, "POR_VEZ", 2)
    for n in range(5):
        factories.solicitud(factories.alumno(escom, now), caso.proyecto, escom, now, mensaje=str(n))
    with escuela_scope(escom.id):
        found = [c.clase for c in recordatorios_cosas.todas("escom")]
    assert found.count("responder") == 5


def test_nobody_is_written_to_before_eight_in_the_morning_nor_on_days_off(
    escom: Escuela, caso: Caso, now: datetime
) -> None:
    lunes = _habil(escom, now, 1)
    temprano = lunes - timedelta(hours=10)  # midnight
    assert _correr(escom, temprano) == 1
    with escuela_scope(escom.id):
        (correo,) = _correos(escom)
        work = db.session.scalars(select(Outbox).where(Outbox.clave == f"correo:{correo.id}")).one()
        assert work.vence == lunes - timedelta(hours=2)
    sabado = lunes + timedelta(days=(5 - to_local(lunes).weekday()) % 7 or 7)
    assert _correr(escom, sabado) == 0


def test_a_day_without_a_worker_is_made_up_for(escom: Escuela, caso: Caso, now: datetime) -> None:
    assert _correr(escom, _habil(escom, now, 3)) == 1
    assert _correr(escom, _habil(escom, now, 4)) == 0


def test_a_pause_holds_back_shared_work_and_nothing_else(escom: Escuela, caso: Caso, now: datetime) -> None:
    enviada = en_servicio.enviar(caso, now)
    assert enviada.estado == "en_revision"
    with escuela_scope(escom.id):
        pausar(2, actor=caso.como_dependencia, now=now)
        pausar(1, actor=caso.como_dependencia, now=now)  # a second one takes its place
    lunes = _habil(escom, now, 1)
    assert _correr(escom, lunes) == 0
    with escuela_scope(escom.id):
        assert recordatorios.pausa_de(caso.persona.id, to_local(now).date()) == to_local(
            now
        ).date() + timedelta(7)
        assert pausar(0, actor=caso.como_dependencia, now=now) is None
        assert pausar(0, actor=caso.como_dependencia, now=now) is None
    assert _correr(escom, lunes) == 1
    assert [c.para for c in _correos(escom)] == [caso.persona.correo]


@pytest.mark.parametrize(("semanas", "error"), [(-1, Refused), (9, Refused)])
def test_a_pause_lasts_some_weeks_at_the_most(
    escom: Escuela, caso: Caso, now: datetime, semanas: int, error: type[Exception]
) -> None:
    with escuela_scope(escom.id), pytest.raises(error):
        pausar(semanas, actor=caso.como_dependencia, now=now)


def test_an_alumno_cannot_pause_what_is_their_own_duty(escom: Escuela, caso: Caso, now: datetime) -> None:
    with escuela_scope(escom.id), pytest.raises(Forbidden):
        pausar(1, actor=caso.como_alumno, now=now)


def _con(monkeypatch: pytest.MonkeyPatch, **cambios: Any) -> None:
    """The profile's rules of reminders, changed."""
    real = escuelas.perfil

    def perfil(version: int | None = None) -> Any:
        found = real(version)
        return found.model_copy(update={"recordatorios": found.recordatorios.model_copy(update=cambios)})

    monkeypatch.setattr(escuelas, "perfil", perfil)


def test_where_reviews_are_told_once_a_day_no_mail_is_written_for_each(
    monkeypatch: pytest.MonkeyPatch, escom: Escuela, caso: Caso, now: datetime
) -> None:
    _con(monkeypatch, por_revisar="diario")
    en_servicio.enviar(caso, now)
    with escuela_scope(escom.id):
        query = select(Correo.id).where(Correo.plantilla == "entrega_por_revisar")
        assert db.session.scalars(query).all() == []
        db.session.commit()
    assert _correr(escom, _habil(escom, now, 0)) == 1
    (correo,) = _correos(escom, caso.persona.correo)
    assert "Validar «Reporte de 180 horas» de" in _texto(escom, correo)


def test_where_the_escuela_sends_none_nobody_is_reminded(
    monkeypatch: pytest.MonkeyPatch, escom: Escuela, caso: Caso, now: datetime
) -> None:
    _con(monkeypatch, activo=False)
    assert _correr(escom, _habil(escom, now, 1)) == 0


def test_another_escuela_reminds_its_own(escom: Escuela, esca: Escuela, caso: Caso, now: datetime) -> None:
    assert _correr(esca, _habil(esca, now, 1)) == 0
    with escuela_scope(esca.id):
        assert db.session.scalars(select(Recordatorio)).all() == []


def test_who_is_to_sign_many_is_reminded_once_with_the_link_they_have(escom: Escuela, now: datetime) -> None:
    casos = [cierre.con_horas(escom, now) for _ in range(5)]
    for caso in casos:
        cierre.emitir(caso, now)
    mios = cierre.enlace(casos[0], cierre.JEFA.correo)
    with escuela_scope(escom.id):
        lugares = db.session.scalars(select(Firma).where(Firma.correo == cierre.JEFA.correo)).all()
        for lugar in lugares[1:]:
            firmas_avisos.juntar(lugar.id, now=now)
    _correr(escom, _habil(escom, now, 1))
    (correo,) = _correos(escom, cierre.JEFA.correo)
    assert "5 cartas por firmar: lo más antiguo espera" in _texto(escom, correo)
    assert enlaces.expand(correo.contexto["ruta"]) == f"/firmar/{mios}/juntas"
    assert firmas.por_enlace(mios, now=now).estado == "vigente"


def test_of_the_history_only_what_waits_is_read(escom: Escuela, caso: Caso, now: datetime) -> None:
    lunes = _habil(escom, now, 1)
    assert _correr(escom, lunes) == 1
    with contadas() as asked:
        assert _correr(escom, _habil(escom, now, 5)) >= 1
    history = [sql for sql in asked if sql.startswith("SELECT") and "recordatorio_cosa" in sql]
    assert len(history) == 1
    assert "objeto_id IN" in history[0]
    assert "JOIN" not in history[0]
