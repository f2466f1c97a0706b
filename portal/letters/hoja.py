"""A report as a spreadsheet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from portal.letters.columna import Columna, columnas_de
from portal.letters.palabras import hora_local
from portal.letters.textos import celda

_PROHIBIDOS = str.maketrans("[]:*?/\\", "-------")


@dataclass(frozen=True)
class Hoja:
    """A sheet of a spreadsheet: its name, its columns, its rows (an iterator will do)."""

    titulo: str
    columnas: Sequence[Columna | str]
    filas: Iterable[Sequence[Any]]


def hoja_xlsx(titulo: str, columnas: Sequence[Columna | str], filas: Iterable[Sequence[Any]]) -> bytes:
    """An XLSX with one sheet: heading frozen and filtered, dates as dates, numbers as numbers.

    A text is always a text: what begins with =, +, - or @ is never a formula. Rows may be an iterator: they are
    written one by one. Instants are written as Mexico City's clocks show them.
    """
    return libro_xlsx(titulo, [Hoja(titulo, columnas, filas)])


def libro_xlsx(titulo: str, hojas: Iterable[Hoja]) -> bytes:
    """An XLSX with a sheet for each, written as `hoja_xlsx` writes one."""
    import xlsxwriter  # only who downloads one waits for it, and no start does

    salida = BytesIO()
    libro = xlsxwriter.Workbook(
        salida,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    libro.set_properties({"title": titulo, "created": datetime(2000, 1, 1, tzinfo=UTC)})
    formatos = {
        "titulo": libro.add_format({"bold": True, "text_wrap": True, "bg_color": "#E7E7E7", "bottom": 1}),
        "fecha": libro.add_format({"num_format": "dd/mm/yyyy", "align": "left"}),
        "instante": libro.add_format({"num_format": "dd/mm/yyyy hh:mm", "align": "left"}),
    }
    for una in hojas:
        _llenar(
            libro.add_worksheet(una.titulo.translate(_PROHIBIDOS).strip("'")[:31] or "Hoja"), una, formatos
        )
    libro.close()
    return salida.getvalue()


def _llenar(hoja: Any, una: Hoja, formatos: dict[str, Any]) -> None:
    hechas = columnas_de(una.columnas)
    for n, columna in enumerate(hechas):
        hoja.set_column(n, n, max(11.0, len(columna.titulo) + 3.0, 16 * columna.ancho))
        hoja.write_string(0, n, columna.titulo, formatos["titulo"])
    hoja.freeze_panes(1, 0)
    numero = 0
    for numero, fila in enumerate(una.filas, 1):
        for n, valor in enumerate(fila):
            _escribir(hoja, numero, n, valor, formatos)
    if hechas:
        hoja.autofilter(0, 0, numero, len(hechas) - 1)


def _escribir(hoja: Any, fila: int, columna: int, valor: Any, formatos: dict[str, Any]) -> None:
    if valor is None:
        return
    if isinstance(valor, datetime):
        hoja.write_datetime(fila, columna, hora_local(valor), formatos["instante"])
    elif isinstance(valor, date):
        hoja.write_datetime(fila, columna, valor, formatos["fecha"])
    elif isinstance(valor, int | float | Decimal) and not isinstance(valor, bool):
        hoja.write_number(fila, columna, valor)
    else:
        hoja.write_string(fila, columna, celda(valor)[:32_767])
