"""The texts of e-mails: the portal's own in templates/correos, and an escuela's own words in their place.

A profile's `[correos.PLANTILLA]` has `asunto` and `cuerpo`: plain text with the placeholders of letters,
`{{ nombre }}` and `{% if %}`. A mail's placeholders are those that the portal's text of it uses, and the five that
every mail has. What is not declared is refused when the profile is loaded, so that no mail fails on its text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
from jinja2 import meta

from portal.letters import textos
from tenants.profile_parts import CorreoPropio

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "correos"
PARTES = {"subject.txt": "asunto", "body.txt": "cuerpo"}
COMUNES = frozenset({"escuela", "oficina", "contacto", "enlace", "base"})
_CONDICION_SOLA = re.compile(r"^[ \t]*(\{%[^\n]*?%\})[ \t]*\n", re.MULTILINE)
_env = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=lambda name: bool(name and name.endswith(".html")),
)


def formar(nombre: str, contexto: Mapping[str, Any], **mas: Any) -> str:
    """A file of templates/correos with its values."""
    return _env.get_template(nombre).render(contexto, **mas)


def formar_parte(
    plantilla: str, parte: str, contexto: Mapping[str, Any], propios: Mapping[str, CorreoPropio]
) -> str:
    """ "subject.txt" or "body.txt" of a mail: in the escuela's own words where it has them."""
    propio = propios.get(plantilla)
    if propio is None:
        return formar(f"{plantilla}/{parte}", contexto)
    return formar_propio(getattr(propio, PARTES[parte]), contexto)


def formar_propio(texto: str, contexto: Mapping[str, Any]) -> str:
    """The escuela's own words as plain text; a line with nothing but a condition leaves no empty line behind."""
    return html.unescape(textos.formar(_CONDICION_SOLA.sub(r"\1", texto), contexto))


@lru_cache(maxsize=256)
def declarados(plantilla: str) -> frozenset[str]:
    """The placeholders that a mail may use; KeyError when the portal writes no such mail."""
    found: set[str] = set(COMUNES)
    for parte in PARTES:
        path = TEMPLATES / plantilla / parte
        if not path.is_file():
            raise KeyError(plantilla)
        found |= meta.find_undeclared_variables(_env.parse(path.read_text(encoding="utf-8")))
    return frozenset(found)


def errores(propios: Mapping[str, CorreoPropio]) -> list[str]:
    """Why an escuela's own mails cannot be used, as sentences; empty when they can."""
    found = []
    for plantilla, propio in propios.items():
        try:
            datos = {nombre: SimpleNamespace(muestra="x", opcional=False) for nombre in declarados(plantilla)}
        except KeyError:
            found.append(f"correos.{plantilla}: el portal no escribe un correo con ese nombre.")
            continue
        for parte in PARTES.values():
            donde = f"correos.{plantilla}.{parte}"
            faltas = textos.errores(donde, getattr(propio, parte), datos)
            found += [falta.replace("en esta carta", "en este correo") for falta in faltas]
    return found
