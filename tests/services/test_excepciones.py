"""Exceptions: the rule holds where it is typed and when it binds; what the office allows passes, with its name."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.calendario import add_months, proximo_inicio, to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Alumno, Correo, Escuela, Excepcion, Proyecto, Servicio, Solicitud, db
from portal.services import entregas, escuelas, excepciones, finalizacion, solicitudes
from tenants.scope import escuela_scope
from tests import en_servicio, factories

PORQUE = "Se reincorpora después de una licencia."


@pytest.fixture
def proyecto(escom: Escuela, now: datetime) -> Proyecto:
    host, _ = factories.dependencia(now)
    return factories.proyecto(escom, factories.convenio(escom, host, now), now)


def _autorizar(
    escuela: Escuela, quien: Alumno, regla: str, valor: Any, now: datetime, **cambios: Any
) -> Excepcion:
    values = {"actor": factories.como_coordinador(escuela, "expedientes"), "motivo": PORQUE, **cambios}
    motivo = values.pop("motivo")
    with escuela_scope(escuela.id):
        return excepciones.autorizar(quien.public_id, regla, str(valor), motivo, now=now, **values)


def _fechas(escuela: Escuela, now: datetime) -> tuple[date, date]:
    """A start and an end that the plan allows."""
    with escuela_scope(escuela.id):
        inicio = proximo_inicio(to_local(now).date() + timedelta(days=3), escuelas.calendario())
    return inicio, add_months(inicio, 7)


def _aceptar(
    escuela: Escuela, pedida: Solicitud, de: Proyecto, now: datetime, inicio: date, termino: date
) -> Any:
    actor = Actor("dependencia", "Renata", dependencia_ids=frozenset({de.dependencia_id}))
    with escuela_scope(escuela.id):
        solicitudes.aceptar(
            pedida.public_id, inicio=inicio, termino=termino, horario="9:00 a 13:00", actor=actor, now=now
        )
        found = db.session.scalars(select(Servicio).where(Servicio.solicitud_id == pedida.id)).one()
        db.session.commit()
        return found


def test_a_start_that_the_plan_does_not_allow_needs_the_offices_word(
    escom: Escuela, proyecto: Proyecto, now: datetime
) -> None:
    quien = factories.alumno(escom, now)
    pedida = factories.solicitud(quien, proyecto, escom, now)
    inicio, termino = _fechas(escom, now)
    otro = inicio + timedelta(days=5)
    with pytest.raises(Refused) as refused:
        _aceptar(escom, pedida, proyecto, now, otro, termino)
    assert refused.value.key == "solicitud.inicio_invalido"
    dada = _autorizar(escom, quien, "inicio", otro, now)
    servicio = _aceptar(escom, pedida, proyecto, now, otro, termino)
    with escuela_scope(escom.id):
        kept = db.session.scalars(select(Excepcion).where(Excepcion.id == dada.id)).one()
        assert (kept.servicio_id, kept.autor, kept.motivo) == (servicio.id, "Coordinadora de Prueba", PORQUE)
        mail = db.session.scalars(select(Correo).where(Correo.plantilla == "excepcion_autorizada")).one()
        assert mail.para == quien.correo
        assert mail.contexto["permite"].startswith("puedes ")  # the alumno is spoken to, not about
        with pytest.raises(Refused) as bound:
            excepciones.anular(dada.public_id, actor=factories.como_coordinador(escom), now=now)
        assert bound.value.key == "excepcion.ya_obliga"


def test_an_exception_that_was_taken_back_allows_nothing(
    escom: Escuela, proyecto: Proyecto, now: datetime
) -> None:
    quien = factories.alumno(escom, now)
    pedida = factories.solicitud(quien, proyecto, escom, now)
    inicio, _ = _fechas(escom, now)
    termino = add_months(inicio, 3)
    dada = _autorizar(escom, quien, "duracion", termino, now)
    with escuela_scope(escom.id):
        excepciones.anular(dada.public_id, actor=factories.como_coordinador(escom), now=now)
    with pytest.raises(Refused) as refused:
        _aceptar(escom, pedida, proyecto, now, inicio, termino)
    assert refused.value.key == "plan.pocos_meses"


def test_a_length_that_was_allowed_is_allowed_until_the_end(
    escom: Escuela, proyecto: Proyecto, now: datetime
) -> None:
    quien = factories.alumno(escom, now)
    pedida = factories.solicitud(quien, proyecto, escom, now)
    inicio, _ = _fechas(escom, now)
    termino = add_months(inicio, 3)
    _autorizar(escom, quien, "duracion", termino, now)
    servicio = _aceptar(escom, pedida, proyecto, now, inicio, termino)
    with escuela_scope(escom.id):
        assert not [razon for razon in finalizacion.revisar(servicio, now) if "meses" in razon]


def test_credits_are_held_against_the_plan_when_the_dependencia_accepts_too(
    escom: Escuela, proyecto: Proyecto, now: datetime
) -> None:
    quien = factories.alumno(escom, now, creditos_pct=50)
    pedida = factories.solicitud(quien, proyecto, escom, now)
    inicio, termino = _fechas(escom, now)
    with pytest.raises(Refused) as refused:
        _aceptar(escom, pedida, proyecto, now, inicio, termino)
    assert refused.value.key == "alumno.sin_creditos"
    with escuela_scope(escom.id), pytest.raises(Refused):
        solicitudes.postular(proyecto.public_id, actor=factories.como_alumno(quien), now=now)
    dada = _autorizar(escom, quien, "creditos", "", now)
    servicio = _aceptar(escom, pedida, proyecto, now, inicio, termino)
    with escuela_scope(escom.id):
        assert (
            db.session.scalars(select(Excepcion.servicio_id).where(Excepcion.id == dada.id)).one()
            == servicio.id
        )


def test_hours_over_the_most_of_a_period_need_the_offices_word(escom: Escuela, now: datetime) -> None:
    caso = en_servicio.caso(escom, now)
    inicio = caso.servicio.inicio
    fechas = {"desde": inicio, "hasta": inicio + timedelta(days=20)}
    with pytest.raises(Refused) as refused:
        en_servicio.enviar(caso, now, horas=180, **fechas)
    assert refused.value.key == "plan.horas_sobre_maximo"
    dada = _autorizar(escom, caso.alumno, "horas", 180, now)
    assert dada.servicio_id == caso.servicio.id
    en_servicio.enviar(caso, now, horas=180, **fechas)
    with escuela_scope(escom.id):
        excepciones.anular(dada.public_id, actor=factories.como_coordinador(escom), now=now)
        entrega = caso.entrega()
        with pytest.raises(Refused) as binding:  # held once more when the hours are accepted
            entregas.aceptar(entrega.public_id, actor=caso.como_dependencia, now=now)
        assert binding.value.key == "plan.horas_sobre_maximo"
    _autorizar(escom, caso.alumno, "horas", 200, now)
    assert en_servicio.decidir(caso, now, "reporte_180").estado == "aceptada"


@pytest.mark.parametrize(
    ("regla", "valor", "cambios", "key"),
    [
        ("inicio", "2026-08-10", {"motivo": "Porque sí"}, "motivo.corto"),
        ("inicio", "", {}, "excepcion.sin_fecha"),
        ("nada", "", {}, "excepcion.sin_regla"),
        ("horas", "100", {}, "excepcion.sin_servicio"),
    ],
)
def test_an_exception_names_rule_value_and_reason(
    escom: Escuela, now: datetime, regla: str, valor: str, cambios: dict[str, Any], key: str
) -> None:
    quien = factories.alumno(escom, now)
    with pytest.raises(Refused) as refused:
        _autorizar(escom, quien, regla, valor, now, **cambios)
    assert refused.value.key == key


def test_what_lets_a_servicio_begin_is_not_allowed_to_who_has_one(escom: Escuela, now: datetime) -> None:
    caso = en_servicio.caso(escom, now)
    with pytest.raises(Refused) as refused:
        _autorizar(escom, caso.alumno, "creditos", "", now)
    assert refused.value.key == "excepcion.con_servicio"


def test_only_who_keeps_the_expedientes_allows_anything(escom: Escuela, now: datetime) -> None:
    quien = factories.alumno(escom, now)
    with pytest.raises(Forbidden):
        _autorizar(escom, quien, "creditos", "", now, actor=factories.como_coordinador(escom, "reportes"))
