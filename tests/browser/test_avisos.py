"""An aviso from the office's keyboard to an alumno's phone, with its format."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page

from portal.models import Escuela
from tests import en_servicio
from tests.browser.papers import Papers
from tests.browser.people import Person
from tests.browser.world import Site, give_password
from tests.en_servicio import Caso

TITULO = "Formatos nuevos para los reportes"


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    """An alumno in service and somebody of the office, with their passwords."""
    found = en_servicio.caso(escom, now)
    for usuario_id in (found.alumno.usuario_id, found.coordinador.id):
        give_password(usuario_id, now)
    return found


def test_an_aviso_reaches_an_alumno_and_the_office_sees_that_it_was_read(
    site: Site, desktop: Page, phone: Page, caso: Caso, tmp_path: Path
) -> None:
    office = Person(site, desktop)
    office.sign_in(caso.coordinador.correo, "por atender")
    office.go("/escom/coordinador/avisos")
    office.follow("Escribir un aviso")
    office.fill({"Título": TITULO, "Texto": "Ya están:\n- el **formato** de reporte"})
    office.attach("Formatos para descargar (opcional)", Papers(tmp_path / "papers").pdf("formato"))
    office.press("Guardar y ver cómo queda")
    office.heading(TITULO)
    office.press("Publicar")
    office.sees("0 de 1 alumnos")

    alumno = Person(site, phone)
    alumno.sign_in(caso.alumno.boleta, caso.alumno.nombre_completo)
    alumno.sees("Avisos de la escuela", "Nuevo")
    alumno.follow(TITULO)
    alumno.sees("Formatos para descargar", "formato.pdf")
    assert alumno.download("formato.pdf").suggested_filename == "formato.pdf"

    office.page.reload()
    office.sees("1 de 1 alumnos")
    office.follow("1 de 1 alumnos")
    office.sees(caso.alumno.boleta)
