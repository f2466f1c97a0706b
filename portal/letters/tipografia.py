"""The fonts of letters and reports: cut into fixed subsets once per process; words measured and encoded once each."""

from codecs import charmap_build, charmap_encode
from functools import cache
from pathlib import Path
from typing import Any
from zlib import compress

from reportlab import rl_config
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import SUBSETN, TTFont

from portal.letters.estilos import CURSIVA, NEGRITA, REGULAR

_CARPETA = Path(__file__).parent / "fonts"
_ARCHIVOS = {
    REGULAR: "SourceSans3-Regular.ttf",
    NEGRITA: "SourceSans3-Semibold.ttf",
    CURSIVA: "SourceSans3-It.ttf",
}
_ESPANOL = "áéíóúüñÁÉÍÓÚÜÑ¿¡«»“”‘’–—…°ºª·§•½©®€×"
_CAJA, _CODIGO_CAJA = (
    0x25A1,
    127,
)  # what is printed for a character that the font lacks: PDF/A forbids ".notdef"
_PALABRAS = 20_000
rl_config.useA85 = 0  # binary streams: a fifth smaller than ReportLab's ASCII default, and faster

Trozos = tuple[tuple[int, bytes], ...]
Objeto = tuple[bytes, int, bytes, list[float], str]


class FuenteFija(TTFont):  # type: ignore[misc]
    """A TrueType font whose subsets are fixed, so that each is cut and deflated once per process.

    Subset 0 holds what Spanish letters use; the others, the rest of the font, embedded only where a name needs them.
    A character that the font lacks is printed as a box, never dropped.
    """

    def __init__(self, name: str, filename: str) -> None:
        super().__init__(name, filename, shapable=False)
        base = list(range(32, 127))
        propios = [*base, *(ord(c) for c in _ESPANOL)]
        conoce = self.face.charToGlyph
        caja = _CAJA if _CAJA in conoce else ord("?")
        self._subsets: list[list[int]] = [
            [0] * 32 + base + [caja] + [c for c in propios[len(base) :] if c in conoce]
        ]
        comunes = set(propios)
        resto = [c for c in sorted(conoce) if 0xA0 < c < 0x10000 and c not in comunes]
        for inicio in range(0, len(resto), 223):
            self._subsets.append([0] * 32 + [32] + resto[inicio : inicio + 223])
        self._codigos = {c: (n, i) for n, s in enumerate(self._subsets) for i, c in enumerate(s) if c > 31}
        self._codigos.update({32: (0, 32), 0xA0: (0, 32), ord("?"): (0, 63)})
        self._hechos: dict[int, Objeto] = {}

    def trozos(self, texto: str) -> list[tuple[int, bytes]]:
        """The text as runs of (subset, codes)."""
        trozos: list[tuple[int, bytearray]] = []
        for caracter in texto:
            subset, codigo = self._codigos.get(ord(caracter), (0, _CODIGO_CAJA))
            if not trozos or trozos[-1][0] != subset:
                trozos.append((subset, bytearray()))
            trozos[-1][1].append(codigo)
        return [(subset, bytes(codigos)) for subset, codigos in trozos]

    def anchos(self, subset: int) -> list[float]:
        """The width (thousandths of an em) of each code of a subset."""
        return [self.face.getCharWidth(c) for c in self._subsets[subset]]

    def principal(self) -> Any:
        """The encoding of subset 0, for `codecs.charmap_encode`."""
        tabla = [chr(c) if c > 31 and n != _CODIGO_CAJA else "\ufffe" for n, c in enumerate(self._subsets[0])]
        return charmap_build("".join(tabla).ljust(256, "\ufffe"))

    def _estado(self, doc: Any) -> Any:
        estado = self.state.get(doc)
        if estado is None:
            estado = self.state[doc] = TTFont.State(True, self)
            estado.frozen, estado.subsets, estado.usados = 1, self._subsets, set()
        return estado

    def splitString(self, text: str | bytes, doc: Any, encoding: str = "utf-8") -> list[tuple[int, bytes]]:
        """ReportLab's hook: the text as (subset, codes) runs."""
        trozos = self.trozos(text.decode(encoding) if isinstance(text, bytes) else text)
        self._estado(doc).usados.update(subset for subset, _ in trozos)
        return trozos

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
        archivo, largo, cmap, anchos, base = self.hecho(n)
        fuente = pdfdoc.PDFTrueTypeFont()
        fuente.Name, fuente.BaseFont = interno, base
        fuente.FirstChar, fuente.LastChar = 0, len(self._subsets[n]) - 1
        fuente.Widths = pdfdoc.PDFArray(anchos)
        fuente.ToUnicode = doc.Reference(_flujo(cmap), "toUnicodeCMap:" + base)
        datos = _flujo(archivo)
        datos.dictionary["Length1"] = largo
        descriptor = {**self.descriptor(), "Type": "/FontDescriptor", "FontName": pdfdoc.PDFName(base)}
        descriptor["FontBBox"] = pdfdoc.PDFArray(descriptor["FontBBox"])
        descriptor["FontFile2"] = doc.Reference(datos, "fontFile:" + base)
        fuente.FontDescriptor = doc.Reference(pdfdoc.PDFDictionary(descriptor), "fontDescriptor:" + base)
        doc.Reference(fuente, interno)
        doc.idToObject["BasicFonts"].dict[interno] = fuente

    def descriptor(self) -> dict[str, Any]:
        """The numbers of a font descriptor; symbolic, as a font whose codes are its own must be."""
        cara = self.face
        return {
            "Ascent": cara.ascent, "CapHeight": cara.capHeight, "Descent": cara.descent,
            "Flags": (cara.flags & ~32) | 4,
            "FontBBox": list(cara.bbox), "ItalicAngle": cara.italicAngle, "StemV": cara.stemV,
            "MissingWidth": cara.defaultWidth,
        }  # fmt: skip

    def hecho(self, n: int) -> Objeto:
        """A subset ready to be embedded: deflated file, its length before, deflated ToUnicode, widths, name."""
        if n not in self._hechos:
            subset = self._subsets[n]
            base = b"".join((SUBSETN(n), b"+", self.face.name)).decode("latin1")
            archivo = self.face.makeSubset(subset)
            cmap = _a_unicode(subset)
            self._hechos[n] = (compress(archivo, 9), len(archivo), compress(cmap, 9), self.anchos(n), base)
        return self._hechos[n]


def _a_unicode(subset: list[int]) -> bytes:
    """The CMap that tells readers which characters the codes are: what makes text searchable and copyable."""
    pares = [f"<{n:02X}> <{c:04X}>" for n, c in enumerate(subset) if c > 31]
    bloques = [pares[i : i + 100] for i in range(0, len(pares), 100)]
    cuerpo = "\n".join(f"{len(b)} beginbfchar\n" + "\n".join(b) + "\nendbfchar" for b in bloques)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{cuerpo}\n"
        "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode("ascii")


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


class Letra:
    """A face as the letter engine uses it: each word is measured and encoded once in a process."""

    def __init__(self, nombre: str) -> None:
        self.nombre = nombre
        self.fija = fuentes()[nombre]
        self.recurso = {REGULAR: "R", NEGRITA: "N", CURSIVA: "C"}[nombre]
        self._anchos = [self.fija.anchos(n) for n in range(len(self.fija._subsets))]
        self._principal = self.fija.principal()
        self.espacio = self._anchos[0][32]
        self._hechas: dict[str, Palabra] = {}

    def palabra(self, texto: str) -> "Palabra":
        """One word."""
        return self._hechas.get(texto) or self._medir(texto)

    def palabras(self, texto: str) -> "list[Palabra]":
        """The words of a text between spaces."""
        hechas, medir = self._hechas.get, self._medir
        return [hechas(parte) or medir(parte) for parte in texto.split(" ") if parte]

    def _medir(self, texto: str) -> "Palabra":
        try:
            trozos = [(0, charmap_encode(texto, "strict", self._principal)[0])]
        except UnicodeEncodeError:
            trozos = self.fija.trozos(texto)
        ancho = sum(sum(map(self._anchos[n].__getitem__, codigos)) for n, codigos in trozos)
        escapados = tuple((n, escapar(codigos)) for n, codigos in trozos)
        simple = escapados[0][1] if [n for n, _ in escapados] == [0] else None
        if len(self._hechas) > _PALABRAS:
            self._hechas.clear()
        hecha = self._hechas[texto] = (ancho, simple, ((self, escapados),))
        return hecha


# A word: width in thousandths of an em, its codes when all are of its face's subset 0, and its pieces (face, runs).
Palabra = tuple[float, bytes | None, tuple[tuple[Letra, Trozos], ...]]


def escapar(codigos: bytes) -> bytes:
    """Bytes as they stand between the parentheses of a PDF string."""
    return codigos.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\r", b"\\r")


@cache
def letra(nombre: str) -> Letra:
    """The face of a name, once per process."""
    return Letra(nombre)
