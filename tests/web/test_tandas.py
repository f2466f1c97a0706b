"""Tandas as pages: chosen in a list, looked at, followed until the last letter, taken along."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta

import pikepdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.models import Alumno, Escuela, Tanda, Tramite, db
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import cierre, en_servicio, factories
from tests import tandas as mundo
from tests.consultas import contadas

Drain = Callable[[], int]
BASE = "/escom/coordinador"


@pytest.fixture
def office(client: FlaskClient, escom: Escuela, now: datetime) -> FlaskClient:
    return factories.sign_in(client, factories.coordinador(escom, now).id, now)


def _form(page: str) -> tuple[str, dict[str, list[str]]]:
    """Where the form of a revision goes, and its hidden fields."""
    form = re.search(r'<form method="post" action="([^"]+tandas/nueva[^"]+)".*?</form>', page, re.S)
    assert form is not None
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]):
        fields.setdefault(name, []).append(value)
    return form[1].replace("&amp;", "&"), fields


def _emitir(office: FlaskClient, query: str) -> str:
    """Choose, look, issue; answers the address of the tanda."""
    action, fields = _form(office.get(f"{BASE}/tandas/nueva/{query}").text)
    sent = office.post(action, data=fields)
    assert sent.status_code == 302, sent.text
    return str(sent.location)


def test_one_letter_of_each_kind_is_looked_at(office: FlaskClient, escom: Escuela, now: datetime) -> None:
    mundo.pedidos(escom, now, 2)
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        ultimo = uow.session.scalars(select(Alumno.id).order_by(Alumno.materno.desc()).limit(1)).one()
        uow.add(Tramite(tipo="presentacion", alumno_id=ultimo))
    page = office.get(f"{BASE}/tandas/nueva/tramites?todos=1").text
    assert "Mire una muestra de cada clase de carta" in page
    assert set(re.findall(r"(\w[\w ]+), muestra sin folio", page)) == {
        "Constancia de estudios",
        "Carta de presentación",
    }


def test_all_that_match_are_looked_at_and_issued_and_who_came_later_is_not(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    ids = mundo.pedidos(escom, now, 3)
    lista = office.get(f"{BASE}/tramites?tipo=constancia_estudios").text
    assert "Los 3 que cumplen el filtro" in lista
    page = office.get(f"{BASE}/tandas/nueva/tramites?todos=1&tipo=constancia_estudios").text
    assert "Emitir 3 cartas" in page
    assert "Así saldrá la de Tanda Ficticia 0000 Ximena" in page
    assert office.get(f"{BASE}/tramites/{ids[0]}/vista.pdf").data.startswith(b"%PDF")
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Tanda)).all() == []
    action, fields = _form(page)
    joven = factories.alumno(escom, now)
    with escuela_scope(escom.id):
        from portal.services import tramites

        tramites.pedir(
            "constancia_estudios", actor=factories.como_alumno(joven), now=now + timedelta(minutes=1)
        )
    first = office.post(action, data=fields)
    assert office.post(action, data=fields).location == first.location
    drain()
    with escuela_scope(escom.id):
        assert sorted(db.session.scalars(select(Tramite.estado))) == ["atendido"] * 3 + ["pedido"]
        assert len(db.session.scalars(select(Tanda)).all()) == 1


def test_the_page_tells_how_far_it_is_and_comes_again_until_it_is_done(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    ids = mundo.pedidos(escom, now, 3, malo=1)
    url = _emitir(office, "tramites?" + "&".join(f"m={i}" for i in ids))
    before = office.get(url).text
    assert "Van 0 de 3." in before
    assert "data-refresca" in before
    assert '<noscript><meta http-equiv="refresh"' in before
    drain()
    after = office.get(url).text
    assert "data-refresca" not in after
    assert "http-equiv" not in after
    for said in ("Se emitieron 2 de 3.", "1 espera su decisión", "falta carrera", "Ver PDF", "Reintentar"):
        assert said in after, said
    assert "1 no se emitió" in office.get(f"{BASE}/tandas").text
    assert "Ficticia 0001" not in office.get(f"{url}?como=emitidas").text
    assert "Ficticia 0000" not in office.get(f"{url}?como=problema").text


def test_a_failure_is_corrected_and_retried_or_left_out(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    url = _emitir(office, "tramites?" + "&".join(f"m={i}" for i in mundo.pedidos(escom, now, 2, malo=0)))
    drain()
    renglon = re.search(r'name="renglon" value="([^"]+)"', office.get(url).text)
    assert renglon is not None
    again = office.post(f"{url}/reintentar", data={"renglon": renglon[1]}, follow_redirects=True)
    assert "Volvemos a intentar 1 carta" in again.text
    drain()
    assert "No se emitió" in office.get(url).text
    mundo.corregir(escom, now, "2026600000")
    office.post(f"{url}/reintentar")
    drain()
    assert "Listo: se emitieron las 2 cartas" in office.get(url).text
    assert "No hay nada que intentar" in office.post(f"{url}/reintentar", follow_redirects=True).text
    otra = _emitir(office, "tramites?m=" + mundo.pedidos_de(escom, now, "Otra"))
    drain()
    renglon = re.search(r'name="renglon" value="([^"]+)"', office.get(otra).text)
    assert renglon is not None
    out = office.post(f"{otra}/excluir", data={"renglon": renglon[1]}, follow_redirects=True)
    assert "Se dejó fuera" in out.text
    assert "Reintentar" not in out.text


def test_the_letters_are_taken_along_as_a_zip_and_as_one_pdf(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    url = _emitir(office, "tramites?" + "&".join(f"m={i}" for i in mundo.pedidos(escom, now, 3)))
    assert office.get(f"{url}/cartas.zip").status_code == 404
    assert office.get(f"{url}/cartas.pdf").status_code == 404
    assert office.post(f"{url}/imprimir").status_code == 409
    drain()
    with zipfile.ZipFile(io.BytesIO(office.get(f"{url}/cartas.zip").data)) as archive:
        names = archive.namelist()
        assert len(names) == 3
        assert names[0].startswith("0001_TANDA_FICTICIA_0000_XIMENA_2026600000")
        assert len({name.rsplit("_", 1)[1] for name in names}) == 3
        assert all(archive.read(name).startswith(b"%PDF") for name in names)
    assert "Preparamos el PDF" in office.post(f"{url}/imprimir", follow_redirects=True).text
    drain()
    assert "PDF para imprimir (3 páginas" in office.get(url).text
    with pikepdf.open(io.BytesIO(office.get(f"{url}/cartas.pdf").data)) as pdf:
        assert len(pdf.pages) == 3


def test_finalizaciones_are_chosen_in_two_lists_and_who_is_not_ready_is_named_before(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    listo, otro = cierre.terminado(escom, now, drain), en_servicio.caso(escom, now)
    assert "Emitir cartas de finalización…" in office.get(f"{BASE}/finalizaciones").text
    assert "Emitir cartas de finalización…" in office.get(f"{BASE}/expedientes").text
    query = f"finalizaciones?m={listo.servicio.public_id}&m={otro.servicio.public_id}"
    page = office.get(f"{BASE}/tandas/nueva/{query}").text
    assert "Emitir 1 carta" in page
    assert "Uno de los que marcó ya no espera carta" in page
    url = _emitir(office, "finalizaciones?todos=1&estado=terminado")
    drain()
    assert "Listo: se emitió la carta" in office.get(url).text
    assert listo.leer().estado == "liberado"


def test_constancias_for_alumnos_who_did_not_ask(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    quien = factories.alumno(escom, now, paterno="Zárate")
    assert "Emitir constancias de estudios…" in office.get(f"{BASE}/alumnos?estado=activo").text
    assert "Emitir constancias" not in office.get(f"{BASE}/alumnos?estado=invitado").text
    assert office.get(f"{BASE}/alumnos/{quien.public_id}/constancia.pdf").data.startswith(b"%PDF")
    url = _emitir(office, "constancias?todos=1&q=zarate")
    drain()
    assert "Listo: se emitió la carta" in office.get(url).text


def test_nothing_marked_and_what_was_attended_meanwhile_say_so(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    assert "No marcó a nadie" in office.get(f"{BASE}/tandas/nueva/tramites").text
    ids = mundo.pedidos(escom, now, 1)
    mundo.ordenada(escom, now, ids)
    drain()
    assert "Lo que marcó ya se atendió" in office.get(f"{BASE}/tandas/nueva/tramites?m={ids[0]}").text
    empty = office.post(f"{BASE}/tandas/nueva/tramites")
    assert empty.status_code == 409
    assert "Marque al menos un renglón" in empty.text


def test_each_kind_is_for_who_answers_for_it(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime, app: Flask
) -> None:
    tanda = mundo.ordenada(escom, now, mundo.pedidos(escom, now, 1))
    factories.sign_in(client, factories.coordinador(escom, now, "terminos").id, now)
    for path in (
        f"tandas/{tanda.public_id}",
        "tandas/nueva/tramites",
        f"tandas/{tanda.public_id}/cartas.zip",
    ):
        assert client.get(f"{BASE}/{path}").status_code == 403, path
    for verb in ("reintentar", "excluir", "imprimir"):
        assert client.post(f"{BASE}/tandas/{tanda.public_id}/{verb}").status_code == 403, verb
    assert tanda.public_id not in client.get(f"{BASE}/tandas").text
    ajena = factories.sign_in(app.test_client(), factories.coordinador(esca, now).id, now)
    assert ajena.get(f"/esca-ust/coordinador/tandas/{tanda.public_id}").status_code == 404
    assert ajena.post(f"/esca-ust/coordinador/tandas/{tanda.public_id}/reintentar").status_code == 404


def test_looking_at_many_asks_the_database_a_fixed_number_of_times(
    office: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    ids = mundo.pedidos(escom, now, 60)
    asked = []
    for chosen in (ids[:2], ids):
        url = f"{BASE}/tandas/nueva/tramites?" + "&".join(f"m={i}" for i in chosen)
        office.get(url)
        with contadas() as statements:
            page = office.get(url).text
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 8, asked
    assert "… y 10 más" in page
