"""A carta: generated with its folio, signed in order, issued once, never changed; a correction revokes and replaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import CONVENIOS, DEPENDENCIA, EXPEDIENTES, FIRMANTE, SISTEMA, TERMINOS
from portal.domain.machine import Machine, T, has_motivo

# kind -> (who issues it, permission of the office that answers for it)
TIPOS: dict[str, tuple[str, str]] = {
    "presentacion": ("escuela", EXPEDIENTES),
    "constancia_estudios": ("escuela", EXPEDIENTES),
    "convenio": ("escuela", CONVENIOS),
    "aceptacion": ("dependencia", EXPEDIENTES),
    "baja": ("escuela", EXPEDIENTES),
    "termino": ("dependencia", TERMINOS),
    "finalizacion": ("escuela", TERMINOS),
}


def every_signature_is_there(_carta: Any, data: Mapping[str, Any]) -> str | None:
    """A letter is issued when its circuit is complete."""
    return "carta.faltan_firmas" if data.get("firmas_pendientes") else None


CARTA = Machine(
    "carta",
    "generada",
    (
        T("firmar", ("generada", "firmada"), "firmada", SISTEMA),
        T(
            "emitir",
            ("generada", "firmada"),
            "emitida",
            SISTEMA,
            needs=(every_signature_is_there,),
            effects=("al_emitir",),
        ),
        T(
            "detener",
            ("generada", "firmada"),
            "detenida",
            SISTEMA,
            effects=("correo:firma_rechazada",),
        ),
        T(
            "revocar",
            ("generada", "firmada", "detenida", "emitida"),
            "revocada",
            (EXPEDIENTES, CONVENIOS, TERMINOS, SISTEMA),
            needs=(has_motivo,),
            effects=("correo:carta_revocada",),
        ),
        T("descartar", ("generada", "firmada", "detenida"), "revocada", DEPENDENCIA, needs=(has_motivo,)),
    ),
)


def is_in_turn(firma: Any, data: Mapping[str, Any]) -> str | None:
    """Signers sign in their order."""
    return "firma.no_es_su_turno" if data.get("antes_pendientes") else None


def declares_authority(_firma: Any, data: Mapping[str, Any]) -> str | None:
    """Whoever signs for a dependencia declares the authority to do so."""
    return None if data.get("declara") else "firma.sin_declaracion"


def has_image(_firma: Any, data: Mapping[str, Any]) -> str | None:
    """A signature is drawn on the screen or uploaded as an image."""
    return None if data.get("imagen_documento_id") else "firma.sin_imagen"


FIRMA = Machine(
    "firma",
    "pendiente",
    (
        T(
            "firmar",
            "pendiente",
            "firmada",
            FIRMANTE,
            needs=(is_in_turn, declares_authority, has_image),
            effects=("avanzar_circuito",),
        ),
        T(
            "rechazar",
            "pendiente",
            "rechazada",
            FIRMANTE,
            needs=(is_in_turn, has_motivo),
            effects=("detener_carta",),
        ),
        T("anular", "pendiente", "anulada", SISTEMA),
    ),
)
