"""A tanda: letters that the office issues, or one person signs, many at once; each obeys the rules of one alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import EXPEDIENTES, SISTEMA, TERMINOS
from portal.domain.machine import Machine, T

MAXIMO = 3000
"""Most letters of one tanda."""
VENTANA = 100
"""How many of them stand in the outbox at a time: a mail that somebody waits for is never behind a whole tanda."""
PENDIENTE, HECHA, FALLIDA, FUERA = "pendiente", "hecha", "fallida", "fuera"
QUIEN = (EXPEDIENTES, TERMINOS)
"""Who decides on what was refused; a service asks for the very permission that the letter takes."""


def says_why(_renglon: Any, data: Mapping[str, Any]) -> str | None:
    """A letter that was not issued says why, in the sentence that one alone would have been refused with."""
    return None if (data.get("motivo") or "").strip() else "tanda.sin_motivo"


# One letter of a tanda. `hecha` has its letter, whose own state tells the rest.
TANDA_CARTA = Machine(
    "tanda_carta",
    PENDIENTE,
    (
        T("emitir", PENDIENTE, HECHA, SISTEMA),
        T("fallar", PENDIENTE, FALLIDA, SISTEMA, needs=(says_why,)),
        T("reintentar", FALLIDA, PENDIENTE, QUIEN),
        T("excluir", FALLIDA, FUERA, QUIEN),
    ),
)


def avance(hechas: int, total: int) -> int:
    """How far a tanda is, as a whole percentage; 100 only when nothing is left."""
    return 100 if hechas >= total else hechas * 100 // total
