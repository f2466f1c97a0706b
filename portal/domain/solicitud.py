"""A solicitud: an alumno asks for a place in a proyecto; the dependencia answers [seed 002]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import ALUMNO, DEPENDENCIA, SISTEMA
from portal.domain.machine import Machine, T, has_motivo
from portal.domain.proyecto import has_seat


def has_both_papers(solicitud: Any, _data: Mapping[str, Any]) -> str | None:
    """A solicitud carries carta de presentación and constancia de estudios, uploaded or issued by the office."""
    if solicitud.presentacion_documento_id and solicitud.constancia_documento_id:
        return None
    return "solicitud.faltan_documentos"


def proyecto_is_open(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """One applies only to a published proyecto with a free place."""
    proyecto = data["proyecto"]
    if proyecto.estado != "publicado":
        return "proyecto.no_publicado"
    return has_seat(proyecto)


def is_free(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """An alumno with an open servicio cannot begin another."""
    return "alumno.con_servicio" if data.get("servicio_abierto") else None


def meets_credits(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """The plan's minimum of credits, where the escuela knows them."""
    alumno, plan = data["alumno"], data["plan"]
    if alumno.creditos_pct is None or alumno.creditos_pct >= plan.creditos_minimos_pct:
        return None
    return "alumno.sin_creditos"


def has_seat_left(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """Accepting takes a seat; there must be one."""
    return has_seat(data["proyecto"])


def has_dates(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """The dependencia says from when to when, and the horario."""
    if not (data.get("inicio") and data.get("termino") and (data.get("horario") or "").strip()):
        return "solicitud.faltan_fechas"
    if data["termino"] <= data["inicio"]:
        return "solicitud.fechas_al_reves"
    return data.get("fechas_invalidas")


SOLICITUD = Machine(
    "solicitud",
    "borrador",
    (
        T(
            "enviar",
            "borrador",
            "enviada",
            ALUMNO,
            needs=(proyecto_is_open, is_free, meets_credits, has_both_papers),
            effects=("correo:solicitud_recibida",),
        ),
        T(
            "aceptar",
            "enviada",
            "aceptada",
            DEPENDENCIA,
            needs=(has_seat_left, is_free, has_dates),
            effects=("ocupar_lugar", "abrir_servicio", "carta:aceptacion", "retirar_otras", "correo:solicitud_aceptada"),
        ),
        T(
            "rechazar",
            "enviada",
            "rechazada",
            DEPENDENCIA,
            needs=(has_motivo,),
            effects=("correo:solicitud_rechazada",),
        ),
        T("retirar", ("borrador", "enviada"), "retirada", (ALUMNO, SISTEMA)),
        T("vencer", ("borrador", "enviada"), "vencida", SISTEMA, effects=("correo:solicitud_vencida",)),
    ),
)
