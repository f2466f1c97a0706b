"""The seal as people meet it: the office sees what failed and tries again; anybody has a PDF examined."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.letters.seal import SelloImposible
from portal.models import Alumno, Carta, Documento, Escuela, db
from portal.services import cartas, documentos, sellos, valores
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories

Drain = Callable[[], int]
MOTIVO = "El servicio de sellos de tiempo no respondió."


def _nueva(escuela: Escuela, now: datetime) -> Carta:
    alumno: Alumno = factories.alumno(escuela, now)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        nueva = cartas.Nueva(valores.del_alumno(alumno), alumno_id=alumno.id)
        return cartas.generar(uow, "constancia_estudios", nueva, factories.como_coordinador(escuela))


def _fallida(escuela: Escuela, now: datetime, drain: Drain, monkeypatch: pytest.MonkeyPatch) -> Carta:
    def fails(*_args: Any, **_kw: Any) -> bytes:
        raise SelloImposible(MOTIVO)

    with monkeypatch.context() as broken:
        broken.setattr(sellos.seal, "sellar", fails)
        carta = _nueva(escuela, now)
        drain()
    return carta


def _leer(escuela: Escuela, carta: Carta) -> Carta:
    with escuela_scope(escuela.id):
        query = select(Carta).where(Carta.id == carta.id).execution_options(populate_existing=True)
        return db.session.scalars(query).one()


def test_a_letter_that_could_not_be_sealed_is_listed_with_its_reason_and_issued_when_tried_again(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    carta = _fallida(escom, now, drain, monkeypatch)
    assert (_leer(escom, carta).estado, _leer(escom, carta).fallo) == ("generada", MOTIVO)
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    lista = client.get("/escom/coordinador/cartas?estado=fallo").get_data(as_text=True)
    assert MOTIVO in lista
    assert carta.folio in lista
    page = f"/escom/coordinador/cartas/{carta.public_id}"
    assert "Reintentar" in client.get(page).get_data(as_text=True)
    answer = client.post(f"{page}/reintentar")
    assert answer.location == page
    drain()
    whole = _leer(escom, carta)
    assert (whole.estado, whole.fallo) == ("emitida", "")
    assert whole.sellada is not None
    assert MOTIVO not in client.get("/escom/coordinador/cartas?estado=fallo").get_data(as_text=True)
    assert client.post(f"{page}/reintentar").status_code == 409


def test_a_letter_of_another_escuela_is_not_tried_again_from_here(
    client: FlaskClient,
    escom: Escuela,
    esca: Escuela,
    now: datetime,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    carta = _fallida(esca, now, drain, monkeypatch)
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    assert client.post(f"/escom/coordinador/cartas/{carta.public_id}/reintentar").status_code == 404


def _emitida(escuela: Escuela, now: datetime, drain: Drain) -> tuple[Carta, bytes]:
    carta = _nueva(escuela, now)
    drain()
    with escuela_scope(escuela.id):
        documento = db.session.scalars(select(Documento)).one()
        with documentos.abrir(documento) as stream:
            return _leer(escuela, carta), stream.read()


def _subir(client: FlaskClient, content: bytes) -> Any:
    return client.post(
        "/verificar/",
        data={"archivo": (io.BytesIO(content), "carta.pdf")},
        content_type="multipart/form-data",
    )


def test_the_issued_file_leads_to_its_letter_which_says_whose_seal_it_bears(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    carta, pdf = _emitida(escom, now, drain)
    answer = _subir(client, pdf)
    assert answer.location == f"/verificar/{carta.codigo}?archivo=1"
    page = client.get(answer.location).get_data(as_text=True)
    assert "Sello electrónico" in page
    assert "Escuela Superior de" in page
    assert "idéntico" in page


def _con_otro_byte(pdf: bytes) -> bytes:
    spoilt = bytearray(pdf)
    spoilt[len(pdf) // 2] ^= 1
    return bytes(spoilt)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_con_otro_byte, "El archivo fue modificado"),
        (lambda pdf: pdf + b"\n% more", "El archivo fue modificado"),
        (lambda pdf: pdf[: pdf.index(b"%%EOF") + 6], "no es una carta nuestra"),
        (lambda _pdf: b"not a PDF", "no es una carta nuestra"),
    ],
)
def test_any_other_file_is_told_for_what_it_is(
    client: FlaskClient,
    escom: Escuela,
    now: datetime,
    drain: Drain,
    spoil: Callable[[bytes], bytes],
    words: str,
) -> None:
    _carta, pdf = _emitida(escom, now, drain)
    page = _subir(client, spoil(pdf)).get_data(as_text=True)
    assert words in page
    assert "Auténtica" not in page


def test_a_form_without_a_file_says_what_lacks(client: FlaskClient, app: Flask) -> None:
    answer = client.post("/verificar/", data={}, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert "Elige el PDF de la carta." in answer.get_data(as_text=True)
