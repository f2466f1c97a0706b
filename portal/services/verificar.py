"""Whether a PDF is a letter of this portal, unchanged, and who sealed it: by its hash, by its seal, by its code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from portal.domain.identificadores import normalise_codigo
from portal.letters.examen import Examen, examinar
from portal.models import Carta, Escuela, Huella, db
from portal.services import sellos
from tenants.scope import escuela_scope

MAX_BYTES = 20 * 1024 * 1024  # of a file that somebody wants examined; a letter of two pages is 80 kB
# What is told of a file: is it the one that was issued, sealed here but another, changed after, somebody else's, or
# without any seal.
IDENTICA, SELLADA, ALTERADA, AJENA, SIN_SELLO = "identica", "sellada", "alterada", "ajena", "sin_sello"
INTACTAS = (IDENTICA, SELLADA)


@dataclass(frozen=True)
class Verificada:
    """What a file is: one of the words above, the code of its letter ("" if none), the escuela, what its seal says.

    `revocada`: since when the letter of that code is no longer valid, whatever its file says; None when it is.
    """

    que: str
    codigo: str
    escuela: str
    examen: Examen
    revocada: datetime | None = None


def verificar(archivo: Path) -> Verificada:
    """Examine a PDF that somebody has. It is read in a process of its own; nothing of it is kept."""
    with archivo.open("rb") as abierto:
        sha256 = hashlib.file_digest(abierto, "sha256").hexdigest()
    examen = examinar(archivo)
    huella = db.session.scalar(select(Huella).where(Huella.sha256 == sha256))
    if huella is not None:
        return Verificada(IDENTICA, huella.codigo, _nombre(huella.escuela_id), examen, _revocada(huella))
    codigo = normalise_codigo(examen.claves.rpartition(",")[2].strip())
    huella = db.session.scalar(select(Huella).where(Huella.codigo == codigo)) if codigo else None
    conocida = huella.escuela_id if huella else None
    sello = sellos.de_quien(examen.huella)
    que = _que(examen, sello, conocida)
    revocada = _revocada(huella) if huella else None
    return Verificada(que, huella.codigo if huella else "", _nombre(sello or conocida), examen, revocada)


def _revocada(huella: Huella) -> datetime | None:
    with escuela_scope(huella.escuela_id):
        query = select(Carta.estado_desde).where(Carta.codigo == huella.codigo, Carta.estado == "revocada")
        return db.session.scalar(query)


def _que(examen: Examen, sello: int | None, conocida: int | None) -> str:
    """What a file is that was not issued as it is; `sello` and `conocida`: whose its seal is, and whose its code."""
    if not examen.firmado:
        return SIN_SELLO
    if not examen.integro and (sello is not None or conocida is not None):
        return ALTERADA
    return AJENA if sello is None else SELLADA


def _nombre(escuela_id: int | None) -> str:
    escuela = db.session.get(Escuela, escuela_id) if escuela_id is not None else None
    return escuela.nombre if escuela else ""
