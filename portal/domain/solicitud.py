"""A solicitud: an alumno asks for a place in a proyecto; the dependencia answers [seed 002]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.domain.access import ALUMNO, DEPENDENCIA, SISTEMA
from portal.domain.calendario import Calendario, en_palabras, inicio_valido, proximo_inicio
from portal.domain.machine import Machine, Refused, T, first_refusal, has_motivo
from portal.domain.plan import Plan, objecion_fechas
from portal.domain.proyecto import has_convenio, has_seat

# The two papers of a solicitud: its name in addresses -> kind of trámite and letter that the escuela issues
PAPELES: dict[str, str] = {"presentacion": "presentacion", "constancia": "constancia_estudios"}
ABIERTAS = ("borrador", "enviada")
SERVICIO_CERRADO = ("rechazado", "baja")


def papeles_que_faltan(solicitud: Any) -> list[str]:
    """Which of the two papers the solicitud still lacks."""
    return [papel for papel in PAPELES if not getattr(solicitud, f"{papel}_documento_id")]


def has_both_papers(solicitud: Any, _data: Mapping[str, Any]) -> str | None:
    """A solicitud carries carta de presentación and constancia de estudios, uploaded or issued by the office."""
    return "solicitud.faltan_documentos" if papeles_que_faltan(solicitud) else None


def way_is_open(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """An escuela may take its servicios by prerregistro only; then nobody applies."""
    return None if data.get("via_abierta", True) else "solicitud.via_cerrada"


def proyecto_is_open(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """One applies only to a published proyecto with a free place."""
    proyecto = data["proyecto"]
    if proyecto.estado != "publicado":
        return "proyecto.no_publicado"
    return has_seat(proyecto)


def is_his_carrera(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """A proyecto names the carreras that it takes."""
    return None if data["alumno"].carrera in data["proyecto"].carreras else "solicitud.otra_carrera"


def is_free(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """An alumno with an open servicio cannot begin another."""
    return "alumno.con_servicio" if data.get("servicio_abierto") else None


def may_begin(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """The same rule, said to the alumno."""
    return "solicitud.con_servicio" if data.get("servicio_abierto") else None


def meets_credits(_solicitud: Any, data: Mapping[str, Any]) -> str | None:
    """The plan's minimum of credits, where the escuela knows them and has allowed no exception."""
    alumno, plan = data["alumno"], data["plan"]
    if data.get("sin_creditos_permitido"):
        return None
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
    return "solicitud.fechas_al_reves" if data["termino"] <= data["inicio"] else None


PARA_POSTULARSE = (way_is_open, may_begin, proyecto_is_open, has_convenio, is_his_carrera, meets_credits)


def impedimento(data: Mapping[str, Any]) -> str | None:
    """Why this alumno may not apply to this proyecto now (the key of the sentence), or None.

    `data`: alumno, proyecto, plan, via_abierta, servicio_abierto, convenio_vigente, repetida.
    """
    refusal = first_refusal(PARA_POSTULARSE, None, data)
    return refusal or ("solicitud.repetida" if data.get("repetida") else None)


def objeciones_fechas(
    plan: Plan, calendario: Calendario, inicio: date, termino: date, hoy: date
) -> list[Refused]:
    """What speaks against the dates: the start is a day on which a servicio may start, not past; the length is the
    plan's. One refusal for the start and one for the length at the most."""
    found = []
    if inicio < hoy:
        found.append(Refused("solicitud.inicio_pasado", fecha=en_palabras(inicio)))
    elif not inicio_valido(inicio, calendario, plan.dias_de_inicio):
        dias = " o ".join(str(d) for d in plan.dias_de_inicio)
        proximo = en_palabras(proximo_inicio(inicio, calendario, plan.dias_de_inicio))
        found.append(Refused("solicitud.inicio_invalido", dias=dias, fecha=proximo))
    objecion = objecion_fechas(plan, inicio, termino)
    if objecion is not None:
        found.append(Refused(objecion.key, **objecion.values))
    return found


SOLICITUD = Machine(
    "solicitud",
    "borrador",
    (
        T(
            "enviar",
            "borrador",
            "enviada",
            ALUMNO,
            needs=(*PARA_POSTULARSE, has_both_papers),
            effects=("correo:solicitud_recibida",),
        ),
        T(
            "aceptar",
            "enviada",
            "aceptada",
            DEPENDENCIA,
            needs=(has_convenio, has_seat_left, is_free, meets_credits, has_dates),
            effects=(
                "ocupar_lugar",
                "abrir_servicio",
                "carta:aceptacion",
                "retirar_otras",
                "correo:solicitud_aceptada",
            ),
        ),
        T(
            "rechazar",
            "enviada",
            "rechazada",
            DEPENDENCIA,
            needs=(has_motivo,),
            effects=("correo:solicitud_rechazada",),
        ),
        T("devolver", "enviada", "borrador", SISTEMA, needs=(has_motivo,)),
        T("retirar", "borrador", "retirada", (ALUMNO, SISTEMA), effects=("retirar_tramites",)),
        T(
            "retirar",
            "enviada",
            "retirada",
            (ALUMNO, SISTEMA),
            effects=("retirar_tramites", "correo:solicitud_retirada"),
        ),
        T(
            "vencer",
            ABIERTAS,
            "vencida",
            SISTEMA,
            effects=("retirar_tramites", "correo:solicitud_vencida"),
        ),
    ),
)
