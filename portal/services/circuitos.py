"""Who signs a letter: the signers that it names itself, in the circuit that the escuela asks for its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from portal.letters.catalogo import FIRMANTES
from portal.services import escuelas
from tenants.profile import Profile
from tenants.profile_parts import Lugar


@dataclass(frozen=True)
class Firmante:
    """Who signs. Without a `correo` the line is printed with the name and no circuit is begun.

    Those of one `grupo` sign side by side, the next group after them; None: after the one before.
    """

    papel: str
    nombre: str
    cargo: str = ""
    correo: str = ""
    grupo: int | None = None


def de(
    tipo: str, version: int, propios: Sequence[Firmante], todos: Mapping[str, Any], hoy: date
) -> tuple[Firmante, ...]:
    """The circuit of a letter of that kind. `propios` are the signers that the letter names, `todos` its values."""
    perfil = escuelas.perfil(version)
    lugares = perfil.cartas[tipo].circuito
    if not lugares:
        return tuple(propios)
    nombrados = {f.papel: f for f in propios}
    circuito = [
        _en(lugar, perfil, nombrados, hoy) for lugar in sorted(lugares, key=lambda lugar: lugar.orden)
    ]
    presentes = {f.papel for f in circuito}
    impresos = [replace(f, correo="") for f in propios if f.papel not in presentes]
    if not propios and FIRMANTES[tipo][0] not in presentes:
        impresos.append(
            Firmante(FIRMANTES[tipo][0], str(todos["responsable_nombre"]), str(todos["responsable_cargo"]))
        )
    return (*circuito, *impresos)


def _en(lugar: Lugar, perfil: Profile, nombrados: Mapping[str, Firmante], hoy: date) -> Firmante:
    if not lugar.rol:
        return replace(nombrados.get(lugar.papel, Firmante(lugar.papel, "")), grupo=lugar.orden)
    titular = perfil.firmante(lugar.rol, hoy)
    if titular is None:
        return Firmante(lugar.papel, "", grupo=lugar.orden)
    return Firmante(lugar.papel, titular.nombre_completo, titular.cargo, titular.correo, lugar.orden)


def faltan(circuito: Sequence[Firmante]) -> list[str]:
    """What the places that an escuela's circuit asks for lack, in words."""
    return [
        f"nombre, cargo y correo de quien firma como {f.papel.replace('_', ' ')}"
        for f in circuito
        if f.grupo is not None and not (f.nombre and f.cargo and f.correo)
    ]
