"""A report of several tables as a PDF: each with its heading, one under the other, over landscape pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor

from portal.letters import estilos, tipografia
from portal.letters.columna import Columna, columnas_de
from portal.letters.lienzo import Hoja
from portal.letters.tabla_pdf import (
    ANCHO,
    FONDO_SENCILLO,
    MARGEN,
    PAGINA,
    LienzoReporte,
    Tabla,
    dibujar_cabeza,
)

_TITULO = 34.0  # height of a heading with the air around it
_MINIMO = 90.0  # a table begins on a page where its heading and some rows fit


@dataclass(frozen=True)
class Seccion:
    """One table: heading, what to know of it, columns, rows."""

    titulo: str
    nota: str
    columnas: Sequence[Columna | str]
    filas: Iterable[Sequence[Any]]


def secciones_pdf(
    titulo: str,
    subtitulo: str,
    encabezado_lineas: Sequence[str],
    secciones: Iterable[Seccion],
    *,
    logo: bytes | None = None,
    pie: str = "",
    fecha: date | None = None,
) -> bytes:
    """The tables in their order; letterhead, foot and dates as `tabla_pdf` has them. Same arguments, same bytes."""
    tipografia.fuentes()
    hoja = Hoja(
        titulo=titulo, autor=", ".join(encabezado_lineas[:2]), asunto=subtitulo, fecha=fecha, logo=logo,
        lineas=tuple(encabezado_lineas), folio=None, codigo=None, url=None, pie=escape(pie),
    )  # fmt: skip
    salida = BytesIO()
    lienzo = LienzoReporte(salida, hoja, PAGINA)
    y = dibujar_cabeza(lienzo, hoja, subtitulo)
    for seccion in secciones:
        y = _dibujar(lienzo, seccion, y)
    lienzo.showPage()
    lienzo.save()
    return salida.getvalue()


def _dibujar(lienzo: LienzoReporte, seccion: Seccion, y: float) -> float:
    """Draws a section from that height downwards; returns where it ends."""
    columnas = columnas_de(seccion.columnas)
    anchos = [ANCHO * c.ancho / sum(c.ancho for c in columnas) for c in columnas]
    tabla = Tabla(lienzo, columnas, anchos, FONDO_SENCILLO)
    tabla.y = y
    if tabla.y - _TITULO - _MINIMO < tabla.fondo:
        tabla.otra_pagina()
    lienzo.setFillColor(HexColor(estilos.TINTA))
    lienzo.setFont(estilos.NEGRITA, 11)
    lienzo.drawString(MARGEN, tabla.y - 20, seccion.titulo)
    tabla.y -= 26
    if seccion.nota:
        lienzo.setFillColor(HexColor(estilos.GRIS))
        lienzo.setFont(estilos.REGULAR, 8.5)
        lienzo.drawString(MARGEN, tabla.y - 6, seccion.nota)
        tabla.y -= 12
    tabla.dibujar(seccion.filas)
    return tabla.y if tabla.llena else tabla.y - 24
