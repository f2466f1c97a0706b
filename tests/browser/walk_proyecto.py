"""From a convenio to an alumno in service: proyecto, registration, papers, acceptance."""

from __future__ import annotations

import re
from datetime import date

from playwright.sync_api import expect

from tests.browser.papers import Papers, flat, words_of
from tests.browser.people import Person
from tests.browser.walk_convenio import OFICINA, RAZON_SOCIAL, REPRESENTANTE
from tests.browser.world import ESCUELA, PASSWORD, World

TITULO = "Mapa sonoro de barrios inventados"
HORARIO = "Lunes a viernes de 9:00 a 13:00 horas"
BOLETA = "2029630777"
CORREO = "xochitl@alumno.test"
NOMBRE = "Xóchitl Marina Ensayo Prueba"
JEFE = "jefe@taller.test"
GERENTE = "gerente@taller.test"
GENTE = {
    "Responsable directo": ("Ramiro Ejemplo Uno", "Cartógrafo", "responsable@taller.test"),
    "Jefe inmediato": ("Julia Ejemplo Dos", "Jefa de cartografía", JEFE),
    "Gerente o titular del área": ("Gerardo Ejemplo Tres", "Gerente general", GERENTE),
}


def publish(world: World, host: Person, office: Person) -> None:
    """The dependencia writes a proyecto in two goes and sends it; the office publishes it."""
    host.go("/dependencia/proyectos")
    host.follow("Nuevo proyecto")
    host.heading("Nuevo proyecto")
    host.fill({"Título del proyecto": TITULO})
    host.press("Guardar y revisar")
    host.sees("Antes de enviarlo falta:")
    host.follow("Completar el proyecto")
    _describe(host)
    host.press("Guardar y revisar")
    host.heading(TITULO)
    host.press("Enviar a revisión")
    host.sees("La escuela lo está revisando.")
    office.go(world.link(OFICINA, "Proyecto por revisar"))
    office.heading(TITULO)
    office.press("Publicar")
    office.sees("Publicado")
    world.mail(REPRESENTANTE, "ya está publicado")


def _describe(host: Person) -> None:
    host.fill(
        {
            "Propósito": "Reunir los sonidos de barrios que no existen, para quien quiera oírlos.",
            "Actividades": "Grabar sonidos\nDibujar el mapa\nPublicar el sitio",
            "Cupo": "1",
            "Lugar": "Calle Inventada 7, Centro",
            "Horario": HORARIO,
        }
    )
    host.tick("Ingeniería en Sistemas Computacionales")
    host.tick("Presencial")
    host.choose("Zona", "Centro")
    for who, (nombre, cargo, correo) in GENTE.items():
        group = host.page.get_by_role("group", name=who)
        host.fill({"Nombre completo": nombre, "Cargo": cargo, "Correo": correo}, within=group)


def register(world: World, alumno: Person, office: Person) -> None:
    """The alumno registers, confirms the e-mail, and the office confirms the alumno."""
    alumno.go(f"/{ESCUELA}/registro")
    alumno.fill(
        {
            "Nombre o nombres": "Xóchitl Marina",
            "Apellido paterno": "Ensayo",
            "Apellido materno (opcional)": "Prueba",
            "Boleta": "29-77",
            "Correo electrónico": CORREO,
            "Contraseña": PASSWORD,
            "Escríbela otra vez": PASSWORD,
        }
    )
    alumno.choose("Carrera", "Ingeniería en Sistemas Computacionales")
    alumno.choose("Semestre", "7.º")
    alumno.tick("Femenino")
    alumno.press("Registrarme")
    alumno.heading("Hay algo que corregir")
    expect(alumno.page.get_by_label("Nombre o nombres")).to_have_value("Xóchitl Marina")
    alumno.fill({"Boleta": BOLETA, "Contraseña": PASSWORD, "Escríbela otra vez": PASSWORD})
    alumno.press("Registrarme")
    alumno.heading("Revisa tu correo")
    alumno.go(world.link(CORREO, "Confirma tu correo"))
    alumno.press("Confirmar mi correo")
    alumno.sees("La escuela revisará tu registro")
    office.go(f"/{ESCUELA}/coordinador/alumnos?estado=por_confirmar")
    office.follow("Ensayo Prueba")
    office.press("Confirmar")
    office.sees("Activo")
    world.mail(CORREO, "Tu registro fue confirmado")
    alumno.sign_in(BOLETA, NOMBRE)


def show_face(alumno: Person, papers: Papers) -> None:
    """A photo, seen cropped before it is sent and square afterwards."""
    alumno.go(f"/{ESCUELA}/alumno/perfil")
    alumno.attach("Elige una foto", papers.portrait())
    expect(alumno.page.get_by_role("img", name="Así quedará tu fotografía")).to_be_visible()
    alumno.press("Guardar foto")
    alumno.sees("Tu foto quedó guardada.")
    photo = alumno.page.get_by_role("img", name="Tu fotografía", exact=True)
    size = photo.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])")
    assert size[0] == size[1] > 0


def apply(world: World, alumno: Person, office: Person) -> None:
    """The alumno finds the proyecto, asks the office for both papers, and sends when they are there."""
    alumno.go(f"/{ESCUELA}/alumno/")
    alumno.follow("Buscar proyectos")
    alumno.heading("Proyectos de servicio social")
    alumno.page.wait_for_load_state("load")  # the search begins to listen
    alumno.page.get_by_role("searchbox").fill("sonoro")
    expect(alumno.page).to_have_url(re.compile("q=sonoro"))
    alumno.follow(TITULO)
    alumno.press("Postularme")
    alumno.heading("Tus dos documentos")
    for paper in ("Carta de presentación", "Constancia de estudios"):
        alumno.follow(paper)
        alumno.press("Pedirla a mi escuela")
        alumno.heading("Tus dos documentos")
    alumno.sees("Podrás enviarla cuando estén")
    _issue_papers(world, office)
    alumno.go(world.link(CORREO, "Ya está tu constancia"))
    alumno.go(world.link(CORREO, "Ya está tu carta"))
    alumno.fill({"Mensaje para la dependencia (opcional)": "Me gusta oír los barrios."})
    alumno.press("Enviar solicitud")
    alumno.sees("La dependencia la tiene desde")


def _issue_papers(world: World, office: Person) -> None:
    office.go(f"/{ESCUELA}/coordinador/tramites")
    office.page.get_by_label("Seleccionar todos los de esta página").check()
    office.press("Emitir cartas…")
    office.heading("Emitir 2 cartas")
    office.press("Emitir 2 cartas")
    office.heading("tanda de 2 cartas")
    world.work()
    office.sees("Listo: se emitieron las 2 cartas.")


def accept(world: World, host: Person, alumno: Person, start: date, end: date) -> None:
    """The dependencia reads the papers and accepts; a period that is too short is refused first."""
    host.go(world.link(REPRESENTANTE, "Solicitud de servicio social"))
    host.heading(NOMBRE)
    host.follow("Constancia de estudios")
    host.fill({"Fecha de inicio": start.isoformat(), "Fecha de término": start.replace(day=28).isoformat(),
               "Horario": HORARIO})  # fmt: skip
    host.press("Aceptar y generar")
    host.sees("El servicio dura al menos 6 meses")
    expect(host.page.get_by_label("Fecha de inicio")).to_have_value(start.isoformat())
    host.fill({"Fecha de término": end.isoformat()})
    host.press("Aceptar y generar")
    host.sees("Aceptada")
    world.mail(CORREO, "¡Te aceptaron!")
    world.work()
    alumno.go(f"/{ESCUELA}/alumno/cartas")
    text = words_of(alumno.download("Descargar carta de aceptación").path())
    for words in (NOMBRE, TITULO, "Dibujar el mapa", RAZON_SOCIAL):
        assert flat(words) in text, words
