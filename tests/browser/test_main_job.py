"""The main job, whole: four people, one walk, from an empty portal to a carta de finalización [seed 002]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page

from portal.domain.calendario import add_months
from portal.domain.solicitud import proximo_inicio
from portal.services import escuelas
from tests.browser import walk_cierre, walk_convenio, walk_proyecto
from tests.browser.papers import Papers
from tests.browser.people import Person
from tests.browser.walk_servicio import Servicio, serve_the_hours
from tests.browser.world import World
from tests.conftest import settings_for

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path, serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> World:
    """A portal with one escuela and nobody in it."""
    data = tmp_path / "data"
    data.mkdir()
    return World(settings_for(data), serve, monkeypatch)


def test_four_people_walk_from_an_empty_portal_to_a_carta_de_finalizacion(
    world: World, open_browser: Callable[..., Page], tmp_path: Path
) -> None:
    host, office, alumno, jefe, gerente = (
        Person(world, open_browser(screen)) for screen in ("desktop", "desktop", "phone", "phone", "phone")
    )
    papers = Papers(tmp_path / "papers")

    walk_convenio.open_office(world, office)
    walk_convenio.ask(world, host, papers)
    walk_convenio.review_once(world, office)
    walk_convenio.correct(world, host, papers)
    walk_convenio.authorise(world, office)
    walk_convenio.open_account(world, host)

    walk_proyecto.publish(world, host, office)
    walk_proyecto.register(world, alumno, office)
    walk_proyecto.show_face(alumno, papers)
    walk_proyecto.apply(world, alumno, office)
    start, end = ten_months(world)
    walk_proyecto.accept(world, host, alumno, start, end)

    servicio = Servicio(world, alumno, host, office, papers)
    serve_the_hours(servicio, start, end)

    walk_cierre.issue_termino(servicio, jefe, gerente)
    walk_cierre.hand_in_expediente(servicio)
    letter = walk_cierre.finish(servicio)
    url = walk_cierre.check_letter(world, letter)
    anybody = Person(world, open_browser("phone"))
    walk_cierre.verify(anybody, url, letter, papers)
    walk_cierre.revoke(office, anybody, url)


def ten_months(world: World) -> tuple[date, date]:
    """The first day on which a servicio may begin, and the last of ten months: three hundred days fit."""
    with world.app.app_context(), world.scope():
        start = proximo_inicio(world.clock.today(), escuelas.calendario(), (1, 16))
    return start, add_months(start, 10)
