"""Listas de emisión and constancias as pages: the office's and the alumno's."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.models import Escuela, ListaEmision
from tests import emision as casos
from tests import en_servicio, factories
from tests.en_servicio import Caso

Drain = Callable[[], int]
BASE = "/esca-ust/coordinador"


@pytest.fixture
def tres(esca: Escuela, now: datetime) -> list[Caso]:
    return [casos.listo(esca, now, n) for n in range(3)]


@pytest.fixture
def lista(tres: list[Caso], now: datetime) -> ListaEmision:
    return casos.emitir(tres, now, primera=15)


@pytest.fixture
def office(client: FlaskClient, esca: Escuela, now: datetime) -> FlaskClient:
    return factories.sign_in(client, factories.coordinador(esca, now, "terminos").id, now)


def _alumno(app: Flask, caso: Caso, now: datetime) -> FlaskClient:
    return factories.sign_in(app.test_client(), caso.alumno.usuario_id or 0, now)


def test_who_is_ready_is_picked_checked_and_put_in_a_lista(
    office: FlaskClient, tres: list[Caso], esca: Escuela, now: datetime, drain: Drain
) -> None:
    casi = en_servicio.caso(esca, now)
    page = office.get(f"{BASE}/emision").text
    assert all(c.alumno.boleta in page for c in (*tres, casi))
    assert "Casi listos (1)" in page
    assert "los 3 que esperan" in page
    ids = [c.servicio.public_id for c in (*tres[:2], casi)]
    check = office.get(f"{BASE}/emision/nueva", query_string={"ids": ids}).text
    assert "2 alumnos irán" in check
    assert "Se quedan fuera" in check
    assert casi.alumno.boleta in check
    vista = office.get(f"{BASE}/emision/nueva/vista.pdf", query_string={"ids": ids[:2]})
    assert vista.data.startswith(b"%PDF")
    kept = office.post(f"{BASE}/emision/nueva", data={"ids": ids[:2], "primera": "0"})
    assert (kept.status_code, "de 1 a 99999" in kept.text) == (400, True)
    refused = office.post(f"{BASE}/emision/nueva", data={"ids": ids, "primera": "15"})
    assert (refused.status_code, "La lista no se generó" in refused.text) == (409, True)
    done = office.post(f"{BASE}/emision/nueva", data={"ids": ids[:2], "primera": "15"})
    assert done.status_code == 302
    drain()
    page = office.get(done.location).text
    for said in ("Lista de emisión 15", "0 de 2", "Relación en PDF", tres[0].alumno.boleta, "Por llegar"):
        assert said in page, said
    assert office.get(f"{done.location}/lista.xlsx").data.startswith(b"PK")
    assert "Lista 15" in office.get(f"{BASE}/emision").text
    assert "Listos para lista de emisión" in office.get(f"{BASE}/").text


def test_a_constancia_is_loaded_from_its_row_and_downloaded_by_its_alumno(
    app: Flask, office: FlaskClient, tres: list[Caso], lista: ListaEmision, now: datetime
) -> None:
    caso = tres[0]
    alumno = _alumno(app, caso, now)
    home = alumno.get("/esca-ust/alumno/").text
    for said in ("Espera tu constancia de liberación", "Lista de emisión 15", "entre el", "días hábiles"):
        assert said in home, said
    assert alumno.get("/esca-ust/alumno/constancia").status_code == 404
    url = f"{BASE}/emision/renglones/{casos.renglon(caso).public_id}"
    assert "Cargar la constancia" in office.get(url).text
    enlace = "http://ejemplo.test/sin-candado"
    kept = office.post(url, data={"enlace": enlace})
    assert (kept.status_code, enlace in kept.text, "https://" in kept.text) == (409, True, True)
    assert office.post(url, data={"archivo": (io.BytesIO(b"hola"), "x.pdf")}).status_code == 400
    content = casos.pdf("Constancia de liberación")
    assert office.post(url, data={"archivo": (io.BytesIO(content), "c.pdf")}).status_code == 302
    assert "Descargar tu constancia" in alumno.get("/esca-ust/alumno/").text
    got = alumno.get("/esca-ust/alumno/constancia")
    assert (got.status_code, got.data[:4]) == (200, b"%PDF")
    row = office.get(f"{BASE}/emision/{lista.public_id}").text
    assert "Aún no" not in row
    assert "1 de 3" in row
    replaced = office.post(url, data={"enlace": "https://ejemplo.test/buena.pdf", "motivo": "no"})
    assert replaced.status_code == 409
    motivo = "La primera era de otra persona."
    assert (
        office.post(url, data={"enlace": "https://ejemplo.test/buena.pdf", "motivo": motivo}).status_code
        == 302
    )
    assert motivo in office.get(url).text
    assert alumno.get("/esca-ust/alumno/constancia").location == "https://ejemplo.test/buena.pdf"
    assert _alumno(app, tres[1], now).get("/esca-ust/alumno/constancia").status_code == 404


def test_many_constancias_are_shown_before_they_are_loaded(
    office: FlaskClient, tres: list[Caso], lista: ListaEmision, drain: Drain
) -> None:
    assert office.post(f"{BASE}/constancias", data={}).status_code == 400
    uno, dos, tercero = tres
    files = [
        (io.BytesIO(casos.pdf(uno.alumno.nombre_completo)), f"{uno.alumno.boleta}.pdf"),
        (io.BytesIO(casos.pdf("Otra Persona", dos.alumno.boleta)), "escaneo.pdf"),
    ]
    url = office.post(f"{BASE}/constancias", data={"archivos": files}).location
    waiting = office.get(url)
    assert "van 0 de 2" in waiting.text
    assert waiting.headers["Refresh"]
    drain()
    page = office.get(url)
    assert "Refresh" not in page.headers
    for said in ("no trae el nombre", f"{uno.alumno.boleta}.pdf", "Por llegar", tercero.alumno.boleta):
        assert said in page.text, said
    ids = [part.split('"')[0] for part in page.text.split('name="boleta-')[1:]]
    doubtful = ids[0]
    wrong = office.post(url, data={f"que-{doubtful}": "cargar", f"boleta-{doubtful}": "1234567890"})
    assert (wrong.status_code, "1234567890 no está en ninguna lista" in wrong.text) == (400, True)
    refused = office.post(url, data={"accion": "confirmar", f"boleta-{doubtful}": dos.alumno.boleta})
    assert (refused.status_code, "Falta decidir de quién es" in refused.text) == (409, True)
    data = {f"que-{doubtful}": "cargar", f"boleta-{doubtful}": dos.alumno.boleta}
    assert office.post(url, data=data | {"accion": "guardar"}).status_code == 302
    assert (
        "1 archivo" in office.get(f"{BASE}/constancias").text
        or "2 archivos" in office.get(f"{BASE}/constancias").text
    )
    assert office.post(url, data=data | {"accion": "confirmar"}).status_code == 302
    drain()
    assert "Se cargaron 2 constancias" in office.get(url).text
    assert [c.leer().estado for c in tres] == ["liberado", "liberado", "en_emision"]


def test_who_is_unmarked_before_the_lista_is_generated_waits_for_another(
    office: FlaskClient, tres: list[Caso]
) -> None:
    url = "/esca-ust/coordinador/emision/nueva"
    assert office.get(f"{url}?todos=1").text.count('name="ids"') == 3
    van = [c.servicio.public_id for c in tres[:2]]
    again = office.post(url, data={"ids": van, "revisar": "1"})
    assert office.get(again.location).text.count('name="ids"') == 2
    assert office.post(url, data={"ids": []}).status_code == 409
    assert office.post(url, data={"ids": van}).status_code == 302
    assert [c.leer().estado for c in tres] == ["en_emision", "en_emision", "terminado"]


def test_an_overdue_lista_is_marked_in_words_stands_first_and_is_on_the_home(
    app: Flask, office: FlaskClient, tres: list[Caso], esca: Escuela, now: datetime
) -> None:
    antes = now - timedelta(days=140)
    vieja = casos.emitir(tres[:1], now, primera=15)
    casos.emitir(tres[1:], now)
    casos.retrasar(vieja, antes)
    page = office.get(f"{BASE}/emision").text
    assert page.index("Lista 15") < page.index("Lista 16")
    assert "Vencida el " in page
    assert "Listas con constancias vencidas" in office.get(f"{BASE}/").text
    assert "Ese plazo ya pasó" in _alumno(app, tres[0], now).get("/esca-ust/alumno/").text


def test_an_escuela_without_listas_has_no_such_section(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    office = factories.sign_in(client, factories.coordinador(escom, now).id, now)
    home = office.get("/escom/coordinador/").text
    assert "/escom/coordinador/emision" not in home
    assert "/escom/coordinador/finalizaciones" in home
