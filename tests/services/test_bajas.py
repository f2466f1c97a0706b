"""Bajas: asked with a justification, decided by the escuela; accepted hours stay and are carried on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused, Stale
from portal.models import Baja, Carta, Correo, Escuela, Proyecto, db
from portal.services import bajas
from tenants.scope import escuela_scope
from tests import en_servicio
from tests.en_servicio import Caso

PORQUE = "Dejó de presentarse desde el 3 de noviembre y no responde."


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return en_servicio.caso(escom, now)


def _pedir(caso: Caso, now: datetime, **fields: Any) -> Baja:
    values = {
        "justificacion": PORQUE,
        "fecha": to_local(now).date(),
        "actor": caso.como_dependencia,
        **fields,
    }
    with escuela_scope(caso.escuela.id):
        return bajas.pedir(caso.servicio.public_id, now=now, **values)


@pytest.mark.parametrize(
    ("cambios", "key"),
    [
        ({"justificacion": "No vino."}, "baja.sin_justificacion"),
        ({"fecha": -400}, "baja.fecha"),
        ({"fecha": 61}, "baja.fecha"),
    ],
)
def test_a_baja_needs_a_justification_and_a_date(
    caso: Caso, now: datetime, cambios: dict[str, Any], key: str
) -> None:
    if "fecha" in cambios:
        cambios = {"fecha": to_local(now).date() + timedelta(days=cambios["fecha"])}
    with pytest.raises(Refused) as refused:
        _pedir(caso, now, **cambios)
    assert refused.value.key == key


def test_only_the_own_dependencia_asks_and_once_at_a_time(caso: Caso, now: datetime, escom: Escuela) -> None:
    stranger = en_servicio.caso(escom, now)
    with pytest.raises(Forbidden):
        _pedir(caso, now, actor=stranger.como_dependencia)
    baja = _pedir(caso, now)
    with pytest.raises(Refused, match="ya_pedida"):
        _pedir(caso, now)
    with escuela_scope(escom.id):
        bajas.retirar(baja.public_id, actor=caso.como_dependencia, now=now)
    assert _pedir(caso, now).estado == "pedida"


def test_an_authorised_baja_keeps_the_accepted_hours_and_closes_the_rest(
    escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    caso = en_servicio.caso(escom, now, ocupados=1)
    en_servicio.aceptada(caso, now)
    en_servicio.enviar(caso, now, "reporte_360")
    baja = _pedir(caso, now)
    with escuela_scope(caso.escuela.id):
        bajas.autorizar(baja.public_id, actor=caso.como_coordinador, now=now)
        assert db.session.get_one(Proyecto, (caso.escuela.id, caso.proyecto.id)).ocupados == 0
    servicio = caso.leer()
    assert (servicio.estado, servicio.horas) == ("baja", 180)
    assert caso.entrega("reporte_180").estado == "aceptada"
    assert (caso.entrega("reporte_360").estado, caso.entrega("reporte_360").revisor_en_turno) == (
        "bloqueada",
        None,
    )
    with escuela_scope(caso.escuela.id):
        carta = db.session.scalars(select(Carta).where(Carta.tipo == "baja")).one()
        assert (carta.valores["horas"], carta.valores["motivo"]) == (180, PORQUE)
        sent = db.session.scalars(select(Correo).where(Correo.plantilla == "baja_autorizada")).all()
        assert {c.usuario_id for c in sent} == {caso.alumno.usuario_id, caso.persona.id}
        db.session.commit()
    drain()
    with escuela_scope(caso.escuela.id):
        assert db.session.scalars(select(Carta.estado).where(Carta.tipo == "baja")).one() == "emitida"


def test_the_next_servicio_carries_the_hours_on(caso: Caso, now: datetime) -> None:
    en_servicio.aceptada(caso, now)
    with escuela_scope(caso.escuela.id):
        bajas.autorizar(_pedir(caso, now).public_id, actor=caso.como_coordinador, now=now)
    other = en_servicio.en(
        caso.escuela, now, caso.dependencia, caso.persona, caso.proyecto, alumno=caso.alumno
    )
    assert (other.servicio.horas_previas, other.servicio.horas) == (180, 180)
    assert (other.entrega("reporte_180").estado, other.entrega("reporte_360").estado) == (
        "aceptada",
        "habilitada",
    )
    assert other.servicio.anterior_id == caso.servicio.id
    with pytest.raises(Refused, match=r"plan\.periodo_repetido"):  # no day counts twice
        en_servicio.enviar(other, now, "reporte_360", 180)
    desde = caso.servicio.inicio + timedelta(days=106)
    en_servicio.enviar(other, now, "reporte_360", 180, desde=desde, hasta=desde + timedelta(days=105))
    en_servicio.decidir(other, now, "reporte_360")
    assert other.leer().horas == 360


def test_a_refused_baja_changes_nothing_and_says_why(caso: Caso, now: datetime) -> None:
    baja = _pedir(caso, now)
    motivo = "Describa los hechos y las fechas."
    with escuela_scope(caso.escuela.id):
        with pytest.raises(Refused, match=r"motivo\.corto"):
            bajas.negar(baja.public_id, motivo="No", actor=caso.como_coordinador, now=now)
        bajas.negar(baja.public_id, motivo=motivo, actor=caso.como_coordinador, now=now)
        with pytest.raises(Stale):
            bajas.autorizar(baja.public_id, actor=caso.como_coordinador, now=now)
        correo = db.session.scalars(select(Correo).where(Correo.plantilla == "baja_negada")).one()
        assert correo.contexto["motivo"] == motivo
        assert correo.contexto["atentamente"] == caso.coordinador.nombre
    assert caso.leer().estado == "activo"


@pytest.mark.parametrize("quien", ["como_alumno", "como_dependencia", "sin_permiso"])
def test_only_the_office_decides_a_baja(caso: Caso, now: datetime, quien: str) -> None:
    baja = _pedir(caso, now)
    actor = getattr(caso, quien, None) or en_servicio.sin_permisos(caso.como_coordinador)
    with pytest.raises(Forbidden), escuela_scope(caso.escuela.id):
        bajas.autorizar(baja.public_id, actor=actor, now=now)
