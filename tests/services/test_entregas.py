"""Entregas: figures that are checked, turns that are kept, reasons that stay, hours that count once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused, Stale
from portal.models import Correo, Documento, EntregaHistoria, Escuela, db
from portal.services import entregas, runtime
from tenants.scope import escuela_scope
from tests import en_servicio
from tests.en_servicio import Caso

MOTIVO = "Falta la firma de tu responsable directo."


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return en_servicio.caso(escom, now)


def _correos(caso: Caso) -> list[tuple[str, int | None]]:
    with escuela_scope(caso.escuela.id):
        rows = db.session.execute(select(Correo.plantilla, Correo.usuario_id).order_by(Correo.id)).all()
        db.session.commit()
        return [(plantilla, usuario) for plantilla, usuario in rows]


def _historia(caso: Caso, clave: str = "reporte_180") -> list[EntregaHistoria]:
    with escuela_scope(caso.escuela.id):
        query = select(EntregaHistoria).where(EntregaHistoria.entrega_id == caso.entrega(clave).id)
        return list(db.session.scalars(query.order_by(EntregaHistoria.id)))


def test_the_dependencia_reviews_first_and_then_the_office(caso: Caso, now: datetime) -> None:
    sent = en_servicio.enviar(caso, now)
    assert (sent.estado, sent.revisor_en_turno, sent.horas_acumuladas) == ("en_revision", "dependencia", 180)
    validated = en_servicio.decidir(caso, now, "reporte_180", caso.como_dependencia)
    assert (validated.estado, validated.revisor_en_turno) == ("en_revision", "coordinador")
    assert caso.leer().horas == 0
    accepted = en_servicio.decidir(caso, now, "reporte_180", caso.como_coordinador)
    assert (accepted.estado, accepted.revisor_en_turno) == ("aceptada", None)
    assert (caso.leer().horas, caso.entrega("reporte_360").estado) == (180, "habilitada")
    assert [(h.accion, h.rol) for h in _historia(caso)] == [
        ("enviar", "alumno"), ("aceptar", "dependencia"), ("aceptar", "coordinador"),
    ]  # fmt: skip


def test_each_decision_writes_to_whom_it_matters(caso: Caso, now: datetime) -> None:
    en_servicio.aceptada(caso, now)
    alumno, persona, oficina = caso.alumno.usuario_id, caso.persona.id, caso.coordinador.id
    assert _correos(caso) == [
        ("entrega_por_revisar", persona),
        ("entrega_validada", alumno),
        ("entrega_por_revisar", oficina),
        ("entrega_aceptada", alumno),
    ]


@pytest.mark.parametrize(
    ("cambios", "key"),
    [
        ({"horas": 0}, "plan.horas_vacias"),
        ({"horas": 120}, "plan.horas_bajo_meta"),
        ({"horas": 900}, "plan.horas_sobre_maximo"),
        ({"desde": -10}, "plan.periodo_antes_de_inicio"),
        ({"hasta": 999}, "plan.periodo_futuro"),
        ({"desde": 60, "hasta": 50}, "plan.periodo_al_reves"),
        ({"hasta": None}, "plan.periodo_vacio"),
    ],
)
def test_figures_that_cannot_be_are_refused_in_a_sentence(
    caso: Caso, now: datetime, cambios: dict[str, Any], key: str
) -> None:
    values = {"horas": 180, "desde": 0, "hasta": 105, **cambios}
    day = {
        name: None if values[name] is None else caso.servicio.inicio + timedelta(days=values[name])
        for name in ("desde", "hasta")
    }
    with pytest.raises(Refused) as refused, escuela_scope(caso.escuela.id):
        entregas.enviar(
            caso.entrega().public_id,
            documento=en_servicio.guardado(caso.escuela),
            horas=values["horas"],
            actor=caso.como_alumno,
            now=now,
            **day,
        )
    assert refused.value.key == key
    assert "{" not in frase(key, **refused.value.values)
    assert caso.entrega().estado == "habilitada"


def test_a_report_without_its_file_is_refused(caso: Caso, now: datetime) -> None:
    with pytest.raises(Refused, match="sin_archivo"), escuela_scope(caso.escuela.id):
        entregas.enviar(
            caso.entrega().public_id,
            horas=180,
            desde=caso.servicio.inicio,
            hasta=caso.servicio.inicio + timedelta(days=105),
            actor=caso.como_alumno,
            now=now,
        )


def test_a_day_that_was_reported_is_not_reported_again(caso: Caso, now: datetime) -> None:
    en_servicio.aceptada(caso, now)
    with pytest.raises(Refused) as refused:
        en_servicio.enviar(caso, now, "reporte_360", desde=caso.servicio.inicio)
    assert refused.value.key == "plan.periodo_repetido"


def test_a_rejection_has_a_reason_and_its_hours_count_for_nothing(caso: Caso, now: datetime) -> None:
    entrega = en_servicio.enviar(caso, now)
    with escuela_scope(caso.escuela.id):
        with pytest.raises(Refused, match=r"motivo\.corto"):
            entregas.rechazar(entrega.public_id, motivo="No.", actor=caso.como_dependencia, now=now)
        rejected = entregas.rechazar(entrega.public_id, motivo=MOTIVO, actor=caso.como_dependencia, now=now)
    assert (rejected.estado, rejected.motivo, rejected.decidio) == ("rechazada", MOTIVO, caso.persona.nombre)
    assert caso.leer().horas == 0
    assert _correos(caso)[-1] == ("entrega_rechazada", caso.alumno.usuario_id)


def test_a_corrected_report_goes_through_every_turn_again_and_its_history_stays(
    caso: Caso, now: datetime
) -> None:
    entrega = en_servicio.enviar(caso, now)
    en_servicio.decidir(caso, now, "reporte_180", caso.como_dependencia)
    with escuela_scope(caso.escuela.id):
        entregas.rechazar(entrega.public_id, motivo=MOTIVO, actor=caso.como_coordinador, now=now)
    again = en_servicio.enviar(caso, now, horas=184)
    assert (again.revisor_en_turno, again.horas, again.motivo) == ("dependencia", 184, "")
    en_servicio.decidir(caso, now, "reporte_180")
    assert caso.leer().horas == 184
    rows = _historia(caso)
    assert [h.accion for h in rows] == ["enviar", "aceptar", "rechazar", "enviar", "aceptar", "aceptar"]
    assert rows[2].motivo == MOTIVO
    assert [h.cifras["horas"] for h in rows if h.accion == "enviar"] == [180, 184]
    assert rows[0].documento_id != rows[3].documento_id


def test_a_draft_keeps_file_and_figures_until_it_is_sent(caso: Caso, now: datetime) -> None:
    entrega = caso.entrega()
    with escuela_scope(caso.escuela.id):
        kept = entregas.guardar_borrador(
            entrega.public_id,
            guardado=en_servicio.guardado(caso.escuela),
            cifras={"horas": "120"},
            actor=caso.como_alumno,
            now=now,
        )
        file = kept.borrador_documento_id
        period = {"desde": caso.servicio.inicio, "hasta": caso.servicio.inicio + timedelta(days=105)}
        with pytest.raises(Refused):
            entregas.enviar(entrega.public_id, horas=120, actor=caso.como_alumno, now=now, **period)
        assert (caso.entrega().borrador_documento_id, caso.entrega().borrador) == (file, {"horas": "120"})
        entregas.enviar(entrega.public_id, horas=180, actor=caso.como_alumno, now=now, **period)
    sent = caso.entrega()
    assert (sent.documento_id, sent.borrador_documento_id, sent.borrador) == (file, None, {})


def test_a_draft_that_another_file_replaces_leaves_nothing_behind(caso: Caso, now: datetime) -> None:
    entrega = caso.entrega()
    with escuela_scope(caso.escuela.id):
        first, second = en_servicio.guardado(caso.escuela), en_servicio.guardado(caso.escuela)
        for guardado in (first, second):
            entregas.guardar_borrador(entrega.public_id, guardado=guardado, actor=caso.como_alumno, now=now)
        rows = set(db.session.scalars(select(Documento.clave)))
        storage = runtime.current().backends.storage
        left = [storage.exists(file.clave) for file in (first, second)]
    assert first.clave not in rows
    assert second.clave in rows
    assert left == [False, True]


def test_whoever_comes_second_reads_that_it_was_decided(caso: Caso, now: datetime) -> None:
    entrega = en_servicio.enviar(caso, now)
    with escuela_scope(caso.escuela.id):
        for actor in (caso.como_dependencia, caso.como_coordinador):
            entregas.aceptar(entrega.public_id, actor=actor, now=now)
            with pytest.raises(Stale) as stale:
                entregas.rechazar(entrega.public_id, motivo=MOTIVO, actor=actor, now=now)
            assert stale.value.key == "entrega.ya_revisada"
    assert caso.leer().horas == 180


def test_a_decision_on_an_older_file_is_refused(caso: Caso, now: datetime) -> None:
    entrega = en_servicio.enviar(caso, now)
    with pytest.raises(Stale, match="otra_version"), escuela_scope(caso.escuela.id):
        entregas.aceptar(entrega.public_id, actor=caso.como_dependencia, now=now, visto="otro")


@pytest.mark.parametrize("quien", ["como_alumno", "sin_permiso", "otra_dependencia", "otra_escuela"])
def test_nobody_decides_without_the_turn(caso: Caso, now: datetime, esca: Escuela, quien: str) -> None:
    entrega = en_servicio.enviar(caso, now)
    otra = en_servicio.caso(esca, now)
    actor = {
        "como_alumno": caso.como_alumno,
        "sin_permiso": en_servicio.sin_permisos(caso.como_coordinador),
        "otra_dependencia": otra.como_dependencia,
        "otra_escuela": otra.como_coordinador,
    }[quien]
    with pytest.raises(Forbidden), escuela_scope(caso.escuela.id):
        entregas.aceptar(entrega.public_id, actor=actor, now=now)


def test_nobody_validates_their_own_hours(caso: Caso, now: datetime) -> None:
    entrega = en_servicio.enviar(caso, now)
    same_person = replace(caso.como_dependencia, usuario_id=caso.alumno.usuario_id)
    with escuela_scope(caso.escuela.id):
        with pytest.raises(Refused, match="propia"):
            entregas.aceptar(entrega.public_id, actor=same_person, now=now)
        with pytest.raises(Refused, match="propia"):
            entregas.rechazar(entrega.public_id, motivo=MOTIVO, actor=same_person, now=now)


@pytest.mark.parametrize("clave", ["reporte_360", "carta_termino"])
def test_a_step_that_is_closed_takes_no_file(caso: Caso, now: datetime, clave: str) -> None:
    with pytest.raises(Stale, match="no_se_recibe"), escuela_scope(caso.escuela.id):
        entregas.guardar_borrador(caso.entrega(clave).public_id, cifras={}, actor=caso.como_alumno, now=now)
