"""The signing link in a browser without JavaScript, and the pages of those who wait for the signatures."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.models import Carta, Escuela, Firma, db
from portal.services import efirma, firmas
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import cierre, factories
from tests.cierre import GERENTE, JEFA
from tests.en_servicio import Caso

Drain = Callable[[], int]


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return cierre.con_horas(escom, now)


@pytest.fixture
def carta(caso: Caso, now: datetime) -> Carta:
    return cierre.emitir(caso, now)


def _ink() -> io.BytesIO:
    out = io.BytesIO()
    image = Image.new("RGB", (600, 240), "white")
    image.paste((20, 20, 60), (100, 110, 480, 118))
    image.save(out, "PNG")
    out.seek(0)
    return out


def _post(client: FlaskClient, token: str, **values: object) -> tuple[int, str]:
    data: dict[str, object] = {
        "nombre": "Julia Ejemplo",
        "cargo": "Jefa de biblioteca",
        "declaro": "y",
        **values,
    }
    answer = client.post(f"/firmar/{token}", data=data, content_type="multipart/form-data")
    return answer.status_code, answer.text


def test_opening_the_link_shows_the_letter_and_uses_nothing_up(
    client: FlaskClient, caso: Caso, carta: Carta
) -> None:
    token = cierre.identificado(client, caso, JEFA.correo)
    for _ in range(2):
        page = client.get(f"/firmar/{token}")
        assert page.status_code == 200
        assert caso.alumno.nombre_completo in page.text
        assert caso.dependencia.razon_social in page.text
    assert client.get(f"/firmar/{token}/carta.pdf").data.startswith(b"%PDF")
    assert client.get(f"/firmar/{token}/carta.png").mimetype == "image/png"


def test_somebody_signs_with_an_uploaded_picture_and_the_link_is_dead(
    client: FlaskClient, caso: Caso, carta: Carta
) -> None:
    token = cierre.identificado(client, caso, JEFA.correo)
    assert _post(client, token, firma_archivo=(_ink(), "firma.png"))[0] == 302
    done = client.get(f"/firmar/{token}")
    assert "su firma quedó registrada" in done.text
    assert GERENTE.nombre in done.text
    assert client.get(f"/firmar/{token}/carta.pdf").status_code == 404
    assert _post(client, token, firma_trazo=cierre.trazo())[0] == 200  # says that it was signed already
    assert [f.estado for f in cierre.circuito(caso, carta)] == ["firmada", "pendiente"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"firma_trazo": cierre.trazo(), "declaro": ""}, "facultades"),
        ({"firma_trazo": cierre.trazo(blanco=True)}, "No se ve ninguna firma"),
        ({"firma_trazo": ""}, "Dibuje su firma"),
        ({"firma_trazo": cierre.trazo(), "cargo": ""}, "Escriba su cargo"),
        ({"firma_archivo": b"hola"}, "no se acepta aquí"),
    ],
)
def test_what_lacks_is_said_and_what_was_typed_stays(
    client: FlaskClient, caso: Caso, carta: Carta, values: dict[str, object], said: str
) -> None:
    sent = {name: (io.BytesIO(v), "firma.png") if isinstance(v, bytes) else v for name, v in values.items()}
    status, text = _post(client, cierre.identificado(client, caso, JEFA.correo), nombre="Julia Otra", **sent)
    assert status == 400
    assert said in text
    assert "Julia Otra" in text
    assert "<title>Error" in text
    assert [f.estado for f in cierre.circuito(caso, carta)] == ["pendiente", "pendiente"]


def _resumen(text: str) -> dict[str, str]:
    """What the summary of errors names: the id of each field, and its sentence."""
    (summary,) = re.findall(r"data-resumen-errores.*?</ul>", text, re.DOTALL)
    return dict(re.findall(r'<a href="#([^"]+)">([^<]+)</a>', summary))


TODO_FALTA = [
    ("", {"firma_trazo", "declaro", "nombre", "cargo"}),
    ("/papel", {"papel-nombre", "papel-cargo", "escaneo", "declaro_papel"}),
    ("/efirma", {"efirma-nombre", "efirma-cargo", "rfc", "cer", "key", "clave", "declaro_efirma"}),
]


@pytest.mark.parametrize(("path", "fields"), TODO_FALTA)
def test_the_summary_names_every_field_that_lacks(
    client: FlaskClient,
    caso: Caso,
    carta: Carta,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    fields: set[str],
) -> None:
    monkeypatch.setattr(efirma, "disponible", lambda: True)
    token = cierre.identificado(client, caso, JEFA.correo)
    answer = client.post(f"/firmar/{token}{path}", data={}, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert set(_resumen(answer.text)) == fields
    for field in fields:
        assert f'id="{field}"' in answer.text
        assert f'id="{field}-error"' in answer.text


def test_the_code_is_named_when_it_lacks_and_its_lack_is_no_attempt(
    client: FlaskClient, caso: Caso, carta: Carta
) -> None:
    token = cierre.enlace(caso, JEFA.correo)
    unknown = client.post(f"/firmar/{token}", data={"nombre": "Julia", "cargo": "Jefa"})
    assert unknown.status_code == 403
    assert "confirme con el código que llega a su correo" in unknown.text
    client.post(f"/firmar/{token}/codigo")
    for _ in range(6):
        empty = client.post(f"/firmar/{token}/comprobar", data={"codigo": " "})
        assert _resumen(empty.text) == {"codigo": "Escriba los seis números del código."}
    sent = client.post(f"/firmar/{token}/comprobar", data={"codigo": cierre.codigo(caso, JEFA.correo)})
    assert sent.status_code == 302


def test_a_drawn_signature_is_kept_while_only_the_declaration_lacks(
    client: FlaskClient, caso: Caso, carta: Carta
) -> None:
    drawn = cierre.trazo()
    token = cierre.identificado(client, caso, JEFA.correo)
    assert f'value="{drawn}"' in _post(client, token, firma_trazo=drawn, declaro="")[1]
    blank = cierre.trazo(blanco=True)
    assert f'value="{blank}"' not in _post(client, token, firma_trazo=blank)[1]


def test_a_refusal_asks_for_its_reason_and_the_dependencia_reads_it(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime
) -> None:
    token = cierre.identificado(client, caso, JEFA.correo)
    short = client.post(f"/firmar/{token}/rechazar", data={"motivo": "no"})
    assert short.status_code == 400
    assert (
        client.post(f"/firmar/{token}/rechazar", data={"motivo": "El horario está mal."}).status_code == 302
    )
    assert "Usted no firmó la carta" in client.get(f"/firmar/{token}").text
    factories.sign_in(client, caso.persona.id, now)
    page = client.get(f"/dependencia/escom/cartas/{carta.public_id}").text
    assert "El horario está mal." in page
    assert f"/dependencia/escom/prestadores/{caso.servicio.public_id}/termino" in page
    assert "El horario está mal." in client.get("/dependencia/cartas?ver=pendientes").text


def test_the_page_of_a_prestador_leads_to_the_letter_that_is_being_signed(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime
) -> None:
    page = f"/dependencia/escom/prestadores/{caso.servicio.public_id}"
    factories.sign_in(client, caso.persona.id, now)
    said = client.get(page).text
    assert "Está en firma su carta de término." in said
    assert "Carta de término en firma" in client.get("/dependencia/prestadores").text
    assert f"/dependencia/escom/cartas/{carta.public_id}" in said
    token = cierre.identificado(client, caso, JEFA.correo)
    client.post(f"/firmar/{token}/rechazar", data={"motivo": "El horario está mal."})
    assert "Rechazaron firmar su carta de término." in client.get(page).text
    assert "Carta de término: rechazaron firmarla" in client.get("/dependencia/prestadores").text


def test_who_is_away_shows_who_they_are_before_naming_a_substitute(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firmas, "pide_codigo", lambda _carta: False)
    token = cierre.enlace(caso, JEFA.correo)
    hoy = to_local(now).date().isoformat()
    typed = {
        "suplente_nombre": "Saúl Suplente", "suplente_cargo": "Subdirector", "suplente_correo": "saul@ejemplo.test",
        "desde": hoy, "hasta": hoy,
    }  # fmt: skip
    page = client.get(f"/firmar/{token}").text
    assert "Primero confirme con un código" in page
    assert "suplente_correo" not in page
    assert client.post(f"/firmar/{token}/suplente", data=typed).status_code == 409
    assert client.post(f"/firmar/{token}/codigo").location.endswith(f"/firmar/{token}/juntas?sola=1")
    client.post(f"/firmar/{token}/comprobar", data={"codigo": cierre.codigo(caso, JEFA.correo)})
    assert "suplente_correo" in client.get(f"/firmar/{token}").text
    assert client.post(f"/firmar/{token}/suplente", data=typed).status_code == 302
    assert cierre.circuito(caso, carta)[0].correo == "saul@ejemplo.test"


def test_an_unknown_link_and_one_of_another_purpose_do_not_exist(
    client: FlaskClient, caso: Caso, carta: Carta
) -> None:
    for path in ("", "/carta.pdf", "/carta.png"):
        assert client.get(f"/firmar/inventado{path}").status_code == 404
    assert client.post("/firmar/inventado").status_code == 404
    assert client.post("/firmar/inventado/rechazar").status_code == 404
    assert client.post("/firmar/inventado/nuevo").status_code == 404


def test_an_expired_link_offers_a_new_one(
    client: FlaskClient, caso: Caso, carta: Carta, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    from portal.web import contexto

    token = cierre.enlace(caso, JEFA.correo)
    monkeypatch.setattr(contexto, "now", lambda: now + timedelta(days=31))
    page = client.get(f"/firmar/{token}")
    assert page.status_code == 410
    assert "Enviarme un enlace nuevo" in page.text
    assert "Le enviamos un enlace nuevo" in client.post(f"/firmar/{token}/nuevo").text
    assert cierre.enlace(caso, JEFA.correo) != token


def test_the_dependencia_generates_the_letter_from_its_page(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    factories.sign_in(client, caso.persona.id, now)
    url = f"/dependencia/escom/prestadores/{caso.servicio.public_id}/termino"
    page = client.get(url)
    for said in (
        caso.alumno.boleta,
        "Rosalba Fierro Ocampo",
        "480 horas",
        "jefa@ejemplo.test",
        "gerente@ejemplo.test",
    ):
        assert said in page.text, said
    values = {
        f"{f.papel}_{dato}": getattr(f, dato)
        for f in (JEFA, GERENTE)
        for dato in ("nombre", "cargo", "correo")
    }
    wrong = client.post(url, data={**values, "gerente_correo": "sin arroba", "gerente_cargo": "Dueño"})
    assert wrong.status_code == 400
    assert "Dueño" in wrong.text
    made = client.post(url, data=values)
    assert made.status_code == 302
    detail = client.get(made.location)
    assert "Por firmar" in detail.text
    assert JEFA.correo in detail.text
    assert JEFA.nombre in client.get("/dependencia/cartas").text


def test_before_its_time_the_page_says_why(client: FlaskClient, escom: Escuela, now: datetime) -> None:
    from tests import en_servicio

    early = en_servicio.caso(escom, now)
    factories.sign_in(client, early.persona.id, now)
    page = client.get(f"/dependencia/escom/prestadores/{early.servicio.public_id}/termino")
    assert page.status_code == 200
    assert "Todavía no se puede generar" in page.text
    assert "Generar la carta" not in page.text


@pytest.mark.parametrize("firma", ["una-firma", "una-firma-", "una_firma_"])
def test_the_dependencia_corrects_a_signer(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime, firma: str
) -> None:
    """Whatever letter or sign the public id of the place ends in: the names of its fields begin with it."""
    factories.sign_in(client, caso.persona.id, now)
    with escuela_scope(caso.escuela.id), unit_of_work(now) as uow:
        uow.lock_id(Firma, cierre.circuito(caso, carta)[0].id).public_id = firma
    url = f"/dependencia/escom/cartas/{carta.public_id}/firmas/{firma}"
    data = {f"{firma}-nombre": "Julia Nueva", f"{firma}-cargo": "Jefa", f"{firma}-correo": "mal"}
    refused = client.post(url, data=data)
    assert refused.status_code == 400
    assert "Julia Nueva" in refused.text
    assert client.post(url, data={**data, f"{firma}-correo": "nueva@ejemplo.test"}).status_code == 302
    assert cierre.enlace(caso, "nueva@ejemplo.test")
    assert client.post(f"{url}/reenviar").status_code == 302


def test_the_letter_of_another_dependencia_or_escuela_does_not_exist(
    client: FlaskClient, caso: Caso, carta: Carta, esca: Escuela, now: datetime
) -> None:
    firma = cierre.circuito(caso, carta)[0].public_id
    _, stranger = factories.dependencia(now)
    factories.sign_in(client, stranger.id, now)
    for path in (f"cartas/{carta.public_id}", f"cartas/{carta.public_id}/pdf"):
        assert client.get(f"/dependencia/escom/{path}").status_code == 404
    assert client.get(f"/dependencia/escom/prestadores/{caso.servicio.public_id}/termino").status_code == 404
    assert (
        client.post(f"/dependencia/escom/cartas/{carta.public_id}/firmas/{firma}/reenviar").status_code == 404
    )
    factories.sign_in(client, caso.persona.id, now)
    assert client.get(f"/dependencia/esca-ust/cartas/{carta.public_id}").status_code == 404
    assert client.post(f"/dependencia/escom/cartas/{carta.public_id}/firmas/otra/reenviar").status_code == 404


def test_the_alumno_sees_who_signs_then_downloads_and_that_is_the_acknowledgement(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime, drain: Drain
) -> None:
    factories.sign_in(client, caso.alumno.usuario_id or 0, now)
    assert JEFA.nombre in client.get("/escom/alumno/cartas").text
    assert client.get(f"/escom/alumno/cartas/{carta.public_id}/pdf").status_code == 404
    for quien in (JEFA, GERENTE):
        cierre.firmar(caso, now, quien)
    drain()
    assert carta.folio in client.get("/escom/alumno/cartas").text
    assert client.get(f"/escom/alumno/cartas/{carta.public_id}/pdf").data.startswith(b"%PDF")
    assert cierre.leer(caso, carta).descargada is not None
    otro = factories.alumno(caso.escuela, now)
    factories.sign_in(client, otro.usuario_id or 0, now)
    assert client.get(f"/escom/alumno/cartas/{carta.public_id}/pdf").status_code == 404


def test_the_office_reads_that_a_letter_waits_for_a_signature(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime
) -> None:
    factories.sign_in(client, caso.coordinador.id, now)
    row = client.get("/escom/coordinador/cartas", query_string={"q": carta.folio}).text.split("<tbody")[1]
    assert "En firma" in row
    assert "En preparación" not in row


def test_every_letter_of_every_escuela_is_in_one_list(
    client: FlaskClient, caso: Caso, carta: Carta, now: datetime
) -> None:
    factories.sign_in(client, caso.persona.id, now)
    with escuela_scope(caso.escuela.id):
        folios = list(db.session.scalars(select(Carta.folio)))
    page = client.get("/dependencia/cartas").text
    assert all(folio in page for folio in folios)
