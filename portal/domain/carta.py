"""A carta: generated with its folio, signed in order, issued once, never changed; a correction revokes and replaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    "relacion": ("escuela", TERMINOS),
}
NOMBRES: dict[str, str] = {
    "presentacion": "Presentación",
    "constancia_estudios": "Constancia de estudios",
    "convenio": "Convenio",
    "aceptacion": "Aceptación",
    "baja": "Baja",
    "termino": "Término",
    "finalizacion": "Finalización",
    "relacion": "Relación",
}
PAPELES: dict[str, str] = {
    "jefe_inmediato": "Jefe inmediato",
    "gerente": "Gerente y aval de aceptación",
    "representante": "Representante de la dependencia",
    "responsable": "Titular de la oficina",
}
PAPELES_DE_DEPENDENCIA = ("jefe_inmediato", "gerente", "representante")
# Who besides the office may read an issued one of theirs.
LEE_ALUMNO = ("presentacion", "constancia_estudios", "aceptacion", "baja", "termino", "finalizacion")
LEE_DEPENDENCIA = ("convenio", "aceptacion", "baja", "termino")
# What the dependencia itself may throw away and generate again before it is issued.
DESCARTABLES = ("termino",)
OFICINA = (EXPEDIENTES, CONVENIOS, TERMINOS)  # permissions that answer for letters
# How a signature was made, and how its signer was known.
TRAZO, IMAGEN, EFIRMA, PAPEL = "trazo", "imagen", "efirma", "papel"
CODIGO, SESION = "codigo", "sesion"
EN_FIRMA = ("generada", "firmada")
VIVAS = ("generada", "firmada", "detenida", "emitida")


def de_dependencia(tipo: str) -> bool:
    """Whether a letter of that kind is a dependencia's word, and not the escuela's."""
    return TIPOS[tipo][0] == "dependencia"


def corrige_dependencia(tipo: str) -> bool:
    """Whether it is the dependencia that generates it again when somebody refuses to sign, and not the office."""
    return tipo in DESCARTABLES


def in_circuit(firmas: Iterable[Any]) -> list[Any]:
    """The places of a circuit in their order: those who get a link; a printed line is not one."""
    return sorted((f for f in firmas if f.correo), key=lambda f: f.orden)


def in_turn(firmas: Iterable[Any]) -> list[Any]:
    """Who may sign now: those of the first group that is not complete, side by side; nobody when one refused.

    A scan that waits for the office holds the next group up, and its signer has nothing to do.
    """
    circuito = in_circuit(firmas)
    if any(f.estado in ("rechazada", "anulada") for f in circuito):
        return []
    abiertas = [f for f in circuito if f.estado != "firmada"]
    grupo = min((f.grupo for f in abiertas), default=0)
    return [f for f in abiertas if f.grupo == grupo and f.estado == "pendiente"]


def next_to_sign(firmas: Iterable[Any]) -> Any | None:
    """The first of those whose turn it is; None when it is nobody's."""
    return next(iter(in_turn(firmas)), None)


def missing(firmas: Iterable[Any]) -> int:
    """Signatures that a letter still lacks before it may be issued."""
    return sum(1 for f in in_circuit(firmas) if f.estado != "firmada")


def every_signature_is_there(_carta: Any, data: Mapping[str, Any]) -> str | None:
    """A letter is issued when its circuit is complete."""
    return "carta.faltan_firmas" if data.get("firmas_pendientes") else None


def is_answered_for(carta: Any, data: Mapping[str, Any]) -> str | None:
    """Who revokes a letter holds the permission that answers for its kind."""
    if "permisos" not in data or TIPOS[carta.tipo][1] in data["permisos"]:
        return None
    return "carta.otro_permiso"


def may_be_discarded(carta: Any, _data: Mapping[str, Any]) -> str | None:
    """A dependencia throws away only what it generated and nobody relies on yet."""
    return None if corrige_dependencia(carta.tipo) else "carta.no_se_descarta"


CARTA = Machine(
    "carta",
    "generada",
    (
        T("firmar", EN_FIRMA, "firmada", SISTEMA),
        T(
            "emitir",
            EN_FIRMA,
            "emitida",
            SISTEMA,
            needs=(every_signature_is_there,),
            effects=("al_emitir",),
        ),
        T("detener", EN_FIRMA, "detenida", SISTEMA, effects=("anular_firmas", "correo:firma_rechazada")),
        T(
            "revocar",
            VIVAS,
            "revocada",
            (EXPEDIENTES, CONVENIOS, TERMINOS, SISTEMA),
            guards=(is_answered_for,),
            needs=(has_motivo,),
            effects=("anular_firmas", "al_revocar", "correo:carta_revocada"),
        ),
        T(
            "descartar",
            (*EN_FIRMA, "detenida"),
            "revocada",
            DEPENDENCIA,
            guards=(may_be_discarded,),
            needs=(has_motivo,),
            effects=("anular_firmas",),
        ),
    ),
)


def is_in_turn(_firma: Any, data: Mapping[str, Any]) -> str | None:
    """Signers sign in their order, and only while the letter waits for signatures."""
    if data.get("carta_cerrada"):
        return "firma.carta_cerrada"
    return "firma.no_es_su_turno" if data.get("antes_pendientes") else None


def has_name_and_cargo(_firma: Any, data: Mapping[str, Any]) -> str | None:
    """A signature carries full name and cargo [seed 000, annex two, 10]."""
    return None if data.get("nombre") and data.get("cargo") else "firma.sin_nombre"


def declares_authority(_firma: Any, data: Mapping[str, Any]) -> str | None:
    """Whoever signs for a dependencia declares the authority to do so."""
    return None if data.get("declara") else "firma.sin_declaracion"


def is_identified(_firma: Any, data: Mapping[str, Any]) -> str | None:
    """Who signs showed to be the one: a code sent to their address, or an account with it, where the escuela asks."""
    return "firma.sin_codigo" if data.get("pide_codigo") and not data.get("identidad") else None


def has_mark(_firma: Any, data: Mapping[str, Any]) -> str | None:
    """A signature is drawn on the screen, uploaded as an image, or made with an e.firma."""
    return None if data.get("imagen_documento_id") or data.get("electronica") else "firma.sin_imagen"


def has_scan(_firma: Any, data: Mapping[str, Any]) -> str | None:
    """A letter signed by hand comes back as a scan."""
    return None if data.get("escaneo_documento_id") else "firma.sin_escaneo"


def is_answered_by_office(_firma: Any, data: Mapping[str, Any]) -> str | None:
    """Who holds a scan against the letter has the permission that answers for its kind."""
    if "permisos" not in data or data.get("permiso") in data["permisos"]:
        return None
    return "carta.otro_permiso"


FIRMA = Machine(
    "firma",
    "pendiente",
    (
        T(
            "firmar",
            "pendiente",
            "firmada",
            FIRMANTE,
            needs=(is_in_turn, is_identified, has_name_and_cargo, declares_authority, has_mark),
            effects=("avanzar_circuito",),
        ),
        T(
            "entregar",
            "pendiente",
            "por_confirmar",
            FIRMANTE,
            needs=(is_in_turn, is_identified, has_name_and_cargo, declares_authority, has_scan),
            effects=("correo:firma_por_confirmar",),
        ),
        T(
            "subir",
            "pendiente",
            "por_confirmar",
            OFICINA,
            guards=(is_answered_by_office,),
            needs=(is_in_turn, has_name_and_cargo, has_scan),
        ),
        T(
            "confirmar",
            "por_confirmar",
            "firmada",
            OFICINA,
            guards=(is_answered_by_office,),
            effects=("avanzar_circuito",),
        ),
        T(
            "regresar",
            "por_confirmar",
            "pendiente",
            OFICINA,
            guards=(is_answered_by_office,),
            needs=(has_motivo,),
            effects=("pedir_de_nuevo",),
        ),
        T(
            "rechazar",
            "pendiente",
            "rechazada",
            FIRMANTE,
            needs=(is_in_turn, is_identified, has_motivo),
            effects=("detener_carta",),
        ),
        T("anular", ("pendiente", "por_confirmar"), "anulada", SISTEMA),
        T("devolver", ("firmada", "por_confirmar"), "pendiente", SISTEMA, needs=(has_motivo,)),
    ),
)
