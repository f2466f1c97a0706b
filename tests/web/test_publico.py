"""What anybody may open: start pages, verification, health, the demo's mailbox, the alumno's photo."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from portal import create_app
from portal.backends.interfaces import QueueUnavailable
from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.models import Alumno, Carta, Documento, Escuela, Huella, db
from portal.services import cartas, documentos, escuelas, runtime, verificar
from portal.services.uow import unit_of_work
from portal.settings import Settings
from tenants.scope import escuela_scope
from tests import factories
from tests.conftest import ROOT
from tests.files import samples
from tests.services.test_registro import DATOS, registrar

OFICINA = frozenset({"convenios", "expedientes", "reportes", "terminos", "administracion"})


def emitida(escuela: Escuela, now: datetime, drain: Callable[[], int] | None = None, **more: int) -> Carta:
    """A constancia de estudios, issued if there is a drain."""
    alumno = factories.alumno(escuela, now, nombre="Ximena Sofía", paterno="de la Prueba", materno="Ficticia")
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        valores = {
            "alumno_nombre": alumno.nombre_completo, "alumno_boleta": alumno.boleta, "alumno_genero": "femenino",
            "carrera": "Ingeniería de prueba", "semestre": "7", "creditos_pct": 80, "horas_requeridas": 480,
            "ciclo": "2026", "fecha_inicio": date(2026, 2, 16), "fecha_termino": date(2026, 11, 16),
        }  # fmt: skip
        nueva = cartas.Nueva(valores, alumno_id=alumno.id, **more)
        carta = cartas.generar(uow, "constancia_estudios", nueva, SISTEMA_ACTOR)
    if drain is not None:
        drain()
    return carta


# ---- start pages ----


def test_the_start_page_lists_every_active_escuela(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    page = client.get("/").get_data(as_text=True)
    assert all(f'href="/{e.slug}/"' in page for e in escuelas.activas())
    with unit_of_work(now) as uow:
        uow.lock_id(Escuela, escom.id).activa = False
    assert f'href="/{escom.slug}/"' not in client.get("/").get_data(as_text=True)
    assert client.get(f"/{escom.slug}/").status_code == 404


def test_an_escuela_says_who_it_is_and_takes_the_sign_in(client: FlaskClient, escom: Escuela) -> None:
    page = client.get("/escom/").get_data(as_text=True)
    for text in (escom.nombre, escom.institucion, escom.oficina, 'action="/escom/ingresar"', 'name="usuario"',
                 'name="contrasena"', 'href="/escom/registro"', "al menos ocho caracteres"):  # fmt: skip
        assert text in page, text
    assert client.get("/no-existe/").status_code == 404


@pytest.mark.parametrize(
    ("slug", "nombre", "nota", "busca"),
    [
        ("escom", "Boleta", "tu usuario es tu número de boleta.", True),
        ("cetis-demo", "Número de control", "tu usuario es tu número de control.", False),
    ],
)
def test_who_signs_in_is_asked_for_it_by_the_name_of_the_escuela(
    client: FlaskClient, escom: Escuela, slug: str, nombre: str, nota: str, busca: bool
) -> None:
    for path in ("", "ingresar", "contrasena/olvidada"):
        assert f"{nombre} o correo electrónico" in client.get(f"/{slug}/{path}").text, path
    page = client.get(f"/{slug}/").text
    assert nota in page
    assert (f'href="/{slug}/liberaciones"' in page) is busca  # only where a list is ever published


@pytest.mark.parametrize("path", ["/ayuda", "/privacidad", "/verificar/", "/"])
def test_public_pages_open_for_anybody(client: FlaskClient, escom: Escuela, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "<h1" in answer.get_data(as_text=True)


def test_closed_self_registration_says_whom_to_ask(
    client: FlaskClient, escom: Escuela, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with escuela_scope(escom.id):
        closed = escuelas.perfil().model_copy(update={"autorregistro": False})
    monkeypatch.setattr(escuelas, "perfil", lambda version=None: closed)
    assert 'href="/escom/registro"' not in client.get("/escom/").get_data(as_text=True)
    assert closed.correo in client.get("/escom/registro").get_data(as_text=True)
    assert registrar(escom, now) == "registro.cerrado"
    assert DATOS.boleta


# ---- verification ----


@pytest.mark.parametrize("shape", ["{}", " {} ", "lower", "spaces", "dense"])
def test_a_code_is_found_however_it_is_typed(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Callable[[], int], shape: str
) -> None:
    codigo = emitida(escom, now, drain).codigo
    typed = {
        "lower": codigo.lower(),
        "spaces": codigo.replace("-", " "),
        "dense": codigo.replace("-", ""),
    }.get(shape, shape.format(codigo))
    answer = client.get("/verificar/", query_string={"codigo": typed})
    assert answer.location == f"/verificar/{codigo}"
    assert client.get(f"/verificar/{typed.strip()}").status_code == 200


def test_an_issued_letter_is_genuine_and_shows_the_minimum(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    carta = emitida(escom, now, drain)
    page = client.get(f"/verificar/{carta.codigo}").get_data(as_text=True)
    with escuela_scope(escom.id):
        alumno = db.session.scalars(select(Alumno)).one()
        sha256 = db.session.scalars(select(Huella.sha256).where(Huella.codigo == carta.codigo)).one()
    for text in (
        "Auténtica",
        carta.folio,
        escom.nombre,
        "X. S. P. F.",
        alumno.boleta[-3:],
        f'data-sha256="{sha256}"',
    ):
        assert text in page, text
    for text in ("Ximena", "Ficticia", alumno.boleta, alumno.correo):
        assert text not in page, text


def test_a_letter_in_preparation_is_not_yet_issued(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    page = client.get(f"/verificar/{emitida(escom, now).codigo}").get_data(as_text=True)
    assert "Todavía no emitida" in page
    assert "Auténtica" not in page


def test_the_file_of_a_revoked_letter_is_intact_and_told_as_revoked(
    escom: Escuela, now: datetime, drain: Callable[[], int], tmp_path: Path
) -> None:
    carta = emitida(escom, now, drain)
    office = Actor("coordinador", "Olivia Oficina", 1, escom.id, permisos=OFICINA)
    with escuela_scope(escom.id):
        documento = db.session.scalars(
            select(Documento).join(Carta, Carta.documento_id == Documento.id).where(Carta.id == carta.id)
        ).one()
        with documentos.abrir(documento) as stream:
            (tmp_path / "carta.pdf").write_bytes(stream.read())
    assert verificar.verificar(tmp_path / "carta.pdf").revocada is None
    with escuela_scope(escom.id):
        cartas.revocar(carta.public_id, motivo="El nombre tenía un error.", actor=office, now=now)
    said = verificar.verificar(tmp_path / "carta.pdf")
    assert (said.que, said.revocada) == (verificar.IDENTICA, now)


def test_a_revoked_letter_names_the_one_that_replaces_it(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    old = emitida(escom, now, drain)
    office = Actor("coordinador", "Olivia Oficina", 1, escom.id, permisos=OFICINA)
    with escuela_scope(escom.id):
        cartas.revocar(old.public_id, motivo="El nombre tenía un error.", actor=office, now=now)
    page = client.get(f"/verificar/{old.codigo}").get_data(as_text=True)
    assert "Revocada" in page
    assert "reemplaz" not in page
    new = emitida(escom, now, drain, reemplaza_id=old.id)
    page = client.get(f"/verificar/{old.codigo}").get_data(as_text=True)
    assert "Revocada y reemplazada" in page
    assert f'href="/verificar/{new.codigo}"' in page
    assert "error" not in page.partition("<main")[2].lower()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/verificar/ABCD-2345-WXYZ", 404, "No la conocemos"),
        ("/verificar/<script>", 404, "No la conocemos"),
        ("/verificar/?codigo=ABC", 400, "Cópialo del pie de la carta"),
        ("/verificar/?codigo=", 400, "Cópialo del pie de la carta"),
        (f"/verificar/?sha256={'0' * 64}", 404, "modificado"),
        ("/verificar/?sha256=nada", 404, "modificado"),
    ],
)
def test_what_was_never_issued_is_not_known(
    client: FlaskClient, escom: Escuela, path: str, status: int, words: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert "<script>" not in answer.get_data(as_text=True).partition("<main")[2]


def test_a_file_is_found_by_its_hash(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    carta = emitida(escom, now, drain)
    sha256 = db.session.scalars(select(Huella.sha256).where(Huella.codigo == carta.codigo)).one()
    answer = client.get(f"/verificar/?sha256={str(sha256).upper()}")
    assert answer.location == f"/verificar/{carta.codigo}?archivo=1"
    assert "idéntico" in client.get(answer.location).get_data(as_text=True)


# ---- health, mailbox ----


def test_health_tells_which_part_does_not_answer(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = client.get("/salud")
    assert (good.status_code, good.json["estado"]) == (200, "bien")

    def down() -> None:
        raise QueueUnavailable("down")

    monkeypatch.setattr(runtime.current().backends.queue, "check", down)
    bad = client.get("/salud")
    assert bad.status_code == 503
    assert bad.json == {"estado": "mal", "base_de_datos": "bien", "archivos": "bien", "cola": "mal"}


@pytest.mark.parametrize(
    "path", ["/correo", "/correo/0123", f"/correo/{'0' * 32}", f"/correo/{'0' * 32}/html"]
)
def test_there_is_no_mailbox_outside_the_demo(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_demo_shows_its_mails_with_links_that_open(tmp_path: Path) -> None:
    app = create_app(
        Settings.from_env({"PORTAL_ENV": "demo", "PORTAL_DATA": str(tmp_path), "PORTAL_SECRET_KEY": "k" * 40})
    )
    now = datetime.now(UTC)
    with app.app_context():
        db.create_all()
        escuela = escuelas.cargar(ROOT / "tenants" / "escom", now=now)
        registrar(escuela, now)
        from worker.outbox import sweep

        sweep(lambda: datetime.now(UTC))
        client = app.test_client()
        listing = client.get("/correo").get_data(as_text=True)
        assert "Confirma tu correo para terminar tu registro" in listing
        address = "/correo/" + listing.partition('href="/correo/')[2].partition('"')[0]
        page = client.get(address).get_data(as_text=True)
        assert '<a class="govuk-link" href="http://localhost:8000/enlace/' in page
        html = client.get(address + "/html")
        assert "default-src 'none'" in html.headers["Content-Security-Policy"]
        assert "Abrir en el portal" in html.get_data(as_text=True)
        assert client.get(f"/correo/{'0' * 32}").status_code == 404
        db.session.remove()
        db.engine.dispose()


# ---- the alumno's photo and telephone ----


def _photo(tmp_path: Path) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = "lugar secreto"
    return samples.photo(tmp_path / "foto.jpg", (1200, 800), format="JPEG", exif=exif).read_bytes()


def test_a_photo_becomes_a_square_without_hidden_data_that_only_some_may_see(
    client: FlaskClient, app: Flask, escom: Escuela, esca: Escuela, now: datetime, tmp_path: Path
) -> None:
    alumno = factories.alumno(escom, now)
    factories.sign_in(client, alumno.usuario_id or 0, now)
    answer = client.post("/escom/alumno/perfil/foto", data={"foto": (io.BytesIO(_photo(tmp_path)), "yo.jpg")})
    assert answer.location == "/escom/alumno/perfil"
    with escuela_scope(escom.id):
        documento = db.session.scalars(select(Documento)).one()
        with documentos.abrir(documento) as stream:
            content = stream.read()
    image = Image.open(io.BytesIO(content))
    assert image.format == "JPEG"
    assert image.width == image.height
    assert b"lugar secreto" not in content
    address = f"alumno/documentos/{documento.public_id}?ver=1"
    assert address in client.get("/escom/alumno/perfil").get_data(as_text=True)
    assert client.get(f"/escom/{address}").status_code == 200
    other = factories.sign_in(app.test_client(), factories.alumno(escom, now).usuario_id or 0, now)
    assert other.get(f"/escom/{address}").status_code == 404
    office = factories.sign_in(app.test_client(), factories.coordinador(escom, now).id, now)
    assert office.get(f"/escom/coordinador/documentos/{documento.public_id}").status_code == 200
    client.post("/escom/alumno/perfil/foto/quitar")
    assert address not in client.get("/escom/alumno/perfil").get_data(as_text=True)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"%PDF-1.4 nada", "yo.jpg", "no se acepta aquí"),
        (b"", "", "Elige una foto."),
        (b"\xff\xd8\xff nada", "yo.jpg", ""),
    ],
)
def test_what_is_no_photo_is_refused_with_what_to_do(
    client: FlaskClient, escom: Escuela, now: datetime, content: bytes, name: str, words: str
) -> None:
    alumno = factories.alumno(escom, now)
    factories.sign_in(client, alumno.usuario_id or 0, now)
    answer = client.post("/escom/alumno/perfil/foto", data={"foto": (io.BytesIO(content), name)})
    assert answer.status_code == 400
    assert words in answer.get_data(as_text=True)
    assert "<title>Error:" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "kept"), [("55 1234 5678", "5512345678"), ("+52 55 1234 5678", "5512345678"), ("", "")]
)
def test_the_telephone_is_kept_as_ten_digits(
    client: FlaskClient, escom: Escuela, now: datetime, typed: str, kept: str
) -> None:
    alumno = factories.alumno(escom, now, telefono="5500000000")
    factories.sign_in(client, alumno.usuario_id or 0, now)
    assert client.post("/escom/alumno/perfil/telefono", data={"telefono": typed}).status_code == 302
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Alumno.telefono)).one() == kept


def test_a_wrong_telephone_stays_on_the_page(client: FlaskClient, escom: Escuela, now: datetime) -> None:
    alumno = factories.alumno(escom, now)
    factories.sign_in(client, alumno.usuario_id or 0, now)
    answer = client.post("/escom/alumno/perfil/telefono", data={"telefono": "12"})
    assert answer.status_code == 400
    assert 'value="12"' in answer.get_data(as_text=True)


def test_the_profile_is_for_alumnos_of_the_escuela(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime
) -> None:
    alumno = factories.alumno(escom, now)
    factories.sign_in(client, alumno.usuario_id or 0, now)
    assert client.get("/esca-ust/alumno/perfil").status_code == 404
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    assert client.get("/escom/alumno/perfil").status_code == 404


def test_a_flood_from_one_address_is_slowed_down_with_a_sentence(tmp_path: Path) -> None:
    environ = {"PORTAL_ENV": "demo", "PORTAL_DATA": str(tmp_path), "PORTAL_SECRET_KEY": "k" * 40}
    app = create_app(Settings.from_env(environ))
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        db.create_all()
        client = app.test_client()
        answers = [client.post("/enlace/desconocido/renovar") for _ in range(11)]
        assert [a.status_code for a in answers] == [404] * 10 + [429]
        assert "En un minuto" in answers[-1].get_data(as_text=True)
        db.session.remove()
        db.engine.dispose()
