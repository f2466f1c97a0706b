"""An aviso: what an escuela's office announces, to whom, from when to when; an edit is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.domain.access import ADMINISTRACION, CONVENIOS, EXPEDIENTES, SISTEMA
from portal.domain.machine import Machine, T

ESCRIBEN = (ADMINISTRACION, CONVENIOS, EXPEDIENTES)
PARA: dict[str, str] = {
    "todos": "Alumnos y dependencias",
    "alumnos": "Alumnos",
    "dependencias": "Dependencias",
}
ARCHIVOS_MAX = 5


def has_words(aviso: Any, _data: Mapping[str, Any]) -> str | None:
    """An aviso has a title and a text."""
    return None if aviso.titulo.strip() and aviso.texto.strip() else "aviso.sin_texto"


def has_days(aviso: Any, data: Mapping[str, Any]) -> str | None:
    """Its days are in order, and the last one is not over."""
    return objecion_dias(aviso.desde, aviso.hasta, data["hoy"])


def objecion_dias(desde: date, hasta: date | None, hoy: date) -> str | None:
    """Why an aviso cannot be shown from one day to the other (both included), or None."""
    if hasta is None:
        return None
    if hasta < desde:
        return "aviso.dias_al_reves"
    return "aviso.ya_paso" if hasta < hoy else None


AVISO = Machine(
    "aviso",
    "borrador",
    (
        T(
            "publicar",
            "borrador",
            "publicado",
            ESCRIBEN,
            needs=(has_words, has_days),
            effects=("reemplazar_aviso",),
        ),
        T("descartar", "borrador", "descartado", ESCRIBEN),
        T("retirar", "publicado", "retirado", ESCRIBEN),
        T("reemplazar", "publicado", "reemplazado", SISTEMA),
        T("archivar", "publicado", "archivado", SISTEMA),
    ),
)
