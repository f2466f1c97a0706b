"""A trámite: an alumno asks the office for a carta de presentación or a constancia de estudios [seed 002]."""

from portal.domain.access import ALUMNO, EXPEDIENTES, SISTEMA
from portal.domain.machine import Machine, T, has_motivo

TIPOS = ("presentacion", "constancia_estudios")

TRAMITE = Machine(
    "tramite",
    "pedido",
    (
        T(
            "atender",
            "pedido",
            "atendido",
            EXPEDIENTES,
            effects=("emitir_tramite", "correo:tramite_atendido"),
        ),
        T("negar", "pedido", "negado", EXPEDIENTES, needs=(has_motivo,), effects=("correo:tramite_negado",)),
        T("retirar", "pedido", "retirado", (ALUMNO, SISTEMA)),
    ),
)
