"""Months of servicio: the three reports, the reporte global and the evaluación."""

from __future__ import annotations

import re
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.browser.papers import Papers
from tests.browser.people import Person
from tests.browser.walk_convenio import OFICINA, REPRESENTANTE
from tests.browser.walk_proyecto import BOLETA, CORREO, NOMBRE
from tests.browser.world import ESCUELA, World, text_of

FIRMA = "Falta la firma de tu responsable directo."
ARCHIVO = re.compile("^(Tu|Cambiar el) archivo")
HECHO = "Grabé y dibujé."


def period(hours: int, since: date) -> dict[str, str]:
    """The figures of a report: hours served in the hundred days that begin that day."""
    until = since + timedelta(days=99)
    return {
        "Horas de este periodo": str(hours),
        "Primer día del periodo": since.isoformat(),
        "Último día del periodo": until.isoformat(),
    }


class Servicio:
    """The three people of a servicio in course."""

    def __init__(self, world: World, alumno: Person, host: Person, office: Person, papers: Papers) -> None:
        self.world, self.papers = world, papers
        self.alumno, self.host, self.office = alumno, host, office

    def months_later(self, day: date) -> None:
        """Time passes; sessions end, so everybody signs in again."""
        self.world.jump_to(day)
        self.alumno.sign_in(BOLETA, NOMBRE)
        self.host.sign_in(REPRESENTANTE, "Por atender", at="dependencia")
        self.office.sign_in(OFICINA, "por atender")

    def send(self, name: str, hours: int = 0, since: date | None = None, *, button: str = "") -> None:
        """The alumno follows the next step, uploads, checks the answers and sends."""
        alumno = self.alumno
        alumno.go(f"/{ESCUELA}/alumno/")
        alumno.follow(button or f"Subir {name}")
        alumno.heading(name)
        alumno.attach(ARCHIVO, self.papers.pdf(name.replace(" ", "_"), name, "Evidencia"))
        if hours and since is not None:
            alumno.fill({**period(hours, since), "¿Qué hiciste? (opcional)": HECHO})
        alumno.press("Continuar")
        alumno.heading("Revisa antes de enviar")
        alumno.sees("El archivo se abre y se lee bien.")
        if "horas" in name:
            alumno.sees(HECHO)
        alumno.press(f"Enviar {name}")
        alumno.heading("Recibimos")
        alumno.sees("Primero lo revisa Taller de Mapas y después tu escuela.")

    def validate(self, name: str) -> None:
        """The dependencia opens it from its mail and validates it."""
        self.host.go(self.world.link(REPRESENTANTE, f"Por revisar: {name}"))
        self.host.heading(f"{name} de {NOMBRE}")
        self.host.decide("Validar")
        self.host.sees("Listo")
        self.world.mail(CORREO, "Tu dependencia validó")

    def approve(self, name: str, words: str = "Aceptar") -> None:
        """The escuela accepts it, after the dependencia."""
        self.office.go(self.world.link(OFICINA, f"Por revisar: {name}"))
        self.office.heading(f"{name} de {NOMBRE}")
        self.office.decide(words)
        self.office.sees("Listo")
        self.world.mail(CORREO, f"{name}: {'acepta' if words == 'Aceptar' else words}")

    def accepted(self, name: str, hours: int = 0, since: date | None = None) -> None:
        """A step that nobody objects to."""
        self.send(name, hours, since)
        self.validate(name)
        self.approve(name)


def report_refused_once(servicio: Servicio, since: date) -> None:
    """The office cannot come first; the dependencia refuses with a reason; the alumno corrects and resends."""
    name = "Reporte de 180 horas"
    _too_few_hours(servicio.alumno, servicio.papers, name, since)
    servicio.send(name, 180, since, button="Continuar")
    office = servicio.office
    office.go(f"/{ESCUELA}/coordinador/entregas")
    office.sees("No hay nada por revisar")
    servicio.host.go(servicio.world.link(REPRESENTANTE, f"Por revisar: {name}"))
    servicio.host.reject(FIRMA)
    servicio.host.sees("Listo")
    message = servicio.world.mail(CORREO, "Corrige")
    assert FIRMA in text_of(message)
    assert "Rebeca Ejemplo" in text_of(message)
    servicio.alumno.go(f"/{ESCUELA}/alumno/")
    servicio.alumno.sees(FIRMA)
    _hours(servicio.alumno, accepted=0)
    servicio.send(name, button=f"Corregir {name}")
    servicio.validate(name)
    servicio.approve(name)
    servicio.alumno.go(f"/{ESCUELA}/alumno/")
    _hours(servicio.alumno, accepted=180)


def _too_few_hours(alumno: Person, papers: Papers, name: str, since: date) -> None:
    """Hours that do not reach the goal are refused, and nothing typed is lost."""
    alumno.go(f"/{ESCUELA}/alumno/")
    alumno.follow(f"Subir {name}")
    alumno.fill(period(90, since))
    alumno.attach(ARCHIVO, papers.pdf("borrador"))
    alumno.press("Continuar")
    alumno.sees("pide llegar al menos a 180")
    expect(alumno.page.get_by_label("Horas de este periodo")).to_have_value("90")
    alumno.sees("borrador.pdf")


def _hours(alumno: Person, *, accepted: int) -> None:
    ring = alumno.page.get_by_role("img", name=re.compile("horas aceptadas"))
    expect(ring).to_have_attribute("aria-label", f"{accepted} de 480 horas aceptadas")


def serve_the_hours(servicio: Servicio, start: date, end: date) -> None:
    """From the first day to the last: 180, 180 and 120 hours in three periods, then the two last reports."""
    servicio.months_later(start + timedelta(days=100))
    report_refused_once(servicio, start)
    servicio.months_later(start + timedelta(days=200))
    servicio.accepted("Reporte de 360 horas", 180, start + timedelta(days=100))
    servicio.months_later(end + timedelta(days=1))
    servicio.accepted("Reporte de 480 horas", 120, start + timedelta(days=200))
    servicio.accepted("Reporte global")
    servicio.accepted("Evaluación de desempeño")
    _hours_done(servicio.alumno)


def _hours_done(alumno: Person) -> None:
    alumno.go(f"/{ESCUELA}/alumno/")
    _hours(alumno, accepted=480)
    alumno.heading("Espera la Carta de término")
