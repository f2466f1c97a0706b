"""Exceptions: rules of a plan that an office may set aside for one alumno, naming who allows it and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.domain.machine import Refused


@dataclass(frozen=True)
class Regla:
    """One rule: its name, what is allowed in words ({valor}), the kind of value, the refusals that it lifts.

    pide: "fecha" (exactly that day), "horas" (up to so many, h) or "" (no value). `en_servicio`: it is about a
    servicio in course; the others let one begin.
    """

    nombre: str
    permite: str
    llaves: frozenset[str]
    pide: str = ""
    en_servicio: bool = False


REGLAS: dict[str, Regla] = {
    "inicio": Regla(
        "Fecha de inicio",
        "Puede empezar el {valor}",
        frozenset(
            (
                "solicitud.inicio_invalido",
                "solicitud.inicio_pasado",
                "prerregistro.inicio_invalido",
                "prerregistro.inicio_lejano",
            )
        ),
        "fecha",
    ),
    "duracion": Regla(
        "Duración",
        "Puede terminar el {valor}",
        frozenset(("plan.pocos_meses", "plan.muchos_meses")),
        "fecha",
    ),
    "creditos": Regla(
        "Créditos",
        "Puede empezar sin el mínimo de créditos",
        frozenset(("alumno.sin_creditos",)),
    ),
    "horas": Regla(
        "Horas de un periodo",
        "Puede reportar hasta {valor} horas en un periodo",
        frozenset(("plan.horas_sobre_maximo",)),
        "horas",
        en_servicio=True,
    ),
}


def regla_de(key: str) -> str | None:
    """The rule that a refusal is about, or None where no exception is made of it."""
    return next((clave for clave, regla in REGLAS.items() if key in regla.llaves), None)


def texto_de_valor(regla: str, valor: str) -> str:
    """The allowed value as it is stored, or Refused: a day as 2026-08-03, hours from 1 to 5000, or nothing."""
    pide, valor = REGLAS[regla].pide, valor.strip()
    if pide == "fecha":
        try:
            return date.fromisoformat(valor).isoformat()
        except ValueError as error:
            raise Refused("excepcion.sin_fecha") from error
    if pide == "horas":
        if not valor.isascii() or not valor.isdigit() or not 1 <= int(valor) <= 5000:
            raise Refused("excepcion.sin_horas")
        return str(int(valor))
    return ""


def que_permite(excepciones: Iterable[Any], key: str, datos: Mapping[str, Any]) -> Any | None:
    """The exception that allows what was refused with `key`, or None.

    `datos` are the values that were typed: inicio and termino (days), horas (h).
    """
    clave = regla_de(key)
    for excepcion in excepciones:
        if excepcion.regla != clave or excepcion.anulada is not None:
            continue
        if clave == "creditos":
            return excepcion
        if clave == "horas" and int(excepcion.valor) >= datos["horas"]:
            return excepcion
        typed = {"inicio": "inicio", "duracion": "termino"}.get(clave or "")
        if typed and datos[typed] == date.fromisoformat(excepcion.valor):
            return excepcion
    return None
