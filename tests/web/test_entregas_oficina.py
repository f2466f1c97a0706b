"""The office's queue: narrowed, shared among colleagues, decisions taken back; a student's row of boxes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.models import Escuela
from tests import en_servicio, factories
from tests.en_servicio import Caso

COLA = "/escom/coordinador/entregas"


@pytest.fixture
def casos(escom: Escuela, now: datetime) -> tuple[Caso, Caso]:
    """Two alumnos of two dependencias, each with a report that waits for the office; the first waits longer."""
    antes = now - timedelta(hours=3)
    uno = en_servicio.caso(escom, antes, alumno=factories.alumno(escom, antes, carrera="isc"))
    otro = en_servicio.caso(
        escom, antes, alumno=factories.alumno(escom, antes, carrera="iia"), coordinador=uno.coordinador
    )
    for hora, caso in ((2, uno), (1, otro)):
        en_servicio.enviar(caso, now - timedelta(hours=hora))
        en_servicio.decidir(caso, now - timedelta(hours=hora), "reporte_180", caso.como_dependencia)
    return uno, otro


@pytest.fixture
def oficina(client: FlaskClient, casos: tuple[Caso, Caso], now: datetime) -> FlaskClient:
    return factories.sign_in(client, casos[0].coordinador.id, now)


def _html(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def _url(caso: Caso, rest: str = "") -> str:
    return f"{COLA}/{caso.entrega().public_id}{rest}"


@pytest.mark.parametrize(
    ("filtro", "see"),
    [
        ("", (True, True)),
        ("?carrera=isc", (True, False)),
        ("?dependencia={otra}", (False, True)),
        ("?paso=reporte_180", (True, True)),
        ("?paso=reporte_360", (False, False)),
        ("?tipo=reporte&carrera=iia", (False, True)),
        ("?revisor=nadie", (True, True)),
        ("?revisor=mias", (False, False)),
        ("?q={boleta}", (True, False)),
        ("?carrera=isc&carrera=nada&revisor=mias", (False, False)),
    ],
)
def test_the_queue_is_narrowed_and_counts_what_it_shows(
    oficina: FlaskClient, casos: tuple[Caso, Caso], filtro: str, see: tuple[bool, bool]
) -> None:
    uno, otro = casos
    page = _html(oficina.get(COLA + filtro.format(otra=otro.dependencia.public_id, boleta=uno.alumno.boleta)))
    shown = tuple(f"<small>{caso.alumno.boleta}</small>" in page for caso in casos)
    assert shown == see
    assert f"{sum(see)} por revisar" in page


def test_the_filter_goes_along_from_one_review_to_the_next(
    oficina: FlaskClient, casos: tuple[Caso, Caso], now: datetime
) -> None:
    uno, otro = casos
    tercero = en_servicio.en(
        uno.escuela,
        now - timedelta(minutes=50),
        uno.dependencia,
        uno.persona,
        uno.proyecto,
        alumno=factories.alumno(uno.escuela, now, carrera="isc"),
        coordinador=uno.coordinador,
    )
    en_servicio.enviar(tercero, now - timedelta(minutes=40))
    en_servicio.decidir(tercero, now - timedelta(minutes=40), "reporte_180", uno.como_dependencia)
    assert "1 de 3" in _html(oficina.get(_url(uno)))
    page = _html(oficina.get(_url(uno, "?carrera=isc")))
    assert "1 de 2" in page
    assert f"{tercero.entrega().public_id}?carrera=isc" in page
    answer = oficina.post(_url(uno, "/aceptar?carrera=isc"))
    assert answer.location.split("?")[0].endswith(tercero.entrega().public_id)
    assert "carrera=isc" in answer.location
    assert otro.entrega().estado == "en_revision"


def test_entregas_are_taken_given_and_given_back(
    oficina: FlaskClient, casos: tuple[Caso, Caso], now: datetime
) -> None:
    uno, otro = casos
    colega = factories.coordinador(uno.escuela, now, "reportes", nombre="Colega Ficticia")
    marcadas = {"m": [c.entrega().public_id for c in casos]}
    page = _html(oficina.post(f"{COLA}/asignar", data={**marcadas, "accion": "tomar"}, follow_redirects=True))
    assert "2 asignadas a usted." in page
    assert page.count("Usted</td>") == 2
    given = {"m": [otro.entrega().public_id], "accion": "asignar", "revisor": colega.public_id}
    assert "1 asignada a Colega Ficticia." in _html(
        oficina.post(f"{COLA}/asignar", data=given, follow_redirects=True)
    )
    mine = _html(oficina.get(f"{COLA}?revisor=mias"))
    assert uno.alumno.boleta in mine
    assert f"<small>{otro.alumno.boleta}</small>" not in mine
    assert "Está asignada a Colega Ficticia" in _html(oficina.get(_url(otro)))
    assert "Colega Ficticia: 1 en espera" in mine
    oficina.post(f"{COLA}/asignar", data={**marcadas, "accion": "asignar", "revisor": "nadie"})
    assert otro.entrega().asignada_id is None


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"accion": "tomar"}, "Marque las entregas"),
        ({"m": "{una}", "accion": "asignar"}, "Marque las entregas"),
        ({"m": "{una}", "accion": "asignar", "revisor": "desconocida"}, "pueda revisar entregas"),
    ],
)
def test_an_assignment_that_means_nothing_says_so(
    oficina: FlaskClient, casos: tuple[Caso, Caso], data: dict[str, str], sentence: str
) -> None:
    una = casos[0].entrega().public_id
    data = {name: value.format(una=una) for name, value in data.items()}
    assert sentence in _html(oficina.post(f"{COLA}/asignar", data=data, follow_redirects=True))


def test_a_decision_is_undone_from_the_next_review_and_from_the_list(
    oficina: FlaskClient, casos: tuple[Caso, Caso]
) -> None:
    uno, otro = casos
    answer = oficina.post(_url(uno, "/aceptar"))
    page = _html(oficina.get(answer.location))
    assert "Deshacer lo anterior" in page
    assert _url(uno, "/deshacer") in page
    assert "Decididas hace poco" in _html(oficina.get(COLA))
    back = oficina.post(_url(uno, "/deshacer"))
    assert "Se deshizo la decisión" in _html(oficina.get(back.location))
    assert uno.entrega().estado == "en_revision"
    assert "Decididas hace poco" not in _html(oficina.get(COLA))
    oficina.post(_url(uno, "/rechazar"), data={"motivo": "Falta la firma del responsable."})
    assert "Deshacer (quedan 10 min)" in _html(oficina.get(_url(uno)))
    oficina.post(_url(uno, "/deshacer"))
    page = _html(oficina.get(_url(uno)))
    assert "La escuela la rechazó, y se deshizo" in page
    assert otro.entrega().estado == "en_revision"


def test_what_may_not_be_undone_is_not_offered_and_refused_in_a_sentence(
    oficina: FlaskClient, casos: tuple[Caso, Caso], now: datetime
) -> None:
    uno, _ = casos
    en_servicio.decidir(uno, now - timedelta(minutes=11), "reporte_180", uno.como_coordinador)
    assert "Deshacer" not in _html(oficina.get(_url(uno)))
    answer = oficina.post(_url(uno, "/deshacer"), follow_redirects=True)
    assert "Ya pasaron los minutos" in _html(answer)
    assert uno.entrega().estado == "aceptada"


def test_the_dependencia_takes_back_its_own_word(
    client: FlaskClient, casos: tuple[Caso, Caso], now: datetime
) -> None:
    uno, otro = casos
    en_servicio.decidir(uno, now, "reporte_180", uno.como_coordinador)
    en_servicio.enviar(uno, now, "reporte_360")
    factories.sign_in(client, uno.persona.id, now)
    base = "/dependencia/escom/entregas/"
    mine = f"{base}{uno.entrega('reporte_360').public_id}"
    client.post(f"{mine}/aceptar")
    assert "Deshacer (quedan" in _html(client.get(mine))
    assert client.post(f"{base}{otro.entrega().public_id}/deshacer").status_code == 404
    client.post(f"{mine}/deshacer")
    assert uno.entrega("reporte_360").revisor_en_turno == "dependencia"


def test_a_students_boxes_stand_in_a_row_and_open_their_review(
    oficina: FlaskClient, casos: tuple[Caso, Caso], now: datetime
) -> None:
    uno, _ = casos
    for url in (
        f"/escom/coordinador/expedientes/{uno.servicio.public_id}/entregas",
        f"/escom/coordinador/expedientes/{uno.servicio.public_id}",
    ):
        page = _html(oficina.get(url))
        assert (
            page.index("Reporte de 180 horas") < page.index("Reporte global") < page.index("Carta de término")
        )
        assert _url(uno) in page
        assert "La tiene la oficina" in page
    assert "Lista de emisión" not in page
    assert oficina.get("/escom/coordinador/expedientes/no-existe/entregas").status_code == 404


def test_the_boxes_of_a_plan_with_lista_end_with_it(
    client: FlaskClient, esca: Escuela, now: datetime
) -> None:
    caso = en_servicio.caso(esca, now)
    factories.sign_in(client, caso.coordinador.id, now)
    page = _html(client.get(f"/esca-ust/coordinador/expedientes/{caso.servicio.public_id}/entregas"))
    for box in ("Evaluación de desempeño", "Carta término", "Lista de emisión", "Constancia de liberación"):
        assert f'portal-casilla__titulo">{box}' in page
    assert "Por asignar" in page
