"""An alumno's place in the escuela's roll: registered by itself, invited or imported; confirmed by the office."""

import re

from portal.domain.access import EXPEDIENTES, SISTEMA
from portal.domain.machine import Machine, T, has_motivo
from portal.domain.personas import sin_acentos, sort_name

ALUMNO_MACHINE = Machine(
    "alumno",
    "invitado",
    (
        T("registrar", "invitado", "por_confirmar", SISTEMA),
        T(
            "confirmar",
            "por_confirmar",
            "activo",
            (EXPEDIENTES, SISTEMA),
            effects=("correo:alumno_confirmado",),
        ),
        T(
            "rechazar",
            "por_confirmar",
            "rechazado",
            EXPEDIENTES,
            needs=(has_motivo,),
            effects=("correo:alumno_rechazado",),
        ),
        T("activar", "invitado", "activo", SISTEMA),
        # The office accepted the expediente of a prerregistro: that mail says that the account is open.
        T("admitir", "por_confirmar", "activo", SISTEMA),
        T("reabrir", "rechazado", "por_confirmar", SISTEMA),
    ),
)


def clave_de_busqueda(nombre: str, paterno: str, materno: str, boleta: str) -> str:
    """What lists search and sort by: surnames, given names and boleta, in lower case without accents."""
    return f"{sort_name(nombre, paterno, materno)} {boleta.casefold()}"


def palabras_de_busqueda(texto: str) -> tuple[str, ...]:
    """What somebody typed in a search box as words that `clave_de_busqueda` may contain; at most six."""
    return tuple(re.findall(r"[^\W_]+", sin_acentos((texto or "").casefold()))[:6])
