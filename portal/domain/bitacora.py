"""The chain of the bitácora: how a line becomes a hash, and what is wrong with the first line that does not fit.

Canonical form of a line: the JSON array of `CAMPOS` in that order, without spaces, every character outside ASCII as
\\uXXXX, `creado` as UTC with six decimals and a Z, nothing as null. Its SHA-256 (hex) is the line's `huella`; the
array begins with the `huella` of the line before it in its escuela, 64 zeros for the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64
CAMPOS = (
    "anterior", "escuela_id", "numero", "id", "creado", "usuario_id", "autor", "rol", "noun", "objeto_id",
    "alumno_id", "accion", "antes", "despues", "motivo",
)  # fmt: skip


def huella(linea: Any) -> str:
    """The SHA-256 (64 hex digits) of a line's canonical form; `linea` has every one of CAMPOS."""
    values = [_plano(getattr(linea, campo)) for campo in CAMPOS]
    canonical = json.dumps(values, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def _plano(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value


@dataclass(frozen=True)
class Cabeza:
    """The end of a chain: how many lines it has, and the hash of the last."""

    numero: int = 0
    huella: str = GENESIS


@dataclass(frozen=True)
class Falla:
    """The first thing that does not fit. `que`: cambiada, falta, sobra, cortada, sin_cabeza or otro_pasado."""

    que: str
    numero: int
    linea_id: int | None = None


def recorrer(
    lineas: Iterable[Any], cabeza: Cabeza | None, ancla: Cabeza | None = None
) -> tuple[Cabeza, Falla | None]:
    """Walk a chain in the order (numero, id) against its head; answers how far it holds, and what broke it.

    `ancla` is a head that somebody noted before: the chain must still pass through it. Memory is flat.
    """
    here = Cabeza()
    for linea in lineas:
        falla = _objecion(linea, here, cabeza)
        if falla is not None:
            return here, falla
        here = replace(here, numero=linea.numero, huella=linea.huella)
        if ancla is not None and ancla.numero == here.numero and ancla != here:
            return here, Falla("otro_pasado", here.numero, linea.id)
    if cabeza is None:
        return here, Falla("sin_cabeza", here.numero) if here.numero else None
    if here.numero < cabeza.numero:
        return here, Falla("cortada", here.numero + 1)
    if here != cabeza:
        return here, Falla("cambiada", here.numero)
    if ancla is not None and ancla.numero > here.numero:
        return here, Falla("cortada", here.numero + 1)
    return here, None


def _objecion(linea: Any, antes: Cabeza, cabeza: Cabeza | None) -> Falla | None:
    """Why a line does not follow the one before it, or None."""
    esperado = antes.numero + 1
    if linea.numero < esperado or (cabeza is not None and linea.numero > cabeza.numero):
        return Falla("sobra", linea.numero, linea.id)
    if linea.numero > esperado:
        return Falla("falta", esperado)
    if linea.anterior != antes.huella or linea.huella != huella(linea):
        return Falla("cambiada", linea.numero, linea.id)
    return None
