"""Exceptions in the browser: allowed with a reason, shown to whom they bind, taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.models import Escuela
from portal.services import excepciones
from tenants.scope import escuela_scope
from tests import en_servicio, factories

PORQUE = "Se reincorpora después de una licencia."


@pytest.fixture
def oficina(client: FlaskClient, escom: Escuela, now: datetime) -> FlaskClient:
    return factories.sign_in(client, factories.coordinador(escom, now, "expedientes").id, now)


def test_the_office_allows_something_and_takes_it_back(
    oficina: FlaskClient, escom: Escuela, now: datetime
) -> None:
    quien = factories.alumno(escom, now)
    where = f"/escom/coordinador/alumnos/{quien.public_id}/excepciones"
    assert where in oficina.get(f"/escom/coordinador/alumnos/{quien.public_id}").text
    data = {"regla": "inicio", "fecha": "2026-08-10", "motivo": PORQUE}
    assert oficina.post(where, data=data).status_code == 302
    page = oficina.get(where).text
    assert "Puede empezar el 10 de agosto de 2026" in page
    assert PORQUE in page
    with escuela_scope(escom.id):
        (dada,) = excepciones.de_alumno(quien.id)
        dada_id = dada.public_id
    assert oficina.post(f"/escom/coordinador/excepciones/{dada_id}/anular").status_code == 302
    assert "Anulada" in oficina.get(where).text
    assert oficina.post(f"/escom/coordinador/excepciones/{dada_id}/anular").status_code == 409


@pytest.mark.parametrize(
    ("cambios", "dice"),
    [
        ({"regla": ""}, "Elija qué se permite."),
        ({"fecha": ""}, "Escriba la fecha que se permite."),
        ({"regla": "horas"}, "no tiene ninguno"),
        ({"motivo": "Sí"}, "al menos 10"),
    ],
)
def test_what_lacks_is_said_and_nothing_typed_is_lost(
    oficina: FlaskClient, escom: Escuela, now: datetime, cambios: dict[str, str], dice: str
) -> None:
    quien = factories.alumno(escom, now)
    where = f"/escom/coordinador/alumnos/{quien.public_id}/excepciones"
    typed = {"regla": "inicio", "fecha": "2026-08-10", "motivo": PORQUE, "horas": "20", **cambios}
    answer = oficina.post(where, data=typed)
    assert answer.status_code == 422
    assert dice in answer.text
    assert typed["motivo"] in answer.text


def test_whom_it_binds_reads_it(app: Any, oficina: FlaskClient, escom: Escuela, now: datetime) -> None:
    host, persona = factories.dependencia(now)
    proyecto = factories.proyecto(escom, factories.convenio(escom, host, now), now)
    quien = factories.alumno(escom, now, creditos_pct=50)
    pedida = factories.solicitud(quien, proyecto, escom, now)
    data = {"regla": "creditos", "motivo": PORQUE}
    oficina.post(f"/escom/coordinador/alumnos/{quien.public_id}/excepciones", data=data)
    visitor = factories.sign_in(app.test_client(), persona.id, now)
    assert PORQUE in visitor.get(f"/dependencia/escom/solicitudes/{pedida.public_id}").text


def test_an_expediente_tells_what_was_allowed_in_it(
    oficina: FlaskClient, escom: Escuela, now: datetime
) -> None:
    caso = en_servicio.caso(escom, now)
    data = {"regla": "horas", "horas": "120", "motivo": PORQUE}
    oficina.post(f"/escom/coordinador/alumnos/{caso.alumno.public_id}/excepciones", data=data)
    page = oficina.get(f"/escom/coordinador/expedientes/{caso.servicio.public_id}").text
    assert "Puede reportar hasta 120 horas en un periodo" in page
    assert PORQUE in page
