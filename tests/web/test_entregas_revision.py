"""Validating and accepting entregas in the browser: turns, neighbours, prepared reasons, two people at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.models import Escuela
from portal.queries import servicios as servicios_queries
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso

MOTIVO = "Las horas no corresponden al periodo que reportas."


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    found = en_servicio.caso(escom, now)
    en_servicio.enviar(found, now)
    return found


def _html(answer: Any) -> str:
    return answer.get_data(as_text=True)


def _url(caso: Caso, rol: str, rest: str = "") -> str:
    base = {"dependencia": "/dependencia/escom", "coordinador": "/escom/coordinador"}[rol]
    return f"{base}/entregas/{caso.entrega().public_id}{rest}"


def _otro(caso: Caso, now: datetime) -> Caso:
    """A second prestador of the same dependencia, whose report was sent a minute later."""
    other = en_servicio.en(
        caso.escuela, now, caso.dependencia, caso.persona, caso.proyecto, coordinador=caso.coordinador
    )
    en_servicio.enviar(other, now + timedelta(minutes=1))
    return other


def test_the_dependencia_validates_and_goes_on_with_the_next(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    other = _otro(caso, now)
    factories.sign_in(client, caso.persona.id, now)
    page = _html(client.get(_url(caso, "dependencia")))
    assert "1 de 2" in page
    assert "Captura de fichas" in page
    answer = client.post(_url(caso, "dependencia", "/aceptar"))
    assert answer.location.split("?")[0].endswith(f"/entregas/{other.entrega().public_id}")
    assert "Validó Reporte de 180 horas" in _html(client.get(answer.location))
    answer = client.post(_url(other, "dependencia", "/aceptar"))
    assert answer.location.endswith(f"/prestadores/{other.servicio.public_id}")
    assert caso.entrega().revisor_en_turno == "coordinador"


def test_a_rejection_without_a_reason_keeps_what_was_typed(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    factories.sign_in(client, caso.persona.id, now)
    answer = client.post(_url(caso, "dependencia", "/rechazar"), data={"motivo": "No va"})
    assert answer.status_code == 422
    assert "al menos 10 caracteres" in _html(answer)
    assert ">No va</textarea>" in _html(answer)
    assert client.post(_url(caso, "dependencia", "/rechazar"), data={"motivo": MOTIVO}).status_code == 302
    assert caso.entrega().motivo == MOTIVO


def test_the_office_reviews_oldest_first(client: FlaskClient, caso: Caso, now: datetime) -> None:
    other = _otro(caso, now)
    en_servicio.decidir(other, now, "reporte_180", caso.como_dependencia)
    en_servicio.decidir(caso, now + timedelta(minutes=5), "reporte_180", caso.como_dependencia)
    factories.sign_in(client, caso.coordinador.id, now)
    listed = _html(client.get("/escom/coordinador/entregas"))
    assert listed.index(other.alumno.boleta) < listed.index(caso.alumno.boleta)
    assert client.get("/escom/coordinador/entregas/empezar").location.endswith(other.entrega().public_id)
    page = _html(client.get(_url(other, "coordinador")))
    assert "1 de 2" in page
    assert f'rel="prefetch" href="/escom/coordinador/entregas/{caso.entrega().public_id}"' in page
    assert "Falta la firma de tu responsable directo." in page
    assert "Nada raro" in page
    answer = client.post(_url(other, "coordinador", "/aceptar"))
    assert answer.location.split("?")[0].endswith(caso.entrega().public_id)
    last = client.post(_url(caso, "coordinador", "/rechazar"), data={"motivo": MOTIVO})
    assert last.location.endswith("/coordinador/entregas")
    assert "No queda ninguna por revisar." in _html(client.get(last.location))
    assert (other.leer().horas, caso.leer().horas) == (180, 0)


def test_a_queue_of_one_tipo_leads_only_to_its_own(client: FlaskClient, caso: Caso, now: datetime) -> None:
    en_servicio.decidir(caso, now, "reporte_180", caso.como_dependencia)
    factories.sign_in(client, caso.coordinador.id, now)
    assert caso.alumno.boleta in _html(client.get("/escom/coordinador/entregas?tipo=reporte"))
    assert caso.alumno.boleta not in _html(client.get("/escom/coordinador/entregas?tipo=evaluacion"))
    assert caso.alumno.boleta in _html(client.get("/escom/coordinador/entregas?tipo=otra"))
    assert client.get("/escom/coordinador/entregas/empezar?tipo=evaluacion").location.endswith(
        "tipo=evaluacion"
    )
    done = client.post(_url(caso, "coordinador", "/aceptar") + "?tipo=reporte")
    assert "No queda ninguna por revisar con este filtro." in _html(client.get(done.location))


def test_the_second_of_two_reviewers_reads_what_happened(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    factories.sign_in(client, caso.persona.id, now)
    url = _url(caso, "dependencia", "/aceptar")
    assert client.post(url).status_code == 302
    answer = client.post(url, follow_redirects=True)
    assert "Alguien más la revisó mientras usted la veía" in _html(answer)
    stale = client.post(_url(caso, "dependencia", "/rechazar?visto=viejo"), data={"motivo": MOTIVO})
    assert stale.status_code == 302
    assert caso.entrega().estado == "en_revision"


@pytest.mark.parametrize("rol", ["dependencia", "coordinador"])
def test_only_whoever_has_to_do_with_it_opens_a_review(
    client: FlaskClient, caso: Caso, esca: Escuela, now: datetime, rol: str
) -> None:
    foreign = en_servicio.caso(esca, now)
    url = _url(caso, rol)
    assert client.get(url).status_code == 302
    for quien in (caso.alumno.usuario_id, foreign.persona.id, foreign.coordinador.id):
        factories.sign_in(client, quien, now)
        assert client.get(url).status_code == 404
        assert client.post(f"{url}/aceptar").status_code == 404
    expected = 403 if rol == "coordinador" else 404
    factories.sign_in(client, factories.coordinador(caso.escuela, now, "convenios").id, now)
    assert client.get(url).status_code == expected
    assert caso.entrega().revisor_en_turno == "dependencia"


def test_the_prestadores_of_every_escuela_are_one_list(
    client: FlaskClient, caso: Caso, esca: Escuela, now: datetime
) -> None:
    convenio = factories.convenio(esca, caso.dependencia, now)
    otro = en_servicio.en(esca, now, caso.dependencia, caso.persona, factories.proyecto(esca, convenio, now))
    stranger = en_servicio.caso(esca, now)
    factories.sign_in(client, caso.persona.id, now)
    page = _html(client.get("/dependencia/prestadores"))
    assert caso.alumno.boleta in page
    assert otro.alumno.boleta in page
    assert stranger.alumno.boleta not in page
    assert "le toca validar" in page
    assert "Nadie ha terminado todavía" in _html(client.get("/dependencia/prestadores?ver=terminados"))
    pagina = _html(client.get(f"/dependencia/escom/prestadores/{caso.servicio.public_id}"))
    assert "La tiene: usted" in pagina
    assert "Pedir baja" in pagina
    assert client.get(f"/dependencia/esca-ust/prestadores/{caso.servicio.public_id}").status_code == 404
    assert client.get(f"/dependencia/esca-ust/prestadores/{stranger.servicio.public_id}").status_code == 404


def test_an_expediente_is_read_whole(caso: Caso) -> None:
    with escuela_scope(caso.escuela.id):
        whole = servicios_queries.expediente(caso.servicio.public_id)
        assert whole is not None
        assert len(whole.entregas) == 7
        assert whole.servicio.dependencia.id == caso.dependencia.id
        assert servicios_queries.expediente("otro") is None


def test_reviews_and_lists_ask_at_most_eight_statements(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    for minute in range(3):
        _otro(caso, now + timedelta(minutes=minute))
    factories.sign_in(client, caso.persona.id, now)
    urls = [_url(caso, "dependencia"), f"/dependencia/escom/prestadores/{caso.servicio.public_id}"]
    for url in ["/dependencia/prestadores", *urls]:
        assert en_servicio.preguntas(client, url) <= 8, url
    en_servicio.decidir(caso, now, "reporte_180", caso.como_dependencia)
    factories.sign_in(client, caso.coordinador.id, now)
    for url in ["/escom/coordinador/entregas", _url(caso, "coordinador")]:
        assert en_servicio.preguntas(client, url) <= 8, url


def test_the_office_gives_a_registration_number(client: FlaskClient, esca: Escuela, now: datetime) -> None:
    caso = en_servicio.caso(esca, now, razon_social="PEMEX")
    otro = en_servicio.caso(esca, now)
    factories.sign_in(client, caso.coordinador.id, now)
    url = f"/esca-ust/coordinador/expedientes/{caso.servicio.public_id}/numero-registro"
    assert client.post(url, data={"numero": ""}).status_code == 422
    assert client.post(url, data={"numero": "21140/0009"}).status_code == 302
    assert caso.entrega("reporte_1").estado == "habilitada"
    url = url.replace(caso.servicio.public_id, otro.servicio.public_id)
    assert 'value="21140/0010"' in _html(client.get(url))
    taken = client.post(url, data={"numero": "21140/0009"})
    assert taken.status_code == 409
    assert "ya es de otro servicio" in _html(taken)
    assert client.get(url.replace("esca-ust", "escom")).status_code == 404
