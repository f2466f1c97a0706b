"""The evaluación by link in a browser: the alumno asks, the responsable fills and signs without an account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.frases import frase
from portal.models import Correo, Escuela, db
from portal.services import enlaces
from tenants.scope import escuela_scope
from tests import cierre, en_servicio, factories
from tests.en_servicio import Caso

CLAVE = "evaluacion_desempeno"


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    found = en_servicio.caso(escom, now, meses=14)
    for clave, horas in (
        ("reporte_180", 180),
        ("reporte_360", 180),
        ("reporte_480", 120),
        ("reporte_global", 0),
    ):
        en_servicio.aceptada(found, now, clave, horas)
    return found


def _html(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def _url(caso: Caso) -> str:
    return f"/escom/alumno/entregas/{caso.entrega(CLAVE).public_id}"


def _pide(client: FlaskClient, caso: Caso, now: datetime) -> str:
    """The alumno asks; the path of the link that was written."""
    factories.sign_in(client, caso.alumno.usuario_id, now)
    data = {"responsable": "Ramiro Ejemplo", "responsable_correo": "responsable@ejemplo.test"}
    assert client.post(f"{_url(caso)}/evaluacion", data=data).status_code == 302
    with escuela_scope(caso.escuela.id):
        query = select(Correo.contexto).where(Correo.plantilla == "evaluacion_pedida")
        ruta = db.session.scalars(query).one()["ruta"]
        db.session.commit()
    return enlaces.expand(ruta)


def _respuestas(**cambios: str) -> dict[str, str]:
    claves = ("asistencia", "actividades", "calidad", "conocimientos", "iniciativa", "trato")
    todo = {f"c_{clave}": "4" for clave in claves}
    return {**todo, "nombre": "Ramiro Ejemplo", "cargo": "Responsable", "comentarios": "Bien.", "declaro": "y",
            "firma_trazo": cierre.trazo(), **cambios}  # fmt: skip


def test_the_alumno_asks_with_the_responsable_prefilled_and_sees_who_has_it(
    client: FlaskClient, caso: Caso, now: datetime
) -> None:
    factories.sign_in(client, caso.alumno.usuario_id, now)
    page = _html(client.get(_url(caso)))
    assert 'value="responsable@ejemplo.test"' in page
    assert "O sube el formato firmado" in page
    own = {"responsable": "Yo", "responsable_correo": caso.alumno.correo}
    refused = client.post(f"{_url(caso)}/evaluacion", data=own)
    assert refused.status_code == 409
    assert "no puede llegar a tu propio correo" in _html(refused)
    assert 'value="Yo"' in _html(refused)
    assert client.post(f"{_url(caso)}/evaluacion", data={"responsable": ""}).status_code == 422
    _pide(client, caso, now)
    page = _html(client.get(_url(caso)))
    assert "La tiene Ramiro Ejemplo" in page
    again = client.post(f"{_url(caso)}/evaluacion/reenviar", follow_redirects=True)
    assert "Hace muy poco que le escribimos" in _html(again)


def test_the_responsable_fills_and_signs_once(
    client: FlaskClient, caso: Caso, now: datetime, drain: Any
) -> None:
    link = _pide(client, caso, now)
    page = _html(client.get(link))
    assert "Calidad de su trabajo" in page
    assert client.get(link).status_code == 200  # opening it uses nothing up
    holes = client.post(link, data=_respuestas(c_trato="", cargo="", declaro="", firma_trazo=""))
    assert holes.status_code == 400
    for lacking in ("Elija un valor para cada criterio", "Escriba su cargo.", frase("firma.sin_imagen"),
                    frase("evaluacion.sin_declaracion")):  # fmt: skip
        assert lacking in _html(holes), lacking
    assert 'value="4" checked' in _html(holes)
    assert "Bien.</textarea>" in _html(holes)
    assert "declare que usted es responsable" in _html(client.post(link, data=_respuestas(declaro="")))
    assert client.post(link, data=_respuestas()).status_code == 302
    assert "Gracias: su evaluación quedó firmada" in _html(client.get(link))
    assert client.post(link, data=_respuestas()).status_code == 200  # says that it was signed already
    drain()
    assert caso.entrega(CLAVE).estado == "en_revision"
    factories.sign_in(client, caso.persona.id, now)
    review = _html(client.get(f"/dependencia/escom/entregas/{caso.entrega(CLAVE).public_id}"))
    assert "Su responsable la firmó en línea" in review
    assert "El enlace se envió a" not in review


def test_the_responsable_may_say_no(client: FlaskClient, caso: Caso, now: datetime) -> None:
    link = _pide(client, caso, now)
    short = client.post(f"{link}/rechazar", data={"motivo": "No"})
    assert short.status_code == 400
    assert "No</textarea>" in _html(short)
    client.post(f"{link}/rechazar", data={"motivo": "Ya no trabajo ahí desde enero."})
    assert "Usted no hizo la evaluación" in _html(client.get(link))
    page = _html(client.get(_url(caso)))
    assert "Ya no trabajo ahí desde enero." in page
    assert "Pedir evaluación" in page


def test_a_link_that_nobody_knows_is_not_found(client: FlaskClient, app: Any) -> None:
    for path in ("", "/rechazar", "/nuevo"):
        assert client.post(f"/evaluar/{'x' * 43}{path}").status_code == 404
    assert client.get(f"/evaluar/{'x' * 43}").status_code == 404
