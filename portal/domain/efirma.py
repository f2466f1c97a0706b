"""What an e.firma must say of its holder. Standard library only."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from portal.domain.personas import sin_acentos


class Ficha(NamedTuple):
    """What a certificate says: whose it is (name, RFCs), who issued it, its number, and from when to when."""

    titular: str
    rfcs: tuple[str, ...]
    emisor: str
    serie: str
    desde: datetime
    hasta: datetime


def objecion(ficha: Ficha, *, nombre: str, rfc: str, now: datetime) -> str | None:
    """Why somebody who says to have that name and RFC may not sign with it now: the key of a sentence, or None."""
    if now < ficha.desde:
        return "efirma.no_empieza"
    if now >= ficha.hasta:
        return "efirma.vencida"
    if rfc.strip().upper() not in ficha.rfcs:
        return "efirma.otro_rfc"
    titular = palabras(ficha.titular)
    return None if titular and titular <= palabras(nombre) else "efirma.otro_nombre"


def rfcs(identificador: str) -> tuple[str, ...]:
    """The RFCs of the certificate's text identifier: "PEGJ850101AB1", or "EMP010101AB1 / PEGJ850101AB1"."""
    return tuple(re.findall(r"\b[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}\b", identificador.upper()))


def palabras(nombre: str) -> frozenset[str]:
    """The words of a name as they are compared: without accents, case or treatment's dots."""
    return frozenset(re.findall(r"\w+", sin_acentos(nombre.casefold())))
