"""Reading the cells of a spreadsheet: texts, numbers, several sheets; what is hostile or no spreadsheet is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from portal.files import celdas
from portal.files.celdas import Ilegible
from portal.letters.hoja import hoja_xlsx

HOJA = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row>{}</row></sheetData></worksheet>'


def libro(path: Path, **parts: str) -> Path:
    """A book with these parts of `xl/` (`__` is a slash)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(f"xl/{name.replace('__', '/')}.xml", content)
    return path


def test_texts_and_numbers_of_every_sheet_in_their_order(tmp_path: Path) -> None:
    path, out = tmp_path / "lista.xlsx", io.BytesIO()
    book = xlsxwriter.Workbook(out)
    for rows in ([["Boleta", "Nombre"], ["2021630001", "Peña"], [2021630002, 3.5]], [["2021630003"]]):
        sheet = book.add_worksheet()
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    book.close()
    path.write_bytes(out.getvalue())
    assert list(celdas.celdas(path)) == [
        "Boleta", "Nombre", "2021630001", "Peña", "2021630002", "3.5", "2021630003",
    ]  # fmt: skip


def test_what_the_portal_writes_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "relacion.xlsx"
    path.write_bytes(hoja_xlsx("Relación", ["Boleta"], [["2021630001"], ["2021630002"]]))
    assert list(celdas.celdas(path)) == ["Boleta", "2021630001", "2021630002"]


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("<c><v>2.021630001E9</v></c>", ["2021630001"]),
        ("<c t='n'><v>2021630001.0</v></c>", ["2021630001"]),
        ("<c t='inlineStr'><is><r><t>2021</t></r><r><t>630001</t></r></is></c>", ["2021630001"]),
        ("<c t='str'><f>1+1</f><v>2021630001</v></c>", ["2021630001"]),
        ("<c/><c><v> </v></c>", []),
    ],
)
def test_a_cell_as_it_is_seen(tmp_path: Path, cell: str, seen: list[str]) -> None:
    assert list(celdas.celdas(libro(tmp_path / "x.xlsx", worksheets__sheet1=HOJA.format(cell)))) == seen


@pytest.mark.parametrize(
    "parts",
    [
        {"workbook": "<workbook/>"},
        {"worksheets__sheet1": "<worksheet><c>"},
        {"worksheets__sheet1": HOJA.format("<c t='s'><v>7</v></c>")},
        {"worksheets__sheet1": HOJA.format("<c><v>uno</v></c>")},
        {"worksheets__sheet1": "<!DOCTYPE x [<!ENTITY a 'b'>]>" + HOJA.format("<c t='str'><v>&a;</v></c>")},
        {"worksheets__sheet1": HOJA.format("<c t='str'><v>" + " " * (celdas.DESPLEGADO + 1) + "</v></c>")},
    ],
    ids=["no sheet", "cut", "no such text", "no number", "doctype", "bomb"],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, parts: dict[str, str]) -> None:
    with pytest.raises(Ilegible):
        list(celdas.celdas(libro(tmp_path / "x.xlsx", **parts)))


def test_bytes_that_are_no_zip_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(Ilegible):
        list(celdas.celdas(path))


def test_one_long_text_in_very_many_cells_is_refused(tmp_path: Path) -> None:
    shared = f"<sst><si><t>{'1' * 30_000}</t></si></sst>"
    cells = '<c t="s"><v>0</v></c>' * 1_000
    path = libro(tmp_path / "bomba.xlsx", sharedStrings=shared, worksheets__sheet1=HOJA.format(cells))
    with pytest.raises(Ilegible):
        list(celdas.celdas(path))
