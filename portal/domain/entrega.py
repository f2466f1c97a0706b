"""An entrega: one step of the plan, uploaded, reviewed in turns, accepted or sent back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import ALUMNO, DEPENDENCIA, REPORTES, REVISOR, SISTEMA
from portal.domain.machine import Machine, T, has_motivo

EN_PALABRAS: dict[str, str] = {
    "bloqueada": "cerrada",
    "habilitada": "por entregar",
    "en_revision": "en revisión",
    "aceptada": "aceptada",
    "rechazada": "rechazada",
}


def has_document(_entrega: Any, data: Mapping[str, Any]) -> str | None:
    """An entrega is sent with its file."""
    return None if data.get("documento_id") else "entrega.sin_archivo"


def has_hours(entrega: Any, data: Mapping[str, Any]) -> str | None:
    """A report says its period and the hours of it; they are a snapshot taken when it is sent."""
    if not entrega.pide_horas:
        return None
    if not data.get("horas") or not data.get("periodo_desde") or not data.get("periodo_hasta"):
        return "entrega.faltan_horas"
    if data["periodo_hasta"] < data["periodo_desde"]:
        return "entrega.periodo_al_reves"
    return data.get("horas_invalidas")


def is_not_the_last_turn(entrega: Any, _data: Mapping[str, Any]) -> str | None:
    """More reviewers come after this one."""
    return None if entrega.turno + 1 < len(entrega.revisan) else "entrega.ultimo_turno"


def is_the_last_turn(entrega: Any, _data: Mapping[str, Any]) -> str | None:
    """The last reviewer's word accepts the entrega."""
    return None if entrega.turno + 1 >= len(entrega.revisan) else "entrega.falta_otro_revisor"


def is_not_own(_entrega: Any, data: Mapping[str, Any]) -> str | None:
    """Nobody validates their own hours, whatever other role the same person has."""
    return "entrega.propia" if data.get("propia") else None


def was_decided_here(_entrega: Any, data: Mapping[str, Any]) -> str | None:
    """Only the last word may be taken back, and only by the side that said it."""
    mine = data.get("decidio_rol") and data["decidio_rol"] == data.get("rol")
    return None if mine else "entrega.nada_que_deshacer"


def is_in_time(_entrega: Any, data: Mapping[str, Any]) -> str | None:
    """A decision may be undone for the minutes that the profile says."""
    return None if data.get("segundos", 0) > 0 else "entrega.deshacer_tarde"


def is_untouched(_entrega: Any, data: Mapping[str, Any]) -> str | None:
    """Nobody has acted on the decision, and its mail still waits."""
    return data.get("movida")


ENTREGA = Machine(
    "entrega",
    "bloqueada",
    (
        T("habilitar", "bloqueada", "habilitada", SISTEMA),
        T("bloquear", ("habilitada", "en_revision", "rechazada"), "bloqueada", SISTEMA),
        T(
            "enviar",
            ("habilitada", "rechazada"),
            "en_revision",
            (ALUMNO, SISTEMA),
            needs=(has_document, has_hours),
            effects=("cerrar_evaluacion", "repartir", "correo:entrega_por_revisar"),
        ),
        T(
            "aceptar",
            "en_revision",
            "en_revision",
            REVISOR,
            guards=(is_not_the_last_turn,),
            needs=(is_not_own,),
            effects=("pasar_turno", "repartir", "correo:entrega_validada", "correo:entrega_por_revisar"),
        ),
        T(
            "aceptar",
            "en_revision",
            "aceptada",
            REVISOR,
            guards=(is_the_last_turn,),
            needs=(is_not_own,),
            effects=("sumar_horas", "abrir_siguientes", "correo:entrega_aceptada"),
        ),
        T(
            "rechazar",
            "en_revision",
            "rechazada",
            REVISOR,
            needs=(is_not_own, has_motivo),
            effects=("correo:entrega_rechazada",),
        ),
        T("devolver", "en_revision", "rechazada", SISTEMA, needs=(has_motivo,)),
        T(
            "cumplir",
            ("bloqueada", "habilitada"),
            "aceptada",
            (SISTEMA, REPORTES),
            effects=("abrir_siguientes",),
        ),
        T(
            "deshacer",
            ("aceptada", "rechazada", "en_revision"),
            "en_revision",
            (REPORTES, DEPENDENCIA),
            guards=(was_decided_here, is_in_time, is_untouched),
            effects=("retomar_turno",),
        ),
        T("reabrir", "aceptada", "habilitada", SISTEMA, effects=("restar_horas", "quitar_siss")),
    ),
)
