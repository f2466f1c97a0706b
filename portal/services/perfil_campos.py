"""The shape of a profile, read from its own classes: what the editor draws and reads, and what a change is told by.

A field that somebody adds to tenants.profile is here by itself, as a plain field of its type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from portal.services.perfil_rotulos import AMPLIAS, LARGOS, OCULTOS, OTROS, SECCIONES, Seccion, opcion, rotulo
from tenants.profile import Profile

# fields that name the rol of a firmante -> what it means to name none
SIN_ROL = {
    "firma": "La dependencia",
    "destinatario_termino": "Elija un puesto",
    "rol": "Quien nombre la carta",
}


@dataclass(frozen=True)
class Campo:
    """A field: `nombre` in its record, `ruta` of names, the kind of control (`tipo`) and its words.

    tipo: texto, largo, clave, rol, color, entero, si_no, fecha, hora, opcion, opciones, dias, condiciones, renglones,
    enteros, fechas, registro (of `campos`), opcional (a record or none), lista (rows of `campos`; `amplia`: each row
    has a page of its own), crudo (data that no control knows).
    """

    nombre: str
    ruta: str
    tipo: str
    rotulo: str
    ayuda: str = ""
    opciones: tuple[tuple[str, str], ...] = ()
    campos: tuple[Campo, ...] = ()
    amplia: bool = False
    vacio: Any = ""


@cache
def secciones() -> tuple[Seccion, ...]:
    """The pages of the editor; what no page holds is in the last one."""
    held = {clave for s in SECCIONES for clave in s.claves} | OCULTOS
    rest = tuple(name for name in Profile.model_fields if name not in held)
    clave, titulo, pista, alcance = OTROS
    return (*SECCIONES, Seccion(clave, titulo, pista, rest, alcance)) if rest else SECCIONES


@cache
def seccion(clave: str) -> Seccion:
    """A page of the editor; KeyError where there is none."""
    return {s.clave: s for s in secciones()}[clave]


def seccion_de(nombre: str) -> Seccion:
    """The page that holds a key of the profile."""
    return next(s for s in secciones() if nombre in s.claves)


@cache
def campos_de_seccion(clave: str) -> tuple[Campo, ...]:
    """The fields of a page, in the order of its keys."""
    return tuple(_campo(Profile.model_fields[name], name, name) for name in seccion(clave).claves)


@cache
def _campos(model: type[BaseModel], ruta: str) -> tuple[Campo, ...]:
    made = [
        _campo(info, name, f"{ruta}.{name}")
        for name, info in model.model_fields.items()
        if name not in OCULTOS
    ]
    return tuple(
        sorted(made, key=lambda campo: campo.tipo == "clave")
    )  # people name things; a clave comes of it


def _campo(info: FieldInfo, nombre: str, ruta: str) -> Campo:
    vacio = None if info.is_required() else _plano(info.get_default(call_default_factory=True))
    return _de(_desnudo(info.annotation), nombre, ruta, vacio)


def _plano(value: Any) -> Any:
    """A default as plain data."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return [_plano(v) for v in value] if isinstance(value, tuple | list) else value


def _desnudo(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _de(kind: Any, nombre: str, ruta: str, vacio: Any) -> Campo:
    """The field of a type. What is empty in a new row: its default, or nothing."""
    words, help_ = rotulo(ruta)

    def campo(tipo: str, empty: Any = "", **more: Any) -> Campo:
        return Campo(nombre, ruta, tipo, words, help_, vacio=empty if vacio is None else vacio, **more)

    origin, args = get_origin(kind), [_desnudo(a) for a in get_args(kind)]
    if origin in (Union, UnionType):
        inner = _de(next(a for a in args if a is not type(None)), nombre, ruta, vacio)
        return (
            campo("opcional", None, campos=inner.campos)
            if inner.tipo == "registro"
            else replace(inner, vacio=None)
        )
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = _campos(kind, ruta)
        return campo("registro", nueva(fields), campos=fields)
    if origin is Literal:
        return campo("opcion", opciones=tuple((str(v), opcion(nombre, str(v))) for v in args))
    if origin is dict and get_origin(args[0]) is Literal:
        keys = [(k, f"{ruta}.{k}") for k in get_args(args[0])]
        return campo("registro", {}, campos=tuple(_de(args[1], k, path, None) for k, path in keys))
    if origin is tuple:
        return _de_varios(campo, args[0], nombre, ruta)
    tipo = "rol" if nombre in SIN_ROL and not ruta.startswith("firmantes.") else _simple(kind, nombre)
    return campo(tipo, opciones=(("", SIN_ROL[nombre]),) if tipo == "rol" else ())


def _de_varios(campo: Any, item: Any, nombre: str, ruta: str) -> Campo:
    """The field of several of one type."""
    if isinstance(item, type) and issubclass(item, BaseModel):
        made = campo("lista", [], campos=_campos(item, ruta), amplia=ruta in AMPLIAS)
    elif get_origin(item) is Literal:
        made = campo("opciones", [], opciones=tuple((v, opcion(nombre, v)) for v in get_args(item)))
    elif nombre == "abre":
        made = campo("condiciones", [])
    elif nombre == "dias":
        made = campo("dias", [], opciones=tuple((str(n), opcion(nombre, str(n))) for n in range(7)))
    else:
        kinds = {str: "renglones", int: "enteros", date: "fechas"}
        made = campo(kinds.get(item, "crudo"), [])
    return made  # type: ignore[no-any-return]


def _simple(kind: Any, nombre: str) -> str:
    if kind is str and nombre in ("clave", "color"):
        return nombre
    if kind is str and nombre in ("desde", "hasta"):
        return "hora"
    if kind is str:
        return "largo" if nombre in LARGOS else "texto"
    return {bool: "si_no", int: "entero", date: "fecha"}.get(kind, "crudo")


def nueva(campos: Sequence[Campo]) -> dict[str, Any]:
    """A new row: what each field is before anybody fills it."""
    return {c.nombre: c.vacio for c in campos if c.vacio is not None}


def titulo(fila: Mapping[str, Any], n: int) -> str:
    """What a row goes by: its name, or which one it is."""
    return str(fila.get("nombre") or fila.get("papel") or fila.get("rol") or f"Renglón {n + 1}")


def palabras(lugar: Sequence[int | str], datos: Mapping[str, Any]) -> str:
    """A place of the profile in words: "Planes › General › Horas en total"."""
    campos: Sequence[Campo] = campos_de_seccion(seccion_de(str(lugar[0])).clave) if lugar else ()
    here: Any = datos
    words = []
    for part in lugar:
        if isinstance(part, int):
            here = here[part] if isinstance(here, list) and part < len(here) else {}
            words.append(titulo(here, part) if isinstance(here, dict) else "")
            continue
        campo = next((c for c in campos if c.nombre == part), None)
        if campo is None:
            break
        words.append(campo.rotulo)
        here, campos = (here.get(part) if isinstance(here, dict) else None), campo.campos
    return " › ".join(w for w in words if w)


def identidad(fila: Mapping[str, Any], n: int) -> tuple[Any, ...]:
    """By what a row is known again when others were added, taken away or moved."""
    if fila.get("clave"):
        return ("clave", fila["clave"])
    if fila.get("papel"):
        return ("papel", fila["papel"])
    if fila.get("rol"):
        return ("rol", fila["rol"], fila.get("desde"))
    return ("nombre", fila["nombre"]) if fila.get("nombre") else ("n", n)
