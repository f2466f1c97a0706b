"""The history of an expediente is told in words, whatever was done."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import portal.domain
import portal.services
from portal.domain.machine import Machine
from portal.web.bitacora import FRASES, PARTICIPIOS, hecho

MODULES = [
    importlib.import_module(f"portal.domain.{m.name}") for m in pkgutil.iter_modules(portal.domain.__path__)
]
ACTIONS = sorted({(m.noun, r.name) for mod in MODULES for m in vars(mod).values() if isinstance(m, Machine)
                  for r in m.rows})  # fmt: skip


def recorded() -> set[str]:
    """The names with which services write a line that no machine writes."""
    calls = [
        node
        for path in Path(portal.services.__path__[0]).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record"
    ]
    return {call.args[2].value for call in calls if isinstance(call.args[2], ast.Constant)}


@pytest.mark.parametrize(("noun", "accion"), ACTIONS)
def test_every_action_of_a_machine_is_told_in_words(noun: str, accion: str) -> None:
    assert (noun, accion) in FRASES or accion in PARTICIPIOS


def test_everything_else_that_is_recorded_is_told_in_words() -> None:
    names = recorded()
    assert len(names) > 20
    assert names - set(PARTICIPIOS) - {accion for _noun, accion in FRASES} == set()


@pytest.mark.parametrize(
    ("noun", "accion", "nombre", "words"),
    [
        ("entrega", "aceptar", "Reporte de 180 horas", "Reporte de 180 horas: aceptada"),
        ("solicitud", "crear", "", "Solicitud creada"),
        ("servicio", "cumplir", "", "Servicio dado por cumplido"),
        ("alumno", "quitar_foto", "", "Fotografía quitada"),
    ],
)
def test_what_was_done_is_a_participle_that_agrees(noun: str, accion: str, nombre: str, words: str) -> None:
    assert hecho(noun, accion, nombre) == words
