"""The SISS in the browser: the alumno's mark, the office's list, its files, and the CSV that is seen first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.calendario import to_local
from portal.models import Escuela
from tests import en_servicio, factories
from tests.en_servicio import Caso

OFICINA = "/escom/coordinador/siss"


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    found = en_servicio.caso(escom, now, alumno=factories.alumno(escom, now, paterno="=1+1"))
    en_servicio.aceptada(found, now)
    return found


def _html(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_the_alumno_marks_what_was_accepted(client: FlaskClient, caso: Caso, now: datetime) -> None:
    factories.sign_in(client, caso.alumno.usuario_id, now)
    url = f"/escom/alumno/entregas/{caso.entrega().public_id}"
    assert "Ahora cárgala en el SISS" in _html(client.get(url))
    assert "Falta cargarla en el SISS" in _html(client.get("/escom/alumno/"))
    bad = client.post(f"{url}/siss", data={"siss": "41/41/2026"})
    assert bad.status_code == 422
    assert 'value="41/41/2026"' in _html(bad)
    late = client.post(f"{url}/siss", data={"siss": "2999-01-01"})
    assert late.status_code == 409
    assert "no puede estar en el futuro" in _html(late)
    assert client.post(f"{url}/siss", data={"siss": f"{to_local(now):%d/%m/%Y}"}).status_code == 302
    assert "La cargaste en el SISS el" in _html(client.get(url))


def test_the_office_sees_who_lacks_it_and_takes_the_list_along(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    factories.sign_in(client, caso.coordinador.id, now)
    page = _html(client.get(OFICINA))
    assert caso.alumno.boleta in page
    assert caso.alumno.boleta not in _html(client.get(f"{OFICINA}?cargadas=1"))
    csv = client.get(f"{OFICINA}/exportar?formato=csv").get_data().decode("utf-8-sig")
    assert caso.alumno.boleta in csv
    assert "\n=1+1" not in csv
    assert ",=1+1" not in csv
    assert "'=1+1" in csv
    assert client.get(f"{OFICINA}/exportar?formato=xlsx").status_code == 200
    assert client.get(f"{OFICINA}/exportar?formato=doc").status_code == 404
    assert "Cargadas en el SISS" in _html(client.get("/escom/coordinador/entregas"))


def test_a_pasted_csv_is_seen_and_then_written(client: FlaskClient, caso: Caso, now: datetime) -> None:
    factories.sign_in(client, caso.coordinador.id, now)
    pegado = f"boleta,reporte,fecha\n{caso.alumno.boleta},reporte_180,{to_local(now):%Y-%m-%d}\nx,y,z"
    page = _html(client.post(OFICINA, data={"pegado": pegado}))
    assert "Marcar 1 entrega" in page
    assert "sin la forma correcta" in page
    assert caso.entrega().siss is None
    done = client.post(
        f"{OFICINA}/conciliar", data={"texto": pegado.rsplit("\n", 1)[0]}, follow_redirects=True
    )
    assert "1 entrega marcada como cargada en el SISS" in _html(done)
    assert caso.entrega().siss is not None


@pytest.mark.parametrize("pegado", ["", "boleta,fecha\n1,2"])
def test_what_cannot_be_read_is_refused_and_kept(
    client: FlaskClient, caso: Caso, now: datetime, pegado: str
) -> None:
    factories.sign_in(client, caso.coordinador.id, now)
    answer = client.post(OFICINA, data={"pegado": pegado})
    assert answer.status_code == 422
    assert f">{pegado}</textarea>" in _html(answer)


def test_a_school_without_the_siss_has_no_such_page(client: FlaskClient, app: Any, now: datetime) -> None:
    from portal.services import escuelas

    cetis = escuelas.por_slug("cetis-demo")
    assert cetis is not None
    factories.sign_in(client, factories.coordinador(cetis, now).id, now)
    assert client.get("/cetis-demo/coordinador/siss").status_code == 404
    assert "SISS" not in _html(client.get("/cetis-demo/coordinador/entregas"))
