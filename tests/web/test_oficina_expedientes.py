"""The list of expedientes narrows, pages, and is taken along as it is shown; an expediente tells its whole story."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import pypdfium2
import pytest
from flask.testing import FlaskClient

from portal.models import Escuela
from portal.queries import expedientes as queries
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories
from tests.consultas import contadas
from tests.web import oficina, world

BASE = "/escom/coordinador/expedientes"


@pytest.fixture
def llena(client: FlaskClient, escom: Escuela, now: datetime) -> FlaskClient:
    """120 servicios in the list of a signed-in coordinador."""
    host, _ = factories.dependencia(now, razon_social="Biblioteca de Prueba, A.C.")
    oficina.llenar(escom, host, now, 60)
    return factories.sign_in(client, factories.coordinador(escom, now).id, now)


def nombres(page: str) -> list[str]:
    return re.findall(r'aria-label="Seleccionar ([^"]+)"', page)[1:]


@pytest.mark.parametrize(
    ("q", "total"),
    [
        ("", 120),
        ("prueba0007", 2),
        ("PRUEBA0007 xim", 2),
        ("2021100011", 2),
        ("20211000", 120),
        ("ficticia", 120),
        ("icticia", 0),
        ("%", 120),
        ("nadie", 0),
    ],
)
def test_a_search_finds_words_by_their_beginning(llena: FlaskClient, q: str, total: int) -> None:
    page = llena.get(BASE, query_string={"q": q}).text
    assert (f"{total} expedientes" in page) or (total == 0 and "Ningún expediente coincide" in page)


@pytest.mark.parametrize(
    ("args", "total"),
    [
        ({"estado": "activo"}, 60),
        ({"estado": "liberado"}, 0),
        ({"carrera": "isc"}, 40),
        ({"carrera": "isc", "estado": "terminado"}, 20),
        ({"plan": "general"}, 120),
        ({"plan": "otro"}, 0),
        ({"desde": "2099-01-01"}, 0),
        ({"desde": "not a date", "hasta": "2099-01-01"}, 120),
        ({"dependencia": "ajena"}, 0),
    ],
)
def test_each_filter_narrows(llena: FlaskClient, args: dict[str, str], total: int) -> None:
    assert f"{total} expedientes" in llena.get(BASE, query_string=args).text


@pytest.mark.parametrize("orden", ["recientes", "antiguos", "nombre", "algo"])
def test_pages_follow_each_other_without_gap_or_repetition(llena: FlaskClient, orden: str) -> None:
    seen: list[str] = []
    url: str | None = f"{BASE}?orden={orden}"
    back = ""
    while url:
        page = llena.get(url).text
        rows = re.findall(r'name="m" value="([^"]+)"', page)
        seen += rows
        links = dict(re.findall(r'href="([^"]+)" rel="(prev|next)"', page))
        by_rel = {rel: href.replace("&amp;", "&") for href, rel in links.items()}
        if "prev" in by_rel:
            back = by_rel["prev"]
        url = by_rel.get("next")
    assert len(seen) == len(set(seen)) == 120
    before = re.findall(r'name="m" value="([^"]+)"', llena.get(back).text)
    assert before == seen[50:100]


def test_a_row_that_left_the_filter_still_says_where_its_page_began(escom: Escuela, now: datetime) -> None:
    host, _ = factories.dependencia(now)
    oficina.llenar(escom, host, now, 60)
    with escuela_scope(escom.id):
        first = queries.lista(queries.Filtro(estado="activo"), "nombre")
        rest = queries.lista(queries.Filtro(estado="terminado"), "nombre", despues=first.siguiente)
        assert len(rest.filas) == 11
        assert queries.lista(queries.Filtro(), "nombre", despues="nobody").filas == []


def test_the_list_asks_the_same_few_questions_however_long(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    host, _ = factories.dependencia(now)
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    counted = []
    for primero, n in ((0, 10), (10, 190)):
        oficina.llenar(escom, host, now, n, primero)
        with contadas() as seen:
            assert client.get(f"{BASE}?orden=nombre&q=xim").status_code == 200
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 8


def test_the_columns_are_those_of_the_address(llena: FlaskClient) -> None:
    page = llena.get(f"{BASE}?col=correo&col=plan&col=otra").text
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<▲▼]+)', page)
    assert [h.strip() for h in heads] == ["Alumno", "Correo", "Plan"]
    assert "Servicio social de 480 horas" in page


def test_what_is_shown_is_what_is_taken_along(llena: FlaskClient) -> None:
    page = llena.get(f"{BASE}?carrera=isc&estado=activo&orden=nombre").text
    shown = nombres(page)
    args = "carrera=isc&estado=activo&orden=nombre"
    answer = llena.get(f"{BASE}/exportar?{args}&formato=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "expedientes.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [r["Alumno"] for r in rows] == shown
    assert rows[0]["Carrera"] == "Ingeniería en Sistemas Computacionales"
    assert rows[0]["Estado"] == "Activo"
    marked = re.findall(r'name="m" value="([^"]+)"', page)[:3]
    chosen = llena.get(f"{BASE}/exportar?{args}&formato=csv&" + "&".join(f"m={m}" for m in marked))
    assert [r["Alumno"] for r in csv.DictReader(io.StringIO(chosen.data.decode("utf-8-sig")))] == shown[:3]
    every = llena.get(f"{BASE}/exportar?{args}&formato=csv&todos=1&m={marked[0]}")
    assert every.data == answer.data
    pdf = pypdfium2.PdfDocument(llena.get(f"{BASE}/exportar?{args}&formato=pdf").data)
    text = "".join(p.get_textpage().get_text_range() for p in pdf)
    assert [name for name in shown if " ".join(name.split()) not in " ".join(text.split())] == []
    assert llena.get(f"{BASE}/exportar?formato=xlsx").data[:2] == b"PK"
    assert llena.get(f"{BASE}/exportar?formato=exe").status_code == 404


def test_an_expediente_tells_everything_of_its_servicio(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime
) -> None:
    found = world.build(escom, esca, now)
    factories.sign_in(client, found.people["coordinador"] or 0, now)
    with contadas() as seen:
        page = client.get(f"{BASE}/{found.ids['servicio']}").text
    assert len(seen) <= 8
    alumno, carta = found.rows["servicio"].alumno_id, found.rows["carta"]
    assert alumno
    for words in (
        "Reporte de 180 horas",
        "PRUEBA/2026/9001",
        "Carta de término",
        "Baja pedida",
        "Catálogo digital",
        "180",
    ):
        assert words in page, words
    assert carta.folio in page
    mensaje = f"{BASE}/{found.ids['servicio']}/mensajes/{found.ids['correo']}"
    assert mensaje in page


@pytest.mark.parametrize("who", ["coordinador_ajeno", "alumno", "dependencia"])
def test_an_expediente_exists_for_its_office_only(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime, who: str
) -> None:
    found = world.build(escom, esca, now)
    factories.sign_in(client, found.people[who] or 0, now)
    assert client.get(f"{BASE}/{found.ids['servicio']}").status_code == 404
    assert client.get(f"/esca-ust/coordinador/expedientes/{found.ids['servicio']}").status_code == 404
    assert client.get(f"{BASE}/exportar?formato=csv").status_code == 404


@pytest.mark.parametrize(("permiso", "offered"), [("expedientes", True), ("reportes", False)])
def test_a_number_that_the_plan_waits_for_is_offered_to_who_gives_it(
    client: FlaskClient, esca: Escuela, now: datetime, permiso: str, offered: bool
) -> None:
    host, _ = factories.dependencia(now)
    first = oficina.llenar(esca, host, now, 1)[0]
    factories.sign_in(client, factories.coordinador(esca, now, permiso).id, now)
    page = client.get(f"/esca-ust/coordinador/expedientes/{first}").text
    assert ("Asignar número de registro" in page) is offered


def test_the_office_reads_what_was_written_to_the_alumno(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime
) -> None:
    found = world.build(escom, esca, now)
    correo = found.rows["correo"]
    with escuela_scope(escom.id), unit_of_work(now + timedelta(seconds=1)) as uow:
        row = uow.lock(type(correo), correo.public_id)
        row.plantilla, row.contexto = (
            "contrasena",
            {"nombre": "Ximena", "ruta": "/enlace/{enlace:12:contrasena}"},
        )
    factories.sign_in(client, found.people["coordinador"] or 0, now)
    page = client.get(f"{BASE}/{found.ids['servicio']}/mensajes/{found.ids['correo']}").text
    assert "Hola, Ximena:" in page
    assert "/enlace/…" in page
    assert client.get(f"{BASE}/{found.ids['servicio']}/mensajes/otro").status_code == 404
