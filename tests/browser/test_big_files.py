"""A big file from a real browser over a bad line: progress is seen, a drop is survived, a cancel leaves nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Request, Route, expect
from sqlalchemy import select

from portal.models import Documento, Escuela, Subida, db
from portal.services import runtime
from tenants.scope import escuela_scope
from tests import en_servicio
from tests.browser.conftest import SCREENS
from tests.browser.people import Person
from tests.browser.test_conveniences import REPORTE, heavy_pdf
from tests.browser.world import Site, give_password
from tests.en_servicio import Caso

BAR = "Avance del envío"
MB = 1_000_000


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    found = en_servicio.caso(escom, now)
    give_password(found.alumno.usuario_id, now)
    return found


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A phone whose console may complain: a line that drops is written there."""
    context: BrowserContext = browser.new_context(locale="es-MX", **SCREENS["phone"])
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def alumno(site: Site, page: Page, caso: Caso) -> Person:
    person = Person(site, page)
    person.sign_in(caso.alumno.boleta, caso.alumno.nombre_completo)
    return form(person, caso)


def form(person: Person, caso: Caso) -> Person:
    """The page of the report, with its figures typed."""
    person.go("/escom/alumno/")
    person.follow(f"Subir {REPORTE}")
    until = caso.servicio.inicio + timedelta(days=105)
    person.fill({"Horas de este periodo": "180", "Primer día del periodo": caso.servicio.inicio.isoformat(),
                 "Último día del periodo": until.isoformat()})  # fmt: skip
    return person


class Line:
    """The line between the browser and the portal: its speed, whether it is there, and what went through it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.network: CDPSession = page.context.new_cdp_session(page)
        self.network.send("Network.enable")
        self.asked: list[str] = []
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        what = request.headers.get("portal-subida")
        if what:
            self.asked.append(what.split()[0])

    def speed(self, upload: int, *, offline: bool = False) -> None:
        """Bytes per second towards the portal; -1 for all that the machine can."""
        line = {"offline": offline, "latency": 5, "downloadThroughput": -1, "uploadThroughput": upload}
        self.network.send("Network.emulateNetworkConditions", line)


@pytest.fixture
def line(page: Page) -> Line:
    return Line(page)


def left(caso: Caso) -> tuple[int, int]:
    """Unfinished files, and objects of theirs in the storage."""
    with escuela_scope(caso.escuela.id):
        rows = db.session.scalars(select(Subida)).all()
        db.session.commit()
        storage = runtime.current().backends.storage
        return len(rows), len(list(storage.list(f"escuela/{caso.escuela.id}/subidas/")))


def nothing_left(caso: Caso) -> None:
    """Nothing, once the request that was cut has put away what it had begun to write."""
    until = time.monotonic() + 5
    while left(caso) != (0, 0) and time.monotonic() < until:
        time.sleep(0.05)
    assert left(caso) == (0, 0)


def share(page: Page) -> int:
    return int(page.get_by_role("progressbar", name=BAR).evaluate("bar => bar.value"))


def wait_for_share(page: Page, least: int) -> None:
    page.wait_for_function(
        "least => (document.querySelector('.portal-progreso')?.value ?? 0) >= least", arg=least
    )


def received(caso: Caso) -> int:
    with escuela_scope(caso.escuela.id):
        documento = db.session.get(Documento, (caso.escuela.id, caso.entrega().borrador_documento_id))
        assert documento is not None
        db.session.commit()
        return documento.bytes


def test_a_dropped_line_is_survived_and_nothing_is_sent_twice(
    alumno: Person, line: Line, caso: Caso, tmp_path: Path
) -> None:
    line.speed(3 * MB)
    alumno.attach("Tu archivo", heavy_pdf(tmp_path, 12))
    alumno.press("Continuar")
    expect(alumno.page.get_by_role("progressbar", name=BAR)).to_be_visible()
    wait_for_share(alumno.page, 25)
    line.speed(-1, offline=True)
    alumno.sees("El envío continúa solo en cuanto vuelva")
    before = share(alumno.page)
    line.speed(-1)
    alumno.heading("Revisa antes de enviar")
    assert before >= 20
    assert line.asked.count("nueva") == 1
    assert "consultar" in line.asked
    assert received(caso) > 12 * MB
    nothing_left(caso)


def test_a_cancelled_file_leaves_nothing_behind(
    alumno: Person, line: Line, caso: Caso, tmp_path: Path
) -> None:
    line.speed(3 * MB)
    alumno.attach("Tu archivo", heavy_pdf(tmp_path, 12))
    alumno.press("Continuar")
    wait_for_share(alumno.page, 30)
    assert left(caso)[1] >= 1
    alumno.press("Cancelar el envío")
    alumno.sees("No se guardó nada.")
    nothing_left(caso)
    assert caso.entrega().borrador_documento_id is None


def test_after_the_page_was_closed_the_same_file_goes_on_where_it_was(
    alumno: Person, line: Line, caso: Caso, tmp_path: Path
) -> None:
    papel = heavy_pdf(tmp_path, 12)
    line.speed(3 * MB)
    alumno.attach("Tu archivo", papel)
    alumno.press("Continuar")
    wait_for_share(alumno.page, 40)
    form(alumno, caso)
    assert left(caso)[0] == 1
    alumno.attach("Tu archivo", papel)
    alumno.sees("continúa donde se quedó")
    line.speed(-1)
    alumno.press("Continuar")
    alumno.heading("Revisa antes de enviar")
    assert line.asked.count("nueva") == 1
    assert received(caso) > 12 * MB


def test_a_person_may_begin_anew_instead(alumno: Person, line: Line, caso: Caso, tmp_path: Path) -> None:
    papel = heavy_pdf(tmp_path, 12)
    line.speed(3 * MB)
    alumno.attach("Tu archivo", papel)
    alumno.press("Continuar")
    wait_for_share(alumno.page, 30)
    form(alumno, caso)
    alumno.attach("Tu archivo", papel)
    with alumno.page.expect_response(
        lambda answer: "cancelar" in answer.request.headers.get("portal-subida", "")
    ):
        alumno.press("Empezar de nuevo")
    nothing_left(caso)
    expect(alumno.page.get_by_text("continúa donde se quedó")).to_have_count(0)


def test_a_portal_that_lost_the_file_says_so_and_the_next_sending_works(
    alumno: Person, caso: Caso, tmp_path: Path
) -> None:
    lost: list[bool] = []

    def lose(route: Route) -> None:
        """The form refers to a file that is no longer there."""
        sent = route.request.post_data_buffer or b""
        if lost or "portal-subida" in route.request.headers or b"subida_archivo" not in sent:
            route.continue_()
            return
        lost.append(True)
        route.continue_(post_data=re.sub(rb'(subida_archivo"\r\n\r\n)[^\r]+', rb"\1no-existe", sent))

    alumno.page.route("**/entregas/*", lose)
    alumno.attach("Tu archivo", heavy_pdf(tmp_path, 6))
    alumno.press("Continuar")
    alumno.sees("ya no está en el portal")
    alumno.press("Continuar")
    alumno.heading("Revisa antes de enviar")


def test_a_form_that_takes_no_pieces_gets_the_file_with_it(
    alumno: Person, caso: Caso, tmp_path: Path
) -> None:
    def refuse(route: Route) -> None:
        if "portal-subida" in route.request.headers:
            route.fulfill(status=404, json={"mensaje": "no"})
        else:
            route.continue_()

    alumno.page.route("**/entregas/*", refuse)
    alumno.attach("Tu archivo", heavy_pdf(tmp_path, 6))
    alumno.press("Continuar")
    alumno.heading("Revisa antes de enviar")
    assert received(caso) > 6 * MB
