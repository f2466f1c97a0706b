"""Internal and external prestatarios, each from registration to the constancia, on a phone [seed 001]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from portal.domain.calendario import add_months
from portal.domain.solicitud import proximo_inicio
from portal.services import escuelas
from tests.browser.papers import Papers
from tests.browser.people import Person
from tests.browser.walk_constancia import Camino
from tests.browser.walk_servicio import period
from tests.browser.world import World
from tests.conftest import settings_for

pytestmark = pytest.mark.slow


@pytest.fixture
def camino(
    tmp_path: Path, serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch, phone: Page, desktop: Page
) -> Camino:
    """A portal with one escuela, its office and somebody with a phone."""
    data = tmp_path / "data"
    data.mkdir()
    world = World(settings_for(data), serve, monkeypatch, tenant="esca_ust")
    made = Camino(world, Person(world, phone), Person(world, desktop), Papers(tmp_path / "papers"))
    made.open_office()
    return made


def a_year(world: World) -> tuple[date, date]:
    """The first day on which a servicio may begin, and the last of a year: seven reports fit in any season."""
    with world.app.app_context(), world.scope():
        start = proximo_inicio(world.clock.today(), escuelas.calendario(), (1, 16))
    return start, add_months(start, 12)


def test_an_internal_prestatario_sees_fourteen_rows_and_ends_with_the_constancia(camino: Camino) -> None:
    inicio, termino = a_year(camino.world)
    camino.register("PEMEX", inicio, termino)
    camino.later(termino + timedelta(days=1), "Entrega el reporte 1")
    camino.alumno.sees("14. Constancia de liberación")
    hasta = camino.until(inicio, 69)
    camino.hand_in("Reporte 1", {**period(69, inicio), "Último día del periodo": hasta.isoformat()})
    assert camino.estados()["reporte_2"] == "habilitada"
    horas = (("reporte_2", 69), ("reporte_3", 69), ("reporte_4", 69), ("reporte_5", 69), ("reporte_6", 69),
             ("reporte_7", 66), ("reporte_global", 0), ("evaluacion_desempeno", 0), ("carta_termino", 0))  # fmt: skip
    camino.hand_in_the_others(*horas, since=hasta + timedelta(days=1))
    to_the_constancia(camino)


def test_an_external_prestatario_sees_six_rows_and_ends_with_the_constancia(camino: Camino) -> None:
    inicio, termino = a_year(camino.world)
    camino.register("Taller de Mapas Ficticios", inicio, termino)
    camino.later(termino + timedelta(days=1), "Entrega la evaluación de desempeño")
    camino.alumno.sees("6. Constancia de liberación")
    camino.hand_in("Evaluación de desempeño", {})
    camino.hand_in_the_others(("carta_termino", 480), since=inicio)
    to_the_constancia(camino)


def to_the_constancia(camino: Camino) -> None:
    """Everything is accepted: the lista, the constancia, the download."""
    camino.issue_list()
    camino.load_constancia()
    assert camino.take_constancia().startswith(b"%PDF")
    assert set(camino.estados().values()) == {"aceptada"}
