"""The whole demo, told school by school."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from portal.demo.alumnos import un_hash
from portal.demo.archivos import Taller
from portal.demo.elenco import ELENCOS
from portal.demo.semestre import contar
from portal.services import escuelas


def seed(now: datetime, *, say: Callable[[str], None] = lambda _line: None) -> None:
    """Tell the semester of every escuela of the demo up to `now`, with the portal's own services.

    The three escuelas are loaded and the database has no account yet. Work that the transitions cause (letters,
    mails) is done on the way, with the instants of the story.
    """
    taller, hash_ = Taller(), un_hash()
    try:
        for elenco in ELENCOS:
            escuela = escuelas.por_slug(elenco.slug)
            say(f"  {escuela.nombre if escuela else elenco.slug} …")
            contar(elenco, now, taller, hash_)
    finally:
        taller.cerrar()
