"""The pages of accounts: signing in, recovering, links, registration, one's own account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.models import Alumno, Enlace, Escuela, Miembro, Sesion, Usuario, db
from portal.services import enlaces, registro
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories
from tests.services.test_cuentas import GOOD, NEW, con_contrasena, token_de


def ingresar(client: FlaskClient, donde: str, usuario: str, contrasena: str = GOOD, **more: str) -> Any:
    """Post the sign-in form of a door."""
    return client.post(f"/{donde}/ingresar", data={"usuario": usuario, "contrasena": contrasena, **more})


@pytest.fixture
def alumno(escom: Escuela, now: datetime) -> Alumno:
    """An active alumno who knows their password."""
    found = factories.alumno(escom, now)
    assert found.usuario_id is not None
    con_contrasena(found.usuario_id, now)
    return found


@pytest.fixture
def coordinadora(escom: Escuela, now: datetime) -> Usuario:
    """A member of the office who knows their password."""
    found = factories.coordinador(escom, now)
    con_contrasena(found.id, now)
    return found


# ---- signing in ----


def test_each_role_lands_on_its_own_first_page(
    client: FlaskClient, alumno: Alumno, coordinadora: Usuario, now: datetime
) -> None:
    _, persona = factories.dependencia(now)
    con_contrasena(persona.id, now)
    for donde, usuario, home in (
        ("escom", alumno.boleta, "/escom/alumno/"),
        ("escom", alumno.correo, "/escom/alumno/"),
        ("escom", coordinadora.correo, "/escom/coordinador/"),
        ("dependencia", persona.correo, "/dependencia/"),
    ):
        answer = ingresar(client, donde, usuario)
        assert (answer.status_code, answer.location) == (302, home), usuario
        assert client.get(f"/{donde}/ingresar").location == home
        client.post("/salir")


def test_a_person_returns_to_where_they_were_going_but_never_to_another_site(
    client: FlaskClient, alumno: Alumno
) -> None:
    refused = client.get("/escom/alumno/perfil")
    assert refused.location == "/escom/ingresar?siguiente=/escom/alumno/perfil"
    page = client.get(refused.location).get_data(as_text=True)
    assert 'value="/escom/alumno/perfil"' in page
    for siguiente, target in (
        ("/escom/alumno/perfil", "/escom/alumno/perfil"),
        ("https://malo.test/", "/escom/alumno/"),
        ("//malo.test/", "/escom/alumno/"),
        ("/\\malo.test/", "/escom/alumno/"),
    ):
        assert ingresar(client, "escom", alumno.boleta, siguiente=siguiente).location == target
        assert client.get("/escom/ingresar", query_string={"siguiente": siguiente}).location == target
        client.post("/salir")
    ingresar(client, "escom", alumno.boleta)
    ajena = client.get("/escom/ingresar", query_string={"siguiente": "/escom/coordinador/"}).location
    assert ajena == "/escom/alumno/", "what is not of this part would answer 404"


def test_a_known_and_an_unknown_account_are_answered_alike(client: FlaskClient, alumno: Alumno) -> None:
    answers = [ingresar(client, "escom", quien, "no es") for quien in (alumno.boleta, "2099999999")]
    pages = [
        a.get_data(as_text=True).replace(q, "")
        for a, q in zip(answers, (alumno.boleta, "2099999999"), strict=True)
    ]
    assert [a.status_code for a in answers] == [401, 401]
    assert _sin_nonce(pages[0]) == _sin_nonce(pages[1])


def _sin_nonce(page: str) -> str:
    import re

    return re.sub(r'nonce="[^"]*"', "", page)


def test_what_was_typed_as_usuario_stays_and_the_password_does_not(
    client: FlaskClient, alumno: Alumno
) -> None:
    page = ingresar(client, "escom", alumno.boleta, "Secreta-Equivocada-1").get_data(as_text=True)
    assert alumno.boleta in page
    assert "Secreta-Equivocada-1" not in page
    assert "<title>Error:" in page
    empty = client.post("/escom/ingresar", data={"usuario": "", "contrasena": ""})
    assert empty.status_code == 400
    assert "Falta la contraseña." in empty.get_data(as_text=True)


def test_a_locked_account_is_told_when_to_come_back(client: FlaskClient, alumno: Alumno) -> None:
    found = [ingresar(client, "escom", alumno.boleta, "no es").status_code for _ in range(5)]
    assert found == [401, 401, 401, 401, 429]
    locked = ingresar(client, "escom", alumno.boleta)
    assert locked.status_code == 429
    assert "Se puede volver a intentar después de las" in locked.get_data(as_text=True)


def test_signing_in_changes_the_session_and_ends_the_old_one(client: FlaskClient, alumno: Alumno) -> None:
    ingresar(client, "escom", alumno.boleta)
    with client.session_transaction() as cookie:
        first, cookie["resto"] = cookie["_user_id"], "x"
    ingresar(client, "escom", alumno.boleta)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first
        assert "resto" not in cookie
    open_ = db.session.scalars(select(Sesion).where(Sesion.terminada.is_(None))).all()
    assert len(open_) == 1


def test_signing_out_ends_the_session_on_the_server(client: FlaskClient, alumno: Alumno) -> None:
    ingresar(client, "escom", alumno.boleta)
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert client.post("/salir").location == "/escom/"
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert client.get("/escom/alumno/perfil").status_code == 302
    assert client.get("/salir", follow_redirects=True).status_code == 404


def test_an_account_of_another_escuela_is_shown_where_it_belongs(
    client: FlaskClient, esca: Escuela, alumno: Alumno
) -> None:
    answer = ingresar(client, "esca-ust", alumno.correo)
    assert answer.location == "/cuenta/escuelas"
    assert "/escom/alumno/" in client.get("/cuenta/escuelas").get_data(as_text=True)
    assert client.get("/esca-ust/alumno/").status_code == 404


@pytest.mark.parametrize(
    ("estado", "words"),
    [
        ("por_confirmar", "Tu registro está en revisión"),
        ("rechazado", "Tu registro necesita una corrección"),
        ("invitado", "Revisa tu correo"),
    ],
)
def test_an_alumno_who_is_not_active_reads_why(
    client: FlaskClient, escom: Escuela, now: datetime, estado: str, words: str
) -> None:
    waiting = factories.alumno(escom, now, estado=estado, motivo="La boleta no aparece.")
    assert waiting.usuario_id is not None
    con_contrasena(waiting.usuario_id, now)
    ingresar(client, "escom", waiting.boleta)
    answer = client.get("/escom/alumno/", follow_redirects=True)
    assert answer.request.path == "/escom/registro/estado"
    assert words in answer.get_data(as_text=True)
    assert ("La boleta no aparece." in answer.get_data(as_text=True)) == (estado == "rechazado")


def test_a_coordinador_of_two_escuelas_switches_in_the_menu(
    client: FlaskClient, esca: Escuela, coordinadora: Usuario, now: datetime
) -> None:
    with escuela_scope(esca.id), unit_of_work(now) as uow:
        uow.add(Miembro(usuario_id=coordinadora.id, cargo="", permisos=["reportes"]))
    ingresar(client, "escom", coordinadora.correo)
    page = client.get("/escom/coordinador/").get_data(as_text=True)
    assert 'href="/esca-ust/coordinador/"' in page
    assert 'href="/cuenta/escuelas"' in page
    assert client.get("/esca-ust/coordinador/").status_code == 200


# ---- links ----


def test_a_forgotten_password_is_answered_alike_whether_the_account_exists(
    client: FlaskClient, alumno: Alumno
) -> None:
    pages = [
        _sin_nonce(client.post("/escom/contrasena/olvidada", data={"usuario": quien}).get_data(as_text=True))
        for quien in (alumno.boleta, alumno.correo, "2099999999", "nadie@ejemplo.test")
    ]
    assert len(set(pages)) == 1
    assert "Enlace en camino" in pages[0]
    assert client.post("/escom/contrasena/olvidada", data={"usuario": " "}).status_code == 400
    assert client.get("/dependencia/contrasena/olvidada").status_code == 200


def test_opening_a_link_never_uses_it(client: FlaskClient, escom: Escuela, alumno: Alumno) -> None:
    client.post("/escom/contrasena/olvidada", data={"usuario": alumno.boleta})
    token = token_de(escom)
    for _ in range(3):
        assert client.get(f"/enlace/{token}").status_code == 200
        assert client.head(f"/enlace/{token}").status_code == 200
    wrong = client.post(f"/enlace/{token}", data={"nueva": "corta", "repetida": "corta"})
    assert wrong.status_code == 400
    assert "ocho caracteres" in wrong.get_data(as_text=True)
    different = client.post(f"/enlace/{token}", data={"nueva": NEW, "repetida": NEW + "1"})
    assert "no son iguales" in different.get_data(as_text=True)
    done = client.post(f"/enlace/{token}", data={"nueva": NEW, "repetida": NEW})
    assert done.location == "/escom/ingresar"
    assert ingresar(client, "escom", alumno.boleta, NEW).location == "/escom/alumno/"
    again = client.get(f"/enlace/{token}")
    assert again.status_code == 410
    assert "ya se usó" in again.get_data(as_text=True)


def test_an_expired_link_offers_a_new_one_and_an_unknown_one_does_not_exist(
    client: FlaskClient, escom: Escuela, alumno: Alumno, now: datetime
) -> None:
    client.post("/escom/contrasena/olvidada", data={"usuario": alumno.boleta})
    token = token_de(escom)
    with unit_of_work(now) as uow:
        uow.session.scalars(select(Enlace)).one().vence = now - timedelta(seconds=1)
    for answer in (
        client.get(f"/enlace/{token}"),
        client.post(f"/enlace/{token}", data={"nueva": NEW, "repetida": NEW}),
    ):
        assert answer.status_code == 410
        assert f"/enlace/{token}/renovar" in answer.get_data(as_text=True)
    client.post(f"/enlace/{token}/renovar")
    assert client.get(f"/enlace/{token_de(escom)}").status_code == 200
    assert client.get("/enlace/desconocido").status_code == 404
    assert client.post("/enlace/desconocido").status_code == 404
    assert client.post("/enlace/desconocido/renovar").status_code == 404


def test_a_link_of_another_purpose_does_not_open_here(client: FlaskClient, now: datetime, app: Flask) -> None:
    with unit_of_work(now) as uow:
        token = enlaces.expand(enlaces.crear(uow, "firma", objeto_id=1))
    assert client.get(f"/enlace/{token}").status_code == 404


def test_an_invitation_opens_the_account_of_an_alumno(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    alumno = factories.alumno(escom, now, con_cuenta=False, estado="invitado", origen="padron")
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        registro.invitar(uow, uow.lock(Alumno, alumno.public_id))
    token = token_de(escom)
    assert "Abrir la cuenta" in client.get(f"/enlace/{token}").get_data(as_text=True)
    answer = client.post(f"/enlace/{token}", data={"nueva": NEW, "repetida": NEW})
    assert answer.location == "/escom/ingresar"
    assert ingresar(client, "escom", alumno.boleta, NEW).location == "/escom/alumno/"


# ---- registration ----

FORM = {
    "nombre": "Itzel", "paterno": "Ejemplo", "materno": "Ficticia", "boleta": "2021639001", "carrera": "isc",
    "semestre": "7", "genero": "F", "correo": "Itzel@Ejemplo.test", "contrasena": NEW, "repetida": NEW,
}  # fmt: skip


def test_an_alumno_registers_confirms_and_waits(client: FlaskClient, escom: Escuela) -> None:
    assert client.get("/escom/registro").status_code == 200
    assert client.post("/escom/registro", data=FORM).location == "/escom/registro/estado"
    page = client.get("/escom/registro/estado").get_data(as_text=True)
    assert "itzel@ejemplo.test" in page
    first = token_de(escom)
    client.post("/escom/registro/reenviar")
    second = token_de(escom)
    assert client.get(f"/enlace/{first}").status_code == 410
    assert "Confirmar mi correo" in client.get(f"/enlace/{second}").get_data(as_text=True)
    assert client.post(f"/enlace/{second}").location == "/escom/ingresar"
    assert "en revisión" in client.get("/escom/registro/estado").get_data(as_text=True)


@pytest.mark.parametrize(
    ("campo", "valor", "words"),
    [
        ("boleta", "12", "Son diez dígitos"),
        ("correo", "itzel", "nombre@ejemplo.mx"),
        ("contrasena", "Itzel-2021639001!", "No debe llevar el nombre"),
        ("repetida", "otra", "no son iguales"),
        ("carrera", "no_existe", "Opción inválida"),
        ("genero", "", "Elige una opción"),
        ("paterno", "", "Escribe tu apellido paterno."),
    ],
)
def test_a_registration_with_a_mistake_keeps_what_was_typed(
    client: FlaskClient, app: Flask, campo: str, valor: str, words: str
) -> None:
    answer = client.post("/escom/registro", data={**FORM, campo: valor})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert words in page
    kept = {"boleta": 'value="2021639001"', "paterno": 'value="Ejemplo"', "nombre": 'value="Itzel"'}
    assert all(text in page for name, text in kept.items() if name != campo)
    assert NEW not in page


def test_a_boleta_twice_says_what_to_do(client: FlaskClient, alumno: Alumno) -> None:
    answer = client.post("/escom/registro", data={**FORM, "boleta": alumno.boleta})
    assert answer.status_code == 409
    assert "Si es tuyo, ingresa" in answer.get_data(as_text=True)


def test_there_is_no_registration_state_without_a_registration(client: FlaskClient, app: Flask) -> None:
    assert client.get("/escom/registro/estado").location == "/escom/registro"
    assert client.post("/escom/registro/reenviar").status_code == 302


# ---- one's own account ----


def test_changing_the_password_ends_the_other_browsers(
    app: Flask, client: FlaskClient, alumno: Alumno
) -> None:
    other = app.test_client()
    for browser in (client, other):
        ingresar(browser, "escom", alumno.boleta)
    bad = client.post("/cuenta/contrasena", data={"actual": "no es", "nueva": NEW, "repetida": NEW})
    assert bad.status_code == 400
    assert "no es la contraseña actual" in bad.get_data(as_text=True)
    assert other.get("/cuenta/").status_code == 200
    done = client.post("/cuenta/contrasena", data={"actual": GOOD, "nueva": NEW, "repetida": NEW})
    assert done.location == "/cuenta/"
    assert client.get("/cuenta/").status_code == 200
    assert other.get("/cuenta/").status_code == 302


def test_the_session_list_shows_and_closes_browsers(app: Flask, client: FlaskClient, alumno: Alumno) -> None:
    others = [app.test_client(), app.test_client()]
    for browser in (client, *others):
        ingresar(browser, "escom", alumno.boleta)
    page = client.get("/cuenta/").get_data(as_text=True)
    assert page.count("Cerrar esta sesión") == 2
    public_id = page.partition("/cuenta/sesiones/")[2].partition("/cerrar")[0]
    assert client.post(f"/cuenta/sesiones/{public_id}/cerrar").location == "/cuenta/"
    assert sorted(b.get("/cuenta/").status_code for b in others) == [200, 302]
    client.post("/cuenta/sesiones/cerrar-demas")
    assert [b.get("/cuenta/").status_code for b in others] == [302, 302]
    assert client.get("/cuenta/").status_code == 200
    assert client.post("/cuenta/sesiones/desconocida/cerrar").status_code == 404


def test_the_name_can_be_changed_and_not_emptied(client: FlaskClient, alumno: Alumno) -> None:
    ingresar(client, "escom", alumno.boleta)
    client.post("/cuenta/nombre", data={"nombre": "  Nombre   Elegido "})
    assert "Nombre Elegido" in client.get("/cuenta/").get_data(as_text=True)
    assert client.post("/cuenta/nombre", data={"nombre": ""}).status_code == 400


def test_an_account_page_asks_to_sign_in_where_the_browser_came_in_last(
    client: FlaskClient, alumno: Alumno
) -> None:
    assert client.get("/cuenta/").location == "/"
    ingresar(client, "escom", alumno.boleta)
    client.post("/salir")
    assert client.get("/cuenta/").location == "/escom/ingresar?siguiente=/cuenta/"
