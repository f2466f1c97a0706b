"""Asking for a baja and deciding it in the browser."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.models import Baja, Documento, Escuela, db
from portal.services import bajas
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso

PORQUE = "Dejó de presentarse desde el 3 de noviembre y no responde."


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return en_servicio.caso(escom, now)


def _html(answer: Any) -> str:
    return answer.get_data(as_text=True)


def _url(caso: Caso) -> str:
    return f"/dependencia/escom/prestadores/{caso.servicio.public_id}/baja"


def _pedida(caso: Caso, now: datetime) -> Baja:
    with escuela_scope(caso.escuela.id):
        return bajas.pedir(
            caso.servicio.public_id,
            justificacion=PORQUE,
            fecha=to_local(now).date(),
            actor=caso.como_dependencia,
            now=now,
        )


def test_a_baja_is_asked_with_its_file_and_withdrawn(client: FlaskClient, caso: Caso, now: datetime) -> None:
    factories.sign_in(client, caso.persona.id, now)
    assert client.get(_url(caso)).status_code == 200
    day = to_local(now).date().isoformat()
    file = (io.BytesIO(en_servicio._pdf()), "acta.pdf")
    answer = client.post(_url(caso), data={"justificacion": PORQUE, "fecha": day, "archivo": file})
    assert answer.status_code == 302, _html(answer)
    page = _html(client.get(answer.location))
    assert PORQUE in page
    assert "acta.pdf" in page
    with escuela_scope(caso.escuela.id):
        kept = db.session.scalars(select(Documento).where(Documento.tipo == "baja")).one()
        assert (kept.dependencia_id, kept.alumno_id) == (caso.dependencia.id, None)
    assert caso.alumno.boleta in _html(client.get("/dependencia/bajas"))
    assert client.post(f"{answer.location}/retirar").status_code == 302
    assert "Retirada" in _html(client.get(answer.location))


@pytest.mark.parametrize(
    ("cambios", "status", "frase"),
    [
        ({"justificacion": ""}, 422, "Escriba la justificación."),
        ({"justificacion": "No vino."}, 409, "al menos 20 caracteres"),
        ({"fecha": ""}, 422, "Escriba desde qué día."),
        ({"fecha": "40/40/2026"}, 422, "Hay que escribir una fecha que exista"),
        ({"fecha": "lejos"}, 409, "dentro de los próximos 60 días"),
    ],
)
def test_a_baja_that_lacks_something_keeps_what_was_typed(
    client: FlaskClient, caso: Caso, now: datetime, cambios: dict[str, str], status: int, frase: str
) -> None:
    factories.sign_in(client, caso.persona.id, now)
    today = to_local(now).date()
    data = {"justificacion": PORQUE, "fecha": today.isoformat(), **cambios}
    if data["fecha"] == "lejos":
        data["fecha"] = (today + timedelta(days=90)).isoformat()
    answer = client.post(_url(caso), data=data)
    assert answer.status_code == status
    assert frase in _html(answer)
    assert data["justificacion"] in _html(answer)
    assert data["fecha"] in _html(answer)


def test_the_office_authorises_a_baja(client: FlaskClient, caso: Caso, now: datetime) -> None:
    baja = _pedida(caso, now)
    factories.sign_in(client, caso.coordinador.id, now)
    assert caso.alumno.boleta in _html(client.get("/escom/coordinador/bajas"))
    url = f"/escom/coordinador/bajas/{baja.public_id}"
    assert PORQUE in _html(client.get(url))
    refused = client.post(f"{url}/negar", data={"motivo": "corto"})
    assert refused.status_code == 422
    assert ">corto</textarea>" in _html(refused)
    assert client.post(f"{url}/autorizar").status_code == 302
    assert caso.leer().estado == "baja"
    again = client.post(
        f"{url}/negar", data={"motivo": "Describa los hechos y las fechas."}, follow_redirects=True
    )
    assert "Esto ya cambió" in _html(again)
    assert caso.alumno.boleta in _html(client.get("/escom/coordinador/bajas?ver=decididas"))
    assert "No hay bajas por decidir" in _html(client.get("/escom/coordinador/bajas"))


def test_a_baja_is_seen_by_its_own_only(
    client: FlaskClient, caso: Caso, esca: Escuela, now: datetime
) -> None:
    baja = _pedida(caso, now)
    foreign = en_servicio.caso(esca, now)
    urls = [
        _url(caso),
        f"/dependencia/escom/bajas/{baja.public_id}",
        f"/escom/coordinador/bajas/{baja.public_id}",
    ]
    for quien in (caso.alumno.usuario_id, foreign.persona.id, foreign.coordinador.id):
        factories.sign_in(client, quien, now)
        assert [client.get(url).status_code for url in urls] == [404, 404, 404]
        assert client.post(f"{urls[1]}/retirar").status_code == 404
        assert client.post(f"{urls[2]}/autorizar").status_code == 404
    factories.sign_in(client, factories.coordinador(caso.escuela, now, "reportes").id, now)
    assert client.get(urls[2]).status_code == 403


def test_the_pages_of_bajas_ask_at_most_eight_statements(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    baja = _pedida(caso, now)
    factories.sign_in(client, caso.persona.id, now)
    for url in ("/dependencia/bajas", f"/dependencia/escom/bajas/{baja.public_id}", _url(caso)):
        assert en_servicio.preguntas(client, url) <= 8, url
    factories.sign_in(client, caso.coordinador.id, now)
    for url in ("/escom/coordinador/bajas", f"/escom/coordinador/bajas/{baja.public_id}"):
        assert en_servicio.preguntas(client, url) <= 8, url
