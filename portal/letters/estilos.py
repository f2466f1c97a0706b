"""Fonts and paragraph styles, made once per process: parsing and subsetting fonts is what makes PDFs slow."""

from functools import cache
from pathlib import Path
from typing import Any
from zlib import compress

from reportlab import rl_config
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont, makeToUnicodeCMap

REGULAR, NEGRITA, CURSIVA = "CartaRegular", "CartaNegrita", "CartaCursiva"
TINTA, GRIS, LINEA = "#1a1a1a", "#555555", "#9a9a9a"
_CARPETA = Path(__file__).parent / "fonts"
_ARCHIVOS = {
    REGULAR: "SourceSans3-Regular.ttf",
    NEGRITA: "SourceSans3-Semibold.ttf",
    CURSIVA: "SourceSans3-It.ttf",
}
_ESPANOL = "áéíóúüñÁÉÍÓÚÜÑ¿¡«»“”‘’–—…°ºª·§•½©®€×"
rl_config.useA85 = 0  # binary streams: a fifth smaller than ReportLab's ASCII default, and faster


class FuenteFija(TTFont):  # type: ignore[misc]
    """A TrueType font whose subsets are fixed, so that each is cut and deflated once per process.

    Subset 0 holds what Spanish letters use; the others, the rest of Latin, embedded only where a name needs them.
    A character that the font lacks is printed as its "not defined" box, never dropped.
    """

    def __init__(self, name: str, filename: str) -> None:
        super().__init__(name, filename, shapable=False)
        base = list(range(32, 127))
        propios = [*base, *(ord(c) for c in _ESPANOL)]
        resto = [
            c
            for c in (*range(0xA1, 0x180), *range(0x1E00, 0x1EFA), *range(0x2010, 0x2123))
            if c not in propios
        ]
        conoce = self.face.charToGlyph
        self._subsets: list[list[int]] = [
            [0] * 32 + base + [0] + [c for c in propios[len(base) :] if c in conoce]
        ]
        resto = [c for c in resto if c in conoce]
        for inicio in range(0, len(resto), 223):
            self._subsets.append([0] * 32 + [32] + resto[inicio : inicio + 223])
        self._codigos = {c: (n, i) for n, s in enumerate(self._subsets) for i, c in enumerate(s) if c}
        self._codigos.update({32: (0, 32), 0xA0: (0, 32)})
        self._hechos: dict[int, tuple[bytes, int, bytes, list[float], str]] = {}

    def _estado(self, doc: Any) -> Any:
        estado = self.state.get(doc)
        if estado is None:
            estado = self.state[doc] = TTFont.State(True, self)
            estado.frozen, estado.subsets, estado.usados = 1, self._subsets, set()
        return estado

    def splitString(self, text: str | bytes, doc: Any, encoding: str = "utf-8") -> list[tuple[int, bytes]]:
        """ReportLab's hook: the text as (subset, codes) runs."""
        texto = text.decode(encoding) if isinstance(text, bytes) else text
        usados = self._estado(doc).usados
        trozos: list[tuple[int, bytearray]] = []
        for caracter in texto:
            subset, codigo = self._codigos.get(ord(caracter), (0, 0))
            if not trozos or trozos[-1][0] != subset:
                trozos.append((subset, bytearray()))
                usados.add(subset)
            trozos[-1][1].append(codigo)
        return [(subset, bytes(codigos)) for subset, codigos in trozos]

    def getSubsetInternalName(self, subset: int, doc: Any) -> str:
        """ReportLab's hook: the resource name of a subset in a document."""
        self._estado(doc).usados.add(subset)
        nombre: str = super().getSubsetInternalName(subset, doc)
        return nombre

    def addObjects(self, doc: Any) -> None:
        """ReportLab's hook: writes only the subsets that the document used."""
        for n in sorted(self._estado(doc).usados):
            self._agregar(doc, n, super().getSubsetInternalName(n, doc)[1:])
        del self.state[doc]

    def _agregar(self, doc: Any, n: int, interno: str) -> None:
        archivo, largo, cmap, anchos, base = self._hecho(n)
        fuente = pdfdoc.PDFTrueTypeFont()
        fuente.Name, fuente.BaseFont = interno, base
        fuente.FirstChar, fuente.LastChar = 0, len(self._subsets[n]) - 1
        fuente.Widths = pdfdoc.PDFArray(anchos)
        fuente.ToUnicode = doc.Reference(_flujo(cmap), "toUnicodeCMap:" + base)
        datos = _flujo(archivo)
        datos.dictionary["Length1"] = largo
        cara = self.face
        descriptor = pdfdoc.PDFDictionary({
            "Type": "/FontDescriptor", "Ascent": cara.ascent, "CapHeight": cara.capHeight, "Descent": cara.descent,
            "Flags": (cara.flags & ~32) | 4, "FontBBox": pdfdoc.PDFArray(cara.bbox), "FontName": pdfdoc.PDFName(base),
            "ItalicAngle": cara.italicAngle, "StemV": cara.stemV, "MissingWidth": cara.defaultWidth,
            "FontFile2": doc.Reference(datos, "fontFile:" + base),
        })  # fmt: skip
        fuente.FontDescriptor = doc.Reference(descriptor, "fontDescriptor:" + base)
        doc.Reference(fuente, interno)
        doc.idToObject["BasicFonts"].dict[interno] = fuente

    def _hecho(self, n: int) -> tuple[bytes, int, bytes, list[float], str]:
        if n not in self._hechos:
            subset = self._subsets[n]
            base = b"".join((SUBSETN(n), b"+", self.face.name)).decode("latin1")
            archivo = self.face.makeSubset(subset)
            cmap = makeToUnicodeCMap(base, subset).encode("latin1")
            anchos = [self.face.getCharWidth(c) for c in subset]
            self._hechos[n] = (compress(archivo, 9), len(archivo), compress(cmap, 9), anchos, base)
        return self._hechos[n]


def _flujo(deflated: bytes) -> Any:
    flujo = pdfdoc.PDFStream(content=deflated, filters=[])
    flujo.dictionary["Filter"] = pdfdoc.PDFName("FlateDecode")
    return flujo


@cache
def fuentes() -> dict[str, FuenteFija]:
    """Registers the fonts with ReportLab, once per process; safe to call as often as one likes."""
    hechas = {}
    for nombre, archivo in _ARCHIVOS.items():
        hechas[nombre] = FuenteFija(nombre, str(_CARPETA / archivo))
        pdfmetrics.registerFont(hechas[nombre])
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=NEGRITA, italic=CURSIVA, boldItalic=NEGRITA)
    return hechas


# What a densidad shrinks: name -> its differences from the base style.
_CUERPO: dict[str, dict[str, Any]] = {
    "parrafo": {"alignment": TA_JUSTIFY, "spaceAfter": 10},
    "titulo": {
        "fontName": NEGRITA, "fontSize": 13, "leading": 17, "alignment": TA_CENTER, "spaceBefore": 8, "spaceAfter": 12,
    },
    "subtitulo": {"fontName": NEGRITA, "alignment": TA_CENTER, "spaceBefore": 6, "spaceAfter": 6, "keepWithNext": 1},
    "clausula": {"alignment": TA_JUSTIFY, "spaceAfter": 8},
    "lugar_fecha": {"alignment": TA_RIGHT, "spaceAfter": 3},
    "asunto": {"alignment": TA_RIGHT, "spaceAfter": 16},
    "destinatario": {"rightIndent": 120},
    "saludo": {"spaceBefore": 10, "spaceAfter": 8},
    "lista": {"leftIndent": 16, "bulletIndent": 4, "spaceAfter": 2.5},
    "celda": {"fontSize": 10.5, "leading": 13},
    "celda_titulo": {"fontName": NEGRITA, "fontSize": 10.5, "leading": 13},
    "despedida": {"fontName": NEGRITA, "alignment": TA_CENTER, "spaceBefore": 10, "spaceAfter": 4},
    "lema": {"fontName": CURSIVA, "alignment": TA_CENTER, "spaceAfter": 4},
}  # fmt: skip
_FIJOS: dict[str, dict[str, Any]] = {
    "papel": {"fontSize": 8.5, "leading": 10.5, "textColor": GRIS, "alignment": TA_CENTER},
    "firmante": {"fontName": NEGRITA, "fontSize": 9.5, "leading": 11.6, "alignment": TA_CENTER},
    "cargo": {"fontSize": 9, "leading": 11, "alignment": TA_CENTER},
    "sello_de_tiempo": {"fontSize": 7.5, "leading": 9.5, "textColor": GRIS, "alignment": TA_CENTER},
    "copia": {"fontSize": 8, "leading": 10, "textColor": GRIS},
    "membrete_primera": {"fontName": NEGRITA, "fontSize": 11.5, "leading": 14},
    "membrete": {"fontSize": 9.5, "leading": 11.8, "textColor": "#333333"},
    "pie": {"fontSize": 7.5, "leading": 9.4, "textColor": GRIS},
    "pie_negrita": {"fontName": NEGRITA, "fontSize": 8, "leading": 10},
}


@cache
def estilos(densidad: float = 1.0) -> dict[str, ParagraphStyle]:
    """The paragraph styles of letters by name, in points; a `densidad` under 1 sets the body smaller and tighter."""
    fuentes()
    base = ParagraphStyle(
        "base", fontName=REGULAR, fontSize=11, leading=15.2, textColor=TINTA, allowWidows=0, allowOrphans=0,
        splitLongWords=1, bulletFontName=REGULAR, alignment=TA_LEFT,
    )  # fmt: skip
    formas = {n: ParagraphStyle(n, parent=base, **cambios) for n, cambios in {**_CUERPO, **_FIJOS}.items()}
    for nombre in _CUERPO:
        for medida in ("fontSize", "leading", "spaceBefore", "spaceAfter"):
            setattr(formas[nombre], medida, getattr(formas[nombre], medida) * densidad)
    return formas
