"""What a letter's template may say, for the pages where it is written: data, columns, signers, blocks, filters."""

from __future__ import annotations

from portal.letters.catalogo import CATALOGO, COLUMNAS, FIRMANTES, TITULOS
from portal.letters.plantilla import CLASES, Plantilla, PlantillaInvalida
from portal.letters.textos import FILTROS, celda

__all__ = [
    "CATALOGO",
    "CLASES",
    "COLUMNAS",
    "FILTROS",
    "FIRMANTES",
    "TITULOS",
    "Plantilla",
    "PlantillaInvalida",
    "celda",
]
