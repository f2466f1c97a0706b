"""The pages of the second step: turning it on, the step between password and portal, passkeys, and who must have it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.models import Escuela, Llave, Miembro, Reto, Sesion, Usuario, db
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories
from tests.authenticator import Device
from tests.escuela_con import perfil_con
from tests.services.test_cuentas import GOOD, con_contrasena
from tests.services.test_llaves import device, registrar
from tests.services.test_segundo_factor import activar, secreto

PASO = "/escom/ingresar/codigo"
OFICINA = "/escom/coordinador/"


@pytest.fixture
def coordinadora(escom: Escuela, now: datetime) -> Usuario:
    """A member of the office who knows their password."""
    found = factories.coordinador(escom, now)
    con_contrasena(found.id, now)
    return found


@pytest.fixture
def con_app(coordinadora: Usuario, now: datetime) -> list[str]:
    """Her recovery codes; the app was turned on a while ago."""
    return activar(coordinadora.id, now - timedelta(minutes=5))


def ingresar(client: FlaskClient, quien: Usuario, donde: str = "escom", **more: str) -> Any:
    """Give the password at a door."""
    return client.post(f"/{donde}/ingresar", data={"usuario": quien.correo, "contrasena": GOOD, **more})


def codigo(quien: Usuario, steps: int = 0) -> str:
    """What her app shows, some steps from now."""
    return pyotp.TOTP(secreto(quien.id)).at(datetime.now(UTC) + timedelta(seconds=30 * steps))


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


# ---- turning it on ----


def test_from_the_account_page_to_the_recovery_codes(client: FlaskClient, coordinadora: Usuario) -> None:
    ingresar(client, coordinadora)
    assert "/cuenta/seguridad" in text(client.get("/cuenta/"))
    assert "Activar la aplicación" in text(client.get("/cuenta/seguridad"))
    assert client.get("/cuenta/seguridad/aplicacion").location == "/cuenta/seguridad"
    wrong = client.post("/cuenta/seguridad/aplicacion/activar", data={"contrasena": "no es"})
    assert (wrong.status_code, "no es la contraseña actual" in text(wrong)) == (400, True)
    asked = client.post("/cuenta/seguridad/aplicacion/activar", data={"contrasena": GOOD})
    assert asked.location == "/cuenta/seguridad/aplicacion"
    page = text(client.get(asked.location))
    assert "data:image/svg+xml;base64," in page
    assert secreto(coordinadora.id)[:4] in page
    bad = client.post("/cuenta/seguridad/aplicacion", data={"codigo": "12345x"})
    assert (bad.status_code, 'value="12345x"' in text(bad)) == (400, True)
    done = client.post("/cuenta/seguridad/aplicacion", data={"codigo": codigo(coordinadora)})
    assert done.status_code == 200
    assert text(done).count("<li><code>") == 10
    assert "no-store" in done.headers["Cache-Control"]
    after = text(client.get("/cuenta/seguridad"))
    assert "Desactivar la aplicación" in after
    assert "<strong>10</strong> sin usar" in after
    assert "<code>" not in after


def test_turning_it_off_asks_for_password_and_code(
    client: FlaskClient, coordinadora: Usuario, con_app: list[str]
) -> None:
    ingresar(client, coordinadora)
    client.post(PASO, data={"codigo": codigo(coordinadora)})
    where = "/cuenta/seguridad/aplicacion/quitar"
    assert client.get(where).status_code == 200
    for data in (
        {"contrasena": GOOD},
        {"codigo": con_app[0]},
        {"contrasena": "no es", "codigo": con_app[0]},
        {"contrasena": GOOD, "codigo": codigo(coordinadora)},
    ):
        assert client.post(where, data=data).status_code == 400, data
    assert client.post(where, data={"contrasena": GOOD, "codigo": con_app[0]}).status_code == 302
    client.post("/salir")
    assert ingresar(client, coordinadora).location == OFICINA


def test_new_recovery_codes_are_shown_once(
    client: FlaskClient, coordinadora: Usuario, con_app: list[str]
) -> None:
    ingresar(client, coordinadora)
    client.post(PASO, data={"codigo": con_app[0]})
    assert client.get("/cuenta/seguridad/codigos").status_code == 200
    assert client.post("/cuenta/seguridad/codigos", data={"contrasena": "no"}).status_code == 400
    fresh = text(client.post("/cuenta/seguridad/codigos", data={"contrasena": GOOD}))
    assert fresh.count("<li><code>") == 10
    assert con_app[1] not in fresh


# ---- between the steps ----


def test_the_password_alone_opens_nothing_and_the_code_goes_on_to_where_one_was_going(
    client: FlaskClient, coordinadora: Usuario, con_app: list[str]
) -> None:
    first = ingresar(client, coordinadora, siguiente="/escom/coordinador/alumnos")
    assert first.location == PASO
    assert db.session.scalars(select(Sesion)).all() == []
    for path in ("/cuenta/", "/cuenta/seguridad", OFICINA, "/cuenta/escuelas"):
        assert "/ingresar" in client.get(path).location, path
    assert client.post("/cuenta/nombre", data={"nombre": "Otra"}).status_code == 302
    page = text(client.get(PASO))
    assert coordinadora.nombre not in page
    assert coordinadora.correo not in page
    assert "seis dígitos" in page
    bad = client.post(PASO, data={"codigo": "000000"})
    assert (bad.status_code, 'value="000000"' in text(bad)) == (400, True)
    done = client.post(PASO, data={"codigo": codigo(coordinadora)})
    assert done.location == "/escom/coordinador/alumnos"
    assert client.get(OFICINA).status_code == 200
    assert client.get(PASO).location == "/escom/ingresar"
    db.session.rollback()
    assert db.session.scalars(select(Reto)).all() == []


def test_the_cookie_is_another_one_after_each_step(
    client: FlaskClient, coordinadora: Usuario, con_app: list[str]
) -> None:
    client.get("/escom/ingresar")
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    ingresar(client, coordinadora)
    with client.session_transaction() as session:
        paso = session["paso"]
        assert "planted" not in session
        assert "_user_id" not in session
        session["planted"] = "again"
    client.post(PASO, data={"codigo": codigo(coordinadora)})
    with client.session_transaction() as session:
        assert not {"planted", "paso"} & set(session)
        assert session["_user_id"] != paso


def test_giving_the_password_ends_the_session_that_the_browser_had(
    client: FlaskClient, coordinadora: Usuario, con_app: list[str]
) -> None:
    ingresar(client, coordinadora)
    client.post(PASO, data={"codigo": codigo(coordinadora)})
    ingresar(client, coordinadora)
    assert client.get(OFICINA).status_code == 302
    db.session.rollback()
    ended = db.session.scalars(select(Sesion.terminada)).all()
    assert len(ended) == 1
    assert ended[0] is not None


def test_a_code_serves_one_browser_only(
    app: Flask, client: FlaskClient, coordinadora: Usuario, con_app: list[str]
) -> None:
    other = app.test_client()
    for browser in (client, other):
        ingresar(browser, coordinadora)
    shown = codigo(coordinadora)
    assert client.post(PASO, data={"codigo": shown}).location == OFICINA
    assert other.post(PASO, data={"codigo": shown}).status_code == 400
    assert other.post(PASO, data={"codigo": con_app[3].upper()}).location == OFICINA
    assert "Quedan 9" in text(other.get(OFICINA))


def test_too_many_codes_are_429_with_a_sentence_and_when_to_return(
    client: FlaskClient, coordinadora: Usuario, con_app: list[str]
) -> None:
    ingresar(client, coordinadora)
    for _ in range(5):
        assert client.post(PASO, data={"codigo": "000000"}).status_code == 400
    stopped = client.post(PASO, data={"codigo": codigo(coordinadora)})
    assert stopped.status_code == 429
    assert "demasiados intentos" in text(stopped)
    assert ingresar(client, coordinadora).location == PASO  # the password is another count
    assert client.post(PASO, data={"codigo": codigo(coordinadora)}).status_code == 429


@pytest.mark.parametrize("path", [PASO, "/dependencia/ingresar/codigo", f"{PASO}/llave"])
def test_without_a_first_step_there_is_no_second(client: FlaskClient, path: str) -> None:
    assert client.post(path, data={"codigo": "123456"}).status_code == 302
    assert client.post("/ingresar/llave/opciones", data={"segundo": "1"}).status_code == 409


def test_a_dependencia_may_use_it_too(client: FlaskClient, now: datetime) -> None:
    _, persona = factories.dependencia(now)
    con_contrasena(persona.id, now)
    activar(persona.id, now - timedelta(minutes=5))
    assert ingresar(client, persona, "dependencia").location == "/dependencia/ingresar/codigo"
    done = client.post("/dependencia/ingresar/codigo", data={"codigo": codigo(persona)})
    assert done.location == "/dependencia/"


# ---- passkeys ----


def alta(client: FlaskClient, own: Device, **more: str) -> Any:
    """Register a device through the pages."""
    options = client.post("/cuenta/seguridad/llaves/opciones", data={"contrasena": GOOD})
    assert options.is_json
    data = {"nombre": "Teléfono", "credencial": own.create(text(options)), **more}
    return client.post("/cuenta/seguridad/llaves/nueva", data=data)


def test_a_passkey_is_registered_used_and_taken_away(client: FlaskClient, coordinadora: Usuario) -> None:
    own = device()
    ingresar(client, coordinadora)
    assert "data-llave" in text(client.get("/cuenta/seguridad/llaves/nueva"))
    refused = client.post("/cuenta/seguridad/llaves/opciones", data={"contrasena": "no es"})
    assert (refused.status_code, refused.get_json()["error"]) == (400, "Esa no es la contraseña actual.")
    assert text(alta(client, own)).count("<li><code>") == 10
    again = client.post("/cuenta/seguridad/llaves/nueva", data={"nombre": "Otra", "credencial": "{}"})
    assert (again.status_code, 'value="Otra"' in text(again)) == (400, True)
    client.post("/salir")

    options = client.post("/ingresar/llave/opciones")
    assert json.loads(text(options))["rpId"] == "localhost"
    answer = own.get(text(options))
    data = {"credencial": answer, "siguiente": "/escom/coordinador/alumnos"}
    assert client.post("/escom/ingresar/llave", data=data).location == "/escom/coordinador/alumnos"
    assert client.get(OFICINA).status_code == 200
    page = text(client.get("/cuenta/seguridad"))
    assert "Teléfono" in page
    found = re.search(r"/cuenta/seguridad/llaves/[\w-]+/quitar", page)
    assert found is not None
    where = found[0]
    assert client.get(where).status_code == 200
    assert client.post(where, data={"contrasena": "no"}).status_code == 400
    assert client.post(where, data={"contrasena": GOOD}).location == "/cuenta/seguridad"
    assert client.get(where).status_code == 404


def test_a_passkey_is_a_second_step_and_its_challenge_serves_once(
    client: FlaskClient, coordinadora: Usuario, now: datetime
) -> None:
    own = device()
    registrar(coordinadora.id, own, now)
    assert ingresar(client, coordinadora).location == PASO
    options = client.post("/ingresar/llave/opciones", data={"segundo": "1"})
    assert [c["type"] for c in json.loads(text(options))["allowCredentials"]] == ["public-key"]
    answer = own.get(text(options))
    assert client.post(f"{PASO}/llave", data={"credencial": answer}).location == OFICINA
    client.post("/salir")
    ingresar(client, coordinadora)
    assert client.post(f"{PASO}/llave", data={"credencial": answer}).status_code == 400


def test_a_stolen_answer_opens_nothing_in_another_browser(
    app: Flask, client: FlaskClient, coordinadora: Usuario, now: datetime
) -> None:
    own, thief = device(), app.test_client()
    registrar(coordinadora.id, own, now)
    answer = own.get(text(client.post("/ingresar/llave/opciones")))
    thief.post("/ingresar/llave/opciones")
    refused = thief.post("/escom/ingresar/llave", data={"credencial": answer})
    assert refused.location == "/escom/ingresar"
    assert "No pudimos comprobar esa llave" in text(thief.get(refused.location))
    assert thief.get(OFICINA).status_code == 302


def test_somebody_elses_passkey_cannot_be_seen_or_taken_away(
    client: FlaskClient, coordinadora: Usuario, escom: Escuela, now: datetime
) -> None:
    other = factories.coordinador(escom, now)
    con_contrasena(other.id, now)
    registrar(other.id, device(), now)
    public_id = db.session.scalars(select(Llave.public_id)).one()
    ingresar(client, coordinadora)
    where = f"/cuenta/seguridad/llaves/{public_id}/quitar"
    assert client.get(where).status_code == 404
    assert client.post(where, data={"contrasena": GOOD}).status_code == 404


# ---- an escuela that demands it ----


@pytest.fixture
def exigente(escom: Escuela, tmp_path: Path, now: datetime) -> Escuela:
    """The first school, whose profile demands a second step of its office."""
    return perfil_con("escom", '[acceso]\nsegundo_factor = "obligatorio"', tmp_path, now)


def test_an_escuela_that_demands_it_lets_nobody_of_its_office_in_without(
    client: FlaskClient, exigente: Escuela, coordinadora: Usuario
) -> None:
    ingresar(client, coordinadora)
    for path in (OFICINA, "/escom/coordinador/alumnos", "/escom/coordinador/reportes"):
        assert client.get(path).location == "/cuenta/seguridad", path
    assert client.post("/escom/coordinador/alumnos/confirmar").location == "/cuenta/seguridad"
    assert "pide verificación en dos pasos" in text(client.get("/cuenta/seguridad"))
    client.post("/cuenta/seguridad/aplicacion/activar", data={"contrasena": GOOD})
    done = text(client.post("/cuenta/seguridad/aplicacion", data={"codigo": codigo(coordinadora)}))
    assert f'href="{OFICINA}"' in done
    assert client.get(OFICINA).status_code == 200


def test_the_demand_is_of_that_escuelas_office_and_of_nobody_else(
    client: FlaskClient, exigente: Escuela, esca: Escuela, coordinadora: Usuario, now: datetime
) -> None:
    with escuela_scope(esca.id), unit_of_work(now) as uow:
        uow.add(Miembro(usuario_id=coordinadora.id, cargo="Apoyo", permisos=["convenios"]))
    ingresar(client, coordinadora)
    assert client.get("/esca-ust/coordinador/").status_code == 200
    assert client.get(OFICINA).status_code == 302
    alumno = factories.alumno(exigente, now)
    assert alumno.usuario_id is not None
    factories.sign_in(client, alumno.usuario_id, now)
    assert client.get("/escom/alumno/").status_code == 200


def test_an_anonymous_browser_is_told_no_accounts_passkeys(
    client: FlaskClient, coordinadora: Usuario, now: datetime
) -> None:
    registrar(coordinadora.id, device(), now)
    assert json.loads(text(client.post("/ingresar/llave/opciones")))["allowCredentials"] == []
