"""A proyecto: the posting of a dependencia in which alumnos serve [seed 002]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import CONVENIOS, DEPENDENCIA, SISTEMA
from portal.domain.machine import Machine, T, has_motivo


def has_convenio(_proyecto: Any, data: Mapping[str, Any]) -> str | None:
    """Only a dependencia with a vigente convenio may send or show a proyecto."""
    return None if data.get("convenio_vigente") else "proyecto.sin_convenio"


def has_seat(proyecto: Any, _data: Mapping[str, Any] | None = None) -> str | None:
    """A proyecto never takes more alumnos than its cupo."""
    return "proyecto.sin_cupo" if proyecto.ocupados >= proyecto.cupo else None


def is_complete(proyecto: Any, _data: Mapping[str, Any]) -> str | None:
    """What an alumno must know stands in the proyecto before it is sent."""
    required = (proyecto.titulo, proyecto.proposito, proyecto.actividades, proyecto.carreras, proyecto.cupo,
                proyecto.horario, proyecto.jefe_nombre, proyecto.gerente_nombre)  # fmt: skip
    return None if all(required) else "proyecto.incompleto"


PROYECTO = Machine(
    "proyecto",
    "borrador",
    (
        T(
            "enviar",
            ("borrador", "rechazado"),
            "enviado",
            DEPENDENCIA,
            needs=(has_convenio, is_complete),
            effects=("correo:proyecto_por_revisar",),
        ),
        T(
            "publicar",
            "enviado",
            "publicado",
            CONVENIOS,
            needs=(has_convenio,),
            effects=("correo:proyecto_publicado",),
        ),
        T(
            "rechazar",
            "enviado",
            "rechazado",
            CONVENIOS,
            needs=(has_motivo,),
            effects=("correo:proyecto_rechazado",),
        ),
        T("pausar", "publicado", "pausado", (DEPENDENCIA, CONVENIOS)),
        T("reanudar", "pausado", "publicado", (DEPENDENCIA, CONVENIOS), needs=(has_convenio,)),
        T("retomar", "enviado", "borrador", DEPENDENCIA),
        T(
            "cerrar",
            ("publicado", "pausado"),
            "cerrado",
            (DEPENDENCIA, CONVENIOS, SISTEMA),
            effects=("vencer_solicitudes",),
        ),
    ),
)
