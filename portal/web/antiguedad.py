"""How long ago something was, in working days of the escuela in scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import g

from portal.domain.calendario import Calendario, to_local
from portal.services import escuelas
from portal.web.contexto import now
from portal.web.labels import fecha_hora


@dataclass(frozen=True)
class Edad:
    """ "hace 3 días hábiles" or "el 3 de agosto", the same as ISO text and as a full date for hover and print."""

    texto: str
    iso: str
    completa: str

    @property
    def desde(self) -> str:
        """How long something lasts until now: "desde hoy", "hace 3 días hábiles", "desde el 3 de agosto"."""
        return f"desde {self.texto}" if self.texto and not self.texto.startswith("hace") else self.texto


def edad(instante: datetime | None) -> Edad:
    """The age of an instant now, or its date where it is old; empty texts for none.

    Where no escuela is open only statutory holidays count.
    """
    if instante is None:
        return Edad("", "", "")
    escuela = g.get("escuela")
    calendario = escuelas.calendario(escuela.perfil_version) if escuela is not None else Calendario()
    texto = calendario.hace(to_local(instante).date(), to_local(now()).date())
    return Edad(texto, instante.isoformat(), fecha_hora(instante))


def dias_habiles(dias: int | None) -> str:
    """ "unos 3 días hábiles", for how long a review usually takes."""
    if dias is None:
        return ""
    return {0: "menos de un día hábil", 1: "alrededor de un día hábil"}.get(dias, f"unos {dias} días hábiles")
