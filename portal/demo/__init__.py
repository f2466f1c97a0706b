"""The demo: three escuelas in the middle of a believable semester. Everybody in it is made up."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from portal.demo.alumnos import un_hash
from portal.demo.archivos import Taller
from portal.demo.cuentas import accounts_text
from portal.demo.elenco import ELENCOS
from portal.demo.semestre import contar
from portal.services import escuelas

__all__ = ["accounts_text", "seed"]


def seed(now: datetime, *, say: Callable[[str], None] = lambda _line: None) -> None:
    """Tell the semester of every escuela of the demo up to `now`, with the portal's own services.

    The three escuelas are loaded and the database has no account yet. Work that the transitions cause (letters,
    mails) is done on the way, with the instants of the story.
    """
    taller, hash_ = Taller(), un_hash()
    try:
        with _less_collecting():
            for elenco in ELENCOS:
                escuela = escuelas.por_slug(elenco.slug)
                say(f"  {escuela.nombre if escuela else elenco.slug} …")
                contar(elenco, now, taller, hash_)
    finally:
        taller.cerrar()


@contextmanager
def _less_collecting() -> Iterator[None]:
    """Thousands of short transactions leave little garbage: looking for it less often saves a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
