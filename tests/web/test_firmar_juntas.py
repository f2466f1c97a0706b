"""Signing many letters at once from the link of one: a code, a sample, one signature, each recorded by itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.models import Carta, Documento, Escuela, Firma, Tanda, db
from portal.services import firmas, firmas_juntas
from portal.services.uow import unit_of_work
from portal.services.workflow import act
from tenants.scope import escuela_scope
from tests import cierre, factories
from tests.cierre import GERENTE, JEFA
from tests.consultas import contadas
from tests.en_servicio import Caso
from tests.web.test_firmar import _ink

Drain = Callable[[], int]


@pytest.fixture
def casos(escom: Escuela, now: datetime) -> list[Caso]:
    found = [cierre.con_horas(escom, now) for _ in range(3)]
    for caso in found:
        cierre.emitir(caso, now)
    return found


def _lugares(escuela: Escuela, correo: str = JEFA.correo) -> list[Firma]:
    with escuela_scope(escuela.id):
        query = select(Firma).where(Firma.correo == correo).order_by(Firma.id)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _form(client: FlaskClient, url: str) -> dict[str, object]:
    """What the page with a sample sends when nothing is unmarked."""
    page = client.get(url).text
    sample = re.search(r'href="[^"]*\?muestra=([^"&]+)"', page)
    assert sample is not None
    page = client.get(f"{url}?muestra={sample[1]}").text
    assert f"/juntas/{sample[1]}/carta.png" in page
    return {
        "m": re.findall(r'name="m" value="([^"]+)"', page),
        "muestra": sample[1],
        "clave": re.findall(r'name="clave" value="([^"]+)"', page)[0],
        "nombre": JEFA.nombre,
        "cargo": JEFA.cargo,
        "declaro": "y",
        "firma_trazo": cierre.trazo(),
    }


def test_all_are_signed_with_one_signature_and_each_is_recorded_by_itself(
    client: FlaskClient, casos: list[Caso], escom: Escuela, drain: Drain
) -> None:
    token = cierre.identificado(client, casos[0], JEFA.correo)
    url = f"/firmar/{token}/juntas"
    assert "Esperan su firma 3 cartas" in client.get(f"/firmar/{token}").text
    first = client.get(url).text
    assert "Esperan su firma 3 cartas" in first
    assert "Firmar las cartas marcadas" not in first
    form = _form(client, url)
    assert client.get(f"{url}/{form['muestra']}/carta.png").mimetype == "image/png"
    assert client.get(f"{url}/{form['muestra']}/carta.pdf").data.startswith(b"%PDF")
    sent = client.post(url, data=form)
    assert sent.status_code == 302
    assert client.post(url, data=form).location == sent.location
    assert {f.estado for f in _lugares(escom)} == {"pendiente"}
    waiting = client.get(sent.location).text
    assert "Van 0 de 3." in waiting
    assert "data-refresca" in waiting
    drain()
    done = client.get(sent.location).text
    assert "sus 3 firmas quedaron registradas" in done
    assert "data-refresca" not in done
    signed = _lugares(escom)
    assert {(f.estado, f.nombre, f.modo, f.identidad) for f in signed} == {
        ("firmada", JEFA.nombre, "trazo", "codigo")
    }
    assert len({f.imagen_documento_id for f in signed}) == 1
    assert all(f.ip == "127.0.0.1" and f.firmada for f in signed)
    with escuela_scope(escom.id):
        assert len(db.session.scalars(select(Documento).where(Documento.tipo == "firma")).all()) == 1
    assert "su firma quedó registrada" in client.get(f"/firmar/{token}").text
    assert client.get(url).status_code == 200
    assert "Firmar las cartas" not in client.get(url).text


def test_the_last_signer_of_all_has_them_issued(
    client: FlaskClient, casos: list[Caso], escom: Escuela, drain: Drain, now: datetime
) -> None:
    for lugar in _lugares(escom):
        with escuela_scope(escom.id), unit_of_work(now) as uow:
            _carta, firma, actor, datos = firmas.turno(uow, lugar.id, "", JEFA.nombre, "codigo")
            firmas.anotar(firma, JEFA.nombre, JEFA.cargo, "trazo", datos)
            act(
                uow,
                firma,
                "firmar",
                actor,
                {**datos, "declara": True, "imagen_documento_id": None, "electronica": True},
            )
    token = cierre.identificado(client, casos[0], GERENTE.correo)
    form = _form(client, f"/firmar/{token}/juntas") | {"nombre": GERENTE.nombre, "cargo": GERENTE.cargo}
    client.post(f"/firmar/{token}/juntas", data={**form, "firma_trazo": "", "firma_archivo": (_ink(), "firma.png")},
                content_type="multipart/form-data")  # fmt: skip
    drain()
    with escuela_scope(escom.id):
        estados = db.session.scalars(select(Carta.estado).where(Carta.tipo == "termino"))
        assert list(estados) == ["emitida"] * 3
    assert {f.modo for f in _lugares(escom, GERENTE.correo)} == {"imagen"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"m": []}, "Marque al menos una carta"),
        ({"muestra": ""}, "mire al menos una de las cartas"),
        ({"declaro": ""}, "facultades para firmar"),
        ({"firma_trazo": ""}, "Dibuje su firma"),
        ({"firma_trazo": cierre.trazo(blanco=True)}, "firma"),
        ({"nombre": ""}, "Escriba su nombre completo"),
    ],
)
def test_what_lacks_is_said_and_what_was_chosen_stays(
    client: FlaskClient, casos: list[Caso], escom: Escuela, values: dict[str, object], said: str
) -> None:
    token = cierre.identificado(client, casos[0], JEFA.correo)
    form = _form(client, f"/firmar/{token}/juntas") | {"cargo": "Jefa de otra cosa"}
    kept = form["m"][1]  # type: ignore[index]
    answer = client.post(f"/firmar/{token}/juntas", data={**form, "m": [kept], **values})
    assert answer.status_code == 400
    assert said in answer.text
    if "m" not in values and "muestra" not in values:
        assert "Jefa de otra cosa" in answer.text
        assert len(re.findall(r"data-masivo-uno checked", answer.text)) == 1
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Tanda)).all() == []
    assert {f.estado for f in _lugares(escom)} == {"pendiente"}


def test_a_link_alone_shows_and_signs_only_its_own_letter(
    client: FlaskClient, casos: list[Caso], escom: Escuela, drain: Drain, now: datetime
) -> None:
    token = cierre.enlace(casos[0], JEFA.correo)
    lugar = _lugares(escom)[1]
    page = client.get(f"/firmar/{token}/juntas").text
    assert "confirme que es usted" in page
    assert casos[1].alumno.boleta not in page
    assert client.get(f"/firmar/{token}/juntas/{lugar.public_id}/carta.png").status_code == 404
    form = {"m": lugar.public_id, "muestra": lugar.public_id, "nombre": "X Y", "cargo": "Z", "declaro": "y",
            "firma_trazo": cierre.trazo()}  # fmt: skip
    assert client.post(f"/firmar/{token}/juntas", data=form).status_code == 403
    assert client.get("/firmar/" + "x" * 43 + "/juntas").status_code == 404
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Tanda)).all() == []


def test_places_of_others_are_not_signed_and_what_changed_meanwhile_keeps_its_reason(
    client: FlaskClient, casos: list[Caso], escom: Escuela, drain: Drain, now: datetime
) -> None:
    token = cierre.identificado(client, casos[0], JEFA.correo)
    form = _form(client, f"/firmar/{token}/juntas")
    ajena = _lugares(escom, GERENTE.correo)[0]
    sent = client.post(f"/firmar/{token}/juntas", data={**form, "m": [*form["m"], ajena.public_id]})  # type: ignore[misc]
    assert sent.status_code == 302, sent.text
    with escuela_scope(escom.id):
        firmas.cambiar_firmante(
            _lugares(escom)[1].public_id, nombre="Otra Persona", cargo="Jefa", correo="otra@ejemplo.test",
            actor=casos[0].como_coordinador, now=now,
        )  # fmt: skip
    drain()
    assert client.get(sent.location).status_code == 200, sent.location
    done = client.get(sent.location).text
    assert "Quedaron registradas 2 de 3 firmas" in done
    assert "Ahora la firma otra persona." in done
    assert {f.estado for f in _lugares(escom, GERENTE.correo)} == {"pendiente"}
    assert [f.estado for f in _lugares(escom, "otra@ejemplo.test")] == ["pendiente"]


def test_the_link_of_a_signed_letter_leads_to_the_others(
    client: FlaskClient, casos: list[Caso], escom: Escuela, now: datetime
) -> None:
    token = cierre.enlace(casos[0], JEFA.correo)
    cierre.firmar(casos[0], now, JEFA)
    done = client.get(f"/firmar/{token}").text
    assert "Esperan su firma otras 2 cartas." in done
    assert f"/firmar/{token}/juntas" in done
    asked = client.get(f"/firmar/{token}/juntas").text
    assert "Esperan su firma 2 cartas" in asked
    assert casos[1].alumno.boleta not in asked
    sent = client.post(f"/firmar/{token}/codigo", data={"varias": "y"})
    assert sent.location.endswith("/juntas")
    shown = client.post(
        f"/firmar/{token}/comprobar", data={"varias": "y", "codigo": cierre.codigo(casos[0], JEFA.correo)}
    )
    assert shown.location.endswith(f"/firmar/{token}/juntas")
    page = client.get(shown.location).text
    assert casos[1].alumno.boleta in page
    assert casos[0].alumno.boleta not in page
    assert "Firmar solo una" not in page
    form = _form(client, f"/firmar/{token}/juntas")
    assert client.post(f"/firmar/{token}/juntas", data=form).status_code == 302


def test_one_of_the_list_is_opened_by_itself_without_a_second_code(
    client: FlaskClient, casos: list[Caso], escom: Escuela
) -> None:
    token = cierre.identificado(client, casos[0], JEFA.correo)
    otra, ajena = _lugares(escom)[1], _lugares(escom, GERENTE.correo)[1]
    page = client.get(f"/firmar/{token}/juntas?muestra={otra.public_id}").text
    assert "Abrir solo esta" in page
    opened = client.post(f"/firmar/{token}/juntas/{otra.public_id}")
    sola = client.get(opened.location).text
    assert casos[1].alumno.nombre_completo in sola
    assert "No la voy a firmar…" in sola
    assert (
        client.post(f"{opened.location}/rechazar", data={"motivo": "El horario está mal."}).status_code == 302
    )
    assert [f.estado for f in _lugares(escom)] == ["pendiente", "rechazada", "pendiente"]
    for missing in (ajena.public_id, otra.public_id, "otra"):
        assert client.post(f"/firmar/{token}/juntas/{missing}").status_code == 404


@pytest.mark.parametrize(("n", "enviado", "boton"), [(0, True, "Enviar otra vez"), (1, False, "Enviar ya")])
def test_of_whom_nobody_wrote_to_yet_no_page_says_that_the_link_was_sent(
    client: FlaskClient, casos: list[Caso], escom: Escuela, now: datetime, n: int, enviado: bool, boton: str
) -> None:
    """Who was written to of the first letter is told of the others in one mail, later."""
    factories.sign_in(client, casos[n].persona.id, now)
    with escuela_scope(escom.id):
        query = select(Carta.public_id).where(Carta.servicio_id == casos[n].servicio.id)
        carta = db.session.scalars(query).one()
    assert ("enlace enviado el" in client.get("/dependencia/cartas").text) is enviado
    assert f"{boton} el enlace a {JEFA.nombre}" in client.get(f"/dependencia/escom/cartas/{carta}").text


def test_without_the_code_none_of_the_list_is_opened(
    client: FlaskClient, casos: list[Caso], escom: Escuela
) -> None:
    token = cierre.enlace(casos[0], JEFA.correo)
    assert client.post(f"/firmar/{token}/juntas/{_lugares(escom)[1].public_id}").status_code == 404


def test_however_many_wait_the_page_asks_as_often(
    client: FlaskClient, casos: list[Caso], escom: Escuela
) -> None:
    token = cierre.identificado(client, casos[0], JEFA.correo)
    client.get(f"/firmar/{token}/juntas")
    with contadas() as statements:
        assert client.get(f"/firmar/{token}/juntas").status_code == 200
    assert len(statements) <= 8, statements
    assert firmas_juntas.MAXIMO >= 300
