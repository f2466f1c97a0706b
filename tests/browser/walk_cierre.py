"""The end: carta de término with its two signatures, expediente, finalización, verification."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import zxingcpp
from playwright.sync_api import expect

from tests.browser.papers import Papers, flat, words_of
from tests.browser.people import Person
from tests.browser.walk_convenio import OFICINA, RAZON_SOCIAL
from tests.browser.walk_proyecto import BOLETA, CORREO, GERENTE, JEFE, NOMBRE
from tests.browser.walk_servicio import Servicio
from tests.browser.world import ESCUELA, World, text_of

FIRMAR = "Se necesita su firma"


def issue_termino(servicio: Servicio, jefe: Person, gerente: Person) -> None:
    """The dependencia generates the carta de término; jefe draws, then gerente uploads an image: order is kept."""
    host, world = servicio.host, servicio.world
    host.go("/dependencia/prestadores")
    host.follow(NOMBRE)
    host.follow("Emitir carta de término")
    host.heading(f"Carta de término de {NOMBRE}")
    host.sees(BOLETA, "480 horas")
    host.press("Generar la carta y pedir las firmas")
    host.sees("Julia Ejemplo Dos", "Gerardo Ejemplo Tres")
    link = world.link(JEFE, FIRMAR)
    assert not _has_mail(world, GERENTE), "the second signer is asked only after the first has signed"
    _open_signing(jefe, link, JEFE)
    jefe.press("Firmar la carta")
    jefe.is_corrected("Marque la declaración")
    jefe.draw(jefe.page.locator("canvas"))
    jefe.sees("Firma lista")
    jefe.tick("Declaro que tengo facultades")
    jefe.press("Firmar la carta")
    jefe.heading("Gracias: su firma quedó registrada")
    jefe.sees("Ahora le toca firmar a Gerardo Ejemplo Tres")
    _open_signing(gerente, world.link(GERENTE, FIRMAR), GERENTE)
    gerente.attach("O suba una imagen de su firma", servicio.papers.signature())
    gerente.tick("Declaro que tengo facultades")
    gerente.press("Firmar la carta")
    gerente.sees("Era la última firma.")
    jefe.go(link)
    expect(jefe.page.get_by_role("button", name="Firmar la carta")).to_have_count(0)


def _open_signing(signer: Person, link: str, correo: str) -> None:
    """Open the link and show who it is with the code that comes to the same address."""
    signer.go(link)
    signer.press("Enviarme el código")
    (code,) = re.findall(
        r"^(\d{6})\r?$", text_of(signer.world.mail(correo, "Su código para firmar")), re.MULTILINE
    )
    signer.fill({"Código": code})
    signer.press("Continuar")
    signer.heading("Se le pide firmar la carta de término")
    image = signer.page.locator("img[data-visor-imagen]")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300


def _has_mail(world: World, to: str) -> bool:
    try:
        world.mail(to, FIRMAR)
    except AssertionError:
        return False
    return True


def hand_in_expediente(servicio: Servicio) -> None:
    """The alumno downloads the carta de término and hands in the expediente; the office gives its visto bueno."""
    alumno, world = servicio.alumno, servicio.world
    world.mail(CORREO, "Carta de término: lista para descargar")
    alumno.go(f"/{ESCUELA}/alumno/cartas")
    termino = alumno.download("Descargar carta de término")
    text = words_of(termino.path())
    for words in (NOMBRE, BOLETA, "Julia Ejemplo Dos", "Gerardo Ejemplo Tres", "480"):
        assert flat(words) in text, words
    alumno.go(f"/{ESCUELA}/alumno/")
    alumno.follow("Subir Expediente de liberación")
    alumno.heading("Arma tu expediente de liberación")
    _upload_part(servicio, "1. Carta compromiso")
    _upload_part(servicio, "3. Constancia de créditos", alternative="Carta de pasante")
    alumno.press("Unir mi expediente")
    alumno.sees("Se está uniendo.")
    world.work()
    alumno.follow("Actualizar ahora")
    alumno.follow("Revisarlo y enviarlo")
    alumno.heading("Revisa antes de enviar")
    alumno.press("Enviar Expediente de liberación")
    alumno.heading("Recibimos el Expediente de liberación")
    servicio.approve("Expediente de liberación", "FAVORABLE")
    alumno.go(f"/{ESCUELA}/alumno/")
    alumno.heading("Espera tu carta de finalización")


def _upload_part(servicio: Servicio, part: str, *, alternative: str = "") -> None:
    """One of the papers that the portal does not have."""
    alumno = servicio.alumno
    alumno.follow(part)
    if alternative:
        alumno.tick(alternative)
    alumno.attach("Tu archivo", servicio.papers.pdf(part.partition(". ")[2], part))
    alumno.press("Subir")
    alumno.follow("Usar este documento")
    alumno.heading("Arma tu expediente de liberación")


def finish(servicio: Servicio) -> Path:
    """The office verifies the whole expediente and issues the finalización; the alumno downloads it."""
    office, alumno, world = servicio.office, servicio.alumno, servicio.world
    office.go(world.link(OFICINA, "Por finalizar"))
    office.heading(f"Finalización de {NOMBRE}")
    office.sees("Todos los pasos que pide su plan están aceptados.")
    office.decide("Emitir carta de finalización")
    office.sees("Listo")
    alumno.go(world.link(CORREO, "Ya tienes tu carta de finalización"))
    alumno.heading("Terminaste tu servicio social")
    alumno.follow("Ver tus cartas")
    held = alumno.download("Descargar carta de finalización")
    target = servicio.papers.folder / held.suggested_filename
    held.save_as(target)
    return target


def check_letter(world: World, path: Path) -> str:
    """What the letter says, and where its QR leads: the address of its verification."""
    text = words_of(path)
    for words in (NOMBRE, BOLETA, "480", RAZON_SOCIAL):
        assert flat(words) in text, (words, text)
    assert re.search(r"escom-ss-f/\d{4}/0001", text), text
    page = pypdfium2.PdfDocument(path)[0]
    codes = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    url = next(code.text for code in codes if "/verificar/" in code.text)
    assert url.startswith(f"{world.url}/verificar/")
    return url


def verify(anybody: Person, url: str, path: Path, papers: Papers) -> None:
    """Anybody reads the minimum of personal data, and compares the file without sending it."""
    anybody.go(url)
    anybody.heading("Auténtica")
    anybody.sees("X. M. E. P. (boleta terminada en 777)")
    shown = anybody.page.locator("main").inner_text()
    for secret in ("Xóchitl", "Ensayo", BOLETA, CORREO):
        assert secret not in shown, secret
    verdict = anybody.page.locator("[data-verificar-respuesta]")
    choose = anybody.page.locator("[data-verificar] input[type=file]")
    choose.set_input_files(path)
    expect(verdict).to_contain_text("idéntico")
    changed = papers.folder / "cambiada.pdf"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(bytes(content))
    choose.set_input_files(changed)
    expect(verdict).to_contain_text("modificado")


def revoke(office: Person, anybody: Person, url: str) -> None:
    """A revoked letter says so to everybody."""
    office.go(f"/{ESCUELA}/coordinador/cartas")
    office.follow("ESCOM-SS-F/")
    office.page.locator("summary", has_text="Revocar la carta").click()
    office.fill({"Motivo": "Se emitió con un dato equivocado."})
    office.press("Revocar sin reemplazo")
    office.sees("Revocamos la carta")
    anybody.go(url)
    anybody.heading("Revocada")
    anybody.go(url[:-4] + ("ZZZZ" if not url.endswith("ZZZZ") else "YYYY"))
    anybody.heading("No la conocemos")
