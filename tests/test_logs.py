"""What is in the log, and above all what is not: pages are driven with marked secrets, and no line holds one."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from portal import logs
from portal.models import Escuela
from portal.services import correos, enlaces
from portal.services.effects import Para
from portal.services.uow import unit_of_work
from portal.web.access import publico
from tenants.scope import escuela_scope
from tests import factories
from tests.files import samples
from worker import tasks

Lines = Callable[[], list[dict[str, Any]]]
NOMBRE, ARCHIVO, RFC, BOLETA = (
    "Zenobia Marcada Secretísima",
    "expediente-marcado.pdf",
    "MARZ800101AB1",
    "2021639999",
)
CORREO, CLAVE, TEXTO, TOKEN = (
    "zenobia.marcada@ejemplo.test",
    "Marcada-2026!",
    "contenido marcado",
    "marcado" * 6 + "x",
)
SECRETS = (NOMBRE, "Zenobia", "marcad", "Marcad", ARCHIVO, RFC, BOLETA, CORREO, CLAVE, TEXTO, TOKEN)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What production would write, while it lasts."""
    stream = io.StringIO()
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("", *logs.OURS)}
    logs.configure("production", stream)
    yield stream
    for handler in [h for h in root.handlers if getattr(h, "stream", None) is stream]:
        root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def lines(written: io.StringIO) -> Lines:
    """Every line so far, each of them one JSON object."""
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def requests(lines: Lines) -> list[dict[str, Any]]:
    return [line for line in lines() if line["event"] == "request"]


def test_a_request_is_one_line_that_says_where_who_and_how_long(
    client: FlaskClient, escom: Escuela, now, lines
):
    persona = factories.coordinador(escom, now)
    factories.sign_in(client, persona.id, now)
    answer = client.get("/escom/coordinador/")
    (line,) = requests(lines)
    said = {name: line[name] for name in ("endpoint", "method", "status", "escuela", "actor", "level")}
    assert said == {"endpoint": "coordinador.inicio", "method": "GET", "status": 200, "escuela": "escom",
                    "actor": f"coordinador:{persona.id}", "level": "info"}  # fmt: skip
    assert 0 < line["ms"] < 60_000
    assert answer.headers["X-Request-ID"] == line["request_id"]
    assert re.fullmatch(r"[0-9a-f]{16}", line["request_id"])
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a1b2c3d4-e5f6.7_8", True),
        ("x" * 64, True),
        ("", False),
        ("corto", False),
        ("x" * 65, False),
        ("con espacio en medio", False),
        ('"},{"event":"x', False),
        ("ñandú-ñandú", False),
    ],
)
def test_an_id_of_the_proxy_is_taken_only_if_it_is_sane(
    client: FlaskClient, lines: Lines, given: str, kept: bool
):
    answer = client.get("/ayuda", headers={"X-Request-ID": given.encode().decode("latin-1")})
    found = answer.headers["X-Request-ID"]
    assert (found == given) is kept
    assert [line["request_id"] for line in requests(lines)] == [found]


def test_an_error_page_names_the_id_by_which_the_log_knows_it(client: FlaskClient, lines: Lines):
    page = client.get("/no/existe")
    assert page.headers["X-Request-ID"] in page.text
    assert requests(lines)[0]["status"] == 404
    assert "no/existe" not in json.dumps(lines())


def test_two_requests_have_two_ids_and_nothing_of_the_first_is_in_the_second(
    client, escom, now, lines: Lines
):
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    client.get("/escom/coordinador/")
    client.delete_cookie("portal")
    client.get("/ayuda")
    first, second = requests(lines)
    assert first["request_id"] != second["request_id"]
    assert (second["actor"], "escuela" in second) == ("", False)


def test_nothing_that_people_write_is_in_the_log(
    app: Flask, escom: Escuela, now, written: io.StringIO, lines: Lines
):
    fail(app)
    client = app.test_client()
    alumno = factories.alumno(escom, now, nombre=NOMBRE, boleta=BOLETA, correo=CORREO)
    drive(client, escom, alumno, now)
    text = written.getvalue()
    assert [(secret, line) for secret in SECRETS for line in text.splitlines() if secret in line] == []
    statuses = [line["status"] for line in requests(lines)]
    assert len(statuses) >= 15
    assert statuses.count(500) == 3
    assert {line.get("exception", "").split(" <- ")[0] for line in lines()} >= {
        "ValueError",
        "IntegrityError",
    }


def fail(app: Flask) -> None:
    """Pages that fall over what was sent, as a bug would."""

    def with_a_message() -> str:
        raise ValueError(f"{NOMBRE} {RFC}")

    def with_parameters() -> str:
        raise IntegrityError(
            f"INSERT … {RFC}", {"correo": CORREO}, Exception(f"Key (rfc)=({RFC}) already exists.")
        )

    def with_a_cause() -> str:
        try:
            raise OSError(2, "No such file", ARCHIVO)
        except OSError as error:
            logging.getLogger("portal.prueba").warning("could not read: %s", error)
            raise RuntimeError(TEXTO) from error

    app.config["PROPAGATE_EXCEPTIONS"] = False
    for view in (with_a_message, with_parameters, with_a_cause):
        app.add_url_rule(f"/falla/{view.__name__}", view.__name__, publico(view))


def drive(client: FlaskClient, escom: Escuela, alumno: Any, now: Any) -> None:
    """Sign-in, search, links, an upload, a form, a page that falls: each with something marked in it."""
    client.post("/escom/ingresar", data={"usuario": BOLETA, "contrasena": CLAVE})
    client.post("/dependencia/ingresar", data={"usuario": CORREO, "contrasena": CLAVE})
    for path in (f"/enlace/{TOKEN}", f"/firmar/{TOKEN}", f"/seguimiento/{TOKEN}", f"/verificar/?codigo={RFC}",
                 f"/verificar/{RFC}", f"/{RFC}/ingresar", f"/escom/{NOMBRE}",
                 f"/escom/ingresar?siguiente=/escom/x/{TOKEN}"):  # fmt: skip
        client.get(path, headers={"User-Agent": NOMBRE, "Referer": f"http://localhost/enlace/{TOKEN}"})
    client.post(f"/enlace/{TOKEN}", data={"nueva": CLAVE, "repetida": CLAVE})
    pdf = samples.pdf_bytes(samples.pdf_of(TEXTO))
    client.post(f"/seguimiento/{TOKEN}/subir/ine", data={"archivo": (io.BytesIO(pdf), ARCHIVO)})
    client.post("/escom/convenio/solicitar", data={"correo": CORREO, "razon_social": NOMBRE})
    client.post(
        "/escom/registro", data={"boleta": BOLETA, "nombre": NOMBRE, "correo": CORREO, "contrasena": CLAVE}
    )
    factories.sign_in(client, alumno.usuario_id, now)
    client.get(f"/escom/alumno/proyectos?q={NOMBRE}")
    client.post("/escom/alumno/perfil/foto", data={"foto": (io.BytesIO(pdf), ARCHIVO)})
    for name in ("with_a_message", "with_parameters", "with_a_cause"):
        client.get(f"/falla/{name}?rfc={RFC}")


def test_a_task_of_the_worker_says_its_escuela_kind_and_row(
    app, escom, now, drain, lines: Lines, monkeypatch
):
    drain()  # what the day brings
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        marca = enlaces.crear(uow, "contrasena", usuario_id=factories_usuario(uow))
        sent = correos.escribir(
            uow, "contrasena", Para(CORREO, ruta=f"/enlace/{marca}", contexto={"nombre": NOMBRE})
        )
    before = len(lines())
    drain()
    told = [line for line in lines()[before:] if line["event"] == "task"]
    assert [(line["escuela"], line["task"], line["done"]) for line in told] == [("escom", "correo", True)]
    assert isinstance(told[0]["row"], int)
    assert sent is not None

    def refuse(correo_id, now):
        raise ConnectionError(f"{CORREO} refused")

    monkeypatch.setitem(tasks.TASKS, "correo", refuse)
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        correos.escribir(uow, "contrasena", Para(CORREO, ruta="", contexto={"nombre": NOMBRE}))
    drain()
    failed = [line for line in lines() if line.get("exception") == "ConnectionError"]
    assert [(line["escuela"], line["task"]) for line in failed] == [("escom", "correo")]
    assert [secret for secret in SECRETS if secret in json.dumps(lines(), ensure_ascii=False)] == []


def factories_usuario(uow: Any) -> int:
    """An account made inside a unit of work that is open already."""
    from portal.models import Usuario

    return int(uow.add(Usuario(correo=CORREO, nombre=NOMBRE)).id)


def test_other_environments_write_for_eyes_and_with_the_whole_error():
    stream = io.StringIO()
    record = logging.LogRecord("portal.x", logging.ERROR, "f", 1, "it broke", (), None)
    record.status = 500
    try:
        raise ValueError("why")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    logs.handler("demo", stream).emit(record)
    text = stream.getvalue()
    assert "it broke" in text
    assert "status=500" in text
    assert "ValueError: why" in text
