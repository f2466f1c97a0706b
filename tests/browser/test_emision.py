"""From ready to liberado in real browsers: a lista, a ZIP of constancias matched and confirmed, and the download."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from portal.models import Escuela
from tests import emision as casos
from tests import factories
from tests.browser.people import Person
from tests.browser.world import Site, give_password
from tests.en_servicio import Caso
from worker import outbox

ESCUELA = "esca-ust"


def _llegan(folder: Path, tres: list[Caso]) -> Path:
    """A ZIP as the directorate sends it: two constancias by boleta, and one whose name and text say nobody's."""
    zip_ = folder / "constancias.zip"
    with zipfile.ZipFile(zip_, "w") as archive:
        for caso in tres[:2]:
            archive.writestr(f"{caso.alumno.boleta}.pdf", casos.pdf(caso.alumno.nombre_completo))
        archive.writestr("escaneo.pdf", casos.pdf("Constancia de liberacion"))
    return zip_


def test_from_ready_to_the_constancia_in_the_hands_of_its_alumno(
    site: Site, phone: Page, desktop: Page, esca: Escuela, now: datetime, tmp_path: Path
) -> None:
    tres = [casos.listo(esca, now, n) for n in range(3)]
    cuenta = factories.coordinador(esca, now, "terminos", nombre="Tadeo Oficina")
    for usuario_id in (cuenta.id, tres[2].alumno.usuario_id):
        give_password(usuario_id, now)
    office, alumno = Person(site, desktop), Person(site, phone)
    office.sign_in(cuenta.correo, "por atender", at=ESCUELA)

    office.go(f"/{ESCUELA}/coordinador/emision")
    office.press("Revisar la lista con los 3 que esperan")
    office.heading("Primera lista de emisión")
    office.sees("3 alumnos irán", "Así saldrá la relación")
    office.fill({"Número de esta primera lista": "15"})
    office.press("Generar la lista con los marcados")
    office.heading("Lista de emisión 15")
    _work(esca)
    alumno.sign_in(tres[2].alumno.boleta, "Espera tu constancia de liberación", at=ESCUELA)
    alumno.sees("lista de emisión 15")

    _load(office, esca, _llegan(tmp_path, tres), tres[2])
    alumno.go(f"/{ESCUELA}/alumno/")
    alumno.heading("Descarga tu constancia de liberación")
    assert alumno.download("Descargar tu constancia").path().read_bytes().startswith(b"%PDF")
    office.go(f"/{ESCUELA}/coordinador/emision")
    office.follow("Lista 15")
    office.sees("Completa", "3 de 3")
    expect(office.page.get_by_role("cell", name="Aún no")).to_have_count(2)  # the third downloaded it


def _load(office: Person, esca: Escuela, zip_: Path, dudoso: Caso) -> None:
    """Upload, say whose the doubtful one is, confirm."""
    office.go(f"/{ESCUELA}/coordinador/constancias")
    office.attach("PDF de las constancias, o un ZIP con ellos", zip_)
    office.press("Leer los archivos")
    office.heading("Carga de constancias")
    _work(esca)
    office.sees("Dudosos: diga de quién son", "escaneo.pdf")
    office.page.locator("input[name^=boleta-]:visible").fill(dudoso.alumno.boleta)
    office.tick("Es de ese alumno")
    office.press("Cargar las constancias y avisar")
    office.sees("Confirmó 3 constancias")
    _work(esca)
    office.sees("Se cargaron 3 constancias")


def _work(esca: Escuela) -> None:
    outbox.drain(esca.id, lambda: datetime.now(UTC))
