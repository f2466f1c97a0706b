"""A proyecto: the posting of a dependencia in which alumnos serve [seed 002]."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.access import CONVENIOS, DEPENDENCIA, SISTEMA
from portal.domain.machine import Machine, T, has_motivo
from portal.domain.personas import sin_acentos

MODALIDADES = ("presencial", "distancia", "mixta")
# What an alumno, the letters and the signing circuit need; the words name it on the check page.
REQUERIDOS: tuple[tuple[str, str], ...] = (
    ("titulo", "el título"),
    ("proposito", "el propósito"),
    ("actividades", "las actividades"),
    ("carreras", "las carreras"),
    ("cupo", "el cupo"),
    ("horario", "el horario"),
    ("lugar", "el lugar"),
    ("responsable_nombre", "el nombre del responsable directo"),
    ("responsable_correo", "el correo del responsable directo"),
    ("jefe_nombre", "el nombre del jefe inmediato"),
    ("jefe_cargo", "el cargo del jefe inmediato"),
    ("jefe_correo", "el correo del jefe inmediato"),
    ("gerente_nombre", "el nombre del gerente"),
    ("gerente_cargo", "el cargo del gerente"),
    ("gerente_correo", "el correo del gerente"),
)


def faltantes(proyecto: Any) -> list[str]:
    """What a proyecto still lacks before it can be sent, in words. The place is not asked of one at a distance."""
    remoto = proyecto.modalidad == "distancia"
    return [
        words
        for field, words in REQUERIDOS
        if not getattr(proyecto, field)
        and not (field == "lugar" and remoto)
        and not (field == "actividades" and proyecto.actividades_documento_id)
    ]


def fold(text: str) -> str:
    """A text as it is searched: lower case, no accents, words only."""
    return " ".join(re.findall(r"\w+", sin_acentos(text.casefold())))


def terminos(text: str) -> list[str]:
    """The words that a search must all find, at most six; an empty search asks for nothing."""
    return fold(text).split()[:6]


def busqueda(*parts: str | Iterable[str]) -> str:
    """The folded text in which a proyecto is found: title, dependencia, purpose, activities, place."""
    words = (part if isinstance(part, str) else " ".join(part) for part in parts)
    return fold(" ".join(words))


def has_convenio(_proyecto: Any, data: Mapping[str, Any]) -> str | None:
    """Only a dependencia with a vigente convenio may send or show a proyecto."""
    return None if data.get("convenio_vigente") else "proyecto.sin_convenio"


def has_seat(proyecto: Any, _data: Mapping[str, Any] | None = None) -> str | None:
    """A proyecto never takes more alumnos than its cupo."""
    return "proyecto.sin_cupo" if proyecto.ocupados >= proyecto.cupo else None


def is_complete(proyecto: Any, _data: Mapping[str, Any]) -> str | None:
    """What an alumno must know, and who signs, stands in the proyecto before it is sent."""
    return "proyecto.incompleto" if faltantes(proyecto) else None


def nobody_serves(proyecto: Any, _data: Mapping[str, Any]) -> str | None:
    """What prestadores were accepted for is not rewritten under them."""
    return "proyecto.con_prestadores" if proyecto.ocupados else None


def nobody_waits(_proyecto: Any, data: Mapping[str, Any]) -> str | None:
    """What alumnos applied for is not rewritten under them: answer their solicitudes first."""
    return "proyecto.con_solicitudes" if data.get("solicitudes_enviadas") else None


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
        T("devolver", "enviado", "borrador", SISTEMA, needs=(has_motivo,)),
        T(
            "retomar",
            ("publicado", "pausado"),
            "borrador",
            DEPENDENCIA,
            guards=(nobody_serves,),
            needs=(nobody_waits,),
        ),
        T("descartar", ("borrador", "rechazado"), "cerrado", DEPENDENCIA, effects=("vencer_solicitudes",)),
        T(
            "cerrar",
            ("publicado", "pausado"),
            "cerrado",
            (DEPENDENCIA, CONVENIOS, SISTEMA),
            effects=("vencer_solicitudes",),
        ),
    ),
)
