"""In real browsers: a responsable without an account evaluates from a link and signs with a finger; what was accepted
is marked as loaded in the SISS by its alumno, and the rest by the office from what the SISS says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.models import Correo, Escuela, db
from portal.services import enlaces
from tenants.scope import escuela_scope
from tests import en_servicio
from tests.browser.people import Person
from tests.browser.world import Site, give_password
from tests.en_servicio import Caso
from worker import outbox

CLAVE = "evaluacion_desempeno"


def _por_evaluar(escuela: Escuela, now: datetime) -> Caso:
    """Every report accepted: the evaluación is what follows."""
    caso = en_servicio.caso(escuela, now, meses=14)
    for clave, horas in (
        ("reporte_180", 180),
        ("reporte_360", 180),
        ("reporte_480", 120),
        ("reporte_global", 0),
    ):
        en_servicio.aceptada(caso, now, clave, horas)
    for usuario in (caso.alumno.usuario_id, caso.coordinador.id):
        give_password(usuario, now)
    return caso


def _enlace(escuela: Escuela) -> str:
    """The link that was written to the responsable."""
    with escuela_scope(escuela.id):
        query = select(Correo.contexto).where(Correo.plantilla == "evaluacion_pedida")
        ruta: str = db.session.scalars(query).one()["ruta"]
        db.session.commit()
    return enlaces.expand(ruta)


def test_a_responsable_evaluates_by_link_and_the_office_reconciles_what_the_alumno_marked(
    site: Site, phone: Page, desktop: Page, escom: Escuela, now: datetime
) -> None:
    caso = _por_evaluar(escom, now)
    person, office = Person(site, phone), Person(site, desktop)
    person.sign_in(caso.alumno.boleta, "evaluación de desempeño")
    person.go(f"/escom/alumno/entregas/{caso.entrega(CLAVE).public_id}")
    person.press("Pedir evaluación")
    person.sees("La tiene")
    _marks(person, caso, to_local(now).strftime("%Y-%m-%d"))

    person.page.context.clear_cookies()  # the responsable's own phone
    _evaluates(person, _enlace(escom), caso)
    outbox.drain(escom.id, lambda: datetime.now(UTC))
    assert caso.entrega(CLAVE).estado == "en_revision"

    office.sign_in(caso.coordinador.correo, "por atender")
    _reconciles(office, caso, to_local(now - timedelta(days=1)).strftime("%d/%m/%Y"))
    marcas = {clave: caso.entrega(clave).siss_quien for clave in ("reporte_180", "reporte_360")}
    assert marcas == {"reporte_180": "alumno", "reporte_360": "coordinador"}


def _marks(person: Person, caso: Caso, dia: str) -> None:
    """The alumno says on which day a report was loaded."""
    person.go(f"/escom/alumno/entregas/{caso.entrega('reporte_180').public_id}")
    person.heading("Ahora cárgala en el SISS")
    person.page.locator("input[name=siss]").fill(dia)
    person.press("Ya la cargué en el SISS")
    person.sees("Quedó anotado que la cargaste en el SISS")


def _evaluates(person: Person, link: str, caso: Caso) -> None:
    """Fill every criterio, sign with a finger, declare; the link says afterwards what became of it."""
    person.go(link)
    person.heading(f"Evalúe a {caso.alumno.nombre_completo}")
    criterios = person.page.locator("fieldset:has(input[name^=c_])")
    for n in range(criterios.count()):
        criterios.nth(n).get_by_role("radio").last.check()
    person.draw(person.page.locator("canvas"))
    person.press("Firmar la evaluación")
    person.is_corrected("declare que usted es responsable")
    person.page.locator("input[name=declaro]").check()
    if not person.page.locator("input[name=firma_trazo]").input_value():
        person.draw(person.page.locator("canvas"))
    person.press("Firmar la evaluación")
    person.sees("su evaluación quedó firmada")


def _reconciles(office: Person, caso: Caso, dia: str) -> None:
    """Paste what the SISS says, look at what it would mark, write it."""
    office.go("/escom/coordinador/siss")
    office.page.locator("summary", has_text="Conciliar con un archivo").click()
    boleta = caso.alumno.boleta
    rows = f"boleta;reporte;fecha\n{boleta};Reporte de 360 horas;{dia}\n{boleta};No existe;{dia}"
    office.page.locator("textarea[name=pegado]").fill(rows)
    office.press("Ver qué se marcaría")
    office.sees("no tiene una entrega que se llame «No existe»")
    office.press("Marcar")
    office.sees("1 entrega marcada como cargada en el SISS")
    office.follow("Cargadas")
    expect(office.page.get_by_role("cell", name=boleta)).to_have_count(2)
