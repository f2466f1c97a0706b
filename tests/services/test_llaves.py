"""Passkeys: registered with the password, bound to this site and this browser's challenge, counted, taken away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.domain.machine import Refused
from portal.models import CodigoRespaldo, Escuela, Llave, Usuario, db
from portal.services import llaves, runtime, segundo_factor
from portal.services.uow import NotFound, unit_of_work
from tests import factories
from tests.authenticator import PRESENT, Device
from tests.services.test_cuentas import GOOD, IP, con_contrasena


@pytest.fixture
def quien(escom: Escuela, now: datetime) -> int:
    """A member of the office who knows their password."""
    return persona(escom, now)


def persona(escuela: Escuela, now: datetime) -> int:
    found = factories.coordinador(escuela, now)
    con_contrasena(found.id, now)
    return found.id


def device() -> Device:
    """A device at the right site."""
    return Device(runtime.current().base_url, "localhost")


def registrar(usuario_id: int, own: Device, now: datetime) -> list[str]:
    """Register a device; returns the recovery codes."""
    options, token = llaves.pedir_alta(usuario_id, GOOD, now=now)
    return llaves.registrar(usuario_id, token, own.create(options), "Teléfono", sesion_id=0, now=now)


def ingresar(own: Device, now: datetime, de: int | None = None) -> int | str:
    """The account that the device opens, or the key of the refusal."""
    options, token = llaves.pedir_ingreso(de, now=now)
    return responder(token, own.get(options), now, de)


def responder(token: str, answer: str, now: datetime, de: int | None = None) -> int | str:
    """The account that an answer opens, or the key of the refusal."""
    try:
        return llaves.ingresar(token, answer, de=de, ip=IP, now=now)
    except Refused as refused:
        return refused.key


def test_a_registered_device_opens_its_account_and_counts(quien: int, now: datetime) -> None:
    own = device()
    codes = registrar(quien, own, now)
    assert len(codes) == 10
    assert segundo_factor.exige(quien)
    for n in (1, 2):
        assert ingresar(own, now) == quien
        stored = db.session.scalars(select(Llave)).one()
        assert (stored.contador, stored.usada, stored.transportes) == (n, now, ["internal"])
    assert registrar(quien, device(), now) == []  # the codes are there already


def test_a_device_that_never_counts_is_no_copy(quien: int, now: datetime) -> None:
    own = device()
    registrar(quien, own, now)
    for _ in range(2):
        own.count = -1
        assert ingresar(own, now) == quien


def test_a_count_that_goes_back_is_refused_with_its_reason(quien: int, now: datetime) -> None:
    own = device()
    registrar(quien, own, now)
    own.count = 8
    assert ingresar(own, now) == quien
    own.count = 8
    assert ingresar(own, now) == "llave.copiada"
    own.count = 9
    assert ingresar(own, now) == quien


LIES: list[tuple[str, Callable[[Device], object]]] = [
    ("another origin", lambda d: setattr(d, "origin", "http://localhost.mala.test")),
    ("another site", lambda d: setattr(d, "rp_id", "mala.test")),
    ("nobody verified", lambda d: setattr(d, "flags", PRESENT)),
    ("nobody present", lambda d: setattr(d, "flags", 0)),
    ("another key", lambda d: setattr(d, "key", device().key)),
]


@pytest.mark.parametrize(("lie", "tell"), LIES, ids=[lie for lie, _ in LIES])
def test_an_answer_of_another_site_key_or_nobody_opens_nothing(
    quien: int, now: datetime, lie: str, tell: Callable[[Device], object]
) -> None:
    own = device()
    registrar(quien, own, now)
    tell(own)
    assert ingresar(own, now) == "llave.invalida"


@pytest.mark.parametrize(("lie", "tell"), LIES[:4], ids=[lie for lie, _ in LIES[:4]])
def test_a_registration_of_another_site_or_nobody_is_refused(
    quien: int, now: datetime, lie: str, tell: Callable[[Device], object]
) -> None:
    own = device()
    tell(own)
    with pytest.raises(Refused, match=r"llave\.invalida"):
        registrar(quien, own, now)
    assert not segundo_factor.exige(quien)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "no",
        '{"id": 1}',
        '{"response": null}',
        "\x00",
        '{"id":"a","rawId":"a","type":"public-key","response":{}}',
    ],
)
def test_what_is_no_answer_at_all_is_refused(quien: int, now: datetime, text: str) -> None:
    _, token = llaves.pedir_ingreso(now=now)
    assert responder(token, text, now) == "llave.invalida"
    _, token = llaves.pedir_alta(quien, GOOD, now=now)
    with pytest.raises(Refused, match=r"llave\.invalida"):
        llaves.registrar(quien, token, text, "x", sesion_id=0, now=now)


def test_a_challenge_serves_once_for_minutes_and_for_what_it_was_made(
    quien: int, escom: Escuela, now: datetime
) -> None:
    own = device()
    registrar(quien, own, now)
    options, token = llaves.pedir_ingreso(now=now)
    answer = own.get(options)
    assert responder(token, answer, now) == quien
    assert responder(token, answer, now) == "reto.vencido"
    options, token = llaves.pedir_ingreso(now=now)
    assert responder(token, own.get(options), now + timedelta(minutes=6)) == "reto.vencido"
    options, token = llaves.pedir_ingreso(now=now)
    assert responder(token, answer, now) == "llave.invalida"  # an answer to another challenge
    options, token = llaves.pedir_ingreso(now=now)
    assert responder(token, own.get(options), now, de=quien) == "reto.vencido"
    options, token = llaves.pedir_alta(quien, GOOD, now=now)
    with pytest.raises(Refused, match=r"reto\.vencido"):
        llaves.registrar(persona(escom, now), token, device().create(options), "x", sesion_id=0, now=now)


def test_as_second_step_only_the_same_accounts_device_serves(
    quien: int, escom: Escuela, now: datetime
) -> None:
    own, foreign, other = device(), device(), persona(escom, now)
    registrar(quien, own, now)
    registrar(other, foreign, now)
    assert ingresar(own, now, de=quien) == quien
    assert ingresar(foreign, now, de=quien) == "llave.desconocida"


def test_a_closed_account_and_a_forgotten_device_open_nothing(quien: int, now: datetime) -> None:
    own = device()
    registrar(quien, own, now)
    with unit_of_work(now) as uow:
        uow.lock_id(Usuario, quien).activo = False
    assert ingresar(own, now) == "llave.desconocida"
    with unit_of_work(now) as uow:
        uow.lock_id(Usuario, quien).activo = True
    public_id = db.session.scalars(select(Llave.public_id)).one()
    with pytest.raises(Refused, match=r"cuenta\.contrasena_actual"):
        llaves.quitar(quien, public_id, "otra", now=now)
    llaves.quitar(quien, public_id, GOOD, now=now)
    assert ingresar(own, now) == "llave.desconocida"
    assert not segundo_factor.exige(quien)
    assert db.session.scalar(select(func.count(CodigoRespaldo.id))) == 0


def test_one_device_belongs_to_one_account_and_nobody_removes_anothers(
    quien: int, escom: Escuela, now: datetime
) -> None:
    own, other = device(), persona(escom, now)
    registrar(quien, own, now)
    with pytest.raises(Refused, match=r"llave\.repetida"):
        registrar(other, own, now)
    public_id = db.session.scalars(select(Llave.public_id)).one()
    with pytest.raises(NotFound):
        llaves.quitar(other, public_id, GOOD, now=now)


def test_an_account_has_ten_at_the_most(quien: int, now: datetime) -> None:
    for _ in range(10):
        registrar(quien, device(), now)
    with pytest.raises(Refused, match=r"llave\.muchas"):
        registrar(quien, device(), now)
