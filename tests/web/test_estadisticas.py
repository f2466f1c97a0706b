"""Statistics of an escuela: every figure equals the list behind it, and is the same on the page and in every file."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pypdfium2
import pytest
from flask.testing import FlaskClient

from portal.domain.calendario import to_local
from portal.models import Escuela
from portal.services import entregas, entregas_deshacer, escuelas, estadisticas
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
URL = "/escom/coordinador/estadisticas"
PROPIO = "Falta la hoja que firma su responsable; súbala completa."


def lista_de(escuela: Escuela) -> str:
    """A ready reason of the escuela."""
    with escuela_scope(escuela.id):
        return estadisticas.motivos_listos(escuelas.perfil())[0]


def periodo(now: datetime) -> str:
    hoy = to_local(now).date()
    return f"desde={hoy - timedelta(days=20)}&hasta={hoy}"


@pytest.fixture
def casos(escom: Escuela, esca: Escuela, now: datetime) -> list[Caso]:
    """Four alumnos: one accepted, one rejected twice, one whose decision was taken back, one who sent nothing.

    What happens in the other escuela must never be counted here.
    """
    inicio = now - timedelta(days=30)
    de = [en_servicio.caso(escom, inicio, alumno=factories.alumno(escom, inicio, genero=g)) for g in "FMF"]
    de.append(
        en_servicio.caso(escom, inicio, alumno=factories.alumno(escom, inicio, genero="", semestre=None))
    )
    antes = now - timedelta(days=9)
    for caso in de[:3]:
        en_servicio.enviar(caso, antes)
    en_servicio.decidir(de[0], now - timedelta(days=2), "reporte_180")
    _rechazar(de[1], now - timedelta(days=5), lista_de(escom))
    en_servicio.enviar(de[1], now - timedelta(days=4))
    _rechazar(de[1], now - timedelta(days=1), PROPIO)
    _rechazar(de[2], now - timedelta(minutes=8), PROPIO)
    with escuela_scope(escom.id):
        entregas_deshacer.deshacer(
            de[2].entrega().public_id, actor=de[2].como_coordinador, now=now - timedelta(minutes=5)
        )
    en_servicio.caso(esca, inicio)
    return de


def _rechazar(caso: Caso, now: datetime, motivo: str) -> None:
    entrega = caso.entrega()
    with escuela_scope(caso.escuela.id):
        if entrega.revisor_en_turno == "dependencia":
            entregas.aceptar(entrega.public_id, actor=caso.como_dependencia, now=now - timedelta(minutes=1))
        entregas.rechazar(entrega.public_id, motivo=motivo, actor=caso.como_coordinador, now=now)


@pytest.fixture
def office(client: FlaskClient, escom: Escuela, casos: list[Caso], now: datetime) -> FlaskClient:
    return factories.sign_in(client, factories.coordinador(escom, now, "reportes").id, now)


def tabla_de(page: str) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """(section, row) -> (figure, address of its list) of each column."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for section in re.findall(r"<section.*?</section>", page, re.S):
        titulo = re.findall(r"<h2[^>]*>(.*?)</h2>", section)[0]
        for row in re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", section, re.S):
            texto, _, rest = row.partition("</th>")
            cells = [
                (
                    re.sub(r"<[^>]+>", "", c).strip(),
                    html.unescape((re.findall(r'href="(.*?)"', c) or [""])[0]),
                )
                for c in re.findall(r"<td.*?</td>", rest, re.S)
            ]
            found[html.unescape(titulo), html.unescape(texto)] = cells
    return found


def cifras_de(page: str) -> dict[str, tuple[int, str]]:
    """Main figure -> (value, address of its list)."""
    rows = re.findall(
        r'portal-cifra__valor"><a [^>]*href="(.*?)">(\d+)</a></p><p class="portal-cifra__texto">(.*?)</p>',
        page,
    )
    return {texto: (int(valor), html.unescape(href)) for href, valor, texto in rows}


def cuantos(client: FlaskClient, href: str) -> int:
    """How many rows the list of that address says it has; those of its first page are there."""
    answer = client.get(href)
    assert answer.status_code == 200, href
    found = re.search(r"<strong>(\d+)</strong> movimiento|>(\d+) expediente", answer.text)
    assert found, href
    total = int(found[1] or found[2])
    assert len(re.findall(r"<tr>\s*<td", answer.text)) == min(total, 50)
    return total


def test_the_main_figures_are_right_and_compared(office: FlaskClient, now: datetime) -> None:
    page = office.get(f"{URL}?{periodo(now)}").text
    found = {texto: n for texto, (n, _) in cifras_de(page).items()}
    assert found == {
        "Alumnos en servicio": 4,
        "Empezaron su servicio": 0,
        "Servicios liberados": 0,
        "Bajas": 0,
        "Entregas recibidas": 4,
        "Rechazos": 2,
    }
    assert "4 más que en el periodo anterior (0)" in page
    assert "Igual que en el periodo anterior" in page


@pytest.mark.parametrize("por", ["", "semana", "mes", "trimestre", "semestre", "anio"])
def test_every_figure_equals_the_list_behind_it(office: FlaskClient, now: datetime, por: str) -> None:
    page = office.get(f"{URL}?por={por}" if por else f"{URL}?{periodo(now)}").text
    for texto, (n, href) in cifras_de(page).items():
        assert cuantos(office, href) == n, texto
    rows = tabla_de(page)
    lists = 0
    for (titulo, texto), cells in rows.items():
        counted = cells[:1] if titulo not in ("Movimientos", "Entregas recibidas y revisadas") else cells
        for valor, href in counted:
            assert bool(href) == (valor != "0"), (titulo, texto)
            if href:
                assert cuantos(office, href) == int(valor), (titulo, texto)
                lists += 1
    assert por or lists > 15


def test_rows_tell_states_genders_reasons_times_and_load(
    office: FlaskClient, escom: Escuela, now: datetime
) -> None:
    rows = tabla_de(office.get(f"{URL}?{periodo(now)}").text)
    figures = {key: [valor for valor, _ in cells] for key, cells in rows.items()}
    assert figures["Por estado", "Activo"] == ["4", "180"]
    assert figures["Por género", "Femenino"] == ["2", "180"]
    assert figures["Por género", "Sin dato"] == ["1", "0"]
    assert figures["Por semestre", "Sin dato"] == ["1", "0"]
    assert figures["Por modalidad", "Presencial"] == ["4", "180"]
    assert figures["Rechazos por motivo", lista_de(escom)] == ["1"]
    assert figures["Rechazos por motivo", estadisticas.OTRO_MOTIVO] == ["1"]
    assert figures["Carga de quienes revisan", "Coordinadora de Prueba"][0] == "3"
    assert figures["Tiempos de cada paso", "Entrega: revisión de la escuela"] == ["3", "0", "0"]
    assert figures["Tiempos de cada paso", "Entrega: revisión de la dependencia"][0] == "4"
    assert figures["Movimientos", "Entregas rechazadas"] == ["2", "0"]


def test_a_wait_is_counted_in_working_days_from_its_arrival(
    office: FlaskClient, escom: Escuela, casos: list[Caso], now: datetime
) -> None:
    with escuela_scope(escom.id):
        calendario = escuelas.calendario()
    hoy = to_local(now).date()
    esperas = sorted(
        calendario.working_days_between(hoy - timedelta(days=a), hoy - timedelta(days=b))
        for a, b in ((9, 2), (9, 5), (4, 1), (9, 0))
    )
    rows = tabla_de(office.get(f"{URL}?{periodo(now)}").text)
    found = [int(v) for v, _ in rows["Tiempos de cada paso", "Entrega: revisión de la dependencia"]]
    assert abs(found[1] - esperas[1]) <= 1  # minutes before midnight may be a day apart
    assert abs(found[2] - esperas[3]) <= 1


def formas(office: FlaskClient, now: datetime) -> tuple[set[tuple[str, ...]], dict[str, bytes]]:
    """(section, row, figures…) as the page has them, and the files."""
    ask = periodo(now)
    page = office.get(f"{URL}?{ask}").text
    rows = {
        (titulo, texto, *(v.replace("–", "") for v, _ in cells))
        for (titulo, texto), cells in tabla_de(page).items()
    }
    rows |= {("Cifras", texto, str(n)) for texto, (n, _) in cifras_de(page).items()}
    return rows, {f: office.get(f"{URL}.{f}?{ask}").data for f in ("csv", "xlsx", "pdf")}


def test_the_page_the_csv_the_spreadsheet_and_the_pdf_have_the_same_figures(
    office: FlaskClient, now: datetime
) -> None:
    rows, files = formas(office, now)
    plain: dict[tuple[str, str], list[str]] = {}
    for seccion, concepto, medida, valor in list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))[
        1:
    ]:
        if (seccion, medida) != ("Cifras", "Periodo anterior"):
            plain.setdefault((seccion, concepto), []).append(valor)
    assert {(*key, *values) for key, values in plain.items()} == rows
    sheets = set()
    with zipfile.ZipFile(io.BytesIO(files["xlsx"])) as book:
        names = re.findall(r'<sheet name="(.*?)"', book.read("xl/workbook.xml").decode())
        for n, name in enumerate(names, 1):
            data = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{n}.xml"))
            for row in list(data.iter(f"{NS}row"))[1:]:
                cells = ["".join(c.itertext()) for c in row.iter(f"{NS}c")]
                sheets.add((name, *(cells[:2] if name == "Cifras" else cells)))
            assert "<f>" not in book.read(f"xl/worksheets/sheet{n}.xml").decode()
    assert {(r[0][:31], *r[1:]) for r in sheets} == {(r[0][:31], *r[1:]) for r in rows}
    pdf = pypdfium2.PdfDocument(files["pdf"])
    text = " ".join(" ".join(p.get_textpage().get_text_range() for p in pdf).split())
    for seccion, concepto, *values in rows:
        assert " ".join(f"{seccion} {concepto}".split())[:20] in text or seccion in text
        assert " ".join([*concepto.split(), *values]) in text, concepto


def test_a_spiteful_name_is_no_formula(
    office: FlaskClient, escom: Escuela, casos: list[Caso], now: datetime
) -> None:
    malo = en_servicio.caso(escom, now - timedelta(days=30), razon_social="=HYPERLINK(1)")
    assert malo.dependencia.razon_social == "=HYPERLINK(1)"
    text = office.get(f"{URL}.csv?{periodo(now)}").data.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text


@pytest.mark.parametrize(
    ("por", "nombre"),
    [("semana", "Reporte semanal"), ("mes", "Reporte mensual"), ("trimestre", "Reporte trimestral"),
     ("anio", "Reporte anual")],
)  # fmt: skip
def test_a_periodic_report_tells_its_movements_too(
    office: FlaskClient, now: datetime, por: str, nombre: str
) -> None:
    dia = to_local(now).date() - timedelta(days=1)
    page = office.get(f"{URL}?por={por}&dia={dia}").text
    assert f'<h1 class="govuk-heading-l govuk-!-margin-bottom-4">{nombre}</h1>' in page
    assert "Lo más reciente del periodo" in page
    answer = office.get(f"{URL}.pdf?por={por}&dia={dia}")
    text = " ".join(p.get_textpage().get_text_range() for p in pypdfium2.PdfDocument(answer.data))
    assert "Lista de movimientos" in text
    assert f"{nombre.lower().replace(' ', '-')}-" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "ask",
    ["desde=ayer&hasta=hoy", "desde=2026-02-01&hasta=2026-01-01", "desde=0001-01-01&hasta=0001-01-02",
     "desde=2026-01-01", "por=mes&dia=9999-12-31", "por=mes&dia=x", "desde=2000-01-01&hasta=2099-12-31"],
)  # fmt: skip
def test_what_is_no_period_is_refused_with_what_was_typed_kept(office: FlaskClient, ask: str) -> None:
    for path in (URL, f"{URL}/movimientos"):
        answer = office.get(f"{path}?{ask}")
        assert answer.status_code == 400
        assert "portal-mensaje" in answer.text or "govuk-notification-banner" in answer.text
    assert office.get(f"{URL}.pdf?{ask}").status_code == 400
    assert office.get(f"{URL}/movimientos.csv?{ask}").status_code == 400


@pytest.mark.parametrize(
    ("hora", "dia"),
    [
        ((5, 59, 59), 9),
        ((6, 0, 0), 10),
        ((23, 59, 59), 10),
    ],  # UTC of the 10th; the escuelas are six hours behind
)
def test_a_day_ends_at_the_midnight_of_the_escuelas(
    client: FlaskClient, escom: Escuela, now: datetime, hora: tuple[int, int, int], dia: int
) -> None:
    sent = datetime(2026, 3, 10, *hora, tzinfo=UTC)
    caso = en_servicio.caso(escom, sent)
    en_servicio.enviar(caso, sent)
    factories.sign_in(client, factories.coordinador(escom, now).id, now)
    for other in (9, 10):
        ask = f"desde=2026-03-{other:02d}&hasta=2026-03-{other:02d}"
        counted = cifras_de(client.get(f"{URL}?{ask}").text)["Entregas recibidas"]
        assert counted[0] == (other == dia)
        assert cuantos(client, counted[1]) == (other == dia)
    rows = tabla_de(client.get(f"{URL}?por=semana&dia=2026-03-10").text)
    days = {dia: cells[0][0] for (s, dia), cells in rows.items() if s == "Entregas recibidas y revisadas"}
    assert [texto for texto, n in days.items() if n == "1"] == [f"{dia} de marzo"]


def test_a_decision_that_was_taken_back_is_in_no_list(office: FlaskClient, now: datetime) -> None:
    page = office.get(f"{URL}/movimientos?{periodo(now)}&que=rechazos").text
    assert "<strong>2</strong> movimientos" in page
    assert page.count(PROPIO) == 1


@pytest.mark.parametrize(
    ("ask", "n"),
    [
        ("que=entrega_enviada", 4),
        ("que=entrega_escuela", 3),
        ("que=de_la_oficina&autor=Nadie", 0),
        ("que=rechazos&motivo=otro", 1),
        ("que=inventado", 0),
        ("que=entrega_enviada&despues=basura", 4),
    ],
)
def test_the_list_of_movements_is_narrowed(office: FlaskClient, now: datetime, ask: str, n: int) -> None:
    assert cuantos(office, f"{URL}/movimientos?{periodo(now)}&{ask}") == n
    rows = office.get(f"{URL}/movimientos.csv?{periodo(now)}&{ask}").data.decode("utf-8-sig").splitlines()
    assert len(rows) == n + 1


def test_movements_follow_each_other_over_pages(office: FlaskClient, now: datetime) -> None:
    from portal.queries import movimientos

    page, seen = office.get(f"{URL}/movimientos?{periodo(now)}").text, 0
    total = int(re.findall(r"<strong>(\d+)</strong> movimiento", page)[0])
    assert total < movimientos.TAMANO
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(movimientos.lista, "__defaults__", ("", 3))
        href = f"{URL}/movimientos?{periodo(now)}"
        while href:
            page = office.get(href).text
            seen += len(re.findall(r"<tr>\s*<td", page))
            more = re.findall(r'href="([^"]*despues[^"]*)" rel="next"', page)
            href = html.unescape(more[0]) if more else ""
    assert seen == total


@pytest.mark.parametrize("path", ["", ".pdf", "/movimientos", "/movimientos.xlsx"])
def test_statistics_belong_to_their_escuela(
    client: FlaskClient, casos: list[Caso], escom: Escuela, esca: Escuela, now: datetime, path: str
) -> None:
    factories.sign_in(client, factories.coordinador(esca, now).id, now)
    assert client.get(f"{URL}{path}").status_code == 404
    assert client.get(f"/esca-ust/coordinador/estadisticas{path}").status_code == 200


def test_a_period_without_anything_says_so(office: FlaskClient) -> None:
    page = office.get(f"{URL}?por=semana&dia=2003-05-05").text
    assert "Nada en este periodo" in page
    assert "portal-grafica" not in page.replace("portal-graficas__cifras", "")
