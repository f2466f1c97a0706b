"""Three hundred letters in a real browser, one of them with a bad record: looked at, issued, closed, found again."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import pikepdf
from playwright.sync_api import Page, expect

from portal.models import Escuela
from tests import factories
from tests import tandas as mundo
from tests.browser.people import Person
from tests.browser.world import Site, give_password
from worker import outbox

MANY, BAD = 300, 137
PATIENCE = 120_000  # milliseconds; three hundred letters on a busy machine


def _folios(escuela: Escuela) -> list[int]:
    return [carta.numero for carta in mundo.cartas(escuela) if carta.estado == "emitida"]


def test_three_hundred_letters_with_one_bad_record(
    site: Site, desktop: Page, open_browser: Callable[..., Page], escom: Escuela, now: datetime
) -> None:
    cuenta = factories.coordinador(escom, now, "expedientes", nombre="Martha Oficina")
    give_password(cuenta.id, now)
    mundo.pedidos(escom, now, MANY, malo=BAD)
    office = Person(site, desktop)
    office.sign_in(cuenta.correo, "por atender")
    office.go("/escom/coordinador/tramites?tipo=constancia_estudios")
    office.tick(f"Los {MANY} que cumplen el filtro")
    office.press("Emitir cartas…")
    office.heading(f"Emitir {MANY} cartas")
    office.sees("Así saldrá la de Tanda Ficticia 0000 Ximena", "… y 250 más")
    office.page.get_by_role("button", name=f"Emitir {MANY} cartas").dblclick()
    office.sees(f"Van 0 de {MANY}.")
    address = office.page.url
    outbox.drain_for(escom.id, lambda: datetime.now(UTC), 2)
    expect(office.page.locator("progress")).not_to_have_attribute("value", "0")
    office.page.close()

    outbox.drain(escom.id, lambda: datetime.now(UTC))
    later = Person(site, open_browser("desktop"))
    later.sign_in(cuenta.correo, "por atender")
    later.go("/escom/coordinador/tandas")
    later.sees("1 no se emitió")
    later.follow("Cartas de trámites")
    later.sees(f"Se emitieron {MANY - 1} de {MANY}.")
    assert later.page.url == address
    assert _folios(escom) == list(range(1, MANY))

    later.follow("1 espera su decisión")
    later.sees("Tanda Ficticia 0137 Ximena", "No se puede generar la carta: falta carrera o especialidad.")
    mundo.corregir(escom, now, f"20266{BAD:05d}")
    later.press("Reintentar")
    later.sees("Volvemos a intentar 1 carta")
    outbox.drain(escom.id, lambda: datetime.now(UTC))
    later.sees(f"Listo: se emitieron las {MANY} cartas.")
    assert _folios(escom) == list(range(1, MANY + 1))
    _taken_along(later, escom)


def _taken_along(office: Person, escom: Escuela) -> None:
    """All of them in one ZIP, and in one PDF to print."""
    with zipfile.ZipFile(office.download(f"Descargar las {MANY} emitidas (ZIP)").path()) as archive:
        assert len(archive.namelist()) == MANY
    office.press("Preparar un PDF para imprimir")
    office.sees("Preparamos el PDF para imprimir")
    outbox.drain(escom.id, lambda: datetime.now(UTC))
    link = office.page.get_by_role("button", name=re.compile(rf"^PDF para imprimir \({MANY} páginas"))
    expect(link).to_be_visible(timeout=PATIENCE)
    with office.page.expect_download() as taken:
        link.click()
    with pikepdf.open(taken.value.path()) as pdf:
        assert len(pdf.pages) == MANY
