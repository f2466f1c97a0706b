"""An evaluación de desempeño: asked of the responsable directo by a personal link, filled, signed or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.domain.access import ALUMNO, FIRMANTE, SISTEMA
from portal.domain.machine import Machine, T, has_motivo


def has_answers(_evaluacion: Any, data: Mapping[str, Any]) -> str | None:
    """Every criterio has a value of the scale: an evaluación with holes is none."""
    return "evaluacion.faltan_respuestas" if data.get("faltan", ["?"]) else None


def has_declared(_evaluacion: Any, data: Mapping[str, Any]) -> str | None:
    """Whoever signs declares to be the responsable directo, and leaves the ink."""
    if not data.get("declara"):
        return "evaluacion.sin_declaracion"
    return None if data.get("imagen_documento_id") else "firma.sin_imagen"


EVALUACION = Machine(
    "evaluacion",
    "pedida",
    (
        T(
            "firmar",
            "pedida",
            "firmada",
            FIRMANTE,
            needs=(has_answers, has_declared),
        ),
        T(
            "rechazar",
            "pedida",
            "rechazada",
            FIRMANTE,
            needs=(has_motivo,),
            effects=("correo:evaluacion_rechazada",),
        ),
        T("entregar", "firmada", "entregada", SISTEMA, effects=("correo:evaluacion_firmada",)),
        T("cancelar", ("pedida", "firmada"), "cancelada", (ALUMNO, SISTEMA)),
    ),
)


def promedio(respuestas: Mapping[str, int], claves: Sequence[str]) -> float:
    """The mean of the answers, to one decimal; 0 when there is none."""
    values = [respuestas[clave] for clave in claves if clave in respuestas]
    return round(sum(values) / len(values), 1) if values else 0.0
