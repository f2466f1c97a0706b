"""The convenio between a dependencia and an escuela, and the verdict on each of its documents [seed 002]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.access import CONVENIOS, DEPENDENCIA, SISTEMA
from portal.domain.machine import Machine, T, has_motivo


def has_every_document(_convenio: Any, data: Mapping[str, Any]) -> str | None:
    """A request is sent whole: every document that the escuela asks for has been uploaded."""
    return "convenio.faltan_documentos" if data.get("faltan") else None


def has_every_verdict(_convenio: Any, data: Mapping[str, Any]) -> str | None:
    """Only a dossier whose every document is accepted can be authorised."""
    return "convenio.documentos_sin_aceptar" if data.get("sin_aceptar", True) else None


def has_something_to_correct(convenio: Any, data: Mapping[str, Any]) -> str | None:
    """Observations go back only with something to correct: a rejected document, or a note about the data."""
    if data.get("rechazados") or has_motivo(convenio, data) is None:
        return None
    return "convenio.nada_que_observar"


def has_answered(_convenio: Any, data: Mapping[str, Any]) -> str | None:
    """A correction is sent when every rejected document has a new version."""
    return "convenio.faltan_correcciones" if data.get("rechazados") else None


def has_every_datum(_convenio: Any, data: Mapping[str, Any]) -> str | None:
    """A request is sent with every datum that the convenio will print."""
    return "convenio.faltan_datos" if data.get("sin_datos") else None


def has_a_term(_convenio: Any, data: Mapping[str, Any]) -> str | None:
    """A convenio has a term (two dates) that ends after it begins, and not in the past."""
    desde, hasta, hoy = (data.get(k) for k in ("desde", "hasta", "hoy"))
    if desde is None or hasta is None:
        return "convenio.sin_vigencia"
    if hasta <= desde:
        return "convenio.vigencia_al_reves"
    return "convenio.vigencia_pasada" if hoy is not None and hasta <= hoy else None


def is_in_review(_documento: Any, data: Mapping[str, Any]) -> str | None:
    """Documents are judged while the office has the request, and not before or after."""
    return None if data.get("convenio_estado") == "enviado" else "convenio.no_en_revision"


def takes_documents(_documento: Any, data: Mapping[str, Any]) -> str | None:
    """A version is replaced while the dependencia has the request: before sending it, or to correct it."""
    return None if data.get("convenio_estado") in RECIBE_DOCUMENTOS else "convenio.no_recibe_documentos"


def rfc_is_free(_convenio: Any, data: Mapping[str, Any]) -> str | None:
    """One RFC is one dependencia: another verified one with the same RFC keeps it."""
    return "convenio.rfc_ocupado" if data.get("rfc_ocupado") else None


# The states in which the dependencia has the request, and those in which it takes the place of another request.
RECIBE_DOCUMENTOS = ("borrador", "observado")
ABIERTOS = ("borrador", "enviado", "observado", "autorizado")

CONVENIO = Machine(
    "convenio",
    "borrador",
    (
        T(
            "enviar",
            "borrador",
            "enviado",
            DEPENDENCIA,
            needs=(has_every_datum, has_every_document),
            effects=("correo:convenio_recibido", "correo:convenio_por_revisar"),
        ),
        T(
            "observar",
            "enviado",
            "observado",
            CONVENIOS,
            needs=(has_something_to_correct,),
            effects=("correo:convenio_observado",),
        ),
        T(
            "corregir",
            "observado",
            "enviado",
            DEPENDENCIA,
            needs=(has_every_document, has_answered),
            effects=("correo:convenio_corregido",),
        ),
        T(
            "autorizar",
            "enviado",
            "autorizado",
            CONVENIOS,
            needs=(has_every_verdict, rfc_is_free, has_a_term),
            effects=(
                "verificar_dependencia",
                "carta:convenio",
                "poner_vigente",
                "correo:convenio_autorizado",
            ),
        ),
        T("iniciar", "autorizado", "vigente", SISTEMA),
        T("vencer", "vigente", "vencido", SISTEMA, effects=("correo:convenio_vencido",)),
        T(
            "rechazar",
            ("enviado", "observado"),
            "rechazado",
            CONVENIOS,
            needs=(has_motivo,),
            effects=("correo:convenio_rechazado",),
        ),
        T("cancelar", ("borrador", "enviado", "observado"), "cancelado", DEPENDENCIA),
        T(
            "terminar",
            ("autorizado", "vigente"),
            "cancelado",
            CONVENIOS,
            needs=(has_motivo,),
            effects=("correo:convenio_terminado",),
        ),
    ),
)

VEREDICTO = Machine(
    "convenio_documento",
    "pendiente",
    (
        T("aceptar", ("pendiente", "rechazado"), "aceptado", CONVENIOS, guards=(is_in_review,)),
        T(
            "rechazar",
            ("pendiente", "aceptado"),
            "rechazado",
            CONVENIOS,
            guards=(is_in_review,),
            needs=(has_motivo,),
        ),
        T("devolver", ("pendiente", "aceptado"), "rechazado", SISTEMA, needs=(has_motivo,)),
        T("deshacer", ("aceptado", "rechazado"), "pendiente", CONVENIOS, guards=(is_in_review,)),
        T("reemplazar", ("pendiente", "rechazado"), "reemplazado", DEPENDENCIA, guards=(takes_documents,)),
    ),
)
