"""A letter that its signer handed to the office on paper: the office sends the scan, and confirms it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.models import Carta, Escuela
from tests import cierre, factories
from tests.cierre import GERENTE, JEFA
from tests.en_servicio import Caso
from tests.files.samples import pdf_of

Drain = Callable[[], int]


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return cierre.con_horas(escom, now)


@pytest.fixture
def carta(caso: Caso, now: datetime) -> Carta:
    return cierre.emitir(caso, now)


def _scan(folder: Path) -> tuple[io.BytesIO, str]:
    path = folder / "escaneo.pdf"
    pdf_of("Carta firmada a mano").save(path)
    return io.BytesIO(path.read_bytes()), "escaneo.pdf"


def _enviar(client: FlaskClient, caso: Caso, carta: Carta, n: int = 0, **values: object) -> tuple[int, str]:
    firma = cierre.circuito(caso, carta)[n].public_id
    data: dict[str, object] = {f"{firma}-nombre": "Julia Ejemplo", f"{firma}-cargo": "Jefa de biblioteca"}
    sent = {**data, **{k.replace("firma", firma) if k != "escaneo" else k: v for k, v in values.items()}}
    url = f"/escom/coordinador/cartas/{carta.public_id}/firmas/{firma}/papel"
    answer = client.post(url, data=sent, content_type="multipart/form-data")
    return answer.status_code, answer.text


def test_the_office_sends_the_scan_and_confirms_it_as_if_the_signer_had_sent_it(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime, tmp_path: Path
) -> None:
    token = cierre.enlace(caso, JEFA.correo)
    factories.sign_in(client, caso.coordinador.id, now)
    page = f"/escom/coordinador/cartas/{carta.public_id}"
    assert "Subir la carta que Julia Ejemplo firmó en papel" in client.get(page).text
    assert _enviar(client, caso, carta, escaneo=_scan(tmp_path))[0] == 302
    lugar = cierre.circuito(caso, carta)[0]
    assert (lugar.estado, lugar.modo, lugar.firmada) == ("por_confirmar", "papel", None)
    assert "Es esta carta y está firmada" in client.get(page).text
    assert "Recibimos el escaneo" in client.get(f"/firmar/{token}").text
    assert client.post(f"{page}/firmas/{lugar.public_id}/confirmar").status_code == 302
    assert [f.estado for f in cierre.circuito(caso, carta)] == ["firmada", "pendiente"]
    assert cierre.enlace(caso, GERENTE.correo)


def test_while_the_office_holds_a_scan_against_the_letter_its_alumno_reads_so(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime, tmp_path: Path
) -> None:
    factories.sign_in(client, caso.coordinador.id, now)
    _enviar(client, caso, carta, escaneo=_scan(tmp_path))
    factories.sign_in(client, caso.alumno.usuario_id or 0, now)
    page = client.get("/escom/alumno/cartas").text
    assert "Lleva 0 de 2 firmas, y tu escuela coteja una que se hizo en papel." in page
    assert "pidió una corrección" not in page


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Elija el escaneo de la carta firmada."),
        ({"firma-nombre": ""}, "Escriba quién firmó."),
        ({"escaneo": b"MZ no soy un PDF"}, "no se acepta aquí"),
    ],
)
def test_what_lacks_is_said_and_what_was_typed_stays(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime, values: dict[str, object], said: str
) -> None:
    factories.sign_in(client, caso.coordinador.id, now)
    sent = {k: (io.BytesIO(v), "carta.pdf") if isinstance(v, bytes) else v for k, v in values.items()}
    status, text = _enviar(client, caso, carta, **{**sent, "firma-cargo": "Subjefa escrita"})
    assert status == 400
    assert said in text
    assert "Subjefa escrita" in text
    assert cierre.circuito(caso, carta)[0].estado == "pendiente"


def test_the_scan_of_who_is_not_in_turn_or_of_another_permission_is_refused(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime, tmp_path: Path, esca: Escuela
) -> None:
    factories.sign_in(client, caso.coordinador.id, now)
    status, text = _enviar(client, caso, carta, n=1, escaneo=_scan(tmp_path))
    assert (status, "Todavía no es su turno" in text) == (400, True)
    other = factories.coordinador(caso.escuela, now, "convenios")
    factories.sign_in(client, other.id, now)
    assert "Subir la carta que" not in client.get(f"/escom/coordinador/cartas/{carta.public_id}").text
    status, text = _enviar(client, caso, carta, escaneo=_scan(tmp_path))
    assert (status, "De esta carta responde otra área" in text) == (400, True)
    stranger = factories.coordinador(esca, now)
    factories.sign_in(client, stranger.id, now)
    assert _enviar(client, caso, carta, escaneo=_scan(tmp_path))[0] == 404
    assert [f.estado for f in cierre.circuito(caso, carta)] == ["pendiente", "pendiente"]
