"""A change of dependencia keeps the accepted hours, counts them once, and both servicios know each other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Carta, Correo, Escuela, Servicio, db
from portal.queries import notas
from portal.services import bajas, previas, terminos
from portal.services.uow import Uow, unit_of_work
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso

PORQUE = "La dependencia cerró el área en la que prestaba su servicio."


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return en_servicio.caso(escom, now)


def _cambiar(caso: Caso, now: datetime, **cambios: Any) -> None:
    values = {
        "justificacion": PORQUE,
        "fecha": to_local(now).date(),
        "actor": caso.como_coordinador,
        **cambios,
    }
    with escuela_scope(caso.escuela.id):
        bajas.cambiar(caso.servicio.public_id, now=now, **values)


def _otra(caso: Caso, now: datetime) -> Caso:
    """The same alumno in service with another dependencia."""
    host, persona = factories.dependencia(now)
    proyecto = factories.proyecto(caso.escuela, factories.convenio(caso.escuela, host, now), now)
    return en_servicio.en(caso.escuela, now, host, persona, proyecto, alumno=caso.alumno)


def test_the_office_decides_a_change_and_the_hours_go_on(
    caso: Caso, now: datetime, drain: Callable[[], int]
) -> None:
    en_servicio.aceptada(caso, now)
    _cambiar(caso, now)
    assert caso.leer().estado == "baja"
    nueva = _otra(caso, now)
    with escuela_scope(caso.escuela.id):
        assert [(v.cual, v.public_id) for v in notas.de_servicio(nueva.servicio).vecinos] == [
            ("antes", caso.servicio.public_id)
        ]
        assert [(v.cual, v.public_id) for v in notas.de_servicio(caso.leer()).vecinos] == [
            ("despues", nueva.servicio.public_id)
        ]
        mails = db.session.scalars(select(Correo).where(Correo.plantilla == "baja_autorizada")).all()
        assert {m.usuario_id for m in mails} == {caso.alumno.usuario_id, caso.persona.id}
        assert all(m.contexto["cambio"] for m in mails)
        db.session.commit()
    assert (nueva.servicio.horas_previas, nueva.entrega("reporte_180").estado) == (180, "aceptada")
    drain()
    with escuela_scope(caso.escuela.id):
        assert db.session.scalars(select(Carta.estado).where(Carta.tipo == "baja")).one() == "emitida"


def test_hours_are_counted_once_however_often_the_dependencia_changes(caso: Caso, now: datetime) -> None:
    en_servicio.aceptada(caso, now)  # 180 h in 106 days
    _cambiar(caso, now)
    segunda = _otra(caso, now)
    desde = caso.servicio.inicio + timedelta(days=106)
    en_servicio.enviar(segunda, now, "reporte_360", 190, desde=desde, hasta=desde + timedelta(days=105))
    en_servicio.decidir(segunda, now, "reporte_360")
    _cambiar(segunda, now)
    tercera = _otra(caso, now)
    assert (tercera.servicio.horas_previas, tercera.servicio.horas) == (370, 370)
    with pytest.raises(Refused) as refused:  # days that were reported in the first or the second servicio
        en_servicio.enviar(tercera, now, "reporte_480", 110, desde=desde, hasta=desde + timedelta(days=60))
    assert refused.value.key == "plan.periodo_repetido"


def test_what_was_not_accepted_is_not_carried_on(caso: Caso, now: datetime) -> None:
    en_servicio.enviar(caso, now)
    _cambiar(caso, now)
    assert _otra(caso, now).servicio.horas == 0


def test_a_dependencia_certifies_the_hours_served_with_it(caso: Caso, now: datetime) -> None:
    en_servicio.aceptada(caso, now)
    _cambiar(caso, now)
    segunda = _otra(caso, now)
    desde = caso.servicio.inicio + timedelta(days=106)
    en_servicio.enviar(segunda, now, "reporte_360", 190, desde=desde, hasta=desde + timedelta(days=105))
    en_servicio.decidir(segunda, now, "reporte_360")
    with escuela_scope(caso.escuela.id):
        servicio = db.session.scalars(select(Servicio).where(Servicio.id == segunda.servicio.id)).one()
        nueva = terminos.valores_termino(Uow(db.session(), now), servicio, segunda.como_dependencia, {})
        assert (nueva.valores["horas"], servicio.horas) == (190, 370)


ESTADOS = st.sampled_from(["baja", "rechazado", "liberado", "baja"])


@given(antes=st.lists(st.tuples(ESTADOS, st.integers(0, 480)), max_size=5))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_hour_of_a_baja_is_carried_on_exactly_once(
    caso: Caso, now: datetime, antes: list[tuple[str, int]]
) -> None:
    quien, base = factories.alumno(caso.escuela, now), caso.leer()
    same = {
        name: getattr(base, name) for name in ("dependencia_id", "perfil_version", "plan_clave", "horas_plan")
    }
    with escuela_scope(caso.escuela.id), unit_of_work(now) as uow:
        for estado, horas in antes:
            llevadas = previas.horas(uow, quien.id)
            uow.add(Servicio(**same, alumno_id=quien.id, estado=estado, inicio=base.inicio, termino=base.termino,
                             horas_aceptadas=horas, horas_previas=llevadas))  # fmt: skip
        assert previas.horas(uow, quien.id) == sum(horas for estado, horas in antes if estado == "baja")


@pytest.mark.parametrize(
    ("cambios", "key"),
    [({"justificacion": "Se cambia."}, "baja.sin_justificacion"), ({"fecha": 61}, "baja.fecha")],
)
def test_a_change_has_a_reason_and_a_day(
    caso: Caso, now: datetime, cambios: dict[str, Any], key: str
) -> None:
    if "fecha" in cambios:
        cambios = {"fecha": to_local(now).date() + timedelta(days=cambios["fecha"])}
    with pytest.raises(Refused) as refused:
        _cambiar(caso, now, **cambios)
    assert refused.value.key == key
    assert caso.leer().estado == "activo"


def test_only_who_keeps_the_expedientes_changes_a_dependencia(caso: Caso, now: datetime) -> None:
    for actor in (en_servicio.sin_permisos(caso.como_coordinador), caso.como_alumno, caso.como_dependencia):
        with pytest.raises(Forbidden):
            _cambiar(caso, now, actor=actor)


def test_the_office_changes_it_in_the_browser(client: Any, caso: Caso, now: datetime) -> None:
    factories.sign_in(client, caso.coordinador.id, now)
    base = f"/escom/coordinador/expedientes/{caso.servicio.public_id}"
    assert f"{base}/cambio" in client.get(base).text
    assert client.get(f"{base}/cambio").status_code == 200
    day = to_local(now).date().isoformat()
    answer = client.post(f"{base}/cambio", data={"justificacion": "Corto pero tecleado", "fecha": day})
    assert answer.status_code == 422
    assert "Corto pero tecleado" in answer.text
    assert client.post(f"{base}/cambio", data={"justificacion": PORQUE, "fecha": day}).status_code == 302
    nueva = _otra(caso, now)
    page = client.get(base).text
    assert "Cambio de dependencia" in page
    assert nueva.servicio.public_id in page
    assert (
        caso.servicio.public_id
        in client.get(f"/escom/coordinador/expedientes/{nueva.servicio.public_id}").text
    )
