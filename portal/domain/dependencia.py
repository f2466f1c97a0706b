"""The data of a dependencia: which are asked, in which steps, and what each must be [seed 002]."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from portal.domain.identificadores import (
    IdentificadorInvalido,
    entidad_de_cp,
    normalise_correo,
    normalise_cp,
    normalise_rfc,
    normalise_telefono,
)
from portal.domain.personas import limpiar

# step -> the columns that it fills; those in OPCIONALES may stay empty
PASOS: dict[str, tuple[str, ...]] = {
    "datos": ("tipo_persona", "rfc", "razon_social", "nombre_corto", "sector"),
    "domicilio": ("calle", "colonia", "municipio", "entidad", "cp", "telefono", "correo", "sitio"),
    "representante": (
        "representante_nombre",
        "representante_cargo",
        "representante_correo",
        "representante_telefono",
    ),
}
OPCIONALES = frozenset({"nombre_corto", "sitio"})
CAMPOS = frozenset(campo for campos in PASOS.values() for campo in campos) | {"descripcion"}
# What an escuela verified: no form changes it afterwards.
VERIFICADOS = frozenset({"rfc", "tipo_persona", "razon_social"})

# What is said where a required text is left empty; the others have sentences of their own.
VACIOS = {
    "tipo_persona": "Elija si es persona moral o física.",
    "razon_social": "Escriba la razón social, como aparece en la constancia de situación fiscal.",
    "sector": "Elija el sector.",
    "calle": "Escriba la calle y el número.",
    "colonia": "Escriba la colonia.",
    "municipio": "Escriba el municipio o la alcaldía.",
    "entidad": "Elija la entidad federativa.",
    "representante_nombre": "Escriba el nombre completo del representante.",
    "representante_cargo": "Escriba el cargo del representante.",
}

ENTIDADES = (
    "Aguascalientes", "Baja California", "Baja California Sur", "Campeche", "Chiapas", "Chihuahua",
    "Ciudad de México", "Coahuila", "Colima", "Durango", "Estado de México", "Guanajuato", "Guerrero", "Hidalgo",
    "Jalisco", "Michoacán", "Morelos", "Nayarit", "Nuevo León", "Oaxaca", "Puebla", "Querétaro", "Quintana Roo",
    "San Luis Potosí", "Sinaloa", "Sonora", "Tabasco", "Tamaulipas", "Tlaxcala", "Veracruz", "Yucatán", "Zacatecas",
)  # fmt: skip


# Columns that hold one of a few values; any other counts as not chosen.
OPCIONES: dict[str, tuple[str, ...]] = {
    "tipo_persona": ("moral", "fisica"),
    "sector": ("publico", "privado", "social", "educativo"),
    "entidad": ENTIDADES,
}


def incompletos(dependencia: Any) -> list[str]:
    """The steps in which a datum lacks, in order."""
    return [paso for paso, campos in PASOS.items() if not _complete(dependencia, campos)]


def _complete(dependencia: Any, campos: Iterable[str]) -> bool:
    return all(getattr(dependencia, campo) for campo in campos if campo not in OPCIONALES)


def normalise(campos: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The values of some columns normalised, and the sentence of each that is refused."""
    clean: dict[str, str] = {}
    errors: dict[str, str] = {}
    for campo, value in campos.items():
        try:
            clean[campo] = _normaliser(campo, campos)(value or "")
        except IdentificadorInvalido as error:
            errors[campo] = str(error)
            continue
        if not clean[campo] and campo in VACIOS:
            errors[campo] = VACIOS[campo]
    if clean.get("cp") and clean.get("entidad") and entidad_de_cp(clean["cp"]) != clean["entidad"]:
        de = entidad_de_cp(clean["cp"])
        errors["cp"] = (
            f"Ese código postal {f'es de {de}' if de else 'no existe'}. Revise el código o la entidad."
        )
    return clean, errors


def _normaliser(campo: str, campos: Mapping[str, str]) -> Callable[[str], str]:
    if campo == "rfc":
        tipo = campos.get("tipo_persona", "")
        return lambda value: normalise_rfc(value, tipo if tipo in OPCIONES["tipo_persona"] else "")
    if campo == "cp":
        return normalise_cp
    if campo.endswith("telefono"):
        return normalise_telefono
    if campo.endswith("correo"):
        return normalise_correo
    if campo in OPCIONES:
        return lambda value: value if value in OPCIONES[campo] else ""
    return limpiar


def rfc_leido(rfc: str, leidos: Iterable[str]) -> str:
    """What an uploaded constancia says of the declared RFC: "coincide", "difiere" or "ilegible" (no RFC was read).

    A warning for both sides, never a refusal: the text of a scan may be wrong.
    """
    found = list(leidos)
    if not found:
        return "ilegible"
    return "coincide" if rfc in found else "difiere"
