"""A scanner that answers what the test says, in the place of the portal's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO

from portal.backends.interfaces import Scanner, Veredicto
from portal.services import runtime

VIRUS = b"PORTAL-ARCHIVO-INFECTADO-DE-PRUEBA"


class FakeScanner:
    """Down until told otherwise; `veredicto` None: looks for the test marker."""

    active = True

    def __init__(self) -> None:
        self.veredicto: Veredicto | None = Veredicto.ERROR
        self.seen = 0

    def scan(self, stream: IO[bytes]) -> Veredicto:
        """What it was told to answer, or what it finds."""
        self.seen += 1
        found = Veredicto.INFECTADO if VIRUS in stream.read() else Veredicto.LIMPIO
        return self.veredicto or found


@contextmanager
def con(scanner: Scanner) -> Iterator[None]:
    """The portal asks this scanner for the length of a `with`."""
    before = runtime.current()
    runtime.configure(replace(before, backends=replace(before.backends, scanner=scanner)))
    try:
        yield
    finally:
        runtime.configure(before)
