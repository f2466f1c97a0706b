"""The texts of a spreadsheet's cells (XLSX), read as a stream: bytes are counted as they come out of the ZIP."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

PIECE = 1 << 16
DESPLEGADO = 20_000_000
"""Most bytes of XML that one spreadsheet may unfold to, and most characters of all that its cells say together: a
text that many cells share stands in it once."""
CELDAS = 200_000
"""Most cells that are read."""
TEXTO = 32_767
"""Most characters of a cell, as spreadsheets have it."""
_TEXTOS = "xl/sharedStrings.xml"
_HOJA = re.compile(r"xl/worksheets/[^/]+\.xml")


class Ilegible(Exception):
    """Not a spreadsheet that can be read, or one that unfolds to too much."""


def celdas(path: Path) -> Iterator[str]:
    """The text of every filled cell, sheet by sheet and row by row; whole numbers as they are seen.

    Raises Ilegible: no XLSX, damaged, with a DOCTYPE, or of more than 20 MB of XML or 200,000 cells.
    """
    try:
        with zipfile.ZipFile(path) as book:
            names = [name for name in book.namelist() if _HOJA.fullmatch(name)]
            if not names:
                raise Ilegible
            left = [DESPLEGADO]
            reader = _Lector(())
            if _TEXTOS in book.namelist():
                textos = _Lector((), textos=True)
                _leer(book, _TEXTOS, textos, left)
                reader = _Lector(tuple(textos.found))
            for name in sorted(names, key=lambda n: (len(n), n)):  # sheet2 before sheet10
                _leer(book, name, reader, left)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Ilegible from error
    yield from reader.found


def _leer(book: zipfile.ZipFile, name: str, reader: _Lector, left: list[int]) -> None:
    """Feed one file of the book to a reader; `left` is what may still come out of the ZIP (bytes)."""
    parser = reader.parser()
    try:
        with book.open(name) as stream:
            while piece := stream.read(PIECE):
                left[0] -= len(piece)
                if left[0] < 0:
                    raise Ilegible
                parser.Parse(piece)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, IndexError) as error:
        raise Ilegible from error


class _Lector:
    """Collects the texts of `<si>` (the shared texts) or of `<c>` (cells), piece by piece."""

    def __init__(self, compartidos: tuple[str, ...], *, textos: bool = False) -> None:
        self.compartidos, self.found = compartidos, list[str]()
        self._unit = "si" if textos else "c"
        self._kind, self._text, self._inside = "", "", False
        self._said = 0

    def parser(self) -> expat.XMLParserType:
        """A parser of one file that tells this reader what it meets."""
        made = expat.ParserCreate(namespace_separator=" ")
        made.buffer_text = True
        made.StartElementHandler, made.EndElementHandler = self._start, self._end
        made.CharacterDataHandler = self._data
        made.StartDoctypeDeclHandler = self._refuse
        return made

    def _refuse(self, *_: object) -> None:
        raise Ilegible

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(" ")[2]
        if tag == self._unit:
            self._kind, self._text = attributes.get("t", ""), ""
        self._inside = tag in ("t", "v")

    def _data(self, text: str) -> None:
        if self._inside:
            self._text += text
            if len(self._text) > TEXTO:
                raise Ilegible

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(" ")[2]
        if tag in ("t", "v"):
            self._inside = False
        elif tag == self._unit:
            self._keep()

    def _keep(self) -> None:
        text = self._text.strip()
        if self._unit == "c" and text:
            text = self.compartidos[int(text)] if self._kind == "s" else _como_se_ve(text, self._kind)
        if self._unit == "si" or text:
            self.found.append(text)
            self._said += len(text)
        if len(self.found) > CELDAS or self._said > DESPLEGADO:
            raise Ilegible


def _como_se_ve(text: str, kind: str) -> str:
    """A number that was kept as 2.021630001E9 or 2021630001.0 is 2021630001."""
    if kind not in ("", "n") or text.isdigit():
        return text
    number = float(text)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else text
