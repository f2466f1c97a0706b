"""Passkeys in a real browser with a virtual authenticator: made, used at the door and as second step, and absent."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from portal.models import Escuela, Usuario
from portal.services import runtime
from tests import factories
from tests.browser.people import Person
from tests.browser.world import PASSWORD, Site, give_password

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
OFICINA = "**/escom/coordinador/"


@pytest.fixture
def here(site: Site) -> Site:
    """The portal under a name: a passkey belongs to a name, never to a number."""
    url = site.url.replace("127.0.0.1", "localhost")
    runtime.configure(replace(runtime.current(), base_url=url))
    return Site(url)


@pytest.fixture
def coordinadora(escom: Escuela, now: datetime) -> Usuario:
    """A member of the office who has a password."""
    found = factories.coordinador(escom, now)
    give_password(found.id, now)
    return found


def with_device(page: Page, **differently: bool) -> None:
    """Give the browser a device that makes and uses passkeys."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, **differently}})


def give_credentials(person: Person, quien: Usuario) -> None:
    """Type address and password at the door."""
    person.page.context.clear_cookies()
    person.go("/escom/ingresar")
    person.fill({"Boleta o correo electrónico": quien.correo, "Contraseña": PASSWORD})
    person.page.get_by_role("button", name="Ingresar", exact=True).click()


def test_a_passkey_is_made_then_opens_the_portal_and_serves_as_second_step(
    here: Site, phone: Page, coordinadora: Usuario
) -> None:
    with_device(phone)
    person = Person(here, phone)
    give_credentials(person, coordinadora)
    phone.wait_for_url(OFICINA)
    person.go("/cuenta/seguridad")
    person.follow("Agregar una llave de acceso")
    person.fill({"Nombre de la llave": "Teléfono", "Contraseña": PASSWORD})
    person.press("Crear la llave")
    person.heading("Códigos de respaldo")
    expect(phone.locator("main code")).to_have_count(10)
    person.follow("Ya los guardé, continuar")
    person.sees("Teléfono", "Activada")

    phone.context.clear_cookies()
    person.go("/escom/ingresar")
    person.press("Ingresar con una llave de acceso")
    phone.wait_for_url(OFICINA)

    give_credentials(person, coordinadora)
    person.heading("Verificación en dos pasos")
    person.go("/cuenta/")
    expect(phone).to_have_url(re.compile("/ingresar"))
    give_credentials(person, coordinadora)
    person.press("Usar una llave de acceso")
    phone.wait_for_url(OFICINA)


def test_a_device_that_recognises_nobody_says_so_and_the_password_goes_on(
    here: Site, desktop: Page, coordinadora: Usuario
) -> None:
    with_device(desktop, isUserVerified=False)
    person = Person(here, desktop)
    person.go("/escom/ingresar")
    person.press("Ingresar con una llave de acceso")
    person.sees("No se usó ninguna llave.")
    give_credentials(person, coordinadora)
    desktop.wait_for_url(OFICINA)


def test_without_javascript_nothing_speaks_of_passkeys_at_the_door(
    here: Site, open_browser: Callable[..., Page], coordinadora: Usuario
) -> None:
    page = open_browser("phone", java_script_enabled=False)
    person = Person(here, page)
    person.go("/escom/ingresar")
    expect(page.get_by_role("button", name="Ingresar con una llave de acceso")).to_be_hidden()
    give_credentials(person, coordinadora)
    page.wait_for_url(OFICINA)
    person.go("/cuenta/seguridad/llaves/nueva")
    person.sees("Este navegador no puede crear llaves de acceso")
