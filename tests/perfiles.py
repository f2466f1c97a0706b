"""What tests of the profile's editor share: somebody of the office, and a page's own huella."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.domain.access import Actor
from portal.models import Escuela
from portal.services import escuelas, perfiles
from portal.services.perfiles import Borrador
from tenants.scope import escuela_scope
from tests.factories import como_coordinador


def guardar(
    escuela: Escuela, now: datetime, clave: str, nuevos: Mapping[str, Any], actor: Actor | None = None
) -> Borrador:
    """Save keys of a page as somebody who has it open as it is."""
    with escuela_scope(escuela.id):
        huella = perfiles.leer().huella_de(clave)
        who = actor or como_coordinador(escuela)
        return perfiles.guardar(clave, nuevos, huella=huella, actor=who, now=now)


def publicar(escuela: Escuela, now: datetime, clave: str, nuevos: Mapping[str, Any]) -> int:
    """Save keys of a page and publish; answers the new version."""
    guardar(escuela, now, clave, nuevos)
    with escuela_scope(escuela.id):
        version = perfiles.publicar(huella=perfiles.leer().huella, actor=como_coordinador(escuela), now=now)
        olvidar(escuela.id, version)
        return version


def olvidar(escuela_id: int, version: int) -> None:
    """A version never changes, so a process keeps it; the databases of two tests have different second versions."""
    escuelas._perfiles.pop((escuela_id, version), None)
    for kept in (escuelas._plan, escuelas._calendario, escuelas._plantilla, escuelas._editada):
        kept.cache_clear()
