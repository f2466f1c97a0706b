"""A servicio: one alumno's expediente from its first day to the liberación."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import EXPEDIENTES, SISTEMA, TERMINOS
from portal.domain.machine import Machine, T, has_motivo


def is_complete(_servicio: Any, data: Mapping[str, Any]) -> str | None:
    """The finalización is issued when every step that the plan requires is accepted [seed 002]."""
    return "servicio.expediente_incompleto" if data.get("faltantes", ["?"]) else None


SERVICIO = Machine(
    "servicio",
    "prerregistrado",
    (
        T("activar", "prerregistrado", "activo", (EXPEDIENTES, SISTEMA)),
        T(
            "rechazar",
            "prerregistrado",
            "rechazado",
            EXPEDIENTES,
            needs=(has_motivo,),
            effects=("correo:servicio_rechazado",),
        ),
        T("terminar", "activo", "terminado", SISTEMA, effects=("correo:servicio_por_finalizar",)),
        T(
            "finalizar",
            "terminado",
            "liberado",
            TERMINOS,
            needs=(is_complete,),
            effects=("carta:finalizacion",),
        ),
        # The carta de finalización was revoked without another in its place.
        T("retroceder", "liberado", "terminado", SISTEMA),
        T(
            "devolver",
            "terminado",
            "activo",
            TERMINOS,
            needs=(has_motivo,),
            effects=("correo:servicio_devuelto",),
        ),
        T("dar_baja", ("activo", "terminado"), "baja", SISTEMA, effects=("liberar_lugar",)),
    ),
)

ABIERTOS = ("prerregistrado", "activo", "terminado", "en_emision")
