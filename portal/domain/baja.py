"""A baja: the dependencia asks with a justification, the escuela decides [seed 002]."""

from portal.domain.access import DEPENDENCIA, EXPEDIENTES
from portal.domain.machine import Machine, T, has_motivo

BAJA = Machine(
    "baja",
    "pedida",
    (
        T(
            "autorizar",
            "pedida",
            "autorizada",
            EXPEDIENTES,
            effects=("dar_baja_servicio", "carta:baja", "correo:baja_autorizada"),
        ),
        T("negar", "pedida", "negada", EXPEDIENTES, needs=(has_motivo,), effects=("correo:baja_negada",)),
        T("retirar", "pedida", "retirada", DEPENDENCIA),
    ),
)
