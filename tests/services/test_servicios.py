"""A servicio from its first day to terminado; numbers, dates and hours that travel."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain.access import SISTEMA_ACTOR
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.models import Correo, Escuela, db
from portal.services import numeros, servicios
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso


def _estados(caso: Caso) -> dict[str, str]:
    return {e.clave: e.estado for e in en_servicio._todas(caso)}


def test_a_servicio_begins_with_its_first_step_open(escom: Escuela, now: datetime) -> None:
    caso = en_servicio.caso(escom, now)
    assert caso.servicio.estado == "activo"
    assert (caso.servicio.horas_plan, caso.servicio.horas) == (480, 0)
    estados = _estados(caso)
    assert estados.pop("reporte_180") == "habilitada"
    assert set(estados.values()) == {"bloqueada"}


def test_the_plan_of_an_internal_prestatario_waits_for_its_registration_number(
    esca: Escuela, now: datetime
) -> None:
    caso = en_servicio.caso(esca, now, razon_social="Petróleos Mexicanos")
    assert caso.servicio.plan_clave == "interno"
    assert set(_estados(caso).values()) == {"bloqueada"}
    with escuela_scope(esca.id):
        servicios.asignar_numero_registro(
            caso.servicio.public_id, "21140/0002", actor=caso.como_coordinador, now=now
        )
    assert _estados(caso)["reporte_1"] == "habilitada"


def test_a_registration_number_is_given_once(esca: Escuela, now: datetime) -> None:
    first, second = (en_servicio.caso(esca, now) for _ in range(2))
    with escuela_scope(esca.id):
        assign = servicios.asignar_numero_registro
        assign(first.servicio.public_id, "21140/0002", actor=first.como_coordinador, now=now)
        for numero, key in (("21140/0002", "repetido"), ("  ", "vacio")):
            with pytest.raises(Refused) as refused:
                assign(second.servicio.public_id, numero, actor=first.como_coordinador, now=now)
            assert refused.value.key == f"servicio.registro_{key}"


@pytest.mark.parametrize(
    ("ultimo", "siguiente"),
    [(None, "1"), ("21140/0002", "21140/0003"), ("21140/0999", "21140/1000"), ("A-", "A-1"), ("9", "10")],
)
def test_the_next_registration_number_follows_the_last(ultimo: str | None, siguiente: str) -> None:
    assert numeros.numero_registro_propuesto(ultimo) == siguiente


def test_steps_that_wait_for_the_end_date_open_that_day_and_once(esca: Escuela, now: datetime) -> None:
    caso = en_servicio.caso(esca, now)
    termino = caso.servicio.termino
    before = now + timedelta(days=(termino - now.date()).days - 1)
    with escuela_scope(esca.id):
        assert servicios.abrir_por_fecha(before) == 0
        assert servicios.abrir_por_fecha(before + timedelta(days=2)) == 2
        assert servicios.abrir_por_fecha(before + timedelta(days=2)) == 0
    estados = _estados(caso)
    assert (estados["evaluacion_desempeno"], estados["carta_termino"]) == ("habilitada", "habilitada")


def test_the_servicio_ends_when_every_required_step_is_accepted(escom: Escuela, now: datetime) -> None:
    caso = en_servicio.caso(escom, now, termino=to_local(now).date())
    for clave, horas in (("reporte_180", 180), ("reporte_360", 180), ("reporte_480", 120)):
        en_servicio.aceptada(caso, now, clave, horas)
    assert caso.leer().horas == 480
    for clave in ("reporte_global", "evaluacion_desempeno"):
        en_servicio.aceptada(caso, now, clave)
    assert _estados(caso)["carta_termino"] == "habilitada"
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        servicio = uow.lock_id(type(caso.servicio), caso.servicio.id)
        servicios.cumplir(uow, servicio, "carta_termino", SISTEMA_ACTOR)
        servicios.cumplir(uow, servicio, "carta_termino", SISTEMA_ACTOR)
    assert caso.leer().estado == "activo"
    en_servicio.aceptada(caso, now, "expediente_liberacion")
    assert caso.leer().estado == "terminado"
    with escuela_scope(escom.id):
        plantillas = db.session.scalars(
            select(Correo.plantilla).where(Correo.usuario_id == caso.alumno.usuario_id)
        )
        assert "servicio_por_finalizar" in set(plantillas)


def test_a_step_that_is_reopened_stops_counting(escom: Escuela, now: datetime) -> None:
    caso = en_servicio.caso(escom, now)
    en_servicio.aceptada(caso, now)
    assert caso.leer().horas == 180
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        servicio = uow.lock_id(type(caso.servicio), caso.servicio.id)
        servicios.reabrir(uow, servicio, "reporte_180", "Falta una firma.", SISTEMA_ACTOR)
    assert (caso.leer().horas, caso.entrega().estado) == (0, "habilitada")


def test_a_newer_profile_changes_no_servicio_that_began(escom: Escuela, now: datetime) -> None:
    caso = en_servicio.caso(escom, now)
    assert caso.servicio.perfil_version == escom.perfil_version
    with escuela_scope(escom.id):
        assert servicios.plan_de(caso.servicio).clave == factories.escuelas_perfil(escom).planes[0].clave
