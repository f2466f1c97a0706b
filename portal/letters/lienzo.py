"""The page of reports: foot with QR, page numbers, metadata. Same input, same bytes."""

from calendar import timegm
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import TimeStamp
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from portal.letters import estilos, imagenes, tipografia
from portal.letters.pagina import ALTO_PIE, BASE_PIE, LADO_QR


@dataclass(frozen=True)
class Hoja:
    """What surrounds a report on each page. Texts are already escaped for paragraphs."""

    titulo: str
    autor: str
    asunto: str = ""
    fecha: date | None = None
    lineas: tuple[str, ...] = ()
    logo: bytes | None = None
    folio: str | None = None
    codigo: str | None = None
    url: str | None = None
    pie: str = ""


class LienzoNumerado(Canvas):  # type: ignore[misc]
    """A canvas that keeps its pages until their number is known; its `save` draws what surrounds them."""

    def __init__(self, salida: BytesIO, hoja: Hoja, pagesize: tuple[float, float]) -> None:
        tipografia.fuentes()
        super().__init__(
            salida, pagesize=pagesize, invariant=1, lang="es-MX", pageCompression=1, pdfVersion=(1, 7),
            initialFontName=estilos.REGULAR, initialFontSize=10,
        )  # fmt: skip
        self._hoja = hoja
        self._paginas: list[dict[str, Any]] = []

    def _fechar(self) -> None:
        hoja = self._hoja
        self.setTitle(hoja.titulo)
        self.setAuthor(hoja.autor)
        self.setSubject(hoja.asunto or hoja.titulo)
        self.setKeywords([texto for texto in (hoja.folio, hoja.codigo) if texto])
        self.setCreator("Portal de servicio social")
        self.setViewerPreference("DisplayDocTitle", "true")
        momento = TimeStamp(1)
        if hoja.fecha:
            momento.lt = (hoja.fecha.year, hoja.fecha.month, hoja.fecha.day, 12, 0, 0)
            momento.YMDhms, momento.t = momento.lt, timegm((*momento.lt, 0, 0, 0))
        self._doc._timeStamp = momento

    def showPage(self) -> None:
        """Keeps the page until all are known."""
        self._paginas.append(dict(self.__dict__))
        self._startPage()


def dibujar_pie(lienzo: Canvas, hoja: Hoja, numero: int, total: int, margen: float) -> None:
    """QR at the left; folio, code, address to verify and foot text beside it; "Página 1 de 2" if more than one."""
    ancho = lienzo._pagesize[0]
    lienzo.setStrokeColor(HexColor(estilos.LINEA))
    lienzo.setLineWidth(0.4)
    lienzo.line(margen, BASE_PIE + ALTO_PIE + 3, ancho - margen, BASE_PIE + ALTO_PIE + 3)
    x = margen
    if hoja.url:
        # The quiet zone is white already: the black of the code, not its white, aligns with the text's margin.
        imagenes.dibujar_qr(lienzo, hoja.url, margen - 8, BASE_PIE - 2, LADO_QR)
        x = margen + LADO_QR - 4
    y = BASE_PIE + ALTO_PIE - 8
    for n, (texto, forma) in enumerate(_lineas_pie(hoja)):
        parrafo = Paragraph(texto, _forma(forma))
        h = parrafo.wrap(ancho - margen - x - (70 if n == 0 and total > 1 else 0), 100)[1]
        y -= h
        parrafo.drawOn(lienzo, x, y)
        y -= 1.5
    if total > 1:
        lienzo.setFillColor(HexColor(estilos.GRIS))
        lienzo.setFont(estilos.REGULAR, 8)
        lienzo.drawRightString(ancho - margen, BASE_PIE + ALTO_PIE - 16, f"Página {numero} de {total}")


@cache
def _forma(nombre: str) -> ParagraphStyle:
    forma = estilos.estilos()[nombre]
    return ParagraphStyle(
        nombre, fontName=forma.fuente, fontSize=forma.cuerpo, leading=forma.interlinea, textColor=forma.color
    )


def _lineas_pie(hoja: Hoja) -> Sequence[tuple[str, str]]:
    claves = [f"Folio {hoja.folio}" if hoja.folio else "", f"Código {hoja.codigo}" if hoja.codigo else ""]
    lineas = [(" &nbsp;·&nbsp; ".join(c for c in claves if c), "pie_negrita")]
    if hoja.url:
        lineas.append((f"Compruebe que este documento es auténtico en {hoja.url}", "pie"))
    lineas.append((hoja.pie, "pie"))
    return [(texto, forma) for texto, forma in lineas if texto]
