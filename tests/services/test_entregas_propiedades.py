"""Whatever is done in whatever order: no step opens whose condition does not hold, and no hour counts twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.domain.plan import blocked_by
from portal.models import Entrega, Servicio, db
from portal.services import entregas, entregas_deshacer, escuelas, servicios, siss
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import en_servicio
from tests.en_servicio import Caso

CLAVES = ("reporte_180", "reporte_360", "reporte_480", "reporte_global")
ACCIONES = (
    "enviar",
    "validar",
    "aceptar",
    "rechazar",
    "deshacer",
    "deshacer_dependencia",
    "reabrir",
    "siss",
    "esperar",
)
MOTIVO = "Las horas no corresponden al periodo que reportas."
Paso = tuple[str, str, int]


def _hacer(caso: Caso, paso: Paso, now: datetime) -> None:
    """One action on one step; a refusal is an answer like any other."""
    accion, clave, horas = paso
    entrega = caso.entrega(clave)
    oficina, host = caso.como_coordinador, caso.como_dependencia
    with escuela_scope(caso.escuela.id):
        if accion == "validar":
            entregas.aceptar(entrega.public_id, actor=host, now=now)
        elif accion == "aceptar":
            entregas.aceptar(entrega.public_id, actor=oficina, now=now)
        elif accion == "rechazar":
            quien = host if entrega.revisor_en_turno == "dependencia" else oficina
            entregas.rechazar(entrega.public_id, motivo=MOTIVO, actor=quien, now=now)
        elif accion == "deshacer":
            entregas_deshacer.deshacer(entrega.public_id, actor=oficina, now=now)
        elif accion == "deshacer_dependencia":
            entregas_deshacer.deshacer(entrega.public_id, actor=host, now=now)
        elif accion == "siss":
            siss.marcar(entrega.public_id, to_local(now).date(), actor=caso.como_alumno, now=now)
        elif accion == "reabrir" and entrega.estado == "aceptada":
            with unit_of_work(now) as uow:
                servicio = uow.lock_id(Servicio, caso.servicio.id)
                servicios.reabrir(uow, servicio, clave, MOTIVO, oficina)
    if accion == "enviar":
        en_servicio.enviar(caso, now, clave, horas)


def _revisar(caso: Caso, now: datetime, antes: dict[str, str]) -> dict[str, str]:
    """What holds after every action; answers the states."""
    with escuela_scope(caso.escuela.id):
        servicio = db.session.scalars(
            select(Servicio).where(Servicio.id == caso.servicio.id).execution_options(populate_existing=True)
        ).one()
        rows = list(
            db.session.scalars(
                select(Entrega)
                .where(Entrega.servicio_id == servicio.id)
                .order_by(Entrega.orden)
                .execution_options(populate_existing=True)
            )
        )
        total = db.session.scalar(
            select(func.coalesce(func.sum(Entrega.horas), 0)).where(
                Entrega.servicio_id == servicio.id, Entrega.estado == "aceptada"
            )
        )
        plan = servicios.plan_de(servicio)
        ahora = servicios.situacion(servicio, rows, to_local(now).date())
        db.session.commit()
    assert servicio.horas_aceptadas == total
    _sin_encimarse(rows)
    for e in rows:
        if e.estado == "habilitada" and antes.get(e.clave) == "bloqueada":
            assert not blocked_by(plan, plan.entrega(e.clave), ahora), f"{e.clave} opened too early"
        assert (e.estado == "en_revision") == (e.revisor_en_turno is not None)
        if e.estado == "en_revision":
            assert e.revisan[e.turno] == e.revisor_en_turno
        assert e.siss is None or e.estado == "aceptada"
    return {e.clave: e.estado for e in rows}


def _sin_encimarse(rows: list[Entrega]) -> None:
    """No day is in two reports that count or may come to count."""
    spans = sorted(
        (e.periodo_desde, e.periodo_hasta)
        for e in rows
        if e.pide_horas and e.estado in ("en_revision", "aceptada") and e.periodo_desde and e.periodo_hasta
    )
    for (_, end), (begin, _) in pairwise(spans):
        assert begin > end


PASOS = st.lists(
    st.tuples(st.sampled_from(ACCIONES), st.sampled_from(CLAVES), st.sampled_from((120, 180, 184))),
    min_size=5,
    max_size=25,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(pasos=PASOS)
def test_no_order_of_actions_opens_a_step_too_early_or_counts_an_hour_twice(app: Flask, pasos: Any) -> None:
    escuela = escuelas.por_slug("escom")
    assert escuela is not None
    now = datetime.now(UTC).replace(microsecond=0)
    caso = en_servicio.caso(escuela, now, meses=14)
    estados = _revisar(caso, now, {})
    camino: list[Paso] = [
        ("enviar", "reporte_180", 180),
        ("validar", "reporte_180", 0),
        ("aceptar", "reporte_180", 0),
    ]
    for n, paso in enumerate([*camino, *pasos]):
        now += timedelta(minutes=11 if paso[0] == "esperar" else 1, seconds=n)
        try:
            _hacer(caso, paso, now)
        except Refused:
            db.session.rollback()
        estados = _revisar(caso, now, estados)


def test_nobody_validates_their_own_hours_whatever_other_role_they_have(app: Flask) -> None:
    escuela = escuelas.por_slug("escom")
    assert escuela is not None
    now = datetime.now(UTC).replace(microsecond=0)
    caso = en_servicio.caso(escuela, now)
    en_servicio.enviar(caso, now)
    for actor in (caso.como_dependencia, caso.como_coordinador):
        yo = replace(actor, usuario_id=caso.alumno.usuario_id)
        with pytest.raises(Refused, match="propia"), escuela_scope(escuela.id):
            entregas.aceptar(caso.entrega().public_id, actor=yo, now=now)
        en_servicio.decidir(caso, now, "reporte_180", actor)
    assert caso.leer().horas == 180
