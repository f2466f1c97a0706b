"""A prerregistro in real browsers: sent from a phone, rejected, corrected, accepted, numbered, sent in a batch."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from portal.domain.calendario import en_palabras
from portal.models import Escuela
from tests import factories
from tests.browser.papers import Papers
from tests.browser.people import Person
from tests.browser.world import PASSWORD, Site, give_password
from tests.prerregistros import fechas
from tests.services.test_cuentas import token_de

ESCUELA = "esca-ust"
BOLETA = "20190A0041"
MOTIVO = "El archivo no es legible. Deberás volver a cargarlo con la nitidez adecuada."


def registrarse(
    alumno: Person, papers: Papers, inicio: str, termino: str, prestatario: str = "PEMEX"
) -> None:
    """Fill the whole form; a start on another day is told beside its field, and what was typed stays."""
    alumno.go(f"/{ESCUELA}/")
    alumno.follow("Registrarme como alumno")
    alumno.heading("Registro al sistema")
    alumno.page.wait_for_load_state("load")  # what is typed before its script is there is mirrored nowhere
    alumno.fill(
        {
            "Apellido paterno": "Ejemplo",
            "Apellido materno (opcional)": "Ficticia",
            "Nombre o nombres": "Yaretzi",
            "Boleta": BOLETA,
            "Correo electrónico": "yaretzi@ejemplo.test",
            "Prestatario": prestatario,
            "Fecha de inicio": inicio[:8] + "09",
            "Fecha de término": termino,
        }
    )
    alumno.choose("Carrera", "Licenciatura en Negocios Internacionales")
    alumno.choose("Semestre", "7.º")
    alumno.tick("Femenino")
    expect(alumno.page.locator("[data-espejo=boleta]")).to_have_text(BOLETA)
    for words in ("El servicio empieza el día 1 o 16 del mes", ""):
        alumno.fill({"Contraseña": PASSWORD, "Confirmar contraseña": PASSWORD})
        alumno.attach("Cargar archivo", papers.pdf("expediente", "Carta compromiso"))
        alumno.press("Registrar")
        if words:
            alumno.is_corrected(words)
            expect(alumno.page.get_by_label("Prestatario", exact=True)).to_have_value(prestatario)
            alumno.fill({"Fecha de inicio": inicio})
    alumno.heading("Revisa tu correo")


def asigna_numero(office: Person) -> None:
    """With the number that the page proposes."""
    office.page.locator("summary", has_text="Asignar número").click()
    office.page.locator("[data-motivo-en=numero]").click()
    office.press("Aceptar")


def test_from_the_phone_to_the_batch(
    site: Site, phone: Page, desktop: Page, esca: Escuela, now: datetime, tmp_path: Path
) -> None:
    office_account = factories.coordinador(esca, now, "expedientes", nombre="Martha Oficina")
    give_password(office_account.id, now)
    alumno, office, papers = Person(site, phone), Person(site, desktop), Papers(tmp_path / "papers")
    inicio, termino = (day.isoformat() for day in fechas(esca, now))
    registrarse(alumno, papers, inicio, termino)
    alumno.go(f"/enlace/{token_de(esca)}")
    alumno.press("Confirmar")
    alumno.sign_in(BOLETA, "Tu expediente está en revisión", at=ESCUELA)
    alumno.sees("14. Constancia de liberación")

    office.sign_in(office_account.correo, "por atender", at=ESCUELA)
    office.go(f"/{ESCUELA}/coordinador/prerregistros")
    office.follow("Empezar a revisar")
    office.heading("Prerregistro de Yaretzi Ejemplo Ficticia")
    office.reject(MOTIVO)
    office.sees("Rechazó el expediente de Yaretzi Ejemplo Ficticia.")

    alumno.go(f"/{ESCUELA}/alumno/")
    alumno.heading("Tu expediente necesita una corrección")
    alumno.sees(MOTIVO, "Atentamente: Martha Oficina")
    alumno.follow("Corregir mi expediente")
    alumno.fill({"Apellido paterno": "Ejemplar"})
    alumno.attach(re.compile("^Cambiar el archivo"), papers.pdf("segundo", "Carta compromiso legible"))
    alumno.press("Volver a enviar")
    alumno.heading("Tu expediente está en revisión")

    office.go(f"/{ESCUELA}/coordinador/prerregistros/empezar")
    office.heading("Prerregistro de Yaretzi Ejemplar Ficticia")
    asigna_numero(office)
    office.sees("Aceptó el expediente de Yaretzi Ejemplar Ficticia.")

    alumno.go(f"/{ESCUELA}/alumno/")
    alumno.heading(f"Tu servicio empieza el {en_palabras(date.fromisoformat(inicio))}")
    alumno.sees("1. Estatus", "2. Número de registro", "21140/0001", "3. Reporte 1")

    envia_lote(office)


def envia_lote(office: Person) -> None:
    """The one accepted expediente goes to the batch, its files are downloaded, and the batch is sent once."""
    office.go(f"/{ESCUELA}/coordinador/prerregistros?situacion=por_enviar")
    office.tick("Seleccionar Ejemplar Ficticia Yaretzi")
    office.press("Armar lote de envío")
    office.heading("Lote 1")
    taken = office.download("Descargar todo (ZIP)").path()
    with zipfile.ZipFile(taken) as archive:
        assert sorted(archive.namelist()) == [
            f"001_EJEMPLAR_FICTICIA_YARETZI_{BOLETA}.pdf", "relacion-lote-1.pdf", "relacion-lote-1.xlsx",
        ]  # fmt: skip
    office.press("Marcar como enviado")
    office.sees("El lote 1 quedó como enviado.")
    expect(office.page.get_by_role("button", name="Marcar como enviado")).to_have_count(0)
