"""Letters of a school in real browsers: a circuit of three with all that happens in one, and an edited template."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.models import Carta, Documento, Escuela, db
from portal.services import cartas, documentos, escuelas, valores
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import cierre, factories
from tests.browser.papers import Papers
from tests.browser.people import Person
from tests.browser.world import ESCUELA, Site, give_password
from tests.cierre import GERENTE, JEFA
from tests.en_servicio import Caso
from tests.escuela_con import DIRECCION, circuito, perfil_con

CIRCUITO = circuito("termino", "direccion", jefe_inmediato=1, gerente=2, direccion=3)
Open = Callable[..., Page]


@pytest.fixture
def caso(escom: Escuela, now: datetime, tmp_path: Path) -> Caso:
    """A servicio whose carta de término three people sign, and an office that may sign in."""
    perfil_con("escom", CIRCUITO, tmp_path, now)
    found = cierre.con_horas(escom, now)
    give_password(found.coordinador.id, now)
    return found


def _signer(site: Site, open_browser: Open, caso: Caso, correo: str) -> Person:
    """A signer on a phone, past the code that came to the same address."""
    person = Person(site, open_browser("phone"))
    person.go(f"/firmar/{cierre.enlace(caso, correo)}")
    person.heading("Primero, confirme que es usted")
    person.press("Enviarme el código")
    person.fill({"Código": cierre.codigo(caso, correo)})
    person.press("Continuar")
    person.heading("Se le pide firmar la carta de término")
    return person


def _sign(person: Person) -> None:
    person.draw(person.page.locator("canvas"))
    person.page.locator("#declaro").check()
    person.press("Firmar la carta")
    person.heading("Gracias: su firma quedó registrada")


def _refused(site: Site, open_browser: Open, caso: Caso, now: datetime) -> Person:
    """The first letter is refused with a reason, which the office reads; answers the office's browser."""
    first = cierre.emitir(caso, now)
    refuser = _signer(site, open_browser, caso, JEFA.correo)
    refuser.page.get_by_text("No la voy a firmar…").click()
    refuser.fill({"Motivo": "El horario no es el convenido."})
    refuser.press("Rechazar con este motivo")
    refuser.heading("Usted no firmó la carta")
    office = Person(site, open_browser("desktop"))
    office.sign_in(caso.coordinador.correo, "por atender")
    office.go(f"/{ESCUELA}/coordinador/cartas/{first.public_id}")
    office.sees("Alguien no la firmó", "El horario no es el convenido.")
    return office


def _away(site: Site, open_browser: Open, caso: Caso, now: datetime) -> None:
    """The first signer is away and names a substitute, who signs."""
    away = _signer(site, open_browser, caso, JEFA.correo)
    away.page.get_by_text("Estoy ausente: que firme otra persona…").click()
    hoy = to_local(now).date()
    away.fill({"Nombre completo de quien firma": "Saúl Suplente", "Su cargo": "Subjefe",
               "Su correo": "saul@ejemplo.test", "Desde": hoy.isoformat(),
               "Hasta": (hoy + timedelta(days=9)).isoformat()})  # fmt: skip
    away.press("Nombrar a quien firma")
    away.sees("La carta ya va en camino a su correo.")

    substitute = _signer(site, open_browser, caso, "saul@ejemplo.test")
    substitute.sees(f"Usted firma por ausencia de {JEFA.nombre}")
    _sign(substitute)


def test_a_circuit_of_three_with_a_refusal_a_substitute_and_a_paper_scan(
    site: Site, open_browser: Open, caso: Caso, now: datetime, tmp_path: Path, drain: Callable[[], int]
) -> None:
    office = _refused(site, open_browser, caso, now)
    second = cierre.emitir(caso, now)
    _away(site, open_browser, caso, now)
    by_hand = _signer(site, open_browser, caso, GERENTE.correo)
    by_hand.page.get_by_text("Firmar en papel y subir el escaneo…").click()
    by_hand.attach(
        "Escaneo de la carta firmada", Papers(tmp_path / "papers").pdf("escaneo", "Carta firmada a mano")
    )
    by_hand.page.locator("#declaro_papel").check()
    by_hand.press("Enviar el escaneo")
    by_hand.heading("Recibimos el escaneo")

    office.go(f"/{ESCUELA}/coordinador/cartas/{second.public_id}")
    office.sees("Por cotejar", f"Por ausencia de {JEFA.nombre}")
    office.press("Es esta carta y está firmada")
    office.sees(f"La firma de {GERENTE.nombre} ya cuenta.")

    _sign(_signer(site, open_browser, caso, DIRECCION))
    drain()
    anybody = Person(site, open_browser("phone"))
    anybody.go(f"/verificar/{second.codigo}")
    anybody.heading("Auténtica")
    anybody.sees(
        "Saúl Suplente",
        f"por ausencia de {JEFA.nombre}",
        "en papel, cotejada por la escuela",
        "Dra. Aurora Ficticia Robles",
    )


def _emitida(escuela: Escuela, now: datetime, drain: Callable[[], int]) -> str:
    """The words of a carta de presentación issued now."""
    alumno, (host, _) = factories.alumno(escuela, now), factories.dependencia(now)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        datos = {**valores.del_alumno(alumno), **valores.de_la_dependencia(host)}
        nueva = cartas.Nueva(datos, alumno_id=alumno.id)
        carta = cartas.generar(uow, "presentacion", nueva, factories.como_coordinador(escuela, "expedientes"))
    drain()
    return _palabras(escuela, carta.id)


def _palabras(escuela: Escuela, carta_id: int) -> str:
    with escuela_scope(escuela.id):
        cual = select(Documento).join(Carta, Carta.documento_id == Documento.id).where(Carta.id == carta_id)
        with documentos.abrir(db.session.scalars(cual).one()) as stream:
            text = pypdfium2.PdfDocument(stream.read())[0].get_textpage().get_text_range()
    return re.sub(r"\s+", " ", text)


def test_a_template_edited_beside_its_preview_shows_in_the_next_letter_and_not_in_the_last(
    site: Site, open_browser: Open, escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    escuelas._editada.cache_clear()
    office_person = factories.coordinador(escom, now)
    give_password(office_person.id, now)
    last = _emitida(escom, now, drain)
    office = Person(site, open_browser("desktop"))
    office.sign_in(office_person.correo, "No hay nada por atender")
    office.go(f"/{ESCUELA}/coordinador/cartas")
    office.follow("Plantillas")
    office.follow("Carta de presentación")
    place = office.page.locator("[data-plantilla-vista]")
    before = place.locator("img").first.get_attribute("src")

    office.page.get_by_label("Despedida", exact=True).fill("CON RESPETO, ")
    office.page.get_by_text("Datos que se pueden usar").click()
    office.page.get_by_role("button", name="alumno_nombr", exact=False).first.click()
    expect(office.page.get_by_label("Despedida", exact=True)).to_have_value(
        "CON RESPETO, {{ alumno_nombre }}"
    )
    expect(place.locator("img").first).not_to_have_attribute("src", before or "")
    office.page.get_by_label("Saludo", exact=True).fill("{{ alumno_nombr }}")
    expect(place).to_contain_text("¿Quizá «alumno_nombre»?")
    office.press("Guardar como edición nueva")
    office.is_corrected("No existe el dato «alumno_nombr»")
    office.page.get_by_label("Saludo", exact=True).fill("")
    office.press("Guardar como edición nueva")
    office.sees("Guardamos la edición 1.")

    assert "CON RESPETO" not in last
    assert "CON RESPETO" in _emitida(escom, now, drain)
    escuelas._editada.cache_clear()
