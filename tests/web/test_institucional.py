"""Signing in through an escuela's own service: whom it may vouch for, what it may not open, and when it is down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from sqlalchemy import func, select

from portal.models import Alumno, DependenciaUsuario, Escuela, Miembro, Sesion, Usuario, db
from portal.services import oidc_cliente, runtime
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories
from tests.escuela_con import perfil_con
from tests.oidc_provider import CLIENT, SECRET, Provider, own_secret_as_key, running
from tests.services.test_cuentas import GOOD, con_contrasena
from tests.services.test_segundo_factor import activar

IR = "/escom/ingresar/institucional"
REGRESO = f"{IR}/regreso"


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The escuela's service, on this machine."""
    with running(Provider()) as found:
        yield found


@pytest.fixture
def encender(
    app: Flask, escom: Escuela, provider: Provider, tmp_path: Path, now: datetime
) -> Iterator[Callable[..., Escuela]]:
    """Turn the way in on, with more lines for its table in the profile."""
    before = runtime.current()
    runtime.configure(replace(before, oidc_secrets={"escom": SECRET}))

    def turn_on(more: str = "") -> Escuela:
        table = f'[acceso.oidc]\nemisor = "{provider.issuer}"\ncliente = "{CLIENT}"\n{more}'
        return perfil_con("escom", table, tmp_path, now)

    yield turn_on
    runtime.configure(before)


@pytest.fixture
def coordinadora(escom: Escuela, now: datetime) -> Usuario:
    """A member of the office."""
    return factories.coordinador(escom, now)


def verificado(quien: Usuario | Alumno, **more: Any) -> dict[str, Any]:
    return {"email": quien.correo, "email_verified": True, **more}


def entrar(client: FlaskClient, provider: Provider, path: str = IR) -> Any:
    """Go there and come back."""
    away = client.get(path)
    assert away.location.startswith(f"{provider.issuer}/entrar?"), away.get_data(as_text=True)
    return client.get(f"{REGRESO}?{provider.sign_in(away.location)}")


def aviso(client: FlaskClient, answer: Any) -> str:
    """The page to which a refused sign-in returns: the sign-in page, with everything else still there."""
    assert answer.location == "/escom/ingresar"
    page = str(client.get(answer.location).get_data(as_text=True))
    assert 'name="contrasena"' in page
    return page


def test_it_is_off_unless_profile_and_secret_are_there(
    client: FlaskClient, encender: Callable[..., Escuela]
) -> None:
    assert client.get(IR).status_code == 404
    assert "cuenta de la escuela" not in client.get("/escom/ingresar").get_data(as_text=True)
    encender('boton = "Entrar con mi cuenta escolar"')
    assert "Entrar con mi cuenta escolar" in client.get("/escom/ingresar").get_data(as_text=True)
    assert "Entrar con mi cuenta escolar" not in client.get("/esca-ust/ingresar").get_data(as_text=True)
    assert client.get("/esca-ust/ingresar/institucional").status_code == 404
    runtime.configure(replace(runtime.current(), oidc_secrets={}))
    assert client.get(IR).status_code == 404
    assert client.get(REGRESO).status_code == 404


def test_a_verified_address_opens_the_account_that_is_there(
    client: FlaskClient, provider: Provider, encender: Callable[..., Escuela], coordinadora: Usuario
) -> None:
    encender()
    provider.claims = verificado(coordinadora, email=coordinadora.correo.upper())
    assert entrar(client, provider).location == "/escom/coordinador/"
    assert client.get("/escom/coordinador/").status_code == 200
    client.post("/salir")
    done = entrar(client, provider, f"{IR}?siguiente=/escom/coordinador/alumnos")
    assert done.location == "/escom/coordinador/alumnos"
    assert entrar(client, provider, f"{IR}?siguiente=https://mala.test/").location == "/escom/coordinador/"


def test_a_boleta_may_be_what_says_who_it_is(
    client: FlaskClient, provider: Provider, encender: Callable[..., Escuela], now: datetime
) -> None:
    alumno = factories.alumno(encender('busca = "boleta"\nreclamo = "preferred_username"'), now)
    provider.claims = {"preferred_username": alumno.boleta}
    assert entrar(client, provider).location == "/escom/alumno/"
    client.post("/salir")
    provider.claims = {"preferred_username": "no es una boleta"}
    assert "no corresponde a nadie" in aviso(client, entrar(client, provider))


CLAIMS: list[tuple[str, dict[str, Any], str]] = [
    ("not verified", {"email_verified": False}, "no dice quién es usted"),
    ("not said to be verified", {"email_verified": None}, "no dice quién es usted"),
    ("verified in words", {"email_verified": "true"}, "no dice quién es usted"),
    ("no address", {"email": None}, "no dice quién es usted"),
    ("a list of addresses", {"email": ["a@ejemplo.test"]}, "no dice quién es usted"),
    ("nobody's address", {"email": "nadie@ejemplo.test"}, "no corresponde a nadie"),
    ("another nonce", {"nonce": "otro"}, "no es válida"),
    ("no nonce", {"nonce": None}, "no es válida"),
    ("for another client", {"aud": "otro"}, "no es válida"),
    ("for two clients, of no party", {"aud": [CLIENT, "otro"]}, "no es válida"),
    ("of another party", {"azp": "otro"}, "no es válida"),
    ("of another issuer", {"iss": "https://otra.test"}, "no es válida"),
    ("expired", {"exp": 1}, "no es válida"),
    ("without an end", {"exp": None}, "no es válida"),
]


@pytest.mark.parametrize(("what", "claims", "words"), CLAIMS, ids=[c[0] for c in CLAIMS])
def test_a_token_that_does_not_hold_opens_nothing(
    client: FlaskClient,
    provider: Provider,
    encender: Callable[..., Escuela],
    coordinadora: Usuario,
    what: str,
    claims: dict[str, Any],
    words: str,
) -> None:
    encender()
    provider.claims = verificado(coordinadora, **claims)
    assert words in aviso(client, entrar(client, provider))
    assert db.session.scalar(select(func.count(Sesion.id))) == 0


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("forgery", ["another key", "the client's secret", "no signature"])
def test_a_token_that_the_provider_did_not_sign_opens_nothing(
    client: FlaskClient,
    provider: Provider,
    encender: Callable[..., Escuela],
    coordinadora: Usuario,
    forgery: str,
) -> None:
    encender()
    provider.claims = verificado(coordinadora)
    if forgery == "another key":
        provider.sign_with = RSAKey.generate_key(2048)
    elif forgery == "the client's secret":
        provider.sign_with, provider.alg = own_secret_as_key(), "HS256"
    else:
        provider.sign_with, provider.alg = own_secret_as_key(), "none"
    assert "no es válida" in aviso(client, entrar(client, provider))


def test_a_new_key_of_the_provider_is_fetched(
    client: FlaskClient, provider: Provider, encender: Callable[..., Escuela], coordinadora: Usuario
) -> None:
    encender()
    provider.claims = verificado(coordinadora)
    assert entrar(client, provider).location == "/escom/coordinador/"
    provider.key = RSAKey.generate_key(2048, {"kid": "una"})
    oidc_cliente._conocidos.clear()
    assert entrar(client, provider).location == "/escom/coordinador/"


def test_the_answer_must_be_to_this_browsers_question_and_serves_once(
    app: Flask,
    client: FlaskClient,
    provider: Provider,
    encender: Callable[..., Escuela],
    coordinadora: Usuario,
) -> None:
    encender()
    provider.claims = verificado(coordinadora)
    query = provider.sign_in(client.get(IR).location)
    other = app.test_client()
    other.get(IR)
    assert "empezar de nuevo" in aviso(other, other.get(f"{REGRESO}?{query}"))
    assert client.get(f"{REGRESO}?{query}").location == "/escom/coordinador/"
    assert client.get(f"{REGRESO}?{query}").location == "/escom/ingresar"
    client.get(IR)
    assert client.get(f"{REGRESO}?code=x&state=otro").location == "/escom/ingresar"


def test_who_gives_up_there_reads_a_sentence_here(
    client: FlaskClient, provider: Provider, encender: Callable[..., Escuela]
) -> None:
    encender()
    state = provider.sign_in(client.get(IR).location).partition("state=")[2]
    answer = client.get(f"{REGRESO}?error=access_denied&state={state}")
    assert "se canceló" in aviso(client, answer)


@pytest.mark.parametrize("broken", ["openid-configuration", "token", "llaves"])
def test_a_provider_that_is_down_is_a_sentence_and_the_password_goes_on(
    client: FlaskClient,
    provider: Provider,
    encender: Callable[..., Escuela],
    coordinadora: Usuario,
    now: datetime,
    broken: str,
) -> None:
    encender()
    con_contrasena(coordinadora.id, now)
    provider.claims = verificado(coordinadora)
    provider.broken = broken
    oidc_cliente._conocidos.clear()
    answer = client.get(IR) if broken == "openid-configuration" else entrar(client, provider)
    assert "no responde" in aviso(client, answer)
    data = {"usuario": coordinadora.correo, "contrasena": GOOD}
    assert client.post("/escom/ingresar", data=data).location == "/escom/coordinador/"


def test_a_provider_that_hangs_is_left_waiting_and_holds_no_transaction(
    client: FlaskClient,
    provider: Provider,
    encender: Callable[..., Escuela],
    coordinadora: Usuario,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encender()
    provider.claims = verificado(coordinadora)
    monkeypatch.setattr(oidc_cliente, "TIEMPO", (1, 0.3))
    provider.sleep = 1.0
    held: list[bool] = []
    fetch = oidc_cliente.reclamos

    def watched(*args: Any, **kwargs: Any) -> Any:
        held.append(db.session().in_transaction())
        return fetch(*args, **kwargs)

    monkeypatch.setattr(oidc_cliente, "reclamos", watched)
    assert "no responde" in aviso(client, entrar(client, provider))
    assert held == [False]


def test_an_account_without_a_place_in_this_escuela_is_not_opened(
    client: FlaskClient, provider: Provider, encender: Callable[..., Escuela], esca: Escuela, now: datetime
) -> None:
    encender()
    provider.claims = verificado(factories.coordinador(esca, now))
    assert "no corresponde a nadie" in aviso(client, entrar(client, provider))
    assert db.session.scalar(select(func.count(Usuario.id))) == 1


def test_one_escuelas_provider_opens_nothing_of_another_escuela_nor_of_a_dependencia(
    client: FlaskClient,
    provider: Provider,
    encender: Callable[..., Escuela],
    coordinadora: Usuario,
    esca: Escuela,
    now: datetime,
) -> None:
    encender()
    suya, _ = factories.dependencia(now)
    with unit_of_work(now) as uow:
        uow.add(DependenciaUsuario(dependencia_id=suya.id, usuario_id=coordinadora.id, cargo="Apoyo"))
    with escuela_scope(esca.id), unit_of_work(now) as uow:
        uow.add(Miembro(usuario_id=coordinadora.id, cargo="Apoyo", permisos=["convenios"]))
    con_contrasena(coordinadora.id, now)
    elsewhere = ("/esca-ust/coordinador/", "/dependencia/")
    provider.claims = verificado(coordinadora)
    entrar(client, provider)
    assert client.get("/escom/coordinador/").status_code == 200
    assert [client.get(path).status_code for path in elsewhere] == [302, 404]
    for path in ("/esca-ust/coordinador/", "/esca-ust/alumno/", "/esca-ust/registro/expediente"):
        assert client.get(path).location.startswith("/esca-ust/ingresar"), path
    assert client.get("/escom/coordinador/").status_code == 200
    assert "/esca-ust/" not in client.get("/cuenta/escuelas").get_data(as_text=True)
    client.post("/escom/ingresar", data={"usuario": coordinadora.correo, "contrasena": GOOD})
    assert [client.get(path).status_code for path in elsewhere] == [200, 200]


def test_the_accounts_own_second_step_is_asked_for_all_the_same(
    client: FlaskClient,
    provider: Provider,
    encender: Callable[..., Escuela],
    coordinadora: Usuario,
    now: datetime,
) -> None:
    encender()
    con_contrasena(coordinadora.id, now)
    codes = activar(coordinadora.id, now - timedelta(minutes=5))
    provider.claims = verificado(coordinadora)
    assert entrar(client, provider).location == "/escom/ingresar/codigo"
    assert client.get("/escom/coordinador/").status_code == 302
    done = client.post("/escom/ingresar/codigo", data={"codigo": codes[0]})
    assert done.location == "/escom/coordinador/"
    assert db.session.scalar(select(Sesion.escuela_id)) is not None
