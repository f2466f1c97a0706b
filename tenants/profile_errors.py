"""What is wrong with a profile, said in Spanish to whoever writes it."""

from typing import Any

from pydantic import ValidationError

# pydantic's error type -> sentence; {…} are values of the error's context.
SENTENCES = {
    "missing": "falta este dato",
    "extra_forbidden": "no se conoce este dato; revisa cómo está escrito",
    "string_type": "debe ser un texto entre comillas",
    "string_too_short": "no puede estar vacío",
    "string_too_long": "no puede tener más de {max_length} caracteres",
    "int_type": "debe ser un número entero",
    "int_parsing": "debe ser un número entero",
    "int_from_float": "debe ser un número entero",
    "bool_type": "debe ser true o false",
    "bool_parsing": "debe ser true o false",
    "greater_than_equal": "debe ser {ge} o más",
    "less_than_equal": "debe ser {le} o menos",
    "literal_error": "debe ser uno de: {expected}",
    "too_short": "no puede estar vacío",
    "tuple_type": "debe ser una lista entre corchetes",
    "dict_type": "debe ser una sección",
    "model_type": "debe ser una sección",
    "date_type": "debe ser una fecha como 2026-02-16",
    "date_parsing": "debe ser una fecha como 2026-02-16",
    "date_from_datetime_parsing": "debe ser una fecha como 2026-02-16",
    "date_from_datetime_inexact": "debe ser una fecha sin hora, como 2026-02-16",
}
# string_pattern_mismatch: what the field should look like, by the field's name.
SHAPES = {
    "slug": "solo lleva minúsculas, números y guiones, como «mi-escuela»",
    "color": "debe ser un color como #6c1d45",
    "clave": "solo lleva minúsculas, números y guion bajo, y empieza con letra",
    "rol": "solo lleva minúsculas, números y guion bajo, y empieza con letra",
    "correo": "debe ser un correo electrónico",
    "telefono": "debe ser un teléfono, como «55 5555 0000, ext. 12»",
    "desde": "debe ser una hora como 09:00",
    "hasta": "debe ser una hora como 13:00",
    "emisor": "debe ser una dirección https://, como la publica el proveedor",
    "alcance": "empieza con «openid», como «openid email profile»",
    "abre": "debe ser una condición: anterior_aceptada, anteriores_aceptadas, horas(180), "
    "horas_completas, fecha_termino o numero_registro_visible",
}


def _place(loc: tuple[int | str, ...]) -> str:
    """("planes", 0, "nombre") -> "planes[1].nombre", counting as people do."""
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _reason(fault: Any) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_pattern_mismatch":
        names = [part for part in fault["loc"] if isinstance(part, str)]
        return SHAPES.get(names[-1] if names else "", "no tiene la forma esperada")
    if kind in SENTENCES:
        text = SENTENCES[kind].format(**context)
        return text.replace(" or ", " o ") if kind == "literal_error" else text
    return "no es un valor válido"


def faults(error: ValidationError) -> list[tuple[tuple[int | str, ...], str]]:
    """(place, what is wrong there) of each fault: the place counts rows from zero, the words end without a stop."""
    found = error.errors()
    # A list with a faulty item is also reported as too short; the item's fault says it all.
    return [
        (fault["loc"], _reason(fault))
        for fault in found
        if fault["type"] != "too_short"
        or not any(other["loc"][: len(fault["loc"])] == fault["loc"] != other["loc"] for other in found)
    ]


def sentences(error: ValidationError, source: str) -> list[str]:
    """One Spanish sentence per fault, each with the file and the place in it."""
    found = []
    for loc, reason in faults(error):
        place = _place(loc)
        found.append(f"{source}: {place + ': ' if place else ''}{reason}.")
    return found
