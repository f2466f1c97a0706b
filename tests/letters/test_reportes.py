from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest

from portal.letters import Columna, hoja_xlsx, tabla_pdf
from tests.letters.ayuda import URL, codigos_de, logo_de, paginas_de, texto_de

COLUMNAS = [Columna("Alumno", 2), "Boleta", Columna("Inicio", 0.8), Columna("Horas", 0.6, "derecha")]


def _reporte(filas, **mas):
    lineas = ["Instituto de Ejemplo", "Escuela Superior de Ejemplo", "Departamento de Extensión"]
    return tabla_pdf(
        "Reporte de alumnos en servicio", "Del 1 al 30 de junio de 2026", lineas, COLUMNAS, filas, **mas
    )


def test_a_report_repeats_its_head_and_numbers_its_pages():
    filas = [[f"Íñigo Peña {n}", "2021630001", date(2026, 1, 16), n] for n in range(80)]
    pdf = _reporte(filas, folio="R/2026/1", codigo="ABCD", url_verificacion=URL, logo=logo_de("escom"))
    texto = texto_de(pdf)
    paginas = paginas_de(pdf)
    assert paginas > 2
    assert texto.count("Boleta") == paginas
    assert f"Página {paginas} de {paginas}" in texto
    assert all(f"Íñigo Peña {n} " in texto for n in range(80))
    assert "16/01/2026" in texto
    assert codigos_de(pdf) == [URL]


@pytest.mark.parametrize("largo", ["palabra " * 60, "sinespacios" * 30, "línea\notra línea"])
def test_a_long_cell_wraps_and_nothing_is_lost(largo):
    texto = texto_de(_reporte([[largo, "1", None, 0], ["después", "2", None, 0]])).replace(" ", "")
    assert largo.replace(" ", "").replace("\n", "") in texto
    assert "después" in texto


def test_a_report_without_rows_says_so():
    assert "No hay registros" in texto_de(_reporte([]))


def test_the_same_report_has_the_same_bytes():
    filas = [["Ana", "1", date(2026, 1, 1), 480]]
    assert _reporte(filas) == _reporte(iter(filas))


@pytest.mark.parametrize(
    "texto", ["=1+1", "+52 55", "-3", "@SUM(A1)", '=HYPERLINK("http://x.test")', "http://x.test", "007"]
)
def test_a_text_is_never_a_formula_a_link_or_a_number_in_a_spreadsheet(texto):
    with ZipFile(BytesIO(hoja_xlsx("Alumnos", ["Nombre"], [[texto]]))) as libro:
        hoja = libro.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in hoja
    assert "hyperlink" not in hoja
    assert 't="inlineStr"' in hoja.split('r="A2"')[1]


def test_a_spreadsheet_keeps_dates_numbers_and_instants_as_such():
    fila = [date(2026, 1, 16), 480, datetime(2026, 1, 17, 5, 30, tzinfo=UTC), None]
    with ZipFile(
        BytesIO(hoja_xlsx("Alumnos: [todos]", ["Inicio", "Horas", "Enviado", "Nada"], [fila]))
    ) as libro:
        hoja = libro.read("xl/worksheets/sheet1.xml").decode()
        assert 'name="Alumnos- -todos-"' in libro.read("xl/workbook.xml").decode()
    assert "<v>46038</v>" in hoja
    assert "<v>480</v>" in hoja
    assert "<v>46038.97916" in hoja
    assert 'state="frozen"' in hoja
