"""A tanda of the demo: the office issued several constancias at once, and somebody withdrew theirs just before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from portal.domain.access import EXPEDIENTES
from portal.services import tandas, tramites

if TYPE_CHECKING:
    from portal.demo.alumnos import Estudiante
    from portal.demo.casa import Casa

CUANTOS = 6
HACE = 9  # days ago on which they asked


def preparar(casa: Casa, estudiantes: Sequence[Estudiante]) -> None:
    """Plan the story of the first six of these alumnos."""
    casa.guion.hace(HACE, _Tanda(casa, estudiantes[:CUANTOS]).pedir)


class _Tanda:
    """What is asked for on one day, ordered on the next, and what came of it."""

    def __init__(self, casa: Casa, estudiantes: Sequence[Estudiante]) -> None:
        self.casa, self.estudiantes = casa, estudiantes
        self.ids: list[str] = []

    def pedir(self, now: datetime) -> None:
        """Everybody asks for a constancia de estudios."""
        self.ids = [
            tramites.pedir("constancia_estudios", actor=e.yo, now=now + timedelta(seconds=n)).public_id
            for n, e in enumerate(self.estudiantes)
        ]
        self.casa.guion.tras(now, 1, self.ordenar)

    def ordenar(self, now: datetime) -> None:
        """The office orders all of them; one is withdrawn while they are being made."""
        tandas.crear("tramites", self.ids, actor=self.casa.quien(EXPEDIENTES), now=now)
        tramites.retirar(self.ids[-1], actor=self.estudiantes[-1].yo, now=now)
