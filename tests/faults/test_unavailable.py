"""With database, storage or mail away: what does not need it answers, the rest says so in time, nothing is lost."""

from __future__ import annotations

import errno
import io
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from portal import create_app
from portal.backends.interfaces import MailUnavailable, StorageUnavailable
from portal.backends.s3 import S3Storage
from portal.backends.smtp import SmtpMailer
from portal.models import Documento, Escuela, Solicitud, db
from portal.services import documentos, runtime
from portal.services.documentos import Guardado
from portal.services.interrupciones import es_interrupcion, queda_en_duda
from portal.settings import S3At, Settings
from portal.web import errors
from tenants.scope import escuela_scope
from tests import factories
from tests.conftest import Browser, settings_for
from tests.files import samples

PAGE = 10.0  # s: no page takes longer to say that something is away


def nobody() -> int:
    """A port on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield server.getsockname()[1]


def browser(settings: Settings) -> FlaskClient:
    """A browser in front of a portal with these settings."""
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    return app.test_client()


def away(port: int) -> str:
    return f"postgresql://portal:portal@127.0.0.1:{port}/portal"


def test_without_a_database_pages_say_so_and_give_back_what_was_typed(tmp_path: Path) -> None:
    client = browser(settings_for(tmp_path, away(nobody())))
    typed = {"usuario": "2021630001", "horario": 'Lunes "de" 9 a 13 <h>', "csrf_token": "x"}
    for answer in (
        client.get("/"),
        client.get("/escom/"),
        client.post("/escom/convenio/solicitar", data=typed),
    ):
        page = unescape(answer.get_data(as_text=True))
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == errors.RETRY_AFTER
        assert "En unos minutos se puede volver a intentar." in page
    page = answer.get_data(as_text=True)
    assert 'name="horario" value="Lunes &#34;de&#34; 9 a 13 &lt;h&gt;"' in page
    assert page.count('name="csrf_token"') == 1
    assert "Volver a enviar" in page


def test_who_is_signed_in_reads_the_same_without_a_database(tmp_path: Path) -> None:
    client = browser(settings_for(tmp_path, away(nobody())))
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = "a-token", True
    assert [client.get(page).status_code for page in ("/", "/escom/alumno/")] == [503, 503]


def test_a_password_is_never_given_back(tmp_path: Path) -> None:
    client = browser(settings_for(tmp_path, away(nobody())))
    answer = client.post("/escom/ingresar", data={"usuario": "2021630001", "contrasena": "Servicio-2026!"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "Servicio-2026!" not in page
    assert "se escriben de nuevo" in page


def test_static_files_and_what_is_wrong_are_told_without_a_database(tmp_path: Path) -> None:
    client = browser(settings_for(tmp_path, away(nobody())))
    assert client.get("/static/portal.css").status_code == 200
    assert client.get("/salud").status_code == 503


def test_a_database_that_never_answers_costs_a_page_a_few_seconds(tmp_path: Path, silent: int) -> None:
    client = browser(settings_for(tmp_path, away(silent)))
    begun = time.monotonic()
    assert client.get("/").status_code == 503
    assert time.monotonic() - begun < PAGE


@pytest.fixture
def without_storage(database: Settings) -> Iterator[Flask]:
    """The portal in front of an S3 that is not there."""
    at = S3At(f"127.0.0.1:{nobody()}", "portal", "portal", "portal-portal", secure=False)
    app = create_app(replace(database, storage=at))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Browser
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_without_a_storage_only_files_are_missing_and_an_upload_leaves_nothing(
    without_storage: Flask, now: datetime
) -> None:
    escuela = db.session.scalars(select(Escuela).where(Escuela.slug == "escom")).one()
    de, _ = factories.dependencia(now)
    proyecto = factories.proyecto(escuela, factories.convenio(escuela, de, now), now)
    alumno = factories.alumno(escuela, now)
    found = factories.solicitud(alumno, proyecto, escuela, now, estado="borrador")
    client = factories.sign_in(without_storage.test_client(), alumno.usuario_id or 0, now)
    for page in ("/", "/escom/", "/escom/alumno/", f"/escom/alumno/solicitudes/{found.public_id}"):
        assert client.get(page).status_code == 200, page
    pdf = samples.pdf_bytes(samples.pdf_of("Carta ficticia"))
    begun = time.monotonic()
    answer = client.post(
        f"/escom/alumno/solicitudes/{found.public_id}/presentacion/subir",
        data={"archivo": (io.BytesIO(pdf), "carta.pdf")},
    )
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, errors.RETRY_AFTER)
    assert "El archivo hay que elegirlo de nuevo" in answer.get_data(as_text=True)
    assert time.monotonic() - begun < PAGE
    with escuela_scope(escuela.id):
        assert db.session.scalar(select(func.count()).select_from(Documento)) == 0
        assert db.session.scalars(select(Solicitud.presentacion_documento_id)).all() == [None]


def test_a_storage_that_never_answers_is_given_up_in_time(silent: int) -> None:
    storage = S3Storage(f"127.0.0.1:{silent}", "portal", "portal", "portal-portal", lambda: 7, secure=False)
    begun = time.monotonic()
    with pytest.raises(StorageUnavailable):
        storage.open("escuela/7/x.pdf")
    assert time.monotonic() - begun < PAGE


def test_a_mail_server_that_never_answers_is_given_up_before_the_lease_ends(silent: int) -> None:
    from email.message import EmailMessage

    message = EmailMessage()
    message["Message-ID"], message["From"], message["To"] = (
        "<a@portal.test>",
        "a@portal.test",
        "b@portal.test",
    )
    begun = time.monotonic()
    with pytest.raises(MailUnavailable):
        SmtpMailer("127.0.0.1", silent, tls="no", timeout=1, limit=2).send(message)
    assert time.monotonic() - begun < 4


class _Psycopg(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def _of(kind: type[DBAPIError], state: str) -> DBAPIError:
    return kind("SELECT 1", {}, _Psycopg(state))


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (_of(OperationalError, "57P01"), True),  # the server was told to stop
        (_of(OperationalError, "57P03"), True),  # it is starting
        (_of(OperationalError, "53300"), True),  # too many connections
        (_of(OperationalError, "53100"), True),  # its disk is full
        (_of(OperationalError, "40P01"), True),  # deadlock
        (_of(OperationalError, "08006"), True),
        (_of(OperationalError, "57014"), False),  # a statement that somebody cancelled is slow, not away
        (_of(IntegrityError, "23505"), False),
        (_of(ProgrammingError, "42P01"), False),
        (StorageUnavailable("away"), True),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (FileNotFoundError(errno.ENOENT, "no such file"), False),
        (ValueError("a defect"), False),
    ],
)
def test_what_passes_by_itself_is_told_from_a_defect(error: Exception, passes: bool) -> None:
    assert es_interrupcion(error) is passes


def test_a_full_disk_is_told_as_such_and_not_as_a_defect(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_kw: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setitem(app.view_functions, "publico.inicio", full)
    answer = app.test_client().get("/")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (503, errors.RETRY_AFTER)


@pytest.mark.parametrize(
    ("error", "stays"),
    [
        (_of(OperationalError, "57P01"), True),
        (_of(IntegrityError, "23505"), False),
        (ValueError("refused"), False),
    ],
)
def test_an_object_whose_commit_may_have_arrived_is_left_to_the_janitor(
    app: Flask, escom: Escuela, now: datetime, error: Exception, stays: bool, tmp_path: Path
) -> None:
    """A row without its object is a lost document; an object without a row is collected a day later."""
    pdf = samples.pdf_bytes(samples.pdf_of("Documento ficticio"))
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf)
    kept: list[Guardado] = []

    def interrupted() -> None:
        with documentos.recibir([path], "a.pdf", documentos.un_pdf()) as guardado:
            kept.append(guardado)
            raise error

    with escuela_scope(escom.id):
        with pytest.raises(type(error)):
            interrupted()
        assert queda_en_duda(error) is stays
        assert runtime.current().backends.storage.exists(kept[0].clave) is stays
