"""The texts of letters: a small, declared part of Jinja2. What is not declared is refused when a template is read."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from portal.letters import palabras

_ETIQUETA = re.compile(r"<[^<>]*>|<")
_PERMITIDAS = {"<b>", "</b>", "<i>", "</i>", "<br/>"}
_CONTROL = {c: None for c in range(32) if c not in (9, 10)} | {127: None}
_NODOS = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr, nodes.Filter,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
FILTROS: dict[str, Any] = {
    "en_letra": palabras.fecha_en_letra,
    "fecha_corta": palabras.fecha_corta,
    "numero_en_letra": palabras.numero_en_letra,
    "horas_en_letra": palabras.horas_en_letra,
    "plural": palabras.plural,
    "segun": palabras.segun_genero,
    "enumerar": palabras.enumerar,
    "inicial": palabras.inicial,
    "mayusculas": lambda texto: str(texto).upper(),
    "minusculas": lambda texto: str(texto).lower(),
}


def _presente(valor: Any) -> Any:
    """Nothing is never printed: "None" in a letter is a template's mistake."""
    if valor is None:
        raise ValueError("se imprime un dato vacío")
    return valor


_AMBIENTE = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True, finalize=_presente)
_AMBIENTE.filters = dict(FILTROS)
_AMBIENTE.globals = {}
_AMBIENTE.tests = {}


@lru_cache(maxsize=4096)
def _compilada(texto: str) -> Template:
    return _AMBIENTE.from_string(texto)


@lru_cache(maxsize=4096)
def _arbol(texto: str) -> nodes.Template:
    return _AMBIENTE.parse(texto)


@lru_cache(maxsize=4096)
def marcadores(texto: str) -> frozenset[str]:
    """The names that a text asks for. Raises TemplateSyntaxError."""
    return frozenset(meta.find_undeclared_variables(_arbol(texto)))


def errores(donde: str, texto: str, declarados: Mapping[str, Any]) -> list[str]:
    """Why a text cannot be used, in Spanish sentences; empty when it can."""
    try:
        arbol = _arbol(texto)
    except TemplateSyntaxError as error:
        return [f"En {donde}: no se entiende lo escrito entre llaves, en el renglón {error.lineno}."]
    except (TemplateError, RecursionError):
        return [f"En {donde}: no se entiende lo escrito entre llaves."]
    faltas = _nodos_prohibidos(donde, arbol)
    if faltas:  # Jinja2 computes constants to find names: 9 ** 999999999 must not get there
        return faltas
    for nombre in sorted(meta.find_undeclared_variables(arbol) - set(declarados)):
        faltas.append(
            f"En {donde}: no existe el dato «{nombre}» en esta carta{_renglon(arbol, nombre)}."
            f"{_parecido(nombre, declarados)}"
        )
    for etiqueta in _ETIQUETA.findall(texto):
        if etiqueta not in _PERMITIDAS and "{" not in etiqueta:
            faltas.append(f"En {donde}: «{etiqueta}» no está permitido; solo <b>, <i> y <br/>.")
    return faltas or _prueba(donde, texto, declarados)


def _renglon(arbol: nodes.Template, nombre: str) -> str:
    """Where a name stands in a text of several lines; "" on the first."""
    linea = min((n.lineno for n in arbol.find_all(nodes.Name) if n.name == nombre), default=1)
    return f" (renglón {linea})" if linea > 1 else ""


def _parecido(nombre: str, declarados: Mapping[str, Any]) -> str:
    """The name that was probably meant, as a question; "" when there is none."""
    cercanos = get_close_matches(nombre, declarados, n=1, cutoff=0.7)
    return f" ¿Quizá «{cercanos[0]}»?" if cercanos else ""


def _nodos_prohibidos(donde: str, arbol: nodes.Template) -> list[str]:
    faltas = []
    for nodo in arbol.find_all(nodes.Node):
        if isinstance(nodo, nodes.Filter) and nodo.name not in FILTROS:
            faltas.append(f"En {donde}: no existe la forma «{nodo.name}»; las hay: {', '.join(FILTROS)}.")
        elif not isinstance(nodo, _NODOS):
            faltas.append(f"En {donde}: solo se permiten datos, formas y condiciones; no «{_palabra(nodo)}».")
    return faltas


def _palabra(nodo: nodes.Node) -> str:
    if isinstance(nodo, nodes.Getattr):
        return f".{nodo.attr}"
    return {"Call": "llamadas ()", "Getitem": "corchetes []", "For": "for", "Assign": "set"}.get(
        type(nodo).__name__, type(nodo).__name__.lower()
    )


def _prueba(donde: str, texto: str, declarados: Mapping[str, Any]) -> list[str]:
    """Renders with the samples, for each género and once with nothing optional."""
    muestras = {nombre: m.muestra for nombre, m in declarados.items()}
    sin_opcionales = {nombre: None if m.opcional else m.muestra for nombre, m in declarados.items()}
    for valores in ({**muestras, "alumno_genero": "M"}, muestras, sin_opcionales):
        try:
            resultado = str(_compilada(texto).render(valores))
        except (TemplateError, TypeError, ValueError, AttributeError):
            if valores is sin_opcionales:
                return [
                    f"En {donde}: el texto no se puede formar cuando falta un dato opcional; usa {{% if dato %}}."
                ]
            return [
                f"En {donde}: el texto no se puede formar; revisa que cada forma vaya con el dato que le toca."
            ]
        if not _anidadas(resultado):
            return [f"En {donde}: <b> e <i> se cierran en el orden en que se abren."]
    return []


def _anidadas(texto: str) -> bool:
    abiertas: list[str] = []
    for cierre, nombre in re.findall(r"<(/?)([bi])>", texto):
        if not cierre:
            abiertas.append(nombre)
        elif not abiertas or abiertas.pop() != nombre:
            return False
    return not abiertas


def formar(texto: str, valores: Mapping[str, Any]) -> str:
    """The text with its values, escaped for ReportLab's paragraphs. Raises UndefinedError for a value not given."""
    if "{" not in texto:
        return texto
    return _compilada(texto).render(valores).strip()


def limpio(valor: Any) -> Any:
    """A value as texts take it: composed accents, single spaces, no control characters; the rest as it is."""
    if isinstance(valor, str):
        compuesto = normalize("NFC", valor.translate(_CONTROL))
        return "\n".join(" ".join(linea.split()) for linea in compuesto.split("\n")).strip()
    if isinstance(valor, list | tuple):
        return tuple(limpio(cosa) for cosa in valor)
    return valor


def celda(valor: Any) -> str:
    """A value as a report's cell prints it: dates as 21/11/2026, nothing as an empty text."""
    if valor is None:
        return ""
    if isinstance(valor, bool):
        return "Sí" if valor else "No"
    if isinstance(valor, datetime):
        return palabras.fecha_y_hora(valor)
    if isinstance(valor, date):
        return palabras.fecha_corta(valor)
    return str(limpio(str(valor)))


__all__ = ["FILTROS", "UndefinedError", "celda", "errores", "formar", "limpio", "marcadores"]
