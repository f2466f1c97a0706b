"""The carta de término of a servicio inside the escuela: asked once everything is in, issued by the office."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Carta, Documento, Escuela, db
from portal.services import documentos, terminos_oficina
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso
from worker.outbox import drain

PASOS = (
    ("reporte_180", 180),
    ("reporte_360", 180),
    ("reporte_480", 120),
    ("reporte_global", 0),
    ("evaluacion_desempeno", 0),
)
CLAVE = "carta_termino"


def _caso(escom: Escuela, now: datetime, razon_social: str = "Escuela Superior de Cómputo") -> Caso:
    ayer = to_local(now).date() - timedelta(days=1)
    found = en_servicio.caso(escom, now, meses=14, termino=ayer, razon_social=razon_social)
    for clave, horas in PASOS:
        en_servicio.aceptada(found, now, clave, horas)
    return found


def _pedir(caso: Caso, now: datetime, actor: Any = None) -> Any:
    with escuela_scope(caso.escuela.id):
        return terminos_oficina.pedir(caso.entrega(CLAVE).public_id, actor=actor or caso.como_alumno, now=now)


def _emitir(caso: Caso, now: datetime, *permisos: str) -> Carta:
    with escuela_scope(caso.escuela.id):
        actor = factories.como_coordinador(caso.escuela, *permisos)
        return terminos_oficina.emitir(caso.entrega(CLAVE).public_id, actor=actor, now=now)


def test_the_alumno_asks_and_the_office_issues_the_eleven_data(escom: Escuela, now: datetime) -> None:
    caso = _caso(escom, now)
    with pytest.raises(Refused, match="sin_pedir"):
        _emitir(caso, now)
    _pedir(caso, now)
    with pytest.raises(Refused, match="ya_pedida"):
        _pedir(caso, now)
    _emitir(caso, now)
    drain(escom.id, lambda: now)
    assert caso.entrega(CLAVE).estado == "aceptada"
    with escuela_scope(escom.id):
        query = select(Documento).where(Documento.id == caso.entrega(CLAVE).documento_id)
        with documentos.abrir(db.session.scalars(query).one()) as stream:
            pdf = pypdfium2.PdfDocument(io.BytesIO(stream.read()))
    text = " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split())
    for piece in (
        caso.alumno.nombre_completo,
        caso.alumno.boleta,
        "480",
        "Lunes a viernes",
        "Escuela Superior de Cómputo",
    ):
        assert piece in text
    with pytest.raises(Refused, match="ya_existe"):
        _emitir(caso, now)


@pytest.mark.parametrize(
    ("cambio", "key"),
    [("otra", "termino.no_es_de_la_escuela"), ("falta", "termino.no_abierto")],
)
def test_it_is_refused_where_it_is_not_the_offices_or_something_lacks(
    escom: Escuela, now: datetime, cambio: str, key: str
) -> None:
    if cambio == "otra":
        caso = _caso(escom, now, razon_social="")
    else:
        caso = en_servicio.caso(escom, now, razon_social="ESCOM")
    with pytest.raises(Refused) as refused:
        _pedir(caso, now)
    assert refused.value.key == key


def test_what_the_letter_lacks_is_said_and_nothing_is_made(escom: Escuela, now: datetime) -> None:
    caso = _caso(escom, now)
    _pedir(caso, now)
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        uow.lock_id(type(caso.proyecto), caso.proyecto.id).jefe_cargo = ""
    with pytest.raises(Refused) as refused:
        _emitir(caso, now)
    assert refused.value.key == "carta.faltan_datos"
    assert "jefe inmediato" in refused.value.values["faltan"]
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Carta)).all() == []


def test_only_its_alumno_asks_and_only_who_answers_for_terminos_issues(escom: Escuela, now: datetime) -> None:
    caso = _caso(escom, now)
    otro = factories.como_alumno(factories.alumno(escom, now))
    with pytest.raises(NotFound):
        _pedir(caso, now, otro)
    _pedir(caso, now)
    with pytest.raises(Forbidden):
        _emitir(caso, now, "reportes")


def test_the_pages_ask_and_issue(client: FlaskClient, escom: Escuela, now: datetime) -> None:
    caso = _caso(escom, now)
    factories.sign_in(client, caso.alumno.usuario_id, now)
    assert "Pedir mi carta de término" in client.get("/escom/alumno/").get_data(as_text=True)
    url = f"/escom/alumno/entregas/{caso.entrega(CLAVE).public_id}"
    assert "Pedir mi carta de término" in client.get(url).get_data(as_text=True)
    assert "La pediste" in client.post(f"{url}/pedir", follow_redirects=True).get_data(as_text=True)
    factories.sign_in(client, caso.coordinador.id, now)
    assert "Cartas de término pedidas" in client.get("/escom/coordinador/finalizaciones").get_data(
        as_text=True
    )
    page = client.get("/escom/coordinador/terminos").get_data(as_text=True)
    assert caso.alumno.boleta in page
    issue = f"/escom/coordinador/terminos/{caso.entrega(CLAVE).public_id}/emitir"
    assert "Se emite la carta" in client.post(issue, follow_redirects=True).get_data(as_text=True)
    again = client.post(issue, follow_redirects=True).get_data(as_text=True)
    assert "carta" in again
    assert "Se emite la carta" not in again
