"""Paragraphs of letters: markup -> words -> lines -> PDF text operators. Greedy breaking, justified by word spacing.

A line is broken where it no longer fits, allowing each space to shrink by a twentieth. A paragraph laid out once is
kept: what a template says with the same words in every letter is broken into lines only for the first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from itertools import pairwise

from portal.letters.estilos import CURSIVA, NEGRITA, Estilo
from portal.letters.tipografia import Letra, Palabra, Trozos, letra

_ETIQUETA = re.compile(r"(</?[bi]>|<br/>)")
_ENCOGE = 0.05
_PIEZAS = {"<b>": (NEGRITA, 1), "</b>": (NEGRITA, -1), "<i>": (CURSIVA, 1), "</i>": (CURSIVA, -1)}
_HOLGURA = 1e-6


@dataclass(frozen=True)
class Lineas:
    """A paragraph in lines. Each is (x of its beginning, operators); they assume the style's face and leave it set."""

    estilo: Estilo
    filas: tuple[tuple[float, bytes], ...]
    letras: frozenset[tuple[str, int]]
    cuerpo: bytes

    @property
    def alto(self) -> float:
        """Height in points."""
        return len(self.filas) * self.estilo.interlinea

    def dibujar(self, x: float, y: float, desde: int = 0, hasta: int | None = None) -> bytes:
        """The operators of lines [desde, hasta) whose top left corner is x, y."""
        filas = self.filas[desde:hasta]
        if not filas:
            return b""
        cuerpo = self.cuerpo if len(filas) == len(self.filas) else _unidas(filas, self.estilo)
        return b"BT %b 1 0 0 1 %.2f %.2f Tm %bET\n" % (
            _inicio(self.estilo),
            x + filas[0][0],
            y - self.estilo.cuerpo,
            cuerpo,
        )


def parrafo(texto: str, estilo: Estilo, ancho: float) -> Lineas:
    """Markup (<b>, <i>, <br/>, entities) broken into lines of `ancho` points, less the style's indents."""
    return _componer(texto, estilo, ancho - estilo.sangria - estilo.sangria_derecha)


@lru_cache(maxsize=2048)
def _componer(texto: str, estilo: Estilo, ancho: float) -> Lineas:
    letras: set[tuple[str, int]] = set()
    filas: list[tuple[float, bytes]] = []
    for tramo in _tramos(texto, letra(estilo.fuente)):
        lineas = list(_partir(tramo, estilo, ancho))
        for n, (palabras, largo) in enumerate(lineas):
            filas.append(_fila(palabras, largo, estilo, ancho, n == len(lineas) - 1, letras))
    letras.add((letra(estilo.fuente).recurso, 0))
    hechas = tuple(filas)
    return Lineas(estilo, hechas, frozenset(letras), _unidas(hechas, estilo))


@lru_cache(maxsize=512)  # the same text is set again, tighter, where that may save a page
def _tramos(texto: str, base: Letra) -> list[list[Palabra]]:
    """The words between forced line ends."""
    if "<" not in texto and "&" not in texto:
        return [base.palabras(texto.replace("\n", " "))]
    tramos: list[list[Palabra]] = [[]]
    abiertas = {NEGRITA: 0, CURSIVA: 0}
    pegada = False
    for trozo in _ETIQUETA.split(texto):
        if trozo == "<br/>":
            tramos.append([])
            pegada = False
        elif trozo in _PIEZAS:
            cual, cambio = _PIEZAS[trozo]
            abiertas[cual] += cambio
        elif trozo:
            cara = (
                letra(NEGRITA) if abiertas[NEGRITA] > 0 else letra(CURSIVA) if abiertas[CURSIVA] > 0 else base
            )
            pegada = _agregar(tramos[-1], unescape(trozo).replace("\n", " "), cara, base, pegada)
    return tramos


def _agregar(palabras: list[Palabra], texto: str, cara: Letra, base: Letra, pegada: bool) -> bool:
    """Adds the words of a run in one face; the first continues the last word when no space is between them."""
    nuevas = cara.palabras(texto)
    if cara is not base:
        nuevas = [(ancho, None, piezas) for ancho, _, piezas in nuevas]
    if nuevas and pegada and texto[0] != " ":
        antes, suya = palabras[-1], nuevas[0]
        palabras[-1] = (antes[0] + suya[0], None, antes[2] + suya[2])
        nuevas = nuevas[1:]
    palabras += nuevas
    return texto[-1] != " "


def _partir(palabras: list[Palabra], estilo: Estilo, ancho: float) -> Iterator[tuple[list[Palabra], float]]:
    """Lines of words with their width, both in thousandths of an em."""
    limite = ancho * 1000 / estilo.cuerpo + _HOLGURA
    espacio = letra(estilo.fuente).espacio
    encogido = espacio * (1 - _ENCOGE)
    linea: list[Palabra] = []
    largo = -espacio
    minimo = -encogido  # the line with its spaces shrunk as far as they may
    for palabra in palabras:
        minimo += encogido + palabra[0]
        if minimo <= limite:
            linea.append(palabra)
            largo += espacio + palabra[0]
            continue
        minimo = palabra[0]
        if palabra[0] <= limite:
            yield linea, largo
            linea, largo = [palabra], palabra[0]
            continue
        *llenas, resto = _cortada(palabra, limite - largo - espacio if linea else limite, limite)
        for pieza in llenas:
            yield [*linea, pieza], largo + espacio + pieza[0] if linea else pieza[0]
            linea, largo = [], -espacio
        linea, largo = [resto], resto[0]
        minimo = largo
    if linea:
        yield linea, largo


def _cortada(palabra: Palabra, primero: float, limite: float) -> Iterator[Palabra]:
    """A word wider than a line (an address, a name without spaces) is cut where lines end, the first at `primero`."""
    actual: list[tuple[Letra, Trozos]] = []
    largo = 0.0
    for cara, trozos in palabra[2]:
        for subset, codigo in _sueltos(trozos):
            ancho = cara.fija.anchos(subset)[_codigo(codigo)]
            if largo + ancho > primero:
                yield largo, None, tuple(actual)
                actual, largo, primero = [], 0.0, limite
            actual.append((cara, ((subset, codigo),)))
            largo += ancho
    yield largo, None, tuple(actual)


def _sueltos(trozos: Trozos) -> Iterator[tuple[int, bytes]]:
    for subset, codigos in trozos:
        n = 0
        while n < len(codigos):
            paso = 2 if codigos[n] == 0x5C else 1  # an escaped code is two bytes
            yield subset, codigos[n : n + paso]
            n += paso


def _codigo(escapado: bytes) -> int:
    return 13 if escapado == b"\\r" else escapado[-1]


def _fila(
    palabras: list[Palabra],
    largo: float,
    estilo: Estilo,
    ancho: float,
    ultima: bool,
    letras: set[tuple[str, int]],
) -> tuple[float, bytes]:
    sobra = ancho - largo * estilo.cuerpo / 1000
    simples = [p[1] for p in palabras]
    if None in simples:
        texto = _mezclada(palabras, estilo, letras) + (b"" if ultima else b" ( )Tj")
    else:
        texto = b"(" + b" ".join(simples) + (b")Tj" if ultima else b" )Tj")  # type: ignore[arg-type]
    if estilo.alinear == "justificado":
        entre = 0.0 if ultima and sobra >= 0 else sobra / max(len(palabras) - 1, 1)
        return estilo.sangria, b"%.3f Tw %b" % (entre if len(palabras) > 1 else 0.0, texto)
    corre = {"centro": sobra / 2, "derecha": sobra}.get(estilo.alinear, 0.0)
    return estilo.sangria + corre, texto


def _mezclada(palabras: list[Palabra], estilo: Estilo, letras: set[tuple[str, int]]) -> bytes:
    """A line in several faces or subsets; spaces are set in the face before them."""
    base = (letra(estilo.fuente).recurso, 0)
    piezas: list[tuple[tuple[str, int], bytes]] = []
    for n, (_, simple, trozos) in enumerate(palabras):
        if n and piezas[-1][0][1] == 0:
            piezas[-1] = (piezas[-1][0], piezas[-1][1] + b" ")
        elif n:
            piezas.append((base, b" "))
        nuevas = (
            [(base, simple)]
            if simple is not None
            else [((cara.recurso, subset), codigos) for cara, runs in trozos for subset, codigos in runs]
        )
        for fuente, codigos in nuevas:
            if piezas and piezas[-1][0] == fuente:
                piezas[-1] = (fuente, piezas[-1][1] + codigos)
            else:
                piezas.append((fuente, codigos))
    salida, puesta = [], base
    for fuente, codigos in piezas:
        letras.add(fuente)
        if fuente != puesta:
            salida.append(b"/%b%d %.2f Tf" % (fuente[0].encode(), fuente[1], estilo.cuerpo))
            puesta = fuente
        salida.append(b"(%b)Tj" % codigos)
    if puesta != base:
        salida.append(b"/%b%d %.2f Tf" % (base[0].encode(), base[1], estilo.cuerpo))
    return b" ".join(salida)


def _unidas(filas: Sequence[tuple[float, bytes]], estilo: Estilo) -> bytes:
    """Lines one under the other, the first where the text matrix is."""
    salida = [filas[0][1]] if filas else []
    for (antes, _), (x, texto) in pairwise(filas):
        salida.append(
            b"T* " + texto if x == antes else b"%.2f %.3f Td %b" % (x - antes, -estilo.interlinea, texto)
        )
    if estilo.alinear == "justificado":
        salida.append(b"0 Tw")
    return b"\n".join(salida) + b" "


@lru_cache(maxsize=256)
def _inicio(estilo: Estilo) -> bytes:
    fuente = letra(estilo.fuente).recurso.encode()
    return b"%b /%b0 %.2f Tf %.3f TL" % (color(estilo.color), fuente, estilo.cuerpo, estilo.interlinea)


@lru_cache(maxsize=256)
def color(hexadecimal: str, operador: bytes = b"rg") -> bytes:
    """A colour like #1f4e79 as a PDF operator: rg fills, RG strokes."""
    partes = (int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return b"%.4g %.4g %.4g %b" % (*partes, operador)
