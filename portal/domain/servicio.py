"""A servicio: one alumno's expediente from its first day to the liberación."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import ALUMNO, EXPEDIENTES, SISTEMA, TERMINOS
from portal.domain.machine import Machine, T, has_motivo


def is_complete(_servicio: Any, data: Mapping[str, Any]) -> str | None:
    """The finalización is issued when every step that the plan requires is accepted [seed 002]."""
    return "servicio.expediente_incompleto" if data.get("faltantes", ["?"]) else None


def ends_with_carta(servicio: Any, _data: Mapping[str, Any]) -> str | None:
    """The plan ends with the escuela's own carta de finalización [seed 002]."""
    return "servicio.cierra_con_lista" if servicio.emision else None


def ends_with_lista(servicio: Any, _data: Mapping[str, Any]) -> str | None:
    """The plan ends with a lista de emisión and the constancia that another authority issues [seed 001]."""
    return None if servicio.emision else "servicio.cierra_con_carta"


def unsigned(_servicio: Any, data: Mapping[str, Any]) -> str | None:
    """Nobody signs the carta de finalización but the escuela's seal: issuing it is one step."""
    return "servicio.en_firma" if data.get("circuito") else None


def in_circuit(_servicio: Any, data: Mapping[str, Any]) -> str | None:
    """The escuela asks for signatures on its carta de finalización: until the last one nobody is liberado."""
    return None if data.get("circuito") else "servicio.sin_firmas"


def has_constancia(_servicio: Any, data: Mapping[str, Any]) -> str | None:
    """A servicio in a lista is liberado by its constancia and by nothing else [seed 001 §3]."""
    return None if data.get("constancia") else "constancia.sin_archivo"


def ends_with_publicacion(servicio: Any, data: Mapping[str, Any]) -> str | None:
    """The plan asks for the liberación and no constancia comes back: a published list ends it [seed 000]."""
    return None if servicio.emision and data.get("publica") else "servicio.cierra_con_constancia"


def may_begin(_servicio: Any, data: Mapping[str, Any]) -> str | None:
    """A prerregistro is sent by who has no other servicio open, where the escuela takes prerregistros."""
    if not data.get("via_abierta", True):
        return "prerregistro.cerrado"
    return "prerregistro.con_servicio" if data.get("servicio_abierto") else None


SERVICIO = Machine(
    "servicio",
    "prerregistrado",
    (
        # Two ways in: the acceptance of a solicitud opens it by itself; a prerregistro is accepted by the office.
        T("activar", "prerregistrado", "activo", SISTEMA),
        T(
            "activar",
            "prerregistrado",
            "activo",
            EXPEDIENTES,
            effects=("abrir_plan", "correo:prerregistro_aceptado"),
        ),
        T(
            "rechazar",
            "prerregistrado",
            "rechazado",
            EXPEDIENTES,
            needs=(has_motivo,),
            effects=("correo:servicio_rechazado",),
        ),
        T("reenviar", "rechazado", "prerregistrado", ALUMNO, needs=(may_begin,)),
        T(
            "terminar",
            "activo",
            "terminado",
            SISTEMA,
            guards=(ends_with_carta,),
            effects=("correo:servicio_por_finalizar",),
        ),
        T(
            "terminar",
            "activo",
            "terminado",
            SISTEMA,
            guards=(ends_with_lista,),
            effects=("correo:servicio_por_emitir",),
        ),
        T(
            "finalizar",
            "terminado",
            "liberado",
            TERMINOS,
            guards=(ends_with_carta, unsigned),
            needs=(is_complete,),
            effects=("carta:finalizacion",),
        ),
        T(
            "finalizar",
            "terminado",
            "en_emision",
            TERMINOS,
            guards=(ends_with_carta, in_circuit),
            needs=(is_complete,),
            effects=("carta:finalizacion",),
        ),
        T("liberar", "en_emision", "liberado", SISTEMA, guards=(ends_with_carta,)),
        T(
            "emitir",
            "terminado",
            "en_emision",
            TERMINOS,
            guards=(ends_with_lista,),
            needs=(is_complete,),
            effects=("cumplir_lista", "correo:lista_emitida"),
        ),
        T(
            "liberar",
            "en_emision",
            "liberado",
            TERMINOS,
            guards=(ends_with_lista,),
            needs=(has_constancia,),
            effects=("cumplir_constancia", "correo:constancia_lista"),
        ),
        T(
            "sacar",
            "en_emision",
            "terminado",
            TERMINOS,
            guards=(ends_with_lista,),
            needs=(has_motivo,),
            effects=("descumplir_lista", "correo:lista_fuera"),
        ),
        T(
            "publicar",
            "en_emision",
            "liberado",
            SISTEMA,
            guards=(ends_with_publicacion,),
        ),
        # The list that ended it was withdrawn.
        T("retroceder", "liberado", "en_emision", SISTEMA, guards=(ends_with_publicacion,)),
        # The carta de finalización was revoked without another in its place.
        T("retroceder", ("liberado", "en_emision"), "terminado", SISTEMA, guards=(ends_with_carta,)),
        T(
            "devolver",
            "terminado",
            "activo",
            TERMINOS,
            needs=(has_motivo,),
            effects=("correo:servicio_devuelto",),
        ),
        # The acceptance that had ended it was undone within its minutes.
        T("retomar", "terminado", "activo", SISTEMA),
        T("dar_baja", ("activo", "terminado"), "baja", SISTEMA, effects=("liberar_lugar",)),
    ),
)

ABIERTOS = ("prerregistrado", "activo", "terminado", "en_emision")
