"""What JavaScript adds: progress that can be cancelled, one sending, warnings, keys, filters."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from portal.models import Escuela
from tests import en_servicio
from tests.browser.papers import Papers
from tests.browser.people import Person
from tests.browser.world import ESCUELA, Site, give_password
from tests.en_servicio import Caso
from tests.files.samples import pdf_bytes, pdf_of

REPORTE = "Reporte de 180 horas"


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    """An alumno in service whose first report is open; everybody has a password."""
    found = en_servicio.caso(escom, now)
    for usuario_id in (found.alumno.usuario_id, found.persona.id, found.coordinador.id):
        give_password(usuario_id, now)
    return found


@pytest.fixture
def alumno(site: Site, phone: Page, caso: Caso) -> Person:
    """That alumno, at the page of the report with its figures typed."""
    person = Person(site, phone)
    person.sign_in(caso.alumno.boleta, caso.alumno.nombre_completo)
    person.follow(f"Subir {REPORTE}")
    until = caso.servicio.inicio + timedelta(days=105)
    person.fill({"Horas de este periodo": "180", "Primer día del periodo": caso.servicio.inicio.isoformat(),
                 "Último día del periodo": until.isoformat()})  # fmt: skip
    return person


def heavy_pdf(folder: Path, megabytes: int) -> Path:
    """A PDF that takes time to send."""
    pdf = pdf_of("Reporte con fotos")
    image = pikepdf.Stream(pdf, os.urandom(megabytes * 1_000_000))
    pdf.pages[0].Resources.Extra = pdf.make_indirect(image)
    path = folder / "pesado.pdf"
    path.write_bytes(pdf_bytes(pdf))
    return path


def test_an_upload_shows_its_progress_and_can_be_cancelled(
    alumno: Person, caso: Caso, tmp_path: Path
) -> None:
    slow = alumno.page.context.new_cdp_session(alumno.page)
    slow.send("Network.enable")
    line = {"offline": False, "latency": 20, "downloadThroughput": -1}
    slow.send("Network.emulateNetworkConditions", {**line, "uploadThroughput": 300_000})
    alumno.attach("Tu archivo", heavy_pdf(tmp_path, 6))
    alumno.press("Continuar")
    bar = alumno.page.get_by_role("progressbar", name="Avance del envío")
    expect(bar).to_be_visible()
    expect(bar).not_to_have_js_property("value", 0)
    alumno.press("Cancelar el envío")
    alumno.sees("No se guardó nada.")
    assert caso.entrega().borrador_documento_id is None

    slow.send("Network.emulateNetworkConditions", {**line, "uploadThroughput": -1})
    expect(alumno.page.get_by_label("Horas de este periodo")).to_have_value("180")
    alumno.press("Continuar")
    alumno.heading("Revisa antes de enviar")


def test_a_second_click_sends_nothing_more(alumno: Person, caso: Caso, tmp_path: Path) -> None:
    alumno.attach("Tu archivo", Papers(tmp_path / "papers").pdf("reporte"))
    alumno.press("Continuar")
    alumno.heading("Revisa antes de enviar")
    held: list[Route] = []
    alumno.page.route("**/enviar", lambda route: held.append(route))
    button = alumno.page.get_by_role("button", name=f"Enviar {REPORTE}")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    with alumno.page.expect_request("**/enviar"):
        alumno.page.mouse.click(box["x"] + 20, box["y"] + 20)
    alumno.page.mouse.click(box["x"] + 20, box["y"] + 20)
    assert len(held) == 1
    held[0].continue_()
    alumno.heading("Recibimos el Reporte de 180 horas")
    assert caso.entrega().estado == "en_revision"


def test_leaving_with_unsaved_changes_warns_and_saving_does_not(
    site: Site, desktop: Page, caso: Caso
) -> None:
    host = Person(site, desktop)
    host.sign_in(caso.persona.correo, "Por atender", at="dependencia")
    host.go("/dependencia/perfil/datos/presentacion")
    field = desktop.get_by_label("Descripción")
    warned: list[str] = []

    def stay(dialog: Dialog) -> None:
        warned.append(dialog.type)
        dialog.dismiss()

    desktop.on("dialog", stay)
    field.click()
    field.press_sequentially("Guardamos mapas.")
    with desktop.expect_event("dialog"):
        desktop.get_by_role("link", name="Prestadores").first.click(no_wait_after=True)
    expect(field).to_have_value("Guardamos mapas.")
    host.press("Guardar")
    host.sees("Guardamos mapas.")
    host.follow("Prestadores")
    host.heading("Prestadores")
    assert warned == ["beforeunload"]


def strike(office: Person, heading: str, key: str) -> None:
    """Press a key once the page of that heading has loaded its script."""
    office.heading(heading)
    office.page.wait_for_load_state("load")
    office.page.keyboard.press(key)


def test_an_office_reviews_by_keyboard(
    site: Site, desktop: Page, escom: Escuela, caso: Caso, now: datetime
) -> None:
    other = en_servicio.caso(escom, now, coordinador=caso.coordinador)
    for one in (caso, other):
        en_servicio.enviar(one, now)
        en_servicio.decidir(one, now, "reporte_180", one.como_dependencia)
    office = Person(site, desktop)
    office.sign_in(caso.coordinador.correo, "por atender")
    office.go(f"/{ESCUELA}/coordinador/entregas")
    office.follow("Empezar a revisar")
    first, second = (
        f"{REPORTE} de {caso.alumno.nombre_completo}",
        f"{REPORTE} de {other.alumno.nombre_completo}",
    )
    strike(office, first, "j")
    strike(office, second, "k")
    strike(office, first, "r")
    reason = desktop.get_by_role("textbox", name="Motivo")
    expect(reason).to_be_focused()
    desktop.keyboard.type("jakr")
    expect(reason).to_have_value("jakr")
    reason.evaluate("area => area.blur()")
    desktop.keyboard.press("a")
    office.heading(second)
    assert (caso.entrega().estado, other.entrega().estado) == ("aceptada", "en_revision")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("computo", ["Escuela Superior de Cómputo"]),
        ("ESCA", ["Escuela Superior de Comercio y Administración"]),
        ("zzz", []),
    ],
)
def test_a_school_is_found_by_typing(site: Site, phone: Page, typed: str, shown: list[str]) -> None:
    phone.goto(site.url)
    phone.get_by_label("Nombre o siglas").fill(typed)
    found = phone.locator("#lista-escuelas > li").filter(visible=True)
    expect(found).to_have_text([re.compile(name) for name in shown])
    status = "1 resultado" if shown else "Ninguna coincide"
    expect(phone.locator("[data-filtra-cuenta]")).to_contain_text(status)
