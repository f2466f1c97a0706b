"""From nothing to a convenio and an account: the dependencia and the office."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.papers import OTHER_RFC, RFC, WRONG_RFC, Papers
from tests.browser.people import Person
from tests.browser.world import ESCUELA, World, text_of

CONTACTO = "contacto@taller.test"
REPRESENTANTE = "direccion@taller.test"
RAZON_SOCIAL = "Taller de Mapas Ficticios, A.C."
ILEGIBLE = "El archivo no es legible."
OFICINA = "coordinacion@escuela.test"

DATOS = {
    "RFC": RFC,
    "Razón social": RAZON_SOCIAL,
    "Nombre con el que se le conoce (opcional)": "Taller de Mapas",
}
DOMICILIO = {
    "Calle y número": "Calle Inventada 7",
    "Colonia": "Centro",
    "Código postal": "06000",
    "Municipio o alcaldía": "Cuauhtémoc",
    "Teléfono de la dependencia": "55 5555 0101",
}
REPRESENTA = {
    "Nombre completo": "Mtra. Rebeca Ejemplo Inventada",
    "Cargo": "Directora general",
    "Correo del representante": REPRESENTANTE,
    "Teléfono del representante": "55 5555 0102",
}


def open_office(world: World, office: Person) -> None:
    """The coordinador accepts the invitation and signs in."""
    world.invite(OFICINA, "Carmen Ejemplo Oficina", "Coordinadora", "convenios", "expedientes", "reportes",
                 "terminos", "administracion")  # fmt: skip
    office.set_password(world.link(OFICINA, "Abra su cuenta"), "Abrir mi cuenta")
    office.sign_in(OFICINA, "No hay nada por atender")


def ask(world: World, host: Person, papers: Papers) -> None:
    """The dependencia begins, leaves, resumes from its mail, and sends; both mails' links lead to the follow-up."""
    host.go(f"/{ESCUELA}/convenio/solicitar")
    host.fill({"¿A qué correo le escribimos?": CONTACTO})
    host.press("Comenzar la solicitud")
    host.heading("Solicitud de convenio")
    link = world.link(CONTACTO, "Siga con su solicitud")
    host.page.context.clear_cookies()
    host.go("/")
    host.go(link)
    host.follow("Datos de la dependencia")
    _fill_data(host)
    host.go(link)
    expect(host.page.get_by_text("6 de 6")).to_have_count(0)
    host.follow("Documentos")
    _upload_all(host, papers)
    _check_and_send(host)
    for each in (link, world.link(CONTACTO, "Recibimos su solicitud")):
        host.go(each)
        host.sees("Por ahora no tiene que hacer nada.")


def _fill_data(host: Person) -> None:
    host.tick("Persona moral")
    host.fill({**DATOS, "RFC": WRONG_RFC})
    host.tick("Social")
    host.press("Guardar y continuar")
    host.heading("Hay algo que corregir")
    expect(host.page.locator("#rfc-error")).to_contain_text("último carácter del RFC")
    expect(host.page).to_have_title(re.compile("^Error: "))
    expect(host.page.get_by_label("RFC", exact=True)).to_have_value(WRONG_RFC)
    expect(host.page.get_by_label("Razón social")).to_have_value(RAZON_SOCIAL)
    host.fill({"RFC": RFC.lower()})
    host.press("Guardar y continuar")
    host.heading("Domicilio y contacto")
    host.fill(DOMICILIO)
    host.choose("Entidad federativa", "Ciudad de México")
    expect(host.page.get_by_label("Correo de la dependencia")).to_have_value(CONTACTO)
    host.press("Guardar y continuar")
    host.heading("Representante")
    host.fill(REPRESENTA)
    host.press("Guardar y continuar")
    host.heading("Documentos")


def _upload_all(host: Person, papers: Papers) -> None:
    files = (
        ("Decreto de creación o acta constitutiva", papers.pdf("acta_constitutiva", "Acta", "Anexo")),
        ("Nombramiento del representante", papers.pdf("nombramiento")),
        ("INE del representante", papers.photos("ine", 2)),
        ("Comprobante de domicilio", papers.photos("recibo", 1)),
        ("Constancia de situación fiscal (RFC)", papers.pdf("constancia", f"RFC: {OTHER_RFC}")),
        ("Logotipo de la dependencia", papers.logo()),
    )
    host.follow(f"Seguir con: {files[0][0]}")
    for position, (name, paths) in enumerate(files, start=1):
        host.heading(name)
        host.attach("Elija el archivo", paths)
        host.press("Subir documento")
        host.sees("Recibimos el documento")
        if name.startswith("INE"):
            host.sees("2 páginas")
        if name.startswith("Constancia"):
            host.sees(f"En la constancia se lee el RFC {OTHER_RFC} y el declarado es {RFC}.")
        host.follow(
            "Se ve bien, seguir con el siguiente" if position < len(files) else "Se ve bien, continuar"
        )


def _check_and_send(host: Person) -> None:
    host.heading("Documentos")
    host.follow("Revisar y enviar")
    host.heading("Revise su solicitud")
    host.sees(RAZON_SOCIAL, "Calle Inventada 7", REPRESENTANTE, "acta_constitutiva.pdf")
    host.press("Enviar solicitud")
    host.sees("Marque la declaración para enviar la solicitud.")
    host.tick("Declaro que los datos")
    host.press("Enviar solicitud")
    host.heading("Recibimos su solicitud")


def review_once(world: World, office: Person) -> None:
    """The office accepts five papers, rejects one with a ready reason and sends the observations."""
    office.go(world.link(OFICINA, "Convenio por revisar"))
    for name in ("Decreto de creación", "Nombramiento"):
        office.heading(name)
        office.decide("Aceptar documento")
        office.sees("por dictaminar")
    office.heading("INE del representante")
    office.reject(ILEGIBLE)
    office.heading("Comprobante de domicilio")
    office.decide("Aceptar documento")
    office.heading("Constancia de situación fiscal")
    office.sees(f"En la constancia se lee el RFC {OTHER_RFC}")
    office.decide("Aceptar documento")
    office.heading("Logotipo")
    office.decide("Aceptar documento")
    office.heading(RAZON_SOCIAL)
    office.page.locator("summary", has_text="Enviar observaciones").click()
    office.press("Enviar observaciones")
    office.sees("Enviamos las observaciones a la dependencia.")


def correct(world: World, host: Person, papers: Papers) -> None:
    """The dependencia reads the reason in its mail and uploads a new version; nothing else is asked for again."""
    message = world.mail(CONTACTO, "necesita correcciones")
    assert ILEGIBLE in text_of(message)
    assert "Carmen Ejemplo Oficina" in text_of(message)
    host.go(world.link_in(message))
    host.sees("Con observaciones")
    expect(host.page.get_by_role("button", name="Reenviar a revisión")).to_have_count(0)
    host.follow("INE del representante")
    host.sees(ILEGIBLE, "Atentamente: Carmen Ejemplo Oficina")
    host.attach("Cambiar el archivo", papers.pdf("ine_nitida", "Frente", "Vuelta"))
    host.press("Enviar nueva versión")
    host.sees("Recibimos el documento")
    host.follow("Se ve bien, continuar")
    host.press("Reenviar a revisión")
    host.sees("Reenviamos su solicitud a revisión")


def authorise(world: World, office: Person) -> None:
    """The office sees both versions, accepts the new one and authorises the whole."""
    office.go(world.link(OFICINA, "corrigió su solicitud"))
    office.heading("INE del representante")
    office.sees("Versión 2", "Versión 1", ILEGIBLE)
    office.decide("Aceptar documento")
    office.sees("Todos los documentos están aceptados.")
    office.press("Autorizar convenio")
    office.sees("Convenio autorizado.")
    world.work()
    office.page.reload()
    with office.page.expect_download() as held:
        office.follow("Descargar (PDF)")
    assert held.value.suggested_filename.endswith(".pdf")


def open_account(world: World, host: Person) -> None:
    """The dependencia sets its password from the access link and signs in; the link serves once."""
    link = world.link(REPRESENTANTE, "Su convenio está autorizado")
    host.set_password(link, "Abrir mi cuenta")
    host.go(link)
    expect(host.page.get_by_role("button", name="Abrir mi cuenta")).to_have_count(0)
    host.sign_in(REPRESENTANTE, "Por atender", at="dependencia")
