"""What changes between two versions of a profile, in the words of its editor."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.domain.calendario import en_palabras as dia_en_palabras
from portal.services.perfil_campos import Campo, campos_de_seccion, identidad, secciones, titulo
from portal.services.perfil_rotulos import Seccion, correo, opcion

NADA = "—"
NOMBRAN = ("nombre", "rol", "clave")
CORTOS = ("entero", "fecha", "opcion", "opciones")
CORREO = {"asunto": "Asunto", "cuerpo": "Texto"}


@dataclass(frozen=True)
class Cambio:
    """One change: where it is ("Planes › General › Horas en total"), what it said and what it will say."""

    donde: str
    antes: str
    despues: str


@dataclass(frozen=True)
class Grupo:
    """The changes of one page of the editor."""

    seccion: Seccion
    cambios: tuple[Cambio, ...]


def comparar(antes: Mapping[str, Any], despues: Mapping[str, Any]) -> list[Grupo]:
    """What changes from one profile to another (plain data), page by page; nothing where they are the same."""
    grupos = []
    for seccion in secciones():
        found: list[Cambio] = []
        for campo in campos_de_seccion(seccion.clave):
            found += _campo(campo, antes.get(campo.nombre), despues.get(campo.nombre), ())
        if found:
            grupos.append(Grupo(seccion, tuple(found)))
    return grupos


def texto(grupos: Sequence[Grupo]) -> str:
    """The same for a terminal."""
    lines = []
    for grupo in grupos:
        lines.append(grupo.seccion.titulo)
        lines += [f"  {c.donde}: {_corto(c.antes)} → {_corto(c.despues)}" for c in grupo.cambios]
    return "\n".join(lines)


def _corto(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= 100 else f"{line[:99]}…"


def _campo(campo: Campo, a: Any, b: Any, way: tuple[str, ...]) -> Iterator[Cambio]:
    if _igual(a, b):
        return
    here = (*way, campo.rotulo) if campo.rotulo else way
    if campo.nombre == "correos":
        yield from _correos(a or {}, b or {})
    elif campo.tipo == "lista":
        yield from _lista(campo, a or [], b or [], here)
    elif campo.tipo in ("registro", "opcional") and a and b:
        for sub in campo.campos:
            yield from _campo(sub, a.get(sub.nombre), b.get(sub.nombre), here)
    elif campo.tipo == "renglones":
        gone = [x for x in a or [] if x not in (b or [])]
        new = [x for x in b or [] if x not in (a or [])]
        if gone or new:
            yield Cambio(_donde(here), "\n".join(gone) or NADA, "\n".join(new) or NADA)
        else:
            yield Cambio(_donde(here), "En otro orden", "\n".join(b or []))
    else:
        yield Cambio(_donde(here), en_palabras(campo, a), en_palabras(campo, b))


def _igual(a: Any, b: Any) -> bool:
    """Nothing is the same as empty."""
    empty: tuple[Any, ...] = (None, "", [], {})
    return a == b or (a in empty and b in empty)


def _lista(campo: Campo, a: Sequence[Any], b: Sequence[Any], here: tuple[str, ...]) -> Iterator[Cambio]:
    """Rows are known again by their clave, rol or name: added, taken away, changed, moved."""
    old = {identidad(row, n): (n, row) for n, row in enumerate(a)}
    new = {identidad(row, n): (n, row) for n, row in enumerate(b)}
    for key, (n, row) in old.items():
        if key not in new:
            yield Cambio(_donde(here), titulo(row, n), "Se quita")
    for key, (n, row) in new.items():
        if key not in old:
            yield Cambio(_donde(here), "Se agrega", _fila(campo, row, n))
            continue
        for sub in campo.campos:
            yield from _campo(sub, old[key][1].get(sub.nombre), row.get(sub.nombre), (*here, titulo(row, n)))
    both = [key for key in old if key in new]
    if both != [key for key in new if key in old]:
        yield Cambio(_donde(here), "En otro orden", ", ".join(titulo(row, n) for n, row in new.values()))


def _fila(campo: Campo, row: Mapping[str, Any], n: int) -> str:
    """A new row in short: its name and its few plain values."""
    values = [titulo(row, n)]
    for sub in campo.campos:
        said = row.get(sub.nombre)
        if sub.nombre not in NOMBRAN and sub.tipo in CORTOS and said not in (None, "", [], 0, sub.vacio):
            values.append(f"{sub.rotulo.lower()}: {en_palabras(sub, said)}")
    return "; ".join(values)


def _correos(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Cambio]:
    for nombre in sorted({*a, *b}):
        for parte, words in CORREO.items():
            old, new = (x.get(nombre, {}).get(parte, "El texto del portal") for x in (a, b))
            if old != new:
                yield Cambio(f"{correo(nombre)} › {words}", old, new)


def en_palabras(campo: Campo, valor: Any) -> str:
    """A value as the office says it."""
    if valor is None or valor == "" or valor == []:
        return NADA
    if campo.tipo == "si_no":
        return "Sí" if valor else "No"
    if campo.tipo in ("opcion", "opciones", "dias", "condiciones"):
        many = valor if isinstance(valor, list) else [valor]
        return ", ".join(
            _condicion(v) if campo.tipo == "condiciones" else opcion(campo.nombre, str(v)) for v in many
        )
    if campo.tipo in ("registro", "opcional", "crudo") or isinstance(valor, dict):
        return json.dumps(valor, ensure_ascii=False)
    if campo.tipo in ("fecha", "fechas"):
        return ", ".join(_dia(str(v)) for v in (valor if isinstance(valor, list) else [valor]))
    return ", ".join(map(str, valor)) if isinstance(valor, list) else str(valor)


def _dia(text: str) -> str:
    try:
        return dia_en_palabras(date.fromisoformat(text))
    except ValueError:
        return text


def _condicion(text: Any) -> str:
    hours = str(text)[6:-1] if str(text).startswith("horas(") else ""
    return f"{hours} horas aceptadas" if hours else opcion("abre", str(text))


def _donde(way: tuple[str, ...]) -> str:
    return " › ".join(way)


def todo(datos: Mapping[str, Any]) -> list[Grupo]:
    """A whole profile page by page, as (where, what it says): for reading a version of before."""
    grupos = []
    for seccion in secciones():
        found = [
            Cambio(where, "", said)
            for campo in campos_de_seccion(seccion.clave)
            for where, said in _dicho(campo, datos.get(campo.nombre), ())
        ]
        grupos.append(Grupo(seccion, tuple(found)))
    return grupos


def _dicho(campo: Campo, valor: Any, way: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    here = (*way, campo.rotulo) if campo.rotulo else way
    if valor in (None, "", [], {}) or campo.tipo == "clave":
        return
    if campo.tipo == "lista":
        for n, row in enumerate(valor):
            for sub in campo.campos:
                yield from _dicho(sub, row.get(sub.nombre), (*here, titulo(row, n)))
    elif campo.tipo in ("registro", "opcional"):
        for sub in campo.campos:
            yield from _dicho(sub, valor.get(sub.nombre), here)
    elif campo.nombre == "correos":
        for nombre, propio in valor.items():
            yield correo(nombre), f"{propio['asunto']}\n\n{propio['cuerpo']}"
    else:
        yield _donde(here), "\n".join(valor) if campo.tipo == "renglones" else en_palabras(campo, valor)
