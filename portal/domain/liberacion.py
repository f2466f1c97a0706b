"""The expediente de liberación: the parts that it is merged of, and the lists in which liberaciones are published.

[seed 000]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.domain.access import EXPEDIENTES
from portal.domain.machine import Machine, T, has_motivo

SUBE = "sube"
MAXIMO = 2000
"""Most boletas of one published list."""


@dataclass(frozen=True)
class Alternativa:
    """One of the papers of which a part may be: the constancia de créditos, or the carta de pasante."""

    clave: str
    nombre: str
    ayuda: str = ""


@dataclass(frozen=True)
class Parte:
    """One part of a merged expediente, in its order.

    `origen`: "sube" (the alumno uploads it), "carta:TIPO" (the letter of that kind issued here) or "entrega:CLAVE"
    (the file of an earlier step); what the portal does not have is uploaded.
    """

    clave: str
    nombre: str
    origen: str = SUBE
    ayuda: str = ""
    alternativas: tuple[Alternativa, ...] = ()

    @property
    def de(self) -> tuple[str, str]:
        """Where the portal looks for it: ("carta", "termino"), ("entrega", "carta_termino") or ("sube", "")."""
        donde, _, cual = self.origen.partition(":")
        return donde, cual

    def llamada(self, alternativa: str) -> str:
        """Its name, or that of the alternative which was chosen."""
        return next((a.nombre for a in self.alternativas if a.clave == alternativa), self.nombre)

    def acepta(self, alternativa: str) -> bool:
        """Whether that is one of its alternatives; a part without any has none to choose."""
        return alternativa in {a.clave for a in self.alternativas} if self.alternativas else not alternativa


def partes_de(data: Sequence[Mapping[str, Any]]) -> tuple[Parte, ...]:
    """The parts of a step from plain data (a profile's)."""
    return tuple(
        Parte(
            clave=item["clave"],
            nombre=item["nombre"],
            origen=item.get("origen") or SUBE,
            ayuda=item.get("ayuda") or "",
            alternativas=tuple(
                Alternativa(a["clave"], a["nombre"], a.get("ayuda") or "")
                for a in item.get("alternativas") or ()
            ),
        )
        for item in data
    )


def has_lines(_lista: Any, data: Mapping[str, Any]) -> str | None:
    """A list without a boleta tells nobody anything."""
    return None if data.get("renglones") else "liberacion.vacia"


LISTA_LIBERACION = Machine(
    "lista_liberacion",
    "borrador",
    (
        T("publicar", "borrador", "publicada", EXPEDIENTES, needs=(has_lines,)),
        T("descartar", "borrador", "descartada", EXPEDIENTES),
        T("retirar", "publicada", "retirada", EXPEDIENTES, needs=(has_motivo,)),
    ),
)
