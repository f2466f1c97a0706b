"""The reports of an escuela and of a dependencia: the same figures on the page, in the PDF and in the spreadsheet."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

import pypdfium2
import pytest
from flask.testing import FlaskClient

from portal.models import Dependencia, Escuela, Usuario
from portal.queries import reportes as queries
from portal.queries.reportes import Periodo
from portal.services import reportes
from tenants.scope import escuela_scope
from tests import factories
from tests.consultas import contadas
from tests.web import oficina

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SIEMPRE = "desde=2000-01-01&hasta=2099-12-31"


def pdf_text(data: bytes) -> str:
    pdf = pypdfium2.PdfDocument(data)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split())


def xlsx_rows(data: bytes) -> list[list[str]]:
    """The cells of the first sheet as texts and figures."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return [["".join(c.itertext()) for c in row.iter(f"{NS}c")] for row in sheet.iter(f"{NS}row")]


def page_rows(page: str) -> list[list[str]]:
    body = re.findall(r"<tr>(<td.*?)</tr>", page, re.S)
    return [
        [re.sub(r"<[^>]+>", "", c).strip() for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
        for row in body
    ]


@pytest.fixture
def host(now: datetime, app: object) -> tuple[Dependencia, Usuario]:
    return factories.dependencia(now, razon_social="Biblioteca de Prueba, A.C.")


@pytest.fixture
def office(
    client: FlaskClient, escom: Escuela, esca: Escuela, host: tuple[Dependencia, Usuario], now: datetime
) -> FlaskClient:
    """A coordinador of the first escuela; the same dependencia has alumnos in both."""
    oficina.llenar(escom, host[0], now, 6)
    oficina.llenar(esca, host[0], now, 4)
    return factories.sign_in(client, factories.coordinador(escom, now, "reportes").id, now)


def test_alumnos_in_service_are_the_same_everywhere(office: FlaskClient) -> None:
    page = office.get(f"/escom/coordinador/reportes?{SIEMPRE}").text
    assert "<strong>12</strong> alumnos, <strong>2,160</strong> horas" in page
    shown = page_rows(page)
    assert len(shown) == 12
    xlsx = xlsx_rows(office.get(f"/escom/coordinador/reportes/alumnos.xlsx?{SIEMPRE}").data)
    assert xlsx[0] == [c.titulo for c in reportes.ALUMNOS]
    assert [row[:5] + row[7:] for row in xlsx[1:]] == [row[:5] + row[7:] for row in shown]
    assert sum(int(row[7]) for row in xlsx[1:]) == 2160
    answer = office.get(f"/escom/coordinador/reportes/alumnos.pdf?{SIEMPRE}")
    text = pdf_text(answer.data)
    assert answer.mimetype == "application/pdf"
    assert "reporte-alumnos-2000-01-01-2099-12-31.pdf" in answer.headers["Content-Disposition"]
    assert "Escuela Superior de Cómputo" in text
    assert text.count("Prueba000") == 12
    assert [row[0] for row in shown if row[0] not in text] == []


def test_authorised_dependencias_are_the_same_everywhere(
    office: FlaskClient, host: tuple[Dependencia, Usuario]
) -> None:
    page = office.get(f"/escom/coordinador/reportes?tipo=dependencias&{SIEMPRE}").text
    assert "<strong>1</strong> dependencia." in page
    (row,) = page_rows(page)
    assert row[:2] == [host[0].rfc, "Biblioteca de Prueba, A.C."]
    assert row[8:] == ["1", "12", "Vigente"]
    xlsx = xlsx_rows(office.get(f"/escom/coordinador/reportes/dependencias.xlsx?{SIEMPRE}").data)
    assert xlsx[1][8:] == row[8:]
    text = pdf_text(office.get(f"/escom/coordinador/reportes/dependencias.pdf?{SIEMPRE}").data)
    assert host[0].rfc in text
    assert "Vigente" in text


@pytest.mark.parametrize(
    ("args", "cuantos"),
    [
        ("", 12),
        ("estado=activo", 6),
        ("estado=baja", 0),
        ("estado=inventado", 12),
        ("carrera=isc", 4),
        ("desde=2001-01-01&hasta=2001-12-31", 0),
        ("desde=2099-01-01&hasta=2001-12-31", 12),
        ("desde=ayer", 12),
    ],
)
def test_filters_and_periods_narrow_the_report(office: FlaskClient, args: str, cuantos: int) -> None:
    page = office.get(f"/escom/coordinador/reportes?{args}").text
    assert len(page_rows(page)) == cuantos
    assert ("Nada en este periodo" in page) is (cuantos == 0)
    rows = xlsx_rows(office.get(f"/escom/coordinador/reportes/alumnos.xlsx?{args}").data)
    assert len(rows) == cuantos + 1


@pytest.mark.parametrize(
    ("desde", "hasta", "inside"),
    [
        (date(2026, 1, 1), date(2026, 12, 31), True),
        (date(2026, 8, 15), date(2026, 8, 16), True),
        (date(2026, 8, 16), date(2026, 8, 16), True),
        (date(2026, 8, 17), date(2026, 12, 31), False),
        (date(2025, 1, 1), date(2026, 1, 31), False),
        (date(2025, 1, 1), date(2026, 2, 1), True),
    ],
)
def test_a_servicio_belongs_to_a_period_if_one_of_its_days_does(
    escom: Escuela, now: datetime, host: tuple[Dependencia, Usuario], desde: date, hasta: date, inside: bool
) -> None:
    inicio, termino = date(2026, 2, 1), date(2026, 8, 16)
    moment = now.replace(year=2026, month=5, day=3)
    oficina.llenar(escom, host[0], moment, 1)
    with escuela_scope(escom.id):
        from portal.models import Servicio
        from portal.services.uow import unit_of_work

        with unit_of_work(now) as uow:
            for servicio in uow.session.query(Servicio):
                servicio.inicio, servicio.termino = inicio, termino
        assert len(list(queries.alumnos(Periodo(desde, hasta)))) == 2 * inside
        assert queries.cuenta_alumnos(Periodo(desde, hasta)) == ((2, 360) if inside else (0, 0))


@pytest.mark.parametrize("url", ["reportes", "reportes/alumnos.pdf", "reportes/dependencias.xlsx"])
def test_a_report_belongs_to_its_escuela(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime, url: str
) -> None:
    factories.sign_in(client, factories.coordinador(esca, now).id, now)
    assert client.get(f"/escom/coordinador/{url}").status_code == 404
    assert client.get(f"/esca-ust/coordinador/{url}").status_code == 200


@pytest.mark.parametrize("url", ["reportes/alumnos.exe", "reportes/otros.pdf", "reportes?tipo=otros"])
def test_a_report_that_does_not_exist_is_not_found(office: FlaskClient, url: str) -> None:
    assert office.get(f"/escom/coordinador/{url}").status_code == 404


class _Fila:
    """A row of a report with a spiteful name."""

    def __getattr__(self, name: str) -> object:
        return {"inicio": date(2026, 2, 1), "termino": date(2026, 8, 16), "horas": 180}.get(
            name, "=HYPERLINK(1)"
        )


@pytest.mark.parametrize("formato", ["pdf", "xlsx", "csv"])
def test_a_report_of_two_thousand_is_quick_and_never_a_formula(
    escom: Escuela, now: datetime, formato: str
) -> None:
    reporte = reportes.Reporte("Reporte", "Prueba", reportes.ALUMNOS, {}, "=r/../e")

    def rows() -> Iterator[_Fila]:
        yield from (_Fila() for _ in range(2000))

    with escuela_scope(escom.id):
        begin = time.process_time()
        archivo = reportes.hacer(formato, reporte, rows(), now=now)
        assert time.process_time() - begin < 8
    assert archivo.nombre == f"r-e.{formato}"
    if formato == "csv":
        assert archivo.datos.decode("utf-8-sig").splitlines()[1].startswith("'=HYPERLINK")
    if formato == "xlsx":
        with zipfile.ZipFile(io.BytesIO(archivo.datos)) as book:
            assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_a_dependencia_reports_its_students_of_each_escuela(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime, host: tuple[Dependencia, Usuario]
) -> None:
    other, _ = factories.dependencia(now)
    oficina.llenar(escom, host[0], now, 3)
    oficina.llenar(escom, other, now, 2, 10)
    oficina.llenar(esca, host[0], now, 1)
    factories.sign_in(client, host[1].id, now)
    page = client.get(f"/dependencia/reportes?{SIEMPRE}").text
    assert page.index("<strong>2</strong> alumnos") < page.index("<strong>6</strong> alumnos")
    assert len(page_rows(page)) == 8
    rows = xlsx_rows(client.get(f"/dependencia/escom/reportes/alumnos.xlsx?{SIEMPRE}").data)
    assert len(rows) == 7
    text = pdf_text(client.get(f"/dependencia/esca-ust/reportes/alumnos.pdf?{SIEMPRE}").data)
    assert "Biblioteca de Prueba, A.C." in text
    assert text.count("Prueba0000") == 2
    assert client.get("/dependencia/cetis-demo/reportes/alumnos.pdf").status_code == 404


def test_an_inbox_is_all_that_waits_in_every_escuela_oldest_first(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime, host: tuple[Dependencia, Usuario]
) -> None:
    other, _ = factories.dependencia(now)
    oficina.llenar(escom, host[0], now, 2)
    oficina.llenar(escom, other, now, 3, 10)
    oficina.llenar(esca, host[0], now, 1)
    factories.sign_in(client, host[1].id, now)
    page = client.get("/dependencia/").text
    for words, times in (
        ("Responder solicitud", 3),
        ("Validar entrega", 3),
        ("Firma rechazada", 3),
        ("Corregir proyecto", 3),
        ("Renovar convenio", 2),
    ):
        assert page.count(f"<strong>{words}</strong>") == times, words
    assert f'fill="{esca.color}"' in page
    assert f'fill="{escom.color}"' in page
    assert "Prueba0010" not in page
    ages = [int(n) for n in re.findall(r'datetime="\d+-\d+-(\d+)T', page)]
    assert len(ages) > 5


def test_an_inbox_asks_the_same_few_questions_however_much_waits(
    client: FlaskClient, escom: Escuela, esca: Escuela, now: datetime, host: tuple[Dependencia, Usuario]
) -> None:
    oficina.llenar(esca, host[0], now, 1)
    factories.sign_in(client, host[1].id, now)
    counted = []
    for primero, n in ((0, 10), (10, 190)):
        oficina.llenar(escom, host[0], now, n, primero)
        with contadas() as seen:
            assert client.get("/dependencia/").status_code == 200
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 9, "\n".join(s[:200] for s in seen)


def test_a_convenio_that_is_being_renewed_no_longer_asks(
    client: FlaskClient, escom: Escuela, now: datetime, host: tuple[Dependencia, Usuario]
) -> None:
    soon = factories.convenio(escom, host[0], now, hasta=now.date() + timedelta(days=20))
    factories.sign_in(client, host[1].id, now)
    assert "Renovar convenio" in client.get("/dependencia/").text
    factories.convenio(escom, host[0], now, estado="enviado", renueva_id=soon.id, desde=None, hasta=None)
    assert "Renovar convenio" not in client.get("/dependencia/").text


def test_a_dependencia_with_a_convenio_and_no_project_is_led_to_its_first(
    client: FlaskClient, escom: Escuela, now: datetime, host: tuple[Dependencia, Usuario]
) -> None:
    factories.convenio(escom, host[0], now)
    factories.sign_in(client, host[1].id, now)
    page = client.get("/dependencia/").text.partition("<main")[2]
    assert "Publique un proyecto" in page
    assert 'href="/dependencia/proyectos"' in page


def test_a_dependencia_without_anything_reads_why(
    client: FlaskClient, now: datetime, host: tuple[Dependencia, Usuario]
) -> None:
    factories.sign_in(client, host[1].id, now)
    page = client.get("/dependencia/").text
    assert "No hay nada por atender" in page
    assert "Todavía no tiene convenio" in page
