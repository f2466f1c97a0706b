"""The alumno's home and the way of an entrega in the browser."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.calendario import en_palabras
from portal.models import Escuela
from portal.services import bajas, correos, enlaces, entregas
from portal.services.effects import Para
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso

MOTIVO = "Falta la firma de tu responsable directo."


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return en_servicio.caso(escom, now)


@pytest.fixture
def alumno(client: FlaskClient, caso: Caso, now: datetime) -> FlaskClient:
    return factories.sign_in(client, caso.alumno.usuario_id, now)


def _url(caso: Caso, rest: str = "", clave: str = "reporte_180") -> str:
    return f"/escom/alumno/entregas/{caso.entrega(clave).public_id}{rest}"


def _datos(caso: Caso, *, archivo: bool = True, **cambios: Any) -> dict[str, Any]:
    inicio = caso.servicio.inicio
    values = {
        "horas": "180",
        "desde": inicio.isoformat(),
        "hasta": (inicio + timedelta(days=105)).isoformat(),
        "actividades": "Captura de fichas.",
        **cambios,
    }
    if archivo:
        values["archivo"] = (io.BytesIO(en_servicio._pdf()), "reporte.pdf")
    return values


def _html(answer: Any) -> str:
    return answer.get_data(as_text=True)


def test_before_its_first_day_a_servicio_asks_for_no_report(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    futuro = en_servicio.caso(escom, now, meses=-1)
    factories.sign_in(client, futuro.alumno.usuario_id, now)
    page = _html(client.get("/escom/alumno/"))
    assert f"Tu servicio empieza el {en_palabras(futuro.servicio.inicio)}" in page
    assert "Subir reporte de 180 horas" not in page


def test_a_report_is_uploaded_checked_and_sent(alumno: FlaskClient, caso: Caso) -> None:
    assert "Subir reporte de 180 horas" in _html(alumno.get("/escom/alumno/"))
    answer = alumno.post(_url(caso), data=_datos(caso))
    assert answer.status_code == 302, _html(answer)
    page = _html(alumno.get(answer.location))
    assert "Enviar Reporte de 180 horas" in page
    assert "Captura de fichas." in page
    answer = alumno.post(_url(caso, "/enviar"))
    assert answer.location.endswith("/enviada")
    done = _html(alumno.get(answer.location))
    assert caso.entrega().public_id[:8].upper() in done
    assert caso.dependencia.razon_social in done
    assert caso.entrega().estado == "en_revision"
    assert "En revisión" in _html(alumno.get("/escom/alumno/"))


def test_a_refusal_of_the_hours_keeps_the_file_and_what_was_typed(alumno: FlaskClient, caso: Caso) -> None:
    answer = alumno.post(_url(caso), data=_datos(caso, horas="120"))
    page = _html(answer)
    assert answer.status_code == 422
    assert "pide llegar al menos a 180" in page
    assert 'value="120"' in page
    assert "Ya tenemos tu archivo" in page
    assert "Captura de fichas." in page
    assert "Ya tenemos tu archivo" in _html(alumno.get(_url(caso)))
    answer = alumno.post(_url(caso), data=_datos(caso, archivo=False))
    assert answer.status_code == 302
    assert alumno.post(_url(caso, "/enviar")).status_code == 302
    assert caso.entrega().estado == "en_revision"


@pytest.mark.parametrize(
    ("cambios", "frase"),
    [
        ({"horas": "muchas"}, "Hay que escribir un número entero"),
        ({"horas": ""}, "Escribe las horas"),
        ({"desde": "31/02/2026"}, "Hay que escribir una fecha que exista"),
        ({"hasta": ""}, "el primer y el último día"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(
    alumno: FlaskClient, caso: Caso, cambios: dict[str, str], frase: str
) -> None:
    answer = alumno.post(_url(caso), data=_datos(caso, **cambios))
    assert answer.status_code == 422
    assert frase in _html(answer)
    typed = next(iter(cambios.values()))
    assert typed in _html(answer)


def test_a_period_that_ends_too_late_is_said_at_its_last_day(alumno: FlaskClient, caso: Caso) -> None:
    page = _html(alumno.post(_url(caso), data=_datos(caso, hasta="2099-12-31")))
    assert '<a href="#hasta">El periodo termina después de hoy.' in page
    assert 'href="#desde"' not in page


def test_a_file_that_is_refused_loses_nothing_else(alumno: FlaskClient, caso: Caso) -> None:
    data = _datos(caso, archivo=False) | {"archivo": (io.BytesIO(b"hola"), "reporte.pdf")}
    answer = alumno.post(_url(caso), data=data)
    assert answer.status_code == 422
    assert 'value="180"' in _html(answer)
    missing = alumno.post(_url(caso), data=_datos(caso, archivo=False))
    assert missing.status_code == 422
    assert "Elige el archivo" in _html(missing)


def test_a_rejection_is_read_and_corrected(alumno: FlaskClient, caso: Caso, now: datetime) -> None:
    sent = en_servicio.enviar(caso, now)
    with escuela_scope(caso.escuela.id):
        entregas.rechazar(sent.public_id, motivo=MOTIVO, actor=caso.como_dependencia, now=now)
    for page in (_html(alumno.get("/escom/alumno/")), _html(alumno.get(_url(caso)))):
        assert MOTIVO in page
        assert f"Atentamente: {caso.persona.nombre}" in page
    assert 'value="180"' in _html(alumno.get(_url(caso)))
    assert alumno.post(_url(caso), data=_datos(caso)).status_code == 302
    assert alumno.post(_url(caso, "/enviar")).status_code == 302
    assert "versión 2" in _html(alumno.get(_url(caso)))


def test_a_blocked_step_says_by_which_rule(alumno: FlaskClient, caso: Caso) -> None:
    page = _html(alumno.get(_url(caso, clave="reporte_360")))
    assert "Se abre cuando te acepten el reporte de 180 horas." in page
    assert "<form" not in page.split("<main")[1]
    assert alumno.post(_url(caso, clave="reporte_360"), data=_datos(caso)).status_code == 302


def test_nobody_else_sees_an_entrega(client: FlaskClient, caso: Caso, esca: Escuela, now: datetime) -> None:
    url = _url(caso)
    assert client.get(url).status_code == 302
    other = factories.alumno(caso.escuela, now)
    for quien in (
        other.usuario_id,
        factories.alumno(esca, now).usuario_id,
        caso.persona.id,
        caso.coordinador.id,
    ):
        factories.sign_in(client, quien, now)
        for rest in ("", "/revisar", "/enviada"):
            assert client.get(url + rest).status_code == 404
        assert client.post(url, data=_datos(caso)).status_code == 404
        assert client.post(f"{url}/enviar").status_code == 404


def test_the_home_of_each_situation_says_the_next_step(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    nuevo = factories.alumno(caso.escuela, now)
    factories.sign_in(client, nuevo.usuario_id, now)
    assert "Busca un proyecto" in _html(client.get("/escom/alumno/"))
    factories.sign_in(client, caso.alumno.usuario_id, now)
    en_servicio.enviar(caso, now)
    assert "Espera la revisión de tu dependencia" in _html(client.get("/escom/alumno/"))
    en_servicio.decidir(caso, now, "reporte_180", caso.como_dependencia)
    assert "Espera la revisión de tu escuela" in _html(client.get("/escom/alumno/"))
    en_servicio.decidir(caso, now, "reporte_180", caso.como_coordinador)
    page = _html(client.get("/escom/alumno/"))
    assert "Entrega el reporte de 360 horas" in page
    assert "180 de 480 horas aceptadas" in page


def test_after_a_baja_the_home_says_that_the_hours_stay(
    alumno: FlaskClient, caso: Caso, now: datetime
) -> None:
    en_servicio.aceptada(caso, now)
    with escuela_scope(caso.escuela.id):
        baja = bajas.pedir(
            caso.servicio.public_id,
            justificacion="Dejó de presentarse desde hace un mes.",
            fecha=caso.servicio.inicio,
            actor=caso.como_dependencia,
            now=now,
        )
        bajas.autorizar(baja.public_id, actor=caso.como_coordinador, now=now)
    page = _html(alumno.get("/escom/alumno/"))
    assert "Busca otro proyecto" in page
    assert "Tus 180 horas aceptadas se conservan" in page


def test_a_message_shows_no_link_that_leads_nowhere(alumno: FlaskClient, caso: Caso, now: datetime) -> None:
    with escuela_scope(caso.escuela.id), unit_of_work(now) as uow:
        marca = enlaces.crear(uow, "correo", usuario_id=caso.alumno.usuario_id)
        contexto = {"nombre": caso.alumno.nombre, "boleta": caso.alumno.boleta, "con_cuenta": False}
        para = Para(caso.alumno.correo, f"/enlace/{marca}", caso.alumno.usuario_id, contexto)
        correos.escribir(uow, "registro_confirmar", para)
    listed = _html(alumno.get("/escom/alumno/mensajes"))
    address = listed.split("/escom/alumno/mensajes/")[1].split('"')[0]
    page = _html(alumno.get(f"/escom/alumno/mensajes/{address}"))
    assert "/enlace/" not in page
    assert "tu enlace personal solo está en el correo" in page


def test_messages_are_the_alumnos_own(
    client: FlaskClient, alumno: FlaskClient, caso: Caso, now: datetime
) -> None:
    en_servicio.aceptada(caso, now)
    listed = _html(alumno.get("/escom/alumno/mensajes"))
    assert "Reporte de 180 horas: aceptado" in listed
    address = listed.split("/escom/alumno/mensajes/")[1].split('"')[0]
    assert "llevas 180 de 480" in _html(alumno.get(f"/escom/alumno/mensajes/{address}"))
    factories.sign_in(client, factories.alumno(caso.escuela, now).usuario_id, now)
    assert client.get(f"/escom/alumno/mensajes/{address}").status_code == 404


def test_the_pages_ask_at_most_nine_statements(alumno: FlaskClient, caso: Caso, now: datetime) -> None:
    en_servicio.aceptada(caso, now)
    en_servicio.enviar(caso, now, "reporte_360")
    urls = ["/escom/alumno/", "/escom/alumno/mensajes", _url(caso), _url(caso, clave="reporte_480")]
    for url in urls:
        assert en_servicio.preguntas(alumno, url) <= 9, url


def test_the_unit_of_work_is_closed_after_a_refused_page(
    alumno: FlaskClient, caso: Caso, now: datetime
) -> None:
    alumno.post(_url(caso), data=_datos(caso, horas="1"))
    with escuela_scope(caso.escuela.id), unit_of_work(now):
        pass
