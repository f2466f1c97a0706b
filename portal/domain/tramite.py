"""A trámite: an alumno asks the office for a carta de presentación or a constancia de estudios [seed 002]."""

from portal.domain.access import ALUMNO, EXPEDIENTES, SISTEMA
from portal.domain.machine import Machine, T, has_motivo

NOMBRES = {"presentacion": "Carta de presentación", "constancia_estudios": "Constancia de estudios"}
TIPOS = tuple(NOMBRES)

# The mail "tramite_atendido" goes when the letter is issued (services.tramites.al_emitir): its link finds the file.
TRAMITE = Machine(
    "tramite",
    "pedido",
    (
        T("atender", "pedido", "atendido", EXPEDIENTES, effects=("emitir_tramite",)),
        T("negar", "pedido", "negado", EXPEDIENTES, needs=(has_motivo,), effects=("correo:tramite_negado",)),
        T("retirar", "pedido", "retirado", (ALUMNO, SISTEMA)),
    ),
)
