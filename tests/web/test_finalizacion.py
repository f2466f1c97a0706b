"""The office's letters and its last word, as pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.models import Carta, Escuela, db
from portal.queries import cartas as queries
from tenants.scope import escuela_scope
from tests import cierre, factories
from tests.consultas import contadas
from tests.en_servicio import Caso

Drain = Callable[[], int]
MOTIVO = "La fecha no corresponde a la de la carta compromiso."


@pytest.fixture
def caso(escom: Escuela, now: datetime, drain: Drain) -> Caso:
    return cierre.terminado(escom, now, drain)


@pytest.fixture
def office(client: FlaskClient, caso: Caso, now: datetime) -> FlaskClient:
    return factories.sign_in(client, caso.coordinador.id, now)


def _carta(caso: Caso, tipo: str) -> Carta:
    with escuela_scope(caso.escuela.id):
        query = select(Carta).where(Carta.servicio_id == caso.servicio.id, Carta.tipo == tipo)
        return db.session.scalars(query.order_by(Carta.id.desc())).first()  # type: ignore[return-value]


def test_an_expediente_is_verified_and_finalised(office: FlaskClient, caso: Caso, drain: Drain) -> None:
    url = f"/escom/coordinador/finalizaciones/{caso.servicio.public_id}"
    assert caso.alumno.boleta in office.get("/escom/coordinador/finalizaciones").text
    page = office.get(url).text
    for said in ("Reporte de 180 horas", "Expediente de liberación", "480 de 480", "El archivo está íntegro"):
        assert said in page, said
    assert office.get(f"{url}?paso=reporte_180").status_code == 200
    assert office.get(f"{url}?carta={_carta(caso, 'termino').public_id}").status_code == 200
    assert office.get(f"{url}/vista.pdf").data.startswith(b"%PDF")
    assert office.post(url).status_code == 302
    drain()
    assert "ya está liberado" in office.get(url).text
    assert office.post(url).status_code == 409


def test_an_expediente_goes_back_with_a_reason(office: FlaskClient, caso: Caso) -> None:
    url = f"/escom/coordinador/finalizaciones/{caso.servicio.public_id}/devolver"
    assert office.post(url, data={"clave": "expediente_liberacion", "motivo": "no"}).status_code == 400
    kept = office.post(url, data={"motivo": MOTIVO})
    assert kept.status_code == 400
    assert MOTIVO in kept.text
    assert office.post(url, data={"clave": "expediente_liberacion", "motivo": MOTIVO}).status_code == 302
    assert caso.leer().estado == "activo"
    assert caso.alumno.boleta not in office.get("/escom/coordinador/finalizaciones").text


def test_a_letter_is_found_opened_and_replaced_and_verification_says_by_which(
    office: FlaskClient, caso: Caso, drain: Drain
) -> None:
    office.post(f"/escom/coordinador/finalizaciones/{caso.servicio.public_id}")
    drain()
    old = _carta(caso, "finalizacion")
    for q in (old.folio, caso.alumno.boleta, "ficticia"):
        assert old.folio in office.get("/escom/coordinador/cartas", query_string={"q": q}).text, q
    assert old.folio not in office.get("/escom/coordinador/cartas?q=nadie").text
    assert old.folio not in office.get("/escom/coordinador/cartas?tipo=termino").text
    url = f"/escom/coordinador/cartas/{old.public_id}"
    page = office.get(url).text
    with escuela_scope(caso.escuela.id):
        documento = queries.una(old.public_id).documento  # type: ignore[union-attr]
    assert documento.sha256 in page
    assert office.get(f"{url}/pdf").data.startswith(b"%PDF")
    assert office.post(f"{url}/revocar", data={"motivo": "no"}).status_code == 400
    assert office.post(f"{url}/reemplazar", data={"motivo": MOTIVO}).status_code == 302
    drain()
    new = _carta(caso, "finalizacion")
    assert new.reemplaza_id == old.id
    assert new.folio in office.get(url).text
    assert new.codigo in office.get(f"/verificar/{old.codigo}").text
    assert office.get(f"/verificar/{new.codigo}").status_code == 200


def test_a_page_of_terminos_is_closed_to_who_has_not_the_permission(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    revisora = factories.coordinador(caso.escuela, now, "reportes")
    factories.sign_in(client, revisora.id, now)
    url = f"/escom/coordinador/finalizaciones/{caso.servicio.public_id}"
    assert client.get(url).status_code == 403
    assert client.post(url).status_code == 403
    letter = f"/escom/coordinador/cartas/{_carta(caso, 'termino').public_id}"
    page = client.get(letter)
    assert page.status_code == 200
    assert "Revocar" not in page.text
    assert client.post(f"{letter}/revocar", data={"motivo": MOTIVO}).status_code == 403


def test_another_escuela_has_neither_the_servicio_nor_the_letter(
    client: FlaskClient, caso: Caso, esca: Escuela, now: datetime
) -> None:
    factories.sign_in(client, factories.coordinador(esca, now).id, now)
    termino = _carta(caso, "termino").public_id
    for path in (f"finalizaciones/{caso.servicio.public_id}", f"cartas/{termino}", f"cartas/{termino}/pdf"):
        assert client.get(f"/esca-ust/coordinador/{path}").status_code == 404
        assert client.get(f"/escom/coordinador/{path}").status_code == 404


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("coordinador", "/escom/coordinador/cartas"),
        ("coordinador", "/escom/coordinador/cartas/{carta}"),
        ("coordinador", "/escom/coordinador/finalizaciones"),
        ("coordinador", "/escom/coordinador/finalizaciones/{servicio}"),
        ("persona", "/dependencia/cartas"),
        ("persona", "/dependencia/escom/cartas/{carta}"),
        ("alumno", "/escom/alumno/cartas"),
    ],
)
def test_a_page_asks_the_database_at_most_eight_times(
    app: Flask, client: FlaskClient, caso: Caso, now: datetime, who: str, path: str
) -> None:
    account = {
        "coordinador": caso.coordinador.id,
        "persona": caso.persona.id,
        "alumno": caso.alumno.usuario_id,
    }[who]
    factories.sign_in(client, account or 0, now)
    url = path.format(carta=_carta(caso, "termino").public_id, servicio=caso.servicio.public_id)
    client.get(url)
    with contadas() as statements:
        assert client.get(url).status_code == 200
    assert len(statements) <= 8, statements
