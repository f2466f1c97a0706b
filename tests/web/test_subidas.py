"""A file by pieces over HTTP: the form's own address takes them, for whoever may send the form and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.backends.interfaces import StorageUnavailable
from portal.models import Documento, Escuela, Subida, db
from portal.services import convenios, enlaces, runtime
from portal.web.limites import limiter
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso
from tests.files.samples import pdf_bytes, pdf_of

KB = 100_000


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return en_servicio.caso(escom, now)


@pytest.fixture
def alumno(client: FlaskClient, caso: Caso, now: datetime) -> FlaskClient:
    return factories.sign_in(client, caso.alumno.usuario_id, now)


@pytest.fixture
def url(caso: Caso) -> str:
    return f"/escom/alumno/entregas/{caso.entrega().public_id}"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    content = pdf_bytes(pdf_of("Reporte con fotos"))
    return content + b"%" + b" " * (250_000 - len(content) - 7) + b"%%EOF\n"


def nueva(client: FlaskClient, url: str, tamano: int, nombre: str = "Informe año 1.pdf") -> Any:
    headers = {"Portal-Subida": "nueva", "Upload-Length": str(tamano), "Portal-Archivo": quote(nombre)}
    return client.post(url, headers=headers)


def agregar(client: FlaskClient, url: str, public_id: str, desde: int, data: bytes) -> Any:
    headers = {"Portal-Subida": f"agregar {public_id}", "Upload-Offset": str(desde)}
    return client.post(url, headers=headers, data=data, content_type="application/octet-stream")


def otra(client: FlaskClient, url: str, verbo: str, public_id: str) -> Any:
    return client.post(url, headers={"Portal-Subida": f"{verbo} {public_id}"})


def entera(client: FlaskClient, url: str, content: bytes) -> str:
    public_id: str = nueva(client, url, len(content)).json["id"]
    for desde in range(0, len(content), KB):
        assert agregar(client, url, public_id, desde, content[desde : desde + KB]).status_code == 200
    return public_id


def formulario(caso: Caso, public_id: str, **cambios: str) -> dict[str, str]:
    inicio = caso.servicio.inicio
    return {"horas": "180", "desde": inicio.isoformat(), "hasta": (inicio + timedelta(days=105)).isoformat(),
            "actividades": "Captura de fichas.", "subida_archivo": public_id, **cambios}  # fmt: skip


def objetos(escuela: Escuela) -> list[str]:
    with escuela_scope(escuela.id):
        storage = runtime.current().backends.storage
        return [found.key for found in storage.list(f"escuela/{escuela.id}/subidas/")]


def test_the_form_takes_the_file_by_its_id_with_the_checks_of_any_upload(
    alumno: FlaskClient, caso: Caso, url: str, pdf: bytes
) -> None:
    public_id = entera(alumno, url, pdf)
    assert alumno.post(url, data=formulario(caso, public_id)).location == f"{url}/revisar"
    with escuela_scope(caso.escuela.id):
        documento = db.session.scalars(select(Documento).order_by(Documento.id.desc())).first()
        assert documento is not None
        assert (documento.id, documento.nombre) == (caso.entrega().borrador_documento_id, "Informe año 1.pdf")
        assert (documento.mime, documento.paginas) == ("application/pdf", 1)
    assert objetos(caso.escuela) == []
    again = alumno.post(url, data=formulario(caso, public_id))
    assert (again.status_code, again.headers["Portal-Subida"]) == (409, "perdida")
    assert "elegirlo y enviarlo de nuevo" in again.text


def test_a_file_that_the_check_refuses_is_told_in_the_form(
    alumno: FlaskClient, caso: Caso, url: str, escom: Escuela
) -> None:
    public_id = entera(alumno, url, b"<html>" + b"x" * KB)
    answer = alumno.post(url, data=formulario(caso, public_id))
    assert answer.status_code == 422
    assert "es una página web" in answer.text
    assert "Captura de fichas." in answer.text
    assert caso.entrega().borrador_documento_id is None


def test_after_a_refused_form_the_same_file_may_be_used_again(
    alumno: FlaskClient, caso: Caso, url: str, pdf: bytes
) -> None:
    public_id = entera(alumno, url, pdf)
    assert alumno.post(url, data=formulario(caso, public_id, horas="120")).status_code == 422
    assert alumno.post(url, data=formulario(caso, public_id)).status_code == 302


def test_the_offset_is_asked_after_a_drop_and_a_wrong_one_is_told(
    alumno: FlaskClient, url: str, pdf: bytes
) -> None:
    public_id = nueva(alumno, url, len(pdf)).json["id"]
    agregar(alumno, url, public_id, 0, pdf[:KB])
    assert otra(alumno, url, "consultar", public_id).json == {"recibido": KB, "bytes": len(pdf)}
    wrong = agregar(alumno, url, public_id, 0, pdf[:KB])
    assert (wrong.status_code, wrong.json["recibido"]) == (409, KB)


def test_what_came_before_the_connection_dropped_is_kept(alumno: FlaskClient, url: str) -> None:
    public_id = nueva(alumno, url, 3 * KB).json["id"]
    headers = {"Portal-Subida": f"agregar {public_id}", "Upload-Offset": "0"}
    announced = {"CONTENT_LENGTH": str(2 * KB)}
    alumno.post(url, headers=headers, data=b"x" * 150_000, environ_overrides=announced)
    assert otra(alumno, url, "consultar", public_id).json["recibido"] == 150_000


def test_cancelling_leaves_nothing(alumno: FlaskClient, caso: Caso, url: str, pdf: bytes) -> None:
    public_id = entera(alumno, url, pdf)
    assert len(objetos(caso.escuela)) == 3
    assert otra(alumno, url, "cancelar", public_id).status_code == 200
    assert objetos(caso.escuela) == []
    assert otra(alumno, url, "consultar", public_id).status_code == 404


def test_a_file_over_the_limit_is_refused_before_it_is_sent_and_while_it_arrives(
    alumno: FlaskClient, caso: Caso, url: str
) -> None:
    announced = nueva(alumno, url, 20_000_001)
    assert announced.status_code == 413
    assert "pesa más de 20 MB" in announced.json["mensaje"]
    public_id = nueva(alumno, url, KB).json["id"]
    longer = agregar(alumno, url, public_id, 0, b"x" * (KB + 1))
    assert longer.status_code == 413
    assert "Hay que reducirlo" in longer.json["mensaje"]
    assert objetos(caso.escuela) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Portal-Subida": "nueva"}, 400),
        ({"Portal-Subida": "nueva", "Upload-Length": "0"}, 400),
        ({"Portal-Subida": "nueva", "Upload-Length": "-5"}, 400),
        ({"Portal-Subida": "nueva", "Upload-Length": "9" * 400}, 400),
        ({"Portal-Subida": "agregar no-existe", "Upload-Offset": "0"}, 404),
        ({"Portal-Subida": "agregar no-existe"}, 400),
        ({"Portal-Subida": "consultar"}, 404),
        ({"Portal-Subida": "cancelar no-existe"}, 200),
        ({"Portal-Subida": "borrar todo"}, 400),
        ({"Portal-Subida": ""}, 400),
    ],
)
def test_what_makes_no_sense_is_answered_in_a_sentence(
    alumno: FlaskClient, url: str, headers: dict[str, str], status: int
) -> None:
    answer = alumno.post(url, headers=headers)
    assert answer.status_code == status
    assert status == 200 or answer.json["mensaje"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\0b.pdf", "\u202egpj.exe", "ñ" * 300, "%ff%fe", ""])
def test_a_strange_name_is_only_text(alumno: FlaskClient, caso: Caso, url: str, name: str) -> None:
    assert nueva(alumno, url, KB, name).status_code == 201
    with escuela_scope(caso.escuela.id):
        kept = db.session.scalars(select(Subida)).one().nombre
        assert kept
        assert len(kept) <= 120
        assert "/" not in kept


def test_a_storage_that_is_down_is_told_and_the_file_goes_on_later(
    alumno: FlaskClient, url: str, pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_id = nueva(alumno, url, len(pdf)).json["id"]
    agregar(alumno, url, public_id, 0, pdf[:KB])
    storage = runtime.current().backends.storage

    def down(*_args: Any, **_options: Any) -> None:
        raise StorageUnavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "put", down)
        answer = agregar(alumno, url, public_id, KB, pdf[KB:])
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "no es posible guardar" in answer.json["mensaje"]
    assert agregar(alumno, url, public_id, KB, pdf[KB:]).json["recibido"] == len(pdf)


@pytest.mark.parametrize("garbage", ["x", "", "\0", "../..", "x" * 500, "'; drop table subida"])
def test_a_form_with_a_made_up_id_changes_nothing(
    alumno: FlaskClient, caso: Caso, url: str, garbage: str
) -> None:
    assert alumno.post(url, data=formulario(caso, garbage)).status_code in (400, 409)
    assert caso.entrega().borrador_documento_id is None


def test_another_alumno_neither_asks_goes_on_cancels_nor_uses_it(
    app: Flask, alumno: FlaskClient, caso: Caso, url: str, pdf: bytes, escom: Escuela, now: datetime
) -> None:
    public_id = entera(alumno, url, pdf)
    other = factories.sign_in(app.test_client(), factories.alumno(escom, now).usuario_id, now)
    assert otra(other, url, "consultar", public_id).status_code == 404
    assert agregar(other, url, public_id, 0, b"x").status_code == 404
    otra(other, url, "cancelar", public_id)
    assert len(objetos(caso.escuela)) == 3


def test_it_goes_only_to_the_form_that_it_was_sent_for(
    alumno: FlaskClient, caso: Caso, url: str, pdf: bytes
) -> None:
    public_id = entera(alumno, url, pdf)
    elsewhere = f"/escom/alumno/entregas/{caso.entrega('reporte_360').public_id}"
    assert alumno.post(elsewhere, data=formulario(caso, public_id)).status_code == 409
    assert len(objetos(caso.escuela)) == 3


@pytest.mark.parametrize("who", ["nobody", "office", "foreign"])
def test_who_may_not_send_the_form_may_not_send_its_file(
    app: Flask, caso: Caso, url: str, who: str, esca: Escuela, now: datetime
) -> None:
    client = app.test_client()
    if who != "nobody":
        person = caso.coordinador.id if who == "office" else factories.alumno(esca, now).usuario_id
        factories.sign_in(client, person, now)
    assert nueva(client, url, KB).status_code == (302 if who == "nobody" else 404)
    with escuela_scope(caso.escuela.id):
        assert db.session.scalars(select(Subida)).all() == []


def test_an_address_of_no_escuela_takes_no_pieces(app: Flask, caso: Caso, now: datetime) -> None:
    host = factories.sign_in(app.test_client(), caso.persona.id, now)
    assert nueva(host, "/dependencia/perfil/documentos/ine", KB).status_code == 404


def test_the_csrf_token_is_asked_of_a_piece_too(app: Flask, alumno: FlaskClient, url: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert nueva(alumno, url, KB).status_code == 400


def test_many_files_a_minute_are_told_to_wait(alumno: FlaskClient, url: str, limits_on: None) -> None:
    codes = [nueva(alumno, url, KB).status_code for _ in range(61)]
    assert (codes[59], codes[60]) == (201, 429)


@pytest.fixture
def limits_on(app: Flask) -> Iterator[None]:
    app.config["RATELIMIT_ENABLED"] = True
    limiter.init_app(app)
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


@pytest.fixture
def seguimiento(app: Flask, escom: Escuela, now: datetime) -> str:
    """The address where a dependencia without an account sends a document."""
    with escuela_scope(escom.id):
        ruta = convenios.iniciar("vinculacion@dependencia.test", now=now)
    return f"{enlaces.expand(ruta)}/subir/ine"


def test_the_holder_of_a_follow_up_link_sends_by_pieces_without_signing_in(
    app: Flask, client: FlaskClient, seguimiento: str, escom: Escuela, pdf: bytes
) -> None:
    public_id = entera(client, seguimiento, pdf)
    other_form = seguimiento.replace("/ine", "/constancia_fiscal")
    assert otra(client, other_form, "consultar", public_id).status_code == 404
    assert otra(app.test_client(), seguimiento, "consultar", public_id).json["recibido"] == len(pdf)
    answer = client.post(seguimiento, data={"subida_archivo": public_id})
    assert answer.status_code == 302, answer.text
    assert objetos(escom) == []
