"""The convenio in a browser without JavaScript: the public way, the office's review, the dependencia's account."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.models import Convenio, Correo, Enlace, Escuela, db
from portal.services import dossier, enlaces
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories
from tests.convenios import DATOS, RFC, TIPOS, Solicitud, archivo

MOTIVO = "El documento no está vigente."


def texto(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def subir(client: FlaskClient, url: str, path: Path) -> TestResponse:
    with path.open("rb") as stream:
        return client.post(url, data={"archivo": (stream, path.name)}, content_type="multipart/form-data")


@pytest.fixture
def enviada(escom: Escuela, now: datetime, tmp_path: Path) -> Solicitud:
    return Solicitud(escom, now, tmp_path).llenar().enviar()


@pytest.fixture
def oficina(app: Flask, escom: Escuela, now: datetime) -> FlaskClient:
    persona = factories.coordinador(escom, now, "convenios", nombre="Olga Revisora")
    return factories.sign_in(app.test_client(), persona.id, now)


def base_de(solicitud: Solicitud) -> str:
    return f"/escom/coordinador/convenios/{solicitud.public_id}"


def aceptar_todo(oficina: FlaskClient, solicitud: Solicitud) -> None:
    with escuela_scope(solicitud.escuela_id):
        ids = [d.public_id for d in solicitud.documentos().values() if d.estado == "pendiente"]
    for documento in ids:
        assert oficina.post(f"{base_de(solicitud)}/documentos/{documento}/aceptar").status_code == 302


def test_from_an_e_mail_address_to_a_vigente_convenio_and_an_account(
    client: FlaskClient,
    oficina: FlaskClient,
    escom: Escuela,
    now: datetime,
    tmp_path: Path,
    drain: Callable[[], int],
) -> None:
    link = _pide(client, tmp_path)
    _autoriza(oficina)
    drain()
    assert "La escuela autorizó su convenio" in texto(client.get(link))
    with escuela_scope(escom.id):
        mail = db.session.scalars(
            select(Correo).where(Correo.plantilla == "convenio_autorizado").order_by(Correo.id)
        ).first()
        assert mail is not None
        access = enlaces.expand(mail.contexto["ruta"])
    assert client.get(access).status_code == 200
    person = factories.sign_in(client, mail.usuario_id, now)
    mine = texto(person.get("/dependencia/convenios"))
    assert "Vigente" in mine
    letter = re.findall(r'href="(/dependencia/escom/documentos/[\w-]+)"', mine)[0]
    assert person.get(letter).data.startswith(b"%PDF")


def _pide(client: FlaskClient, tmp_path: Path) -> str:
    """The dependencia's side: from its e-mail address to the sent request; answers its follow-up link."""
    start = client.get("/escom/convenio/solicitar")
    assert "Constancia de situación fiscal" in texto(start)
    link = client.post("/escom/convenio/solicitar", data={"correo": "Contacto@museo.test"}).location
    assert re.fullmatch(r"/seguimiento/[\w-]{40,}", link)
    page = client.get(link)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Aún no disponible" in texto(page)
    for paso in ("datos", "domicilio", "representante"):
        assert client.get(f"{link}/datos/{paso}").status_code == 200
        assert client.post(f"{link}/datos/{paso}", data=DATOS).status_code == 302
    for tipo in TIPOS:
        assert client.get(f"{link}/subir/{tipo}").status_code == 200
        sent = subir(client, f"{link}/subir/{tipo}", archivo(tmp_path, tipo, f"RFC {RFC}"))
        assert sent.location == f"{link}/subir/{tipo}"
        assert "Lo que recibimos" in texto(client.get(sent.location))
    assert DATOS["razon_social"] in texto(client.get(f"{link}/revisar"))
    undeclared = client.post(f"{link}/enviar")
    assert undeclared.status_code == 400
    assert "Marque la declaración" in texto(undeclared)
    assert client.post(f"{link}/enviar", data={"declaro": "y"}).location == f"{link}/enviado"
    assert "Recibimos su solicitud" in texto(client.get(f"{link}/enviado"))
    assert "En revisión" in texto(client.get(link))
    return link


def _autoriza(oficina: FlaskClient) -> None:
    """The office's side: each document accepted one after another, then the whole."""
    listed = texto(oficina.get("/escom/coordinador/convenios"))
    public_id = re.findall(r"/coordinador/convenios/([\w-]{16})\"", listed)[0]
    assert DATOS["razon_social"] in listed
    for n in range(len(TIPOS)):
        review = texto(oficina.get(f"/escom/coordinador/convenios/{public_id}"))
        assert f"{n + 1} de 6" in review
        action = re.findall(r'action="([^"]+/aceptar)"', review)[0]
        assert oficina.post(action).status_code == 302
    whole = texto(oficina.get(f"/escom/coordinador/convenios/{public_id}"))
    terms = dict(re.findall(r'name="(desde|hasta)"[^>]*value="([\d-]+)"', whole))
    assert set(terms) == {"desde", "hasta"}
    done = oficina.post(f"/escom/coordinador/convenios/{public_id}/autorizar", data=terms)
    assert done.status_code == 302
    assert "Vigente" in texto(oficina.get(done.location))


@pytest.mark.parametrize(
    ("cambio", "dice"),
    [
        ({"rfc": "XAXX010101000"}, "RFC genérico del público en general"),
        ({"rfc": RFC[:-1] + ("1" if RFC[-1] != "1" else "2")}, "último carácter del RFC"),
        ({"rfc": "ABC"}, "12 caracteres"),
        ({"razon_social": ""}, "Escriba la razón social"),
        ({"sector": "otro"}, "Elija el sector"),
    ],
)
def test_what_was_typed_stays_beside_its_error(
    client: FlaskClient, escom: Escuela, now: datetime, tmp_path: Path, cambio: dict[str, str], dice: str
) -> None:
    link = enlaces.expand(Solicitud(escom, now, tmp_path).ruta)
    page = client.post(f"{link}/datos/datos", data={**DATOS, **cambio})
    assert page.status_code == 400
    shown = texto(page)
    assert shown.count(dice) >= 2, "in the summary and beside the field"
    assert "Museo Ficticio" in shown
    assert "<title>Error: " in shown


def test_a_verified_rfc_is_sent_to_its_account_without_a_word_about_it(
    client: FlaskClient, escom: Escuela, now: datetime, tmp_path: Path
) -> None:
    known, _ = factories.dependencia(now, razon_social="Secreta, A.C.")
    with unit_of_work(now) as uow:
        uow.lock_id(type(known), known.id).rfc = RFC
    link = enlaces.expand(Solicitud(escom, now, tmp_path).ruta)
    page = client.post(f"{link}/datos/datos", data=DATOS)
    assert page.status_code == 409
    assert "/dependencia/convenios/solicitar" in texto(page)
    assert "Secreta" not in texto(page)


def test_a_refused_file_keeps_its_page_and_says_what_to_do(
    client: FlaskClient, escom: Escuela, now: datetime, tmp_path: Path
) -> None:
    link = enlaces.expand(Solicitud(escom, now, tmp_path).ruta)
    bad = tmp_path / "acta.docx"
    bad.write_bytes(b"PK\x03\x04" + b"0" * 200)
    page = subir(client, f"{link}/subir/ine", bad)
    assert page.status_code == 400
    assert "guardarlo como PDF" in texto(page)
    empty = client.post(f"{link}/subir/ine", data={}, content_type="multipart/form-data")
    assert "Elija un archivo" in texto(empty)
    assert client.get(f"{link}/subir/pasaporte").status_code == 404


def test_a_rejected_document_is_answered_by_its_link_and_older_versions_stay(
    client: FlaskClient, oficina: FlaskClient, enviada: Solicitud, tmp_path: Path
) -> None:
    link, base = enlaces.expand(enviada.ruta), base_de(enviada)
    with escuela_scope(enviada.escuela_id):
        ine = enviada.documentos()["ine"].public_id
    short = oficina.post(f"{base}/documentos/{ine}/rechazar", data={"motivo": "no"})
    assert short.status_code == 400
    assert "al menos 10 caracteres" in texto(short)
    oficina.post(f"{base}/documentos/{ine}/rechazar", data={"motivo": MOTIVO})
    assert MOTIVO not in texto(client.get(link)), "a verdict is told with the whole answer"
    aceptar_todo(oficina, enviada)
    refused = oficina.post(f"{base}/autorizar", data={"desde": "2030-01-01", "hasta": "2031-01-01"})
    assert refused.status_code == 409
    assert "Acepte cada uno" in texto(refused)
    oficina.post(f"{base}/observar", data={"motivo": ""})
    page = texto(client.get(link))
    assert MOTIVO in page
    assert "Olga Revisora" in page
    assert "Reenviar a revisión" not in page
    rejected = texto(client.get(f"{link}/subir/ine"))
    assert "Suba una nueva versión" in rejected
    assert "Se ve bien" not in rejected
    subir(client, f"{link}/subir/ine", archivo(tmp_path, "ine"))
    assert "Se ve bien" in texto(client.get(f"{link}/subir/ine"))
    assert client.post(f"{link}/subir/logo").status_code == 400
    assert "Reenviar a revisión" in texto(client.get(link))
    assert client.post(f"{link}/enviar").status_code == 302
    review = texto(oficina.get(base))
    assert MOTIVO in review
    assert "Versión 1" in review
    assert oficina.get(f"{base}/documentos/{ine}?ver=1").status_code == 200


def test_an_rfc_that_differs_is_a_warning_on_both_sides(
    client: FlaskClient, oficina: FlaskClient, escom: Escuela, now: datetime, tmp_path: Path
) -> None:
    solicitud = Solicitud(escom, now, tmp_path).llenar("RFC: HGE870512PZ1").enviar()
    link, base = enlaces.expand(solicitud.ruta), base_de(solicitud)
    with escuela_scope(escom.id):
        paper = solicitud.documentos()["constancia_fiscal"].public_id
    for page in (client.get(f"{link}/subir/constancia_fiscal"), oficina.get(f"{base}?documento={paper}")):
        assert "HGE870512PZ1" in texto(page)
        assert "Lo que notó el sistema" in texto(page)
    aceptar_todo(oficina, solicitud)
    terms = {"desde": now.date().isoformat(), "hasta": f"{now.year + 2}-12-31"}
    assert oficina.post(f"{base}/autorizar", data=terms).status_code == 302


def test_files_are_for_the_holder_the_office_and_the_dependencia_only(
    app: Flask, client: FlaskClient, oficina: FlaskClient, esca: Escuela, escom: Escuela, now: datetime,
    tmp_path: Path, enviada: Solicitud,
) -> None:  # fmt: skip
    link = enlaces.expand(enviada.ruta)
    other = enlaces.expand(Solicitud(escom, now, tmp_path, "otra@museo.test").ruta)
    foreign = factories.sign_in(app.test_client(), factories.coordinador(esca, now).id, now)
    barred = factories.sign_in(app.test_client(), factories.coordinador(escom, now, "reportes").id, now)
    stranger = factories.sign_in(app.test_client(), factories.dependencia(now)[1].id, now)
    with escuela_scope(escom.id):
        paper = enviada.documentos()["ine"]
        ids = paper.public_id, paper.archivo.public_id
    office = f"{base_de(enviada)}/documentos/{ids[0]}"
    assert client.get(f"{link}/documentos/{ids[0]}").data.startswith(b"%PDF")
    assert client.get(f"{other}/documentos/{ids[0]}").status_code == 404
    assert oficina.get(office).headers["Content-Disposition"].startswith("attachment")
    assert foreign.get(office).status_code == 404
    assert foreign.get(office.replace("/escom/", "/esca-ust/")).status_code == 404
    assert barred.get(office).status_code == 403
    assert barred.get("/escom/coordinador/convenios").status_code == 403
    assert client.get(office).status_code == 302
    assert stranger.get(f"/dependencia/dossier/{ids[1]}").status_code == 404
    assert stranger.get(f"/dependencia/escom/convenios/{enviada.public_id}").status_code == 404
    assert foreign.get(base_de(enviada).replace("/escom/", "/esca-ust/")).status_code == 404


def test_two_coordinadores_at_once_the_second_reads_a_sentence(
    oficina: FlaskClient, enviada: Solicitud
) -> None:
    base = base_de(enviada)
    with escuela_scope(enviada.escuela_id):
        ine = enviada.documentos()["ine"].public_id
    assert oficina.post(f"{base}/documentos/{ine}/aceptar").status_code == 302
    late = oficina.post(f"{base}/documentos/{ine}/aceptar")
    assert late.status_code == 409
    assert "ya cambió entre tanto" in texto(late)
    undone = oficina.post(f"{base}/documentos/{ine}/deshacer")
    assert undone.status_code == 302
    oficina.post(f"{base}/rechazar", data={"motivo": MOTIVO})
    assert oficina.post(f"{base}/rechazar", data={"motivo": MOTIVO}).status_code == 409


def test_an_unknown_link_does_not_exist_and_an_expired_one_offers_a_new_one(
    client: FlaskClient, escom: Escuela, now: datetime, tmp_path: Path
) -> None:
    assert client.get("/seguimiento/" + "x" * 43).status_code == 404
    link = enlaces.expand(Solicitud(escom, now, tmp_path).ruta)
    with unit_of_work(now) as uow:
        for enlace in uow.session.scalars(select(Enlace)):
            enlace.vence = now.replace(year=2020)
    assert client.get(link).status_code == 410
    assert client.get(f"{link}/datos/datos").location == link
    assert client.post(f"{link}/subir/ine").status_code in (302, 413)
    assert client.post(f"{link}/nuevo").location == link
    with escuela_scope(escom.id):
        assert len(db.session.scalars(select(Correo)).all()) == 2


def test_a_request_can_be_withdrawn_once(client: FlaskClient, enviada: Solicitud) -> None:
    link = enlaces.expand(enviada.ruta)
    assert client.post(f"{link}/cancelar").location == link
    assert "se canceló" in texto(client.get(link))
    assert client.post(f"{link}/cancelar").location == link
    assert enviada.estado() == "cancelado"


def test_the_office_finds_a_convenio_by_name_or_rfc_without_accents(
    oficina: FlaskClient, escom: Escuela, now: datetime
) -> None:
    for n in range(52):
        host, _ = factories.dependencia(now, razon_social=f"Fundación Número N{n:02d}, A.C.")
        factories.convenio(escom, host, now, estado="enviado", desde=None, hasta=None)
    first = texto(oficina.get("/escom/coordinador/convenios"))
    assert "Número N00" in first
    assert "Número N51" not in first
    more = re.findall(r'href="([^"]+despues=[^"]+)"', first)[0].replace("&amp;", "&")
    assert "Número N51" in texto(oficina.get(more))
    with escuela_scope(escom.id), unit_of_work(now) as uow:  # somebody moves the row on which the page ended
        last = uow.session.scalars(
            select(Convenio).order_by(Convenio.estado_desde, Convenio.id).offset(49).limit(1)
        ).one()
        last.estado_desde = now + timedelta(hours=1)
    assert "Número N51" in texto(oficina.get(more))
    found = texto(oficina.get("/escom/coordinador/convenios?q=FUNDACION numero n07"))
    assert "Número N07" in found
    assert "Número N08" not in found
    assert "Ningún convenio coincide" in texto(oficina.get("/escom/coordinador/convenios?q=xyz"))
    assert oficina.get("/escom/coordinador/convenios?estado=borrador").status_code == 404


# ---- The dependencia's account -------------------------------------------------------------------


@pytest.fixture
def cuenta(
    app: Flask, oficina: FlaskClient, enviada: Solicitud, now: datetime, drain: Callable[[], int]
) -> FlaskClient:
    """The representante of an authorised dependencia, signed in."""
    aceptar_todo(oficina, enviada)
    terms = {"desde": now.date().isoformat(), "hasta": f"{now.year + 2}-12-31"}
    assert oficina.post(f"{base_de(enviada)}/autorizar", data=terms).status_code == 302
    drain()
    from portal.services.cuentas import por_correo

    usuario = por_correo(DATOS["representante_correo"])
    assert usuario is not None
    return factories.sign_in(app.test_client(), usuario.id, now)


def test_one_click_asks_another_escuela(
    app: Flask, cuenta: FlaskClient, enviada: Solicitud, esca: Escuela, now: datetime
) -> None:
    page = texto(cuenta.get("/dependencia/convenios/solicitar"))
    assert esca.nombre in page
    assert "Escuela Superior de Cómputo</h2>" not in page
    asked = cuenta.post("/dependencia/esca-ust/convenios/solicitar")
    assert cuenta.get(asked.location).status_code == 200
    with escuela_scope(esca.id):
        convenio = db.session.scalars(select(Convenio)).one()
        assert convenio.estado == "enviado"
        assert {d.estado for d in dossier.actuales(db.session(), convenio.id).values()} == {"pendiente"}
        public_id = convenio.public_id
    persona = factories.coordinador(esca, now, "convenios")
    review = factories.sign_in(app.test_client(), persona.id, now).get(
        f"/esca-ust/coordinador/convenios/{public_id}"
    )
    assert DATOS["razon_social"] in texto(review)
    again = cuenta.post("/dependencia/esca-ust/convenios/solicitar", follow_redirects=True)
    assert "Ya hay un convenio" in texto(again)


def test_the_profile_shows_what_each_escuela_says_and_keeps_what_was_verified(
    cuenta: FlaskClient, enviada: Solicitud, tmp_path: Path
) -> None:
    page = texto(cuenta.get("/dependencia/perfil"))
    assert RFC in page
    assert "Aceptado" in page
    assert cuenta.get("/dependencia/perfil/datos/datos").status_code == 404
    bad = cuenta.post("/dependencia/perfil/datos/domicilio", data={**DATOS, "cp": "1"})
    assert bad.status_code == 400
    assert "cinco dígitos" in texto(bad)
    changed = {**DATOS, "calle": "Otra calle 3", "rfc": "HGE870512PZ1"}
    assert cuenta.post("/dependencia/perfil/datos/domicilio", data=changed).status_code == 302
    page = texto(cuenta.get("/dependencia/perfil"))
    assert "Otra calle 3" in page
    assert "HGE870512PZ1" not in page
    assert subir(cuenta, "/dependencia/perfil/documentos/ine", archivo(tmp_path, "ine")).status_code == 302
    page = texto(cuenta.get("/dependencia/perfil/documentos/ine"))
    assert "Versión 2" in page
    file = re.findall(r"/dependencia/dossier/[\w-]+", page)[0]
    assert cuenta.get(file).data.startswith(b"%PDF")


def test_another_person_is_invited_and_removed(cuenta: FlaskClient, enviada: Solicitud) -> None:
    bad = cuenta.post("/dependencia/perfil/personas/invitar", data={"nombre": "Nora Nueva", "correo": "nora"})
    assert bad.status_code == 400
    assert "Nora Nueva" in texto(bad)
    data = {"nombre": "Nora Nueva", "correo": "nora@museo.test", "cargo": "Enlace"}
    assert cuenta.post("/dependencia/perfil/personas/invitar", data=data).status_code == 302
    assert cuenta.post("/dependencia/perfil/personas/invitar", data=data).status_code == 409
    page = texto(cuenta.get("/dependencia/perfil"))
    assert "Invitación enviada" in page
    remove = re.findall(r'action="([^"]+/quitar)"', page)
    assert len(remove) == 1
    cuenta.post(remove[0])
    assert "nora@museo.test" not in texto(cuenta.get("/dependencia/perfil"))
