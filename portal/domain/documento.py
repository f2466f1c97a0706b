"""What a file's virus scan allows: one place decides whether its bytes may leave the storage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.domain.machine import Refused

LIMPIO = "limpio"
SIN_ANALISIS = "sin_analisis"
"""Taken in where no scanner is configured, or made by the portal itself."""
PENDIENTE = "pendiente"
"""The scanner gave no verdict: in quarantine until it does."""
INFECTADO = "infectado"
"""Sealed for good: its object stays as evidence, and nobody gets it."""
SERVIBLES = (LIMPIO, SIN_ANALISIS)


def objecion(archivo: Any) -> str | None:
    """Why a file's bytes may not be given to anybody or used for anything (a key of frases), or None."""
    if archivo.analisis in SERVIBLES:
        return None
    return "archivo.infectado" if archivo.analisis == INFECTADO else "archivo.en_analisis"


def exigir_servibles(archivos: Iterable[Any]) -> None:
    """Refused with the sentence of the first file that may not be used; None counts as no file."""
    for archivo in archivos:
        key = objecion(archivo) if archivo is not None else None
        if key is not None:
            raise Refused(key)
