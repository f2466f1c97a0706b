"""What an office does beside the main job: the roll, a baja, a letter in the place of a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from portal.models import Escuela, Usuario
from tests import cierre, en_servicio, factories
from tests.browser.people import Person
from tests.browser.world import ESCUELA, Site, give_password

PERMISOS = ("convenios", "expedientes", "reportes", "terminos", "administracion")
POR_QUE = "Dejó de presentarse desde el 3 de noviembre y no responde a los correos ni a las llamadas."
PADRON = """\
Boleta,Apellido paterno,Apellido materno,Nombre,Correo,Carrera
2023630101,Prueba,Ficticia,Itzel,itzel@alumno.test,ISC
2023630102,Ensayo,,Bruno,bruno@alumno.test,ISC
20236,Error,Ficticio,Carlos,carlos@alumno.test,ISC
"""


@pytest.fixture
def quien(escom: Escuela, now: datetime) -> Usuario:
    found = factories.coordinador(escom, now, *PERMISOS, nombre="Martha Oficina")
    give_password(found.id, now)
    return found


@pytest.fixture
def office(site: Site, desktop: Page, quien: Usuario) -> Person:
    person = Person(site, desktop)
    person.sign_in(quien.correo, "por atender")
    return person


def test_the_roll_is_looked_at_before_anybody_is_invited(office: Person, tmp_path: Path) -> None:
    roll = tmp_path / "padron.csv"
    roll.write_text(PADRON, encoding="utf-8")
    office.go(f"/{ESCUELA}/coordinador/alumnos/padron")
    office.attach("Archivo CSV", roll)
    office.press("Ver qué cambiará")
    office.heading("Qué cambiará")
    office.sees("Con error", "20236", "Prueba Ficticia Itzel")
    office.press("Importar 2 alumnos")
    office.sees("2 alumnos")
    office.go(f"/{ESCUELA}/coordinador/alumnos?q=2023630101")
    office.sees("Prueba Ficticia Itzel")


def test_a_baja_is_asked_for_with_its_reason_and_decided(
    site: Site, phone: Page, office: Person, quien: Usuario, escom: Escuela, now: datetime
) -> None:
    caso = en_servicio.caso(escom, now, coordinador=quien)
    give_password(caso.persona.id, now)
    name = caso.alumno.nombre_completo
    host = Person(site, phone)
    host.sign_in(caso.persona.correo, "Por atender", at="dependencia")
    host.go("/dependencia/prestadores")
    host.page.get_by_role("main").get_by_role("link", name=caso.alumno.nombre).click()
    host.follow("Pedir baja")
    host.fill({"Justificación": "Faltó."})
    host.press("Enviar a la escuela")
    host.heading("Hay algo que corregir")
    host.fill({"Justificación": POR_QUE, "La baja surte efecto el día": now.date().isoformat()})
    host.press("Enviar a la escuela")
    host.sees("Enviamos la petición de baja a la escuela.")

    office.go(f"/{ESCUELA}/coordinador/bajas")
    office.follow(caso.alumno.nombre_de_lista)
    office.heading(f"Baja de {name}")
    office.sees(POR_QUE)
    office.press("Autorizar la baja")
    office.sees(name)
    assert caso.leer().estado == "baja"
    host.go("/dependencia/bajas")
    host.follow(name)
    host.sees("La escuela la autorizó")


def test_a_wrong_letter_is_replaced_and_both_pages_say_so(
    site: Site,
    phone: Page,
    office: Person,
    quien: Usuario,
    escom: Escuela,
    now: datetime,
    drain: Callable[[], int],
) -> None:
    caso: Any = cierre.terminado(escom, now, drain, coordinador=quien)
    office.go(f"/{ESCUELA}/coordinador/finalizaciones")
    office.follow(caso.alumno.nombre_de_lista)
    office.decide("Emitir carta de finalización")
    drain()
    office.go(f"/{ESCUELA}/coordinador/cartas")
    office.follow("ESCOM-SS-F/")
    first = office.page.get_by_role("link", name="Página de verificación").get_attribute("href")
    office.page.locator("summary", has_text="Revocar la carta").click()
    office.press("Revocar y generar otra")
    office.heading("Hay algo que corregir")
    office.fill({"Motivo": "El nombre llevaba un acento de más."})
    office.press("Revocar y generar otra")
    office.sees("Revocamos la carta y generamos en su lugar")
    drain()
    office.go(office.page.url)
    second = office.page.get_by_role("link", name="Página de verificación").get_attribute("href")
    assert None not in (first, second)
    assert first != second
    anybody = Person(site, phone)
    anybody.go(first)
    anybody.heading("Revocada")
    anybody.sees("La reemplaza la carta")
    anybody.go(second)
    anybody.heading("Auténtica")
