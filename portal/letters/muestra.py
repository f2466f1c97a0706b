"""A template rendered with the catalogue's samples, to look at before it is used."""

from collections.abc import Mapping
from typing import Any

from portal.letters.catalogo import FIRMANTES, muestras
from portal.letters.flujos import FirmaImpresa
from portal.letters.plantilla import Plantilla
from portal.letters.render import render

_FIRMANTES = {
    "responsable": ("responsable_nombre", "responsable_cargo"),
    "representante": ("representante_nombre", "representante_cargo"),
    "jefe_inmediato": ("jefe_inmediato_nombre", "jefe_inmediato_cargo"),
    "gerente": ("representante_nombre", "representante_cargo"),
}


def firmas_de_muestra(tipo: str, valores: Mapping[str, Any]) -> tuple[FirmaImpresa, ...]:
    """Unsigned signatures of a tipo's papeles, with the names that its values give."""
    hechas = []
    for papel in FIRMANTES[tipo]:
        nombre, cargo = _FIRMANTES[papel]
        hechas.append(FirmaImpresa(str(valores[nombre]), str(valores[cargo]), papel))
    return tuple(hechas)


def muestra(
    tipo: str, plantilla: Plantilla, logo: bytes | None = None, valores: Mapping[str, Any] | None = None
) -> bytes:
    """The PDF of a template with sample values; `valores` replaces some (an escuela's own names)."""
    todos = {**muestras(tipo), **(valores or {})}
    return render(
        plantilla,
        todos,
        folio="MUESTRA",
        codigo="MUESTRA",
        url_verificacion="https://portal.test/verificar/MUESTRA",
        firmas=firmas_de_muestra(tipo, todos),
        logo=logo,
    )
