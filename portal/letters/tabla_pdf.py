"""A report as a PDF: a table over many landscape pages, drawn on the canvas: Platypus' tables are slow."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from html import escape, unescape
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import landscape, letter
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth

from portal.letters import estilos, imagenes, tipografia
from portal.letters.columna import Columna, columnas_de
from portal.letters.lienzo import Hoja, LienzoNumerado, dibujar_pie
from portal.letters.pagina import ALTO_PIE, BASE_PIE
from portal.letters.textos import celda

PAGINA = landscape(letter)
MARGEN, _CUERPO, _INTERLINEA, _AIRE = 40.0, 8.5, 10.6, 4.0
ANCHO = PAGINA[0] - 2 * MARGEN
_MAXIMO_LINEAS = 40  # a cell longer than a page ends in an ellipsis
FONDO_SENCILLO = BASE_PIE + 26
Fila = tuple[list[Sequence[str]], float]


class LienzoReporte(LienzoNumerado):
    """A canvas whose surroundings are a report's: only the foot; the head is drawn with the table."""

    def save(self) -> None:
        """Draws the foot of every page and writes the file."""
        self._fechar()
        total = len(self._paginas)
        for numero, estado in enumerate(self._paginas, 1):
            self.__dict__.update(estado)
            _dibujar_pie(self, self._hoja, numero, total)
            super(LienzoNumerado, self).showPage()
        super(LienzoNumerado, self).save()


def tabla_pdf(
    titulo: str,
    subtitulo: str,
    encabezado_lineas: Sequence[str],
    columnas: Sequence[Columna | str],
    filas: Iterable[Sequence[Any]],
    *,
    folio: str | None = None,
    codigo: str | None = None,
    url_verificacion: str | None = None,
    logo: bytes | None = None,
    pie: str | None = None,
    fecha: date | None = None,
) -> bytes:
    """A table with the head repeated and "Página x de y"; long cells wrap, dates are 21/11/2026.

    `encabezado_lineas`: institution, escuela, office.
    `fecha` dates the file itself. The same arguments give the same bytes.
    """
    tipografia.fuentes()
    hechas = columnas_de(columnas)
    if not hechas:
        raise ValueError("un reporte tiene al menos una columna")
    hoja = Hoja(
        titulo=titulo, autor=", ".join(encabezado_lineas[:2]), asunto=subtitulo, fecha=fecha, logo=logo,
        lineas=tuple(encabezado_lineas), folio=folio, codigo=codigo, url=url_verificacion, pie=escape(pie or ""),
    )  # fmt: skip
    anchos = [ANCHO * c.ancho / sum(c.ancho for c in hechas) for c in hechas]
    salida = BytesIO()
    lienzo = LienzoReporte(salida, hoja, PAGINA)
    fondo = BASE_PIE + ALTO_PIE + 12 if hoja.url else FONDO_SENCILLO
    tabla = Tabla(lienzo, hechas, anchos, fondo)
    tabla.y = dibujar_cabeza(lienzo, hoja, subtitulo)
    tabla.dibujar(filas)
    lienzo.showPage()
    lienzo.save()
    return salida.getvalue()


def _dibujar_pie(lienzo: LienzoNumerado, hoja: Hoja, numero: int, total: int) -> None:
    if hoja.url and numero == 1:
        dibujar_pie(lienzo, hoja, numero, total, MARGEN)
        return
    lienzo.setFillColor(HexColor(estilos.GRIS))
    lienzo.setFont(estilos.REGULAR, 8)
    partes = [hoja.titulo if numero > 1 else "", f"Folio {hoja.folio}" if hoja.folio else ""]
    partes += [f"Código {hoja.codigo}" if hoja.codigo else "", unescape(hoja.pie)]
    lienzo.drawString(MARGEN, BASE_PIE, "  ·  ".join(t for t in partes if t)[:150])
    lienzo.drawRightString(PAGINA[0] - MARGEN, BASE_PIE, f"Página {numero} de {total}")


def dibujar_cabeza(lienzo: LienzoNumerado, hoja: Hoja, subtitulo: str) -> float:
    """Logo, lines, title; returns the height where the table begins."""
    y, x = PAGINA[1] - 34, MARGEN
    if hoja.logo:
        ancho = min(110.0, 48 * imagenes.proporcion(hoja.logo))
        imagenes.dibujar_imagen(lienzo, hoja.logo, x, y - 46, ancho, 48)
        x += ancho + 14
    fuente = estilos.NEGRITA
    renglon = y - 8
    for linea in hoja.lineas:
        lienzo.setFillColor(HexColor(estilos.TINTA))
        lienzo.setFont(fuente, 9.5)
        lienzo.drawString(x, renglon, linea)
        fuente, renglon = estilos.REGULAR, renglon - 12
    y = float(min(renglon - 8, y - (62 if hoja.logo else 0)))
    lienzo.setFillColor(HexColor(estilos.TINTA))
    lienzo.setFont(estilos.NEGRITA, 14)
    lienzo.drawString(MARGEN, y - 6, hoja.titulo)
    y -= 20
    lienzo.setFillColor(HexColor(estilos.GRIS))
    lienzo.setFont(estilos.REGULAR, 9.5)
    for linea in simpleSplit(subtitulo, estilos.REGULAR, 9.5, ANCHO):
        lienzo.drawString(MARGEN, y, linea)
        y -= 12
    return float(y - 2)


class Tabla:
    """Draws rows downwards and opens a page, with the head again, when one does not fit."""

    def __init__(
        self, lienzo: LienzoNumerado, columnas: Sequence[Columna], anchos: list[float], fondo: float
    ) -> None:
        self.lienzo, self.columnas, self.anchos, self.fondo = lienzo, columnas, anchos, fondo
        self.y, self.llena = PAGINA[1] - 40, False
        self.cabeza = self._medir([c.titulo for c in columnas], estilos.NEGRITA)

    def dibujar(self, filas: Iterable[Sequence[Any]]) -> None:
        """Head and rows, over as many pages as they need."""
        self._dibujar_cabeza()
        vacia = True
        for valores in filas:
            vacia = False
            fila = self._medir([celda(v) for v in valores], estilos.REGULAR)
            if self.y - fila[1] < self.fondo:
                self.otra_pagina()
                self._dibujar_cabeza()
            self._dibujar_fila(fila, estilos.REGULAR)
        self.llena = not vacia
        if vacia:
            self._vacia()

    def otra_pagina(self) -> None:
        """Go on at the top of a new page."""
        self.lienzo.showPage()
        self.y, self.fondo = PAGINA[1] - 40, FONDO_SENCILLO

    def _vacia(self) -> None:
        self.lienzo.setFillColor(HexColor(estilos.GRIS))
        self.lienzo.setFont(estilos.REGULAR, 10)
        self.lienzo.drawString(MARGEN + _AIRE, self.y - 18, "No hay registros en este periodo.")

    def _medir(self, textos: Sequence[str], fuente: str) -> Fila:
        lineas = [_partir(t, fuente, ancho - 2 * _AIRE) for t, ancho in zip(textos, self.anchos, strict=True)]
        return lineas, max(len(p) for p in lineas) * _INTERLINEA + 2 * _AIRE

    def _dibujar_cabeza(self) -> None:
        alto = self.cabeza[1]
        self.lienzo.setFillColor(HexColor("#ececec"))
        self.lienzo.rect(MARGEN, self.y - alto, ANCHO, alto, stroke=0, fill=1)
        self._dibujar_fila(self.cabeza, estilos.NEGRITA)

    def _dibujar_fila(self, fila: Fila, fuente: str) -> None:
        lineas, alto = fila
        lienzo, x = self.lienzo, MARGEN
        lienzo.setFillColor(HexColor(estilos.TINTA))
        lienzo.setFont(fuente, _CUERPO)
        for columna, ancho, partes in zip(self.columnas, self.anchos, lineas, strict=True):
            y = self.y - _AIRE - _CUERPO + 1
            for parte in partes:
                if columna.alinear == "derecha":
                    lienzo.drawRightString(x + ancho - _AIRE, y, parte)
                elif columna.alinear == "centro":
                    lienzo.drawCentredString(x + ancho / 2, y, parte)
                else:
                    lienzo.drawString(x + _AIRE, y, parte)
                y -= _INTERLINEA
            x += ancho
        self.y -= alto
        lienzo.setStrokeColor(HexColor("#c9c9c9"))
        lienzo.setLineWidth(0.4)
        lienzo.line(MARGEN, self.y, MARGEN + ANCHO, self.y)


@lru_cache(maxsize=8192)
def _partir(texto: str, fuente: str, ancho: float) -> Sequence[str]:
    if stringWidth(texto, fuente, _CUERPO) <= ancho and "\n" not in texto:
        return [texto]
    lineas: list[str] = []
    for linea in simpleSplit(texto, fuente, _CUERPO, ancho):
        lineas += _cortar(linea, fuente, ancho)
    return lineas if len(lineas) <= _MAXIMO_LINEAS else [*lineas[: _MAXIMO_LINEAS - 1], "…"]


def _cortar(palabra: str, fuente: str, ancho: float) -> list[str]:
    """A word wider than its cell (an e-mail, a CURP) is cut where the cell ends."""
    partes: list[str] = []
    while palabra and stringWidth(palabra, fuente, _CUERPO) > ancho:
        n = len(palabra) - 1
        while n > 1 and stringWidth(palabra[:n], fuente, _CUERPO) > ancho:
            n -= 1
        partes.append(palabra[:n])
        palabra = palabra[n:]
    return [*partes, palabra]
