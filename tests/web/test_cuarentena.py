"""What a page says of a file that waits for its virus scan, and that its address gives nothing away."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from PIL import Image

from portal.backends.interfaces import Veredicto
from portal.models import Alumno, Documento, Escuela, db
from tenants.scope import escuela_scope
from tests import en_servicio, escaneres, factories
from tests.en_servicio import Caso
from tests.files.samples import pdf_bytes, pdf_of
from worker import outbox

ESPERA = "espera la revisión de virus"
HORA = timedelta(hours=1)


@pytest.fixture
def caso(client: FlaskClient, escom: Escuela, now: datetime) -> Caso:
    caso = en_servicio.caso(escom, now)
    factories.sign_in(client, caso.alumno.usuario_id or 0, now)
    return caso


@pytest.fixture
def scanner(client: FlaskClient) -> Iterator[escaneres.FakeScanner]:
    fake = escaneres.FakeScanner()
    with escaneres.con(fake):
        yield fake


def documento(escuela: Escuela, tipo: str) -> Documento:
    with escuela_scope(escuela.id):
        found = db.session.scalars(db.select(Documento).where(Documento.tipo == tipo)).one()
        db.session.commit()
        return found


def test_a_report_says_that_it_is_being_checked_and_its_address_says_so_too(
    client: FlaskClient, caso: Caso, escom: Escuela, now: datetime, scanner: escaneres.FakeScanner
) -> None:
    page = f"/escom/alumno/entregas/{caso.entrega().public_id}"
    desde = caso.servicio.inicio
    fields = {"horas": "180", "desde": desde.isoformat(), "hasta": (desde + timedelta(days=105)).isoformat()}
    content = io.BytesIO(pdf_bytes(pdf_of("Reporte ficticio")))
    kept = client.post(page, data={**fields, "actividades": "", "archivo": (content, "reporte.pdf")})
    assert kept.status_code == 302
    assert ESPERA in client.get(f"{page}/revisar").text
    file = f"/escom/alumno/documentos/{documento(escom, 'entrega_reporte').public_id}"
    assert ESPERA in client.get(page).text
    refused = client.get(file)
    assert (refused.status_code, refused.mimetype) == (409, "text/html")
    assert ESPERA in refused.text
    scanner.veredicto = Veredicto.LIMPIO
    outbox.drain(escom.id, lambda: datetime.now(UTC) + HORA)
    assert client.get(file).mimetype == "application/pdf"
    assert ESPERA not in client.get(page).text


def test_an_infected_photo_is_refused_on_the_page(
    client: FlaskClient, caso: Caso, escom: Escuela, scanner: escaneres.FakeScanner
) -> None:
    def send() -> str:
        out = io.BytesIO()
        Image.new("RGB", (600, 600), "#446688").save(out, "PNG")
        out.seek(0)
        return client.post(
            "/escom/alumno/perfil/foto", data={"foto": (out, "yo.png")}, follow_redirects=True
        ).text

    assert ESPERA in send()
    assert f"documentos/{documento(escom, 'foto').public_id}" not in client.get("/escom/alumno/").text
    scanner.veredicto = Veredicto.INFECTADO
    assert "no pasó la revisión de virus" in send()
    outbox.drain(escom.id, lambda: datetime.now(UTC) + HORA)
    with escuela_scope(escom.id):
        assert db.session.scalars(db.select(Alumno.foto_id)).all() == [None]
