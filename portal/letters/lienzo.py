"""The page of letters and reports: letterhead, footer with QR, page numbers, metadata. Same input, same bytes."""

from calendar import timegm
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.utils import TimeStamp
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph

from portal.letters import estilos, imagenes

MARGEN, LADO_QR, BASE_PIE, ALTO_PIE, ALTO_LOGO = 68.0, 74.0, 26.0, 74.0, 60.0


@dataclass(frozen=True)
class Hoja:
    """What surrounds the text on each page. Texts are already escaped for paragraphs."""

    titulo: str
    autor: str
    asunto: str = ""
    fecha: date | None = None
    lineas: tuple[str, ...] = ()
    logo: bytes | None = None
    color: str = ""
    folio: str | None = None
    codigo: str | None = None
    url: str | None = None
    pie: str = ""


class LienzoNumerado(Canvas):  # type: ignore[misc]
    """A canvas that draws each page's surroundings when the number of pages is known."""

    def __init__(self, salida: BytesIO, hoja: Hoja, pagesize: tuple[float, float]) -> None:
        estilos.fuentes()
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

    def save(self) -> None:
        """Draws the surroundings of every page and writes the file."""
        self._fechar()
        total = len(self._paginas)
        for numero, estado in enumerate(self._paginas, 1):
            self.__dict__.update(estado)
            dibujar_pie(self, self._hoja, numero, total)
            if numero == 1:
                dibujar_membrete(self, self._hoja)
            else:
                dibujar_continuacion(self, self._hoja)
            super().showPage()
        super().save()


def _ancho_logo(hoja: Hoja) -> float:
    return min(130.0, ALTO_LOGO * imagenes.proporcion(hoja.logo)) if hoja.logo else 0.0


def _lineas_membrete(hoja: Hoja, ancho: float) -> list[tuple[Any, float]]:
    est = estilos.estilos()
    alineacion = "left" if hoja.logo else "center"
    hechas = []
    for n, linea in enumerate(hoja.lineas):
        forma = est["membrete_primera" if n == 0 else "membrete"]
        parrafo = Paragraph(f'<para align="{alineacion}">{linea}</para>', forma)
        hechas.append((parrafo, parrafo.wrap(ancho, 300)[1]))
    return hechas


def alto_membrete(hoja: Hoja, ancho_pagina: float) -> float:
    """The height (points) that the letterhead takes below the top margin, with the white after it."""
    ancho_logo = _ancho_logo(hoja)
    ancho = ancho_pagina - 2 * MARGEN - (ancho_logo + 16 if ancho_logo else 0)
    texto = sum(alto for _, alto in _lineas_membrete(hoja, ancho))
    return max(texto, ALTO_LOGO if hoja.logo else 0) + 26


def dibujar_membrete(lienzo: Canvas, hoja: Hoja) -> None:
    """Logo at the left, lines beside it (centred when there is none), and a rule in the escuela's colour."""
    ancho_pagina, alto_pagina = lienzo._pagesize
    ancho_logo = _ancho_logo(hoja)
    sangria = ancho_logo + 16 if ancho_logo else 0
    lineas = _lineas_membrete(hoja, ancho_pagina - 2 * MARGEN - sangria)
    alto_texto = sum(alto for _, alto in lineas)
    alto = max(alto_texto, ALTO_LOGO if hoja.logo else 0)
    arriba = alto_pagina - 40
    if hoja.logo:
        imagenes.dibujar_imagen(
            lienzo, hoja.logo, MARGEN, arriba - (alto + ALTO_LOGO) / 2, ancho_logo, ALTO_LOGO
        )
    y = arriba - (alto - alto_texto) / 2
    for parrafo, h in lineas:
        y -= h
        parrafo.drawOn(lienzo, MARGEN + sangria, y)
    lienzo.setStrokeColor(HexColor(hoja.color or estilos.GRIS))
    lienzo.setLineWidth(1.4 if hoja.color else 0.7)
    lienzo.line(MARGEN, arriba - alto - 9, ancho_pagina - MARGEN, arriba - alto - 9)


def dibujar_continuacion(lienzo: Canvas, hoja: Hoja) -> None:
    """A short head for the second page and the next: what it is, whose."""
    ancho, alto = lienzo._pagesize
    lienzo.setFillColor(HexColor(estilos.GRIS))
    lienzo.setFont(estilos.REGULAR, 8.5)
    lienzo.drawString(MARGEN, alto - 46, hoja.titulo)
    lienzo.setStrokeColor(HexColor(hoja.color or estilos.LINEA))
    lienzo.setLineWidth(0.6)
    lienzo.line(MARGEN, alto - 52, ancho - MARGEN, alto - 52)


def dibujar_pie(lienzo: Canvas, hoja: Hoja, numero: int, total: int, margen: float = MARGEN) -> None:
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
        parrafo = Paragraph(texto, estilos.estilos()[forma])
        h = parrafo.wrap(ancho - margen - x - (70 if n == 0 and total > 1 else 0), 100)[1]
        y -= h
        parrafo.drawOn(lienzo, x, y)
        y -= 1.5
    if total > 1:
        lienzo.setFillColor(HexColor(estilos.GRIS))
        lienzo.setFont(estilos.REGULAR, 8)
        lienzo.drawRightString(ancho - margen, BASE_PIE + ALTO_PIE - 16, f"Página {numero} de {total}")


def _lineas_pie(hoja: Hoja) -> Sequence[tuple[str, str]]:
    claves = [f"Folio {hoja.folio}" if hoja.folio else "", f"Código {hoja.codigo}" if hoja.codigo else ""]
    lineas = [(" &nbsp;·&nbsp; ".join(c for c in claves if c), "pie_negrita")]
    if hoja.url:
        lineas.append((f"Compruebe que este documento es auténtico en {hoja.url}", "pie"))
    lineas.append((hoja.pie, "pie"))
    return [(texto, forma) for texto, forma in lineas if texto]
