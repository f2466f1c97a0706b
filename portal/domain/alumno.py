"""An alumno's place in the escuela's roll: registered by itself, invited or imported; confirmed by the office."""

from portal.domain.access import EXPEDIENTES, SISTEMA
from portal.domain.machine import Machine, T, has_motivo

ALUMNO_MACHINE = Machine(
    "alumno",
    "invitado",
    (
        T("registrar", "invitado", "por_confirmar", SISTEMA),
        T("confirmar", "por_confirmar", "activo", EXPEDIENTES, effects=("correo:alumno_confirmado",)),
        T(
            "rechazar",
            "por_confirmar",
            "rechazado",
            EXPEDIENTES,
            needs=(has_motivo,),
            effects=("correo:alumno_rechazado",),
        ),
        T("activar", "invitado", "activo", SISTEMA),
        T("reabrir", "rechazado", "por_confirmar", SISTEMA),
    ),
)
