"""The office's first page: every queue that the person attends to, with the right figures, whatever its length."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.coordinador.views.inicio import COLAS
from portal.domain.calendario import en_palabras, to_local
from portal.models import Escuela, Miembro, db
from portal.queries import inicio as queries
from portal.services import visitas
from tenants.scope import escuela_scope
from tests import factories
from tests.consultas import contadas
from tests.web import oficina

TIPOS = ("termino", "finalizacion")


def test_each_queue_says_how_many_wait_and_since_when(escom: Escuela, now: datetime) -> None:
    host, _ = factories.dependencia(now)
    oficina.llenar(escom, host, now, 3)
    oldest = now - timedelta(days=3, minutes=2)
    with escuela_scope(escom.id):
        found = queries.colas(oficina.COLAS, TIPOS, now.date())
        assert [(c.clave, c.cuantos, c.desde) for c in found] == [(c, 3, oldest) for c in oficina.COLAS]
        assert [c.cuantos for c in queries.colas(("cartas",), ("presentacion",), now.date())] == [0]
        assert queries.colas((), TIPOS, now.date()) == []


def test_the_oldest_of_all_queues_come_first(escom: Escuela, now: datetime) -> None:
    host, _ = factories.dependencia(now)
    oficina.llenar(escom, host, now, 12)
    with escuela_scope(escom.id):
        found = queries.mas_antiguos(oficina.COLAS, TIPOS, now.date())
    assert [e.desde for e in found] == sorted(e.desde for e in found)
    assert {cola: sum(e.cola == cola for e in found) for cola in oficina.COLAS} == dict.fromkeys(
        oficina.COLAS, 10
    )
    assert {e.desde for e in found[:8]} == {now - timedelta(days=12, minutes=11)}


def test_arrivals_are_counted_by_day_from_the_bitacora(escom: Escuela, now: datetime) -> None:
    host, _ = factories.dependencia(now)
    oficina.llenar(escom, host, now, 5)
    start = now - timedelta(days=14)
    limites = [start + timedelta(days=n) for n in range(15)]
    with escuela_scope(escom.id):
        found = queries.llegadas(("convenios", "entregas", "bajas"), limites)
    assert sum(found["convenios"]) == sum(found["entregas"]) == 5
    assert found["convenios"][-7:-2] != [0] * 5
    assert found["bajas"] == [0] * 14


def test_another_escuela_waits_for_its_own_office(escom: Escuela, esca: Escuela, now: datetime) -> None:
    host, _ = factories.dependencia(now)
    oficina.llenar(esca, host, now, 4)
    with escuela_scope(escom.id):
        assert {c.cuantos for c in queries.colas(oficina.COLAS, TIPOS, now.date())} == {0}
        assert queries.mas_antiguos(oficina.COLAS, TIPOS, now.date()) == []
        assert queries.llegadas(("convenios",), [now - timedelta(days=9), now])["convenios"] == [0]
        assert queries.cambios(now - timedelta(days=90), 0) == {}
        assert queries.vencimientos(now.date(), now.date() + timedelta(days=900), dias_convenio=900) == []


@pytest.mark.parametrize(
    ("permisos", "ve", "no_ve"),
    [
        (
            ("convenios",),
            ("Convenios por revisar", "Proyectos por revisar"),
            ("Alumnos por confirmar", "Entregas"),
        ),
        (
            ("expedientes",),
            ("Alumnos por confirmar", "Trámites pedidos", "Bajas pedidas"),
            ("Convenios por revisar",),
        ),
        (("reportes",), ("Entregas por revisar",), ("Bajas pedidas", "Cartas detenidas")),
        (("terminos",), ("Finalizaciones", "Cartas detenidas"), ("Entregas por revisar",)),
        (("ninguno",), ("Su cuenta todavía no tiene tareas",), ("Convenios por revisar",)),
    ],
)
def test_a_person_sees_the_queues_of_their_permissions(
    client: FlaskClient,
    escom: Escuela,
    now: datetime,
    permisos: tuple[str, ...],
    ve: tuple[str, ...],
    no_ve: tuple[str, ...],
) -> None:
    host, _ = factories.dependencia(now)
    oficina.llenar(escom, host, now, 2)
    factories.sign_in(client, factories.coordinador(escom, now, *permisos).id, now)
    page = client.get("/escom/coordinador/").text
    main = page[page.index("<main") :]
    assert [words for words in ve if words not in main] == []
    assert [words for words in no_ve if words in main] == []


def test_what_is_old_is_told_by_its_date_wherever_an_age_stands(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    host, _ = factories.dependencia(now)
    oficina.llenar(escom, host, now - timedelta(days=45), 2)
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    dia = to_local(now - timedelta(days=47, minutes=1)).date()
    dicho = f"desde el {en_palabras(dia, dia.year != to_local(now).year)}"
    inicio, cola = client.get("/escom/coordinador/").text, client.get("/escom/coordinador/entregas").text
    assert f"Lo más antiguo: {dicho.removeprefix('desde ')}" in inicio
    assert f">{dicho}</time>" in inicio
    assert f">{dicho}</time>" in cola
    assert "días hábiles" not in inicio + cola


def test_the_page_asks_the_same_few_questions_however_much_waits(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    host, _ = factories.dependencia(now)
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    counted = []
    for primero, n in ((0, 10), (10, 190)):
        oficina.llenar(escom, host, now, n, primero)
        client.get("/escom/coordinador/")
        with contadas() as seen:
            assert client.get("/escom/coordinador/").status_code == 200
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 8, "\n".join(s[:300].replace("\n", " ") for s in seen)


def test_what_changed_since_the_last_visit_is_told(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    host, _ = factories.dependencia(now)
    person = factories.coordinador(escom, now)
    factories.sign_in(client, person.id, now)
    assert "Es su primera visita" in client.get("/escom/coordinador/").text
    with escuela_scope(escom.id):
        miembro = db.session.query(Miembro).filter_by(usuario_id=person.id).one()
        assert miembro.visita is not None
        assert visitas.anotar(miembro, now + timedelta(hours=2)) == miembro.visita_anterior
    oficina.llenar(escom, host, now + timedelta(days=9), 3)
    page = client.get("/escom/coordinador/").text
    assert "3 convenios recibidos" in page


@pytest.mark.parametrize(("permiso", "seen"), [("convenios", True), ("reportes", False)])
def test_what_a_person_may_not_open_is_not_told_either(
    client: FlaskClient, escom: Escuela, now: datetime, permiso: str, seen: bool
) -> None:
    host, _ = factories.dependencia(now)
    factories.convenio(escom, host, now, hasta=now.date() + timedelta(days=9))
    person = factories.coordinador(escom, now, permiso)
    with escuela_scope(escom.id):
        miembro = db.session.query(Miembro).filter_by(usuario_id=person.id).one()
        visitas.anotar(miembro, now - timedelta(days=30))
    oficina.llenar(escom, host, now, 2)
    factories.sign_in(client, person.id, now)
    page = client.get("/escom/coordinador/").text
    assert ("2 convenios recibidos" in page) is seen
    assert ("Vence su convenio" in page) is seen


@pytest.mark.parametrize("uno", [cola.uno for cola in COLAS])
def test_the_first_of_each_queue_has_a_page(app: Flask, uno: str) -> None:
    assert uno in app.view_functions


@pytest.mark.parametrize(("minutes", "anterior"), [(4, None), (30, None), (61, 0)])
def test_a_visit_ends_after_an_hour(
    escom: Escuela, now: datetime, minutes: int, anterior: int | None
) -> None:
    person = factories.coordinador(escom, now)
    with escuela_scope(escom.id):
        miembro = db.session.query(Miembro).filter_by(usuario_id=person.id).one()
        assert visitas.anotar(miembro, now) is None
        before = visitas.anotar(miembro, now + timedelta(minutes=minutes))
    assert before == (None if anterior is None else now)


def test_the_page_says_that_nothing_scans_for_viruses(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    page = client.get("/escom/coordinador/").text
    assert "Sin análisis de virus" in page
    assert "No hay nada por atender" in page


@pytest.mark.parametrize("who", ["alumno", "ajeno"])
def test_nobody_else_has_this_page(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime, who: str
) -> None:
    person = (
        factories.alumno(escom, now).usuario_id if who == "alumno" else factories.coordinador(esca, now).id
    )
    assert person is not None
    factories.sign_in(client, person, now)
    assert client.get("/escom/coordinador/").status_code == 404
