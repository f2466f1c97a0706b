"""From a prerregistro to the constancia de liberación: an alumno on a phone, the office at a desk [seed 001]."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from portal.demo.etapas import dia_con_horas
from portal.models import Alumno, Entrega, Escuela, Servicio, Usuario, db
from portal.services import escuelas
from tests import emision, en_servicio
from tests.browser.papers import Papers
from tests.browser.people import Person
from tests.browser.test_prerregistro import BOLETA, ESCUELA, asigna_numero, registrarse
from tests.browser.world import World
from tests.en_servicio import Caso

NOMBRE = "Yaretzi Ejemplo Ficticia"
CORREO = "yaretzi@ejemplo.test"
OFICINA = "oficina@escuela.test"
ARCHIVO = re.compile("^Tu archivo")


class Camino:
    """The two people of a servicio that ends with a constancia, and what their papers are."""

    def __init__(self, world: World, alumno: Person, office: Person, papers: Papers) -> None:
        self.world, self.alumno, self.office, self.papers = world, alumno, office, papers

    def open_office(self) -> None:
        """Somebody of the office accepts the invitation and signs in."""
        self.world.invite(
            OFICINA, "Martha Oficina", "Responsable", "expedientes", "reportes", "terminos", "administracion"
        )
        self.office.set_password(self.world.link(OFICINA, "Abra su cuenta"), "Abrir mi cuenta")
        self.office.sign_in(OFICINA, "No hay nada por atender", at=ESCUELA)

    def register(self, prestatario: str, inicio: date, termino: date) -> None:
        """Registered on the phone, confirmed from the mail, accepted with a number."""
        alumno, office = self.alumno, self.office
        registrarse(alumno, self.papers, inicio.isoformat(), termino.isoformat(), prestatario)
        alumno.go(self.world.link(CORREO, "Confirma"))
        alumno.press("Confirmar")
        alumno.sign_in(BOLETA, "Tu expediente está en revisión", at=ESCUELA)
        office.go(f"/{ESCUELA}/coordinador/prerregistros/empezar")
        office.heading(f"Prerregistro de {NOMBRE}")
        asigna_numero(office)
        office.sees(f"Aceptó el expediente de {NOMBRE}.")

    def later(self, day: date, heading: str) -> None:
        """Time passes; both sign in again. `heading` is what the alumno's home says."""
        self.world.jump_to(day)
        self.alumno.sign_in(BOLETA, heading, at=ESCUELA)
        self.office.sign_in(OFICINA, "por atender", at=ESCUELA)

    def hand_in(self, name: str, figures: dict[str, str]) -> None:
        """A step through the screen: sent from the phone, accepted by the office."""
        alumno, office = self.alumno, self.office
        alumno.follow(f"Subir {name}")
        alumno.heading(name)
        alumno.attach(ARCHIVO, self.papers.pdf(name.replace(" ", "_"), name))
        alumno.fill(figures)
        alumno.press("Continuar")
        alumno.heading("Revisa antes de enviar")
        alumno.press(f"Enviar {name}")
        alumno.heading("Recibimos")
        office.go(self.world.link(OFICINA, f"Por revisar: {name}"))
        office.heading(f"{name} de {NOMBRE}")
        office.decide("Aceptar")
        office.sees("Listo")

    def until(self, since: date, horas: int) -> date:
        """The first day on which so many hours (h) fit since another, by the plan and the escuela's calendar."""
        with self.world.app.app_context():
            servicio = self._caso().servicio
            with self.world.scope():
                plan = escuelas.plan(servicio.perfil_version, servicio.plan_clave)
                found = dia_con_horas(plan, escuelas.calendario(), since, horas)
            db.session.remove()
            return found

    def hand_in_the_others(self, *steps: tuple[str, int], since: date) -> None:
        """The steps that are like those which went through the screen, by the services: (clave, hours) each.

        The first report begins on `since`, each in as few days as its hours need.
        """
        periods: list[dict[str, date]] = []
        for _, horas in steps:
            hasta = self.until(since, horas)
            periods.append({"desde": since, "hasta": hasta} if horas else {})
            since = hasta + timedelta(days=1) if horas else since
        with self.world.app.app_context():
            caso, now = self._caso(), self.world.clock()
            for (clave, horas), period in zip(steps, periods, strict=True):
                en_servicio.enviar(caso, now, clave, horas, **period)
                en_servicio.decidir(caso, now, clave)
            db.session.remove()

    def _caso(self) -> Caso:
        escuela = db.session.scalars(select(Escuela).where(Escuela.id == self.world.escuela_id)).one()
        office = db.session.scalars(select(Usuario).where(Usuario.correo == OFICINA)).one()
        with self.world.scope():
            servicio = db.session.scalars(select(Servicio)).one()
            alumno = db.session.scalars(select(Alumno)).one()
        nobody: Any = None
        return Caso(escuela, servicio, alumno, nobody, nobody, nobody, office)

    def estados(self) -> dict[str, str]:
        """How the steps stand."""
        with self.world.app.app_context(), self.world.scope():
            found = {e.clave: e.estado for e in db.session.scalars(select(Entrega))}
            db.session.remove()
            return found

    def issue_list(self) -> None:
        """The office generates the lista de emisión with the one who waits; the alumno hears of it."""
        alumno, office = self.alumno, self.office
        office.go(f"/{ESCUELA}/coordinador/emision")
        office.press("Revisar la lista con el único que espera")
        office.heading("Primera lista de emisión")
        office.fill({"Número de esta primera lista": "15"})
        office.press("Generar la lista con los marcados")
        office.heading("Lista de emisión 15")
        self.world.work()
        alumno.go(f"/{ESCUELA}/alumno/")
        alumno.heading("Espera tu constancia de liberación")
        alumno.sees("lista de emisión 15")

    def load_constancia(self) -> None:
        """The PDF that came is matched by its boleta, looked at and confirmed."""
        office = self.office
        constancia = self.papers.folder / f"{BOLETA}.pdf"
        constancia.write_bytes(emision.pdf(NOMBRE))
        office.go(f"/{ESCUELA}/coordinador/constancias")
        office.attach("PDF de las constancias, o un ZIP con ellos", constancia)
        office.press("Leer los archivos")
        office.heading("Carga de constancias")
        self.world.work()
        office.sees(f"{BOLETA}.pdf")
        office.press("Cargar las constancias y avisar")
        office.sees("Confirmó 1 constancia")
        self.world.work()

    def take_constancia(self) -> bytes:
        """The alumno opens the mail's link on the phone and downloads it; the office sees that."""
        alumno, office = self.alumno, self.office
        alumno.go(self.world.link(CORREO, "constancia"))
        alumno.go(f"/{ESCUELA}/alumno/")
        alumno.heading("Descarga tu constancia de liberación")
        taken = alumno.download("Descargar tu constancia").path().read_bytes()
        office.go(f"/{ESCUELA}/coordinador/emision")
        office.follow("Lista 15")
        office.sees("Completa", "1 de 1")
        return taken
