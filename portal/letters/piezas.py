"""The pieces of a letter's body, and how they are put on pages: spaces collapse, what belongs together stays so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, cast

from portal.letters.parrafo import Lineas, color
from portal.letters.trazado import Elemento, Trazado

_CASI = 1e-6
_GRIS_TABLA, _FONDO_CABEZA = "#c9c9c9", "#ececec"
_ARRIBA, _ABAJO, _LADO, _ROTULO = 2.5, 3.5, 3.0, 0.3
FILA_PARTIBLE = 120.0  # a row higher than this (points) may continue on the next page


class Pieza(Protocol):
    """Something with a height (points) that is drawn from its top left corner, and the white it wants around it."""

    @property
    def antes(self) -> float:
        """White above it; under another piece, the larger of both."""

    @property
    def despues(self) -> float:
        """White below it."""

    @property
    def alto(self) -> float:
        """Its own height."""

    def partir(self, disponible: float) -> "tuple[Pieza, Pieza] | None":
        """Two pieces, the first no higher than what is there, or None."""

    def dibujar(self, trazado: Trazado, x: float, y: float) -> None:
        """Draws it with its top at y."""


@dataclass(frozen=True)
class Parrafo:
    """A paragraph, whole or in part; a part keeps its node, so that a reader hears one paragraph."""

    lineas: Lineas
    elemento: Elemento
    desde: int = 0
    hasta: int = -1

    @property
    def _hasta(self) -> int:
        return len(self.lineas.filas) if self.hasta < 0 else self.hasta

    @property
    def antes(self) -> float:
        return self.lineas.estilo.antes if self.desde == 0 else 0.0

    @property
    def despues(self) -> float:
        return self.lineas.estilo.despues

    @property
    def alto(self) -> float:
        return (self._hasta - self.desde) * self.lineas.estilo.interlinea

    def partir(self, disponible: float) -> "tuple[Parrafo, Parrafo] | None":
        """No page ends with the first line of a paragraph alone, none begins with its last."""
        total = self._hasta - self.desde
        caben = int((disponible + _CASI) / self.lineas.estilo.interlinea)
        caben = caben - 1 if total - caben == 1 else caben
        if caben < 2 or caben >= total:
            return None
        return replace(self, hasta=self.desde + caben), replace(self, desde=self.desde + caben)

    def dibujar(self, trazado: Trazado, x: float, y: float) -> None:
        trazado.lineas(self.lineas, x, y, self.elemento, self.desde, self._hasta)


@dataclass(frozen=True)
class Punto:
    """An item of a list: its bullet and its paragraph."""

    vineta: Lineas
    parrafo: Parrafo
    rotulo: Elemento

    @property
    def antes(self) -> float:
        return self.parrafo.antes

    @property
    def despues(self) -> float:
        return self.parrafo.despues

    @property
    def alto(self) -> float:
        return self.parrafo.alto

    def partir(self, disponible: float) -> tuple[Pieza, Pieza] | None:
        partes = self.parrafo.partir(disponible)
        return (replace(self, parrafo=partes[0]), partes[1]) if partes else None

    def dibujar(self, trazado: Trazado, x: float, y: float) -> None:
        trazado.lineas(self.vineta, x + self.parrafo.lineas.estilo.sangria_vineta, y, self.rotulo)
        self.parrafo.dibujar(trazado, x, y)


@dataclass(frozen=True)
class Fila:
    """A row of a table: label and value, ruled below; the first one above too."""

    rotulo: Parrafo
    valor: Parrafo
    ancho: float
    primera: bool = False
    ultima: bool = False

    @property
    def antes(self) -> float:
        return 2.0 if self.primera else 0.0

    @property
    def despues(self) -> float:
        return 9.0 if self.ultima else 0.0

    @property
    def alto(self) -> float:
        return max(self.rotulo.alto, self.valor.alto) + _ARRIBA + _ABAJO

    def partir(self, disponible: float) -> "tuple[Fila, Fila] | None":
        if self.alto < FILA_PARTIBLE:
            return None
        partes = self.valor.partir(disponible - _ARRIBA - _ABAJO)
        if partes is None or self.rotulo.alto > partes[0].alto:
            return None
        vacio = replace(self.rotulo, desde=0, hasta=0)
        return replace(self, valor=partes[0], ultima=False), replace(
            self, rotulo=vacio, valor=partes[1], primera=False
        )

    def dibujar(self, trazado: Trazado, x: float, y: float) -> None:
        if self.primera:
            trazado.linea(x, y, x + self.ancho, 0.4, _GRIS_TABLA)
        if self.rotulo.alto:
            self.rotulo.dibujar(trazado, x + _LADO, y - _ARRIBA)
        self.valor.dibujar(trazado, x + self.ancho * _ROTULO + _LADO, y - _ARRIBA)
        trazado.linea(x, y - self.alto, x + self.ancho, 0.4, _GRIS_TABLA)


@dataclass(frozen=True)
class Renglon:
    """A row of a table of many columns; `cabeza` is repeated where a page begins. Cells are (x, width, paragraph)."""

    celdas: tuple[tuple[float, float, Parrafo], ...]
    ancho: float
    cabeza: "Renglon | None" = None
    antes: float = 0.0
    despues: float = 0.0

    @property
    def alto(self) -> float:
        return max(parrafo.alto for _, _, parrafo in self.celdas) + _ARRIBA + _LADO

    def partir(self, disponible: float) -> None:
        return None

    def dibujar(self, trazado: Trazado, x: float, y: float) -> None:
        self._fondo(trazado, x, y)
        for corre, _, parrafo in self.celdas:
            parrafo.dibujar(trazado, x + corre, y - _ARRIBA)

    def _fondo(self, trazado: Trazado, x: float, y: float) -> None:
        if self.cabeza is None:
            relleno = color(_FONDO_CABEZA)
            trazado.adorno(
                b"%b %.2f %.2f %.2f %.2f re f\n" % (relleno, x, y - self.alto, self.ancho, self.alto)
            )
        trazado.linea(x, y - self.alto, x + self.ancho, 0.4, _GRIS_TABLA)


@dataclass(frozen=True)
class CabezaRepetida:
    """The head of a table on its next pages: seen, but read out only once."""

    cabeza: Renglon
    antes: float = 0.0
    despues: float = 0.0

    @property
    def alto(self) -> float:
        return self.cabeza.alto

    def partir(self, disponible: float) -> None:
        return None

    def dibujar(self, trazado: Trazado, x: float, y: float) -> None:
        self.cabeza._fondo(trazado, x, y)
        for corre, _, parrafo in self.cabeza.celdas:
            trazado.lineas_de_adorno(parrafo.lineas, x + corre, y - _ARRIBA)


def ancho_de_celda(ancho: float, *, rotulo: bool) -> float:
    """How wide the text of a cell may be in a table of `ancho` points."""
    return ancho * (_ROTULO if rotulo else 1 - _ROTULO) - 2 * _LADO


@dataclass(frozen=True)
class Espacio:
    """White of a height, wherever it falls."""

    alto: float
    antes: float = 0.0
    despues: float = 0.0

    def partir(self, disponible: float) -> None:
        return None

    def dibujar(self, trazado: Trazado, x: float, y: float) -> None:
        return None


@dataclass(frozen=True)
class Junto:
    """Pieces that stand on one page when a page can hold them."""

    piezas: tuple[Pieza, ...]


@dataclass(frozen=True)
class Puesta:
    """A piece in its place: on which page, its top at y."""

    pieza: Pieza
    pagina: int
    y: float


def componer(
    piezas: Sequence[Pieza | Junto], primera: float, otras: float, fondo: float
) -> tuple[list[Puesta], int]:
    """Every piece in its place, and how many pages: the text begins at `primera` on the first, at `otras` after."""
    plana = _Plana(primera, otras, fondo)
    for pieza in piezas:
        if isinstance(pieza, Junto):
            if not plana.cabe(pieza.piezas):
                plana.voltear()
            for una in pieza.piezas:
                plana.poner(una)
        else:
            plana.poner(cast(Pieza, pieza))
    return plana.puestas, plana.pagina + 1


class _Plana:
    """Where the next piece goes."""

    def __init__(self, primera: float, otras: float, fondo: float) -> None:
        self.puestas: list[Puesta] = []
        self.pagina, self._y, self._otras, self._fondo = 0, primera, otras, fondo
        self._antes, self._arriba = 0.0, True

    def voltear(self) -> None:
        """Goes on at the top of the next page, unless this one is still empty."""
        if not self._arriba:
            self.pagina, self._y = self.pagina + 1, self._otras
            self._antes, self._arriba = 0.0, True

    def cabe(self, piezas: Sequence[Pieza]) -> bool:
        y, antes, arriba = self._y, self._antes, self._arriba
        for pieza in piezas:
            y -= (0.0 if arriba else max(pieza.antes - antes, 0.0)) + pieza.alto
            if y < self._fondo - _CASI:
                return False
            y, antes, arriba = y - pieza.despues, pieza.despues, False
        return True

    def poner(self, pieza: Pieza) -> None:
        for parte in self._partes(pieza):
            self._colocar(parte)

    def _colocar(self, parte: Pieza) -> None:
        y = self._y - (0.0 if self._arriba else max(parte.antes - self._antes, 0.0))
        self.puestas.append(Puesta(parte, self.pagina, y))
        self._y = y - parte.alto - parte.despues
        self._antes, self._arriba = parte.despues, False

    def _partes(self, pieza: Pieza) -> Iterator[Pieza]:
        """The piece, cut as often as pages ask for it; what can be neither cut nor moved runs over the edge."""
        volteada = False
        while not self.cabe((pieza,)):
            hueco = 0.0 if self._arriba else max(pieza.antes - self._antes, 0.0)
            partes = pieza.partir(self._y - hueco - self._fondo)
            if partes is not None:
                yield partes[0]
                pieza = partes[1]
            elif self._arriba or volteada:
                break
            self.voltear()
            volteada = partes is None
            if isinstance(pieza, Renglon) and pieza.cabeza is not None:
                self._colocar(CabezaRepetida(pieza.cabeza))
        yield pieza
