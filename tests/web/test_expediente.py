"""The alumno's pages of the expediente de liberación: its parts, their merge, the way to the sending."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient

from portal.models import Escuela
from tests import en_servicio, factories
from tests import expediente as armar
from tests.en_servicio import Caso
from tests.expediente import PASO
from tests.files.samples import pdf_bytes, pdf_of

Drain = Callable[[], int]


def entrar(client: FlaskClient, caso: Caso, now: datetime) -> str:
    """Sign its alumno in; the address of the expediente."""
    factories.sign_in(client, caso.alumno.usuario_id or 0, now)
    return f"/escom/alumno/expediente/{caso.entrega(PASO).public_id}"


def archivo(texto: str = "Carta compromiso ficticia") -> tuple[io.BytesIO, str]:
    return io.BytesIO(pdf_bytes(pdf_of(texto))), "papel.pdf"


def test_an_alumno_uploads_the_parts_merges_them_and_sends_them(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.por_armar(escom, now, drain)
    url = entrar(client, caso, now)
    entrega = f"/escom/alumno/entregas/{caso.entrega(PASO).public_id}"
    assert client.get(entrega).location == url
    page = client.get(url).text
    assert "Ya está en tus cartas" in page
    assert "las 2 partes que faltan" in page
    assert "Unir mi expediente" not in page
    for clave, alternativa in armar.SUBEN:
        data = {"archivo": archivo(clave), **({"alternativa": alternativa} if alternativa else {})}
        sent = client.post(f"{url}/partes/{clave}", data=data)
        assert sent.location == f"{url}/partes/{clave}"
        assert "Usar este documento" in client.get(sent.location).text
    assert "Unir mi expediente" in client.get(url).text
    assert client.post(f"{url}/unir").location == url
    waiting = client.get(url)
    assert "Se está uniendo" in waiting.text
    assert waiting.headers["Refresh"]
    drain()
    done = client.get(url)
    assert "Revisarlo y enviarlo" in done.text
    assert f"PRUEBA_{caso.alumno.materno.upper()}_XIMENA_{caso.alumno.boleta}.pdf" in done.text
    assert "Refresh" not in done.headers
    assert client.get(f"{entrega}/revisar").status_code == 200
    assert client.post(f"{entrega}/enviar").location == f"{entrega}/enviada"
    assert client.get(url).location == entrega


@pytest.mark.parametrize(
    ("clave", "data", "says"),
    [
        ("creditos", {"alternativa": ""}, "Elige cuál de los documentos"),
        ("creditos", {"alternativa": "carta_pasante"}, 'value="carta_pasante" checked'),
        ("carta_compromiso", {}, "archivo"),
    ],
)
def test_a_refused_upload_says_why_and_keeps_what_was_chosen(
    client: FlaskClient,
    escom: Escuela,
    now: datetime,
    drain: Drain,
    clave: str,
    data: dict[str, str],
    says: str,
) -> None:
    url = entrar(client, armar.por_armar(escom, now, drain), now)
    answer = client.post(f"{url}/partes/{clave}", data={**data, "archivo": (io.BytesIO(b"hola"), "x.pdf")})
    assert answer.status_code == 422
    assert says in answer.text


def test_nothing_is_merged_while_a_part_lacks_and_a_part_may_be_taken_away(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.por_armar(escom, now, drain)
    url = entrar(client, caso, now)
    armar.poner(caso, now, "creditos", "carta_pasante")
    answer = client.post(f"{url}/unir")
    assert answer.status_code == 409
    assert "Todavía falta: Carta compromiso." in answer.text
    assert client.post(f"{url}/partes/creditos/quitar").location == f"{url}/partes/creditos"
    assert "Falta" in client.get(url).text


def test_one_own_pdf_is_still_taken(client: FlaskClient, escom: Escuela, now: datetime, drain: Drain) -> None:
    caso = armar.por_armar(escom, now, drain)
    url = entrar(client, caso, now)
    entrega = f"/escom/alumno/entregas/{caso.entrega(PASO).public_id}"
    assert "Tu archivo" in client.get(f"{entrega}?propio=1").text
    assert client.post(entrega, data={"archivo": archivo("todo junto")}).location == f"{entrega}/revisar"
    assert "Seguir con el que ya subiste" in client.get(url).text


def test_another_alumno_and_another_part_do_not_exist(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.por_armar(escom, now, drain)
    url = entrar(client, caso, now)
    assert client.get(f"{url}/partes/acta").status_code == 404
    assert client.get(url.replace("/escom/", "/esca-ust/")).status_code in (403, 404)
    reporte = caso.entrega("reporte_180").public_id
    assert client.get(f"/escom/alumno/expediente/{reporte}").status_code == 404
    otro = factories.alumno(escom, now)
    factories.sign_in(client, otro.usuario_id or 0, now)
    for path in (url, f"{url}/partes/creditos"):
        assert client.get(path).status_code == 404
    assert client.post(f"{url}/unir").status_code == 404


def test_the_page_asks_for_eight_things_at_the_most(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    url = entrar(client, armar.unido(escom, now, drain), now)
    assert en_servicio.preguntas(client, url) <= 8
