"""The column of a report, shared by its PDF and its spreadsheet."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Columna:
    """A column: its heading, its width relative to the others, and how its cells align."""

    titulo: str
    ancho: float = 1.0
    alinear: Literal["izquierda", "centro", "derecha"] = "izquierda"


def columnas_de(columnas: Iterable["Columna | str"]) -> tuple[Columna, ...]:
    """Accepts plain headings too: a text is a column of width 1."""
    return tuple(c if isinstance(c, Columna) else Columna(c) for c in columnas)
