"""A school as it ships, with its profile changed for one test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from portal.models import Escuela
from portal.services import escuelas
from tests.conftest import ROOT

DIRECCION = "direccion@ejemplo.test"
_DIRECTORA = f"""
[[firmantes]]
rol = "direccion_nueva"
nombre = "Aurora Ficticia Robles"
tratamiento = "Dra."
cargo = "Directora"
genero = "femenino"
desde = 2020-01-01
correo = "{DIRECCION}"
"""


def circuito(tipo: str, directora: str, **lugares: int) -> str:
    """TOML of who signs letters of that kind: papel=orden. The papel of `directora` is hers, the rest who the letter
    names; those of one orden sign side by side."""
    found = [_DIRECTORA]
    for papel, orden in lugares.items():
        suya = 'rol = "direccion_nueva"\n' if papel == directora else ""
        found.append(f'[[cartas.{tipo}.circuito]]\npapel = "{papel}"\norden = {orden}\n{suya}')
    return "\n".join(found)


def perfil_con(folder: str, addition: str, tmp_path: Path, now: datetime) -> Escuela:
    """Load the school of `tenants/<folder>` with more TOML at the end of its profile."""
    return _cargada(folder, lambda text: f"{text}\n{addition}\n", tmp_path, now)


def perfil_sin(folder: str, paso: str, tmp_path: Path, now: datetime) -> Escuela:
    """Load the school of `tenants/<folder>` with plans that have no step of that clave."""

    def without(text: str) -> str:
        tables = text.split("\n[[")
        return "\n[[".join(t for t in tables if f'clave = "{paso}"' not in t)

    return _cargada(folder, without, tmp_path, now)


def _cargada(folder: str, change: Callable[[str], str], tmp_path: Path, now: datetime) -> Escuela:
    copy = tmp_path / f"perfil-{folder}"
    shutil.copytree(ROOT / "tenants" / folder, copy)
    profile = copy / "escuela.toml"
    profile.write_text(change(profile.read_text(encoding="utf-8")), encoding="utf-8")
    escuela = escuelas.cargar(copy, now=now)
    # A version never changes, so a process keeps it; the databases of two tests have different second versions.
    escuelas._perfiles.pop((escuela.id, escuela.perfil_version), None)
    return escuela
