"""A page of the profile's editor: the place in the profile that an address names, its controls, what was typed in them.

A place is a page and a way of (list, row): `planes`, `planes/0/entregas/3`. Rows that are large have a place of their
own; small ones stand in their list. Every button of a row sends the whole form, so that nothing typed is lost.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.domain.machine import Refused
from portal.services.perfil_campos import Campo, campos_de_seccion, nueva, titulo
from portal.services.perfil_rotulos import opcion
from portal.services.perfiles import Borrador, Lugar

MAX_FILAS = 200
CONDICIONES = (
    "anterior_aceptada",
    "anteriores_aceptadas",
    "horas_completas",
    "fecha_termino",
    "numero_registro_visible",
)
Form = MultiDict[str, str]


@dataclass
class Control:
    """A field as the page draws it: its id, its value as text, its error, the rows or fields inside."""

    campo: Campo
    id: str
    valor: Any = ""
    error: str = ""
    controles: list[Control] = field(default_factory=list)
    filas: list[Fila] = field(default_factory=list)

    @property
    def mal(self) -> bool:
        """Whether something is wrong here or inside."""
        return bool(self.error) or any(c.mal for c in self.controles) or any(f.mal for f in self.filas)


@dataclass
class Fila:
    """A row of a list: what it goes by, its controls where it is small, whether something in it is wrong."""

    titulo: str
    controles: list[Control]
    mal: bool = False


@dataclass(frozen=True)
class Sitio:
    """A place in the profile: its fields and their values; `camino` names the rows on the way to it."""

    seccion: str
    lugar: Lugar
    campos: tuple[Campo, ...]
    datos: dict[str, Any]
    camino: tuple[tuple[str, str], ...]


def sitio(borrador: Borrador, seccion: str, lugar: str) -> Sitio:
    """The place that an address names; KeyError where there is none."""
    campos: tuple[Campo, ...] = campos_de_seccion(seccion)
    datos: Any = {c.nombre: deepcopy(borrador.datos.get(c.nombre)) for c in campos}
    parts = [p for p in lugar.split("/") if p]
    way: list[int | str] = []
    camino = [(seccion, "")]
    for name, index in zip(parts[::2], parts[1::2], strict=True):
        campo = next((c for c in campos if c.nombre == name and c.amplia), None)
        rows = datos.get(name) or []
        if campo is None or not index.isdecimal() or not int(index) < len(rows):
            raise KeyError(lugar)
        campos, datos = campo.campos, rows[int(index)]
        way += [name, int(index)]
        camino.append(("/".join(map(str, way)), titulo(datos, int(index))))
    return Sitio(seccion, tuple(way), campos, datos, tuple(camino))


def con(borrador: Borrador, donde: Sitio, datos: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of the page with these data at the place."""
    whole: Any = {c.nombre: deepcopy(borrador.datos.get(c.nombre)) for c in campos_de_seccion(donde.seccion)}
    if not donde.lugar:
        return {**whole, **datos}
    *way, last = donde.lugar
    here = whole
    for part in way:
        here = here[part]
    here[last] = {**here[last], **datos}
    return whole  # type: ignore[no-any-return]


# ---- what was typed ----


def leer(campos: Sequence[Campo], form: Form, antes: Mapping[str, Any], pre: str = "") -> dict[str, Any]:
    """The values of a form over those of before; what the form does not carry stays as it was."""
    found = dict(antes)
    for campo in campos:
        if campo.amplia or campo.nombre == "correos":
            continue
        typed = _leer(campo, form, antes.get(campo.nombre), f"{pre}{campo.nombre}")
        if campo.nombre in antes or typed not in (None, "", []):
            found[campo.nombre] = typed
    return found


def _leer(campo: Campo, form: Form, antes: Any, id_: str) -> Any:
    if campo.tipo == "lista":
        count = _entero(form.get(f"{id_}-n", "0"))
        rows = antes if isinstance(antes, list) else []
        if not isinstance(count, int) or count > MAX_FILAS:
            return rows
        return [
            leer(campo.campos, form, rows[n] if n < len(rows) else {}, f"{id_}-{n}-") for n in range(count)
        ]
    if campo.tipo == "registro":
        return leer(campo.campos, form, antes or {}, f"{id_}-")
    if campo.tipo == "opcional":
        return leer(campo.campos, form, antes or {}, f"{id_}-") if form.get(f"{id_}-usar") else None
    if campo.tipo == "si_no":
        return id_ in form
    if campo.tipo in ("opciones", "dias", "condiciones"):
        return _marcadas(campo, form, id_)
    typed = form.get(id_)
    return antes if typed is None else _valor(campo, " ".join(typed.split("\r")).strip(), typed)


def _marcadas(campo: Campo, form: Form, id_: str) -> list[Any]:
    chosen = form.getlist(id_)[:20]
    if campo.tipo == "dias":
        return [_entero(v) for v in chosen]
    if campo.tipo == "condiciones":
        hours = form.get(f"{id_}-horas", "").strip()
        return [*chosen, *([f"horas({hours})"] if hours else [])]
    known = [v for v, _ in campo.opciones if v in chosen]
    return [*known, *(v for v in chosen if v not in known)]


def _valor(campo: Campo, line: str, typed: str) -> Any:
    lines = [x.strip() for x in typed.splitlines() if x.strip()]
    if campo.tipo == "entero":
        return _entero(line)
    if campo.tipo == "enteros":
        return [_entero(x) for x in line.replace(";", ",").split(",") if x.strip()]
    if campo.tipo == "fechas":
        return [_a_iso(x) for x in lines]
    if campo.tipo == "renglones":
        return lines
    if campo.tipo == "fecha":
        return line or campo.vacio
    if campo.tipo == "crudo":
        return _crudo(typed)
    return "\n".join(x.rstrip() for x in typed.splitlines()).strip() if campo.tipo == "largo" else line


def _a_iso(text: str) -> str:
    """ "15/05/2026" as the profile keeps it; what is no such day stays as typed, for the profile to refuse."""
    try:
        day, month, year = text.replace("-", "/").split("/")
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return text


def _a_mano(text: str) -> str:
    """A day of the profile as people write it: "15/05/2026"."""
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return text


def _entero(text: str) -> int | str:
    """A whole number where that is what was typed; the text itself, for the profile to refuse, where it is not."""
    clean = text.strip().replace(",", "")
    return int(clean) if clean.isascii() and clean.isdecimal() and len(clean) < 10 else text.strip()


def _crudo(typed: str) -> Any:
    try:
        return json.loads(typed)
    except (ValueError, RecursionError):
        return typed.strip()


# ---- buttons ----


def mover(campos: Sequence[Campo], datos: dict[str, Any], hacer: str) -> str:
    """Do what a row's button says ("agregar:carreras", "quitar:carreras:3", "subir:…", "bajar:…") to what was typed.

    Returns the id to go back to, or the way of a new row that has a page of its own. KeyError for another button;
    Refused("perfil.muchos").
    """
    verb, _, rest = hacer.partition(":")
    path, _, index = rest.partition(":")
    campo, rows = _lista_en(campos, datos, path.split("-"))
    if verb == "agregar":
        if len(rows) >= MAX_FILAS:
            raise Refused("perfil.muchos", maximo=MAX_FILAS)
        rows.append(deepcopy(nueva(campo.campos)))
        return f"/{path}/{len(rows) - 1}" if campo.amplia else f"#{path}-{len(rows) - 1}"
    n = int(index) if index.isdecimal() else len(rows)
    to = {"quitar": n, "subir": n - 1, "bajar": n + 1}[verb]
    if not (n < len(rows) and 0 <= to < len(rows)):
        return f"#{path}"
    row = rows.pop(n)
    if verb != "quitar":
        rows.insert(to, row)
    return f"#{path}"


def _lista_en(campos: Sequence[Campo], datos: Any, way: Sequence[str]) -> tuple[Campo, list[Any]]:
    """The list at a way of names and rows: ["calendario", "vacaciones"], ["partes", "0", "alternativas"]."""
    campo = next((c for c in campos if c.nombre == way[0]), None)
    if campo is None or campo.tipo not in ("lista", "registro", "opcional"):
        raise KeyError(way[0])
    if len(way) == 1:
        if campo.tipo != "lista":
            raise KeyError(way[0])
        datos[campo.nombre] = datos.get(campo.nombre) or []
        return campo, datos[campo.nombre]
    inside = datos.get(campo.nombre) or {}
    if campo.tipo == "lista":
        if not way[1].isdecimal() or not int(way[1]) < len(inside) or len(way) < 3:
            raise KeyError(way[1])
        return _lista_en(campo.campos, inside[int(way[1])], way[2:])
    return _lista_en(campo.campos, inside, way[1:])


# ---- what the page draws ----


def controles(
    campos: Sequence[Campo],
    datos: Mapping[str, Any],
    fallas: Sequence[tuple[Lugar, str]],
    roles: Sequence[tuple[str, str]],
    pre: str = "",
) -> list[Control]:
    """The controls of a place. `fallas` are told from the place on; each is shown at the nearest control."""
    made = []
    for campo in campos:
        own = [(loc[1:], said) for loc, said in fallas if loc and loc[0] == campo.nombre]
        made.append(_control(campo, datos.get(campo.nombre), own, roles, f"{pre}{campo.nombre}"))
    return made


def _control(
    campo: Campo, valor: Any, fallas: list[tuple[Lugar, str]], roles: Sequence[tuple[str, str]], id_: str
) -> Control:
    made = Control(campo, id_, _texto(campo, valor))
    if campo.tipo == "rol":
        made.valor = (valor or "", roles)
    if campo.tipo == "lista":
        made.filas = _filas(campo, valor or [], fallas, roles, id_)
        fallas = [f for f in fallas if not f[0]]
    elif campo.tipo in ("registro", "opcional"):
        made.valor = valor is not None
        made.controles = controles(campo.campos, valor or nueva(campo.campos), fallas, roles, f"{id_}-")
        fallas = [f for f in fallas if not f[0] or f[0][0] not in {c.nombre for c in campo.campos}]
    made.error = fallas[0][1] if fallas else ""
    return made


def _filas(
    campo: Campo, rows: Any, fallas: list[tuple[Lugar, str]], roles: Sequence[tuple[str, str]], id_: str
) -> list[Fila]:
    made = []
    for n, row in enumerate(rows if isinstance(rows, list) else []):
        own = [(loc[1:], said) for loc, said in fallas if loc and loc[0] == n]
        inside = [] if campo.amplia else controles(campo.campos, row, own, roles, f"{id_}-{n}-")
        first = next((said for loc, said in own if not loc), "")
        if inside and first:
            inside[0].error = inside[0].error or first
        made.append(Fila(titulo(row, n), inside, bool(own)))
    return made


def _texto(campo: Campo, valor: Any) -> Any:
    if campo.tipo in ("opciones", "dias"):
        return [str(v) for v in valor or []]
    if campo.tipo == "condiciones":
        said = valor or []
        hours = next((str(v)[6:-1] for v in said if str(v).startswith("horas(")), "")
        return {"marcadas": said, "horas": hours, "todas": [(c, opcion("abre", c)) for c in CONDICIONES]}
    if campo.tipo == "enteros":
        return ", ".join(map(str, valor or []))
    if campo.tipo == "fechas":
        return "\n".join(_a_mano(str(v)) for v in valor or [])
    if campo.tipo == "renglones":
        return "\n".join(map(str, valor or []))
    if campo.tipo == "crudo":
        return "" if valor is None else json.dumps(valor, ensure_ascii=False)
    return valor if campo.tipo == "si_no" else ("" if valor is None else str(valor))


def errores(controls: Sequence[Control]) -> dict[str, str]:
    """id -> sentence of every control that has one, for the summary at the top; large rows too."""
    found: dict[str, str] = {}
    for control in controls:
        if control.error:
            found[control.id] = (
                f"{control.campo.rotulo}: {control.error}" if control.campo.rotulo else control.error
            )
        found |= errores(control.controles)
        for n, row in enumerate(control.filas):
            found |= errores(row.controles)
            if row.mal and not row.controles:
                found[f"{control.id}-{n}"] = f"{row.titulo}: hay algo que corregir en su página."
    return found
