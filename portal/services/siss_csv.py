"""Reading what was loaded in the SISS: a CSV of boleta, reporte and fecha as lines, or a sentence per faulty one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from portal.domain.identificadores import IdentificadorInvalido, normalise_boleta
from portal.domain.machine import Refused
from portal.domain.personas import limpiar
from portal.services import escuelas
from portal.services.padron_csv import filas_de, plana, texto_de

MAX_BYTES = 300_000
MAX_LINEAS = 3000
NOMBRES = {
    "boleta": ("boleta", "numero de boleta", "no boleta", "matricula"),
    "reporte": ("reporte", "entrega", "paso", "documento", "clave"),
    "fecha": ("fecha", "fecha de carga", "fecha de registro", "cargado"),
}


@dataclass(frozen=True)
class Linea:
    """A line that can be read. `clave` is the entrega's, once it is known."""

    numero: int
    boleta: str
    reporte: str
    fecha: date
    clave: str = ""


@dataclass(frozen=True)
class LineaMala:
    """A line that means nothing, what it begins with, and what to correct."""

    numero: int
    texto: str
    frase: str


def leer(data: bytes) -> tuple[list[Linea], list[LineaMala]]:
    """The lines of a CSV of the escuela in scope. Refused when the whole of it cannot be read."""
    if len(data) > MAX_BYTES:
        raise Refused("siss.muchas", maximo=MAX_LINEAS)
    filas = filas_de(texto_de(data))
    _, cabeza = next(filas, (0, []))
    if not any(celda.strip() for celda in cabeza):
        raise Refused("siss.vacio")
    lugares = _lugares(cabeza)
    buenas: list[Linea] = []
    malas: list[LineaMala] = []
    for numero, celdas in filas:
        if not any(celda.strip() for celda in celdas):
            continue
        if len(buenas) + len(malas) >= MAX_LINEAS:
            raise Refused("siss.muchas", maximo=MAX_LINEAS)
        valores = {name: limpiar(celdas[n])[:100] if n < len(celdas) else "" for name, n in lugares.items()}
        try:
            buenas.append(_linea(numero, valores))
        except ValueError as error:
            malas.append(LineaMala(numero, valores["boleta"][:40], str(error)))
    if not buenas and not malas:
        raise Refused("siss.vacio")
    return buenas, malas


def _lugares(cabeza: list[str]) -> dict[str, int]:
    planas = [plana(celda) for celda in cabeza]
    found = {
        name: next((n for n, celda in enumerate(planas) if celda in otros), None)
        for name, otros in NOMBRES.items()
    }
    faltan = [name for name, place in found.items() if place is None]
    if faltan:
        raise Refused("siss.faltan_columnas", faltan=", ".join(faltan))
    return {name: place for name, place in found.items() if place is not None}


def _linea(numero: int, valores: dict[str, str]) -> Linea:
    forma = escuelas.perfil().boleta
    try:
        boleta = normalise_boleta(valores["boleta"], forma.patron)
    except IdentificadorInvalido as error:
        frase = (
            f"{forma.nombre} «{valores['boleta'][:20]}» sin la forma correcta: debe ser como {forma.ejemplo}."
        )
        raise ValueError(frase) from error
    if not valores["reporte"]:
        raise ValueError("Falta decir qué reporte es.")
    return Linea(numero, boleta, valores["reporte"], _fecha(valores["fecha"]))


def _fecha(texto: str) -> date:
    """2026-11-21 or 21/11/2026."""
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?", texto)
    corta = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?: .*)?", texto)
    partes = iso.groups() if iso else corta.groups()[::-1] if corta else None
    try:
        return date(*map(int, partes)) if partes else _sin_fecha(texto)
    except ValueError:
        return _sin_fecha(texto)


def _sin_fecha(texto: str) -> date:
    raise ValueError(f"La fecha «{texto[:20]}» no se entiende: escriba 21/11/2026 o 2026-11-21.")
