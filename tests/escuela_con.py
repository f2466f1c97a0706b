"""A school as it ships, with its profile changed for one test."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

from portal.models import Escuela
from portal.services import escuelas
from tests.conftest import ROOT


def perfil_con(folder: str, addition: str, tmp_path: Path, now: datetime) -> Escuela:
    """Load the school of `tenants/<folder>` with more TOML at the end of its profile."""
    copy = tmp_path / f"perfil-{folder}"
    shutil.copytree(ROOT / "tenants" / folder, copy)
    with (copy / "escuela.toml").open("a", encoding="utf-8") as profile:
        profile.write(f"\n{addition}\n")
    escuela = escuelas.cargar(copy, now=now)
    # A version never changes, so a process keeps it; the databases of two tests have different second versions.
    escuelas._perfiles.pop((escuela.id, escuela.perfil_version), None)
    return escuela
