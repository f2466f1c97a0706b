"""/metrics: only for who shows the token; what it counts, and that it tells of no escuela and no person."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.models import Correo, Escuela
from portal.services.uow import unit_of_work
from portal.settings import Settings, SettingsError
from portal.web import metricas
from tenants.scope import escuela_scope
from tests import factories
from tests.files import samples

TOKEN = "una-ficha-inventada-de-prueba"
Read = Callable[[], dict[str, float]]


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What waits is read at every question."""
    monkeypatch.setattr(metricas, "FRESH", -1.0)
    yield
    metricas._Waiting._last = None


@pytest.fixture
def read(app: Flask, client: FlaskClient) -> Read:
    """Every number by its name and labels."""
    app.config["PORTAL"] = replace(app.config["PORTAL"], metrics_token=TOKEN)

    def numbers() -> dict[str, float]:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert (answer.status_code, answer.mimetype) == (200, "text/plain")
        found = re.findall(r"^(portal_\S+?(?:\{[^}]*\})?) (\S+)$", answer.text, re.MULTILINE)
        return {name: float(value) for name, value in found}

    return numbers


@pytest.mark.parametrize(
    "header",
    [None, "", TOKEN, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"bearer {TOKEN}", "Basic x", "Bearer ñ"],
)
def test_without_the_token_there_is_no_such_page(client: FlaskClient, read: Read, header: str | None):
    headers = {} if header is None else {"Authorization": header.encode().decode("latin-1")}
    missing, closed = client.get("/no/hay"), client.get("/metrics", headers=headers)
    assert closed.status_code == 404
    assert "portal_" not in closed.text
    assert closed.text.partition("<h1")[2][:60] == missing.text.partition("<h1")[2][:60]


def test_an_unset_token_opens_to_nobody(client: FlaskClient):
    for given in ("", "Bearer ", "Bearer None"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


@pytest.mark.parametrize("token", ["corta", "con espacio dentro de la ficha", "ñ" * 30])
def test_a_weak_token_is_refused(tmp_path, token: str):
    with pytest.raises(SettingsError, match="PORTAL_METRICS_TOKEN"):
        Settings.from_env({"PORTAL_ENV": "test", "PORTAL_DATA": str(tmp_path), "PORTAL_METRICS_TOKEN": token})


def test_a_token_is_in_no_repr(tmp_path):
    environ = {"PORTAL_ENV": "test", "PORTAL_DATA": str(tmp_path), "PORTAL_METRICS_TOKEN": TOKEN}
    assert TOKEN not in repr(Settings.from_env(environ))


def test_requests_are_counted_by_page_method_and_status_and_their_time_by_page(
    client: FlaskClient, read: Read
):
    before = read()
    client.get("/ayuda")
    client.get("/ayuda?q=1")
    client.get("/esta/no/existe")
    client.open("/ayuda", method="PROPFIND")
    grown = {name: value - before.get(name, 0) for name, value in read().items()}
    assert grown['portal_http_requests_total{endpoint="publico.ayuda",method="GET",status="200"}'] == 2
    assert grown['portal_http_requests_total{endpoint="none",method="GET",status="404"}'] == 1
    assert grown['portal_http_requests_total{endpoint="none",method="OTHER",status="405"}'] == 1
    assert grown['portal_http_request_seconds_count{endpoint="publico.ayuda"}'] == 2
    assert grown['portal_http_request_seconds_bucket{endpoint="publico.ayuda",le="+Inf"}'] == 2


def test_requests_that_bring_files_are_counted_with_their_bytes(client, escom, now, read: Read, tmp_path):
    factories.sign_in(client, factories.alumno(escom, now).usuario_id, now)
    before = read()
    photo = samples.photo(tmp_path / "foto.jpg").read_bytes()
    for content in (photo, b"no photo at all"):
        client.post("/escom/alumno/perfil/foto", data={"foto": (io.BytesIO(content), "foto.jpg")})
    client.post("/escom/alumno/perfil/foto", data={"foto": (io.BytesIO(b""), "")})
    after = read()
    for result in ("accepted", "refused"):
        name = f'portal_uploads_total{{result="{result}"}}'
        assert after[name] - before.get(name, 0) == 1
    grown = after["portal_upload_bytes_total"] - before["portal_upload_bytes_total"]
    assert len(photo) < grown < len(photo) + 2000


def test_what_waits_is_summed_over_the_escuelas(app: Flask, escom: Escuela, esca: Escuela, now, read: Read):
    for escuela, seconds in ((escom, 90), (esca, 30)):
        with escuela_scope(escuela.id), unit_of_work(now - timedelta(seconds=seconds)) as uow:
            uow.later("correo", 1)
            uow.later("correo", 2, vence=now + timedelta(hours=1))
            for number, refused in enumerate(("", "no existe")):
                uow.add(Correo(message_id=f"<{number}@x.test>", plantilla="x", para="a@x.test", contexto={},
                               rechazado=refused))  # fmt: skip
            uow.add(Correo(message_id="<s@x.test>", plantilla="x", para="a@x.test", contexto={}, enviado=now))
    found = read()
    assert found["portal_outbox_due"] == 2
    assert 89 <= found["portal_outbox_oldest_seconds"] < 150
    assert (found["portal_mails_refused"], found["portal_mails_pending"]) == (2, 2)
    assert found["portal_letters_pending"] == 0


def test_the_numbers_name_no_escuela_and_no_person(client: FlaskClient, escom: Escuela, now, read: Read):
    persona = factories.coordinador(escom, now, nombre="Zenobia Marcada")
    factories.sign_in(client, persona.id, now)
    client.get("/escom/coordinador/")
    client.get(f"/enlace/{'marcada' * 6}x")
    text = "\n".join(read())
    assert "coordinador.inicio" in text
    for secret in ("escom", "Zenobia", "marcada", str(persona.id), persona.correo):
        assert secret not in text


def test_what_waits_is_read_once_in_a_while(read: Read, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(metricas, "FRESH", 60.0)
    monkeypatch.setattr(
        metricas, "pendiente", lambda at: asked.append(at) or metricas.Pendiente(vencidos=len(asked))
    )
    assert [read()["portal_outbox_due"] for _ in range(3)] == [1, 1, 1]
