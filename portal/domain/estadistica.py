"""What an escuela counts: movements of its bitácora, steps with a wait and a decision, and percentiles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

SIN_DATO = "sin"
"""In an address: those of whom it is not known."""
NO_SE_SABE = "Sin dato"
"""What a page and a PDF say of it."""
NEGATIVAS = ("rechazar", "negar", "observar")
DESHACER = "deshacer"
"""The line that takes a decision back: the decision before it counts for nothing."""


def en_cifra(n: int | None) -> str:
    """A figure as people read it: "1,234"; NO_SE_SABE for none."""
    return NO_SE_SABE if n is None else f"{n:,}"


def semestre(n: int | None) -> str:
    """The semestre that an alumno is in: "7.º"; NO_SE_SABE for none."""
    return f"{n}.º" if n else NO_SE_SABE


@dataclass(frozen=True)
class Movimiento:
    """Lines of the bitácora that are counted together; without `roles` whoever did it."""

    clave: str
    texto: str
    noun: str
    acciones: tuple[str, ...]
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paso(Movimiento):
    """Decisions on what waited: from its arrival to the decision there is a time. `cosa` is what is rejected."""

    cosa: str = ""


ESCUELA, DEPENDENCIA = ("coordinador",), ("dependencia",)

MOVIMIENTOS: tuple[Movimiento, ...] = (
    Movimiento("solicitud_enviada", "Solicitudes enviadas", "solicitud", ("enviar",)),
    Movimiento("solicitud_aceptada", "Solicitudes aceptadas", "solicitud", ("aceptar",)),
    Movimiento("solicitud_rechazada", "Solicitudes rechazadas", "solicitud", ("rechazar",)),
    Movimiento("prerregistro_recibido", "Prerregistros recibidos", "servicio", ("prerregistrar", "reenviar")),
    Movimiento("prerregistro_aceptado", "Prerregistros aceptados", "servicio", ("activar",), ESCUELA),
    Movimiento("prerregistro_rechazado", "Prerregistros rechazados", "servicio", ("rechazar",)),
    Movimiento("alumno_confirmado", "Alumnos confirmados", "alumno", ("confirmar",)),
    Movimiento("alumno_rechazado", "Registros de alumno rechazados", "alumno", ("rechazar",)),
    Movimiento("tramite_pedido", "Trámites pedidos", "tramite", ("pedir",)),
    Movimiento("tramite_atendido", "Trámites atendidos", "tramite", ("atender",)),
    Movimiento("tramite_negado", "Trámites negados", "tramite", ("negar",)),
    Movimiento("entrega_enviada", "Entregas recibidas", "entrega", ("enviar",)),
    Movimiento(
        "entrega_validada", "Entregas validadas por la dependencia", "entrega", ("aceptar",), DEPENDENCIA
    ),
    Movimiento("entrega_aceptada", "Entregas aceptadas por la escuela", "entrega", ("aceptar",), ESCUELA),
    Movimiento("entrega_rechazada", "Entregas rechazadas", "entrega", ("rechazar",)),
    Movimiento("servicio_terminado", "Planes completos", "servicio", ("terminar",)),
    Movimiento("servicio_devuelto", "Servicios devueltos a su plan", "servicio", ("devolver",)),
    Movimiento("servicio_en_lista", "Incluidos en lista de emisión", "servicio", ("emitir",)),
    Movimiento("servicio_liberado", "Servicios liberados", "servicio", ("finalizar", "liberar")),
    Movimiento("baja_pedida", "Bajas pedidas", "baja", ("pedir",)),
    Movimiento("baja_negada", "Bajas negadas", "baja", ("negar",)),
    Movimiento("servicio_baja", "Servicios dados de baja", "servicio", ("dar_baja",)),
    Movimiento("convenio_recibido", "Convenios recibidos o corregidos", "convenio", ("enviar", "corregir")),
    Movimiento("convenio_autorizado", "Convenios autorizados", "convenio", ("autorizar",)),
    Movimiento("convenio_observado", "Convenios con observaciones", "convenio", ("observar",)),
    Movimiento("convenio_rechazado", "Convenios rechazados", "convenio", ("rechazar",)),
    Movimiento("proyecto_recibido", "Proyectos recibidos", "proyecto", ("enviar",)),
    Movimiento("proyecto_publicado", "Proyectos publicados", "proyecto", ("publicar",)),
    Movimiento("proyecto_rechazado", "Proyectos rechazados", "proyecto", ("rechazar",)),
    Movimiento("carta_emitida", "Cartas emitidas", "carta", ("emitir",)),
    Movimiento("carta_revocada", "Cartas revocadas", "carta", ("revocar",)),
)

PASOS: tuple[Paso, ...] = (
    Paso("solicitud", "Solicitud: del envío a la respuesta de la dependencia", "solicitud",
         ("aceptar", "rechazar"), (), "Solicitud"),
    Paso("prerregistro", "Prerregistro: del envío a la decisión", "servicio",
         ("activar", "rechazar"), ESCUELA, "Prerregistro"),
    Paso("alumno", "Registro de alumno: hasta la confirmación", "alumno", ("confirmar", "rechazar"), ESCUELA,
         "Registro de alumno"),
    Paso("tramite", "Trámite: hasta la carta o la negativa", "tramite", ("atender", "negar"), (), "Trámite"),
    Paso("entrega_dependencia", "Entrega: revisión de la dependencia", "entrega",
         ("aceptar", "rechazar"), DEPENDENCIA, "Entrega"),
    Paso("entrega_escuela", "Entrega: revisión de la escuela", "entrega",
         ("aceptar", "rechazar"), ESCUELA, "Entrega"),
    Paso("finalizacion", "Término: hasta la carta de finalización", "servicio", ("finalizar",)),
    Paso("lista", "Término: hasta la lista de emisión", "servicio", ("emitir",)),
    Paso("constancia", "Lista de emisión: hasta la constancia", "servicio", ("liberar",)),
    Paso("baja", "Baja: de la petición a la decisión", "baja", ("autorizar", "negar"), (), "Baja"),
    Paso("convenio", "Convenio: del envío a la decisión", "convenio",
         ("autorizar", "observar", "rechazar"), (), "Convenio"),
    Paso("proyecto", "Proyecto: del envío a la decisión", "proyecto", ("publicar", "rechazar"), (), "Proyecto"),
)  # fmt: skip


def rechazos() -> tuple[Movimiento, ...]:
    """Every decision that sends something back or away, whoever took it: what has a reason."""
    return tuple(
        Movimiento(p.clave, p.cosa, p.noun, negativas, p.roles)
        for p in PASOS
        if (negativas := tuple(a for a in p.acciones if a in NEGATIVAS))
    )


def buscar(clave: str) -> tuple[Movimiento, ...]:
    """The movements that a key of an address means: a movement, a step, "rechazos" …; () for none."""
    if clave == "rechazos":
        return rechazos()
    if clave == "de_la_oficina":
        return tuple(replace(p, roles=ESCUELA) for p in PASOS if p.roles != DEPENDENCIA)
    if clave == "entrega_revisada":
        return tuple(p for p in PASOS if p.noun == "entrega")
    return tuple(m for m in (*MOVIMIENTOS, *PASOS) if m.clave == clave)


def percentil(pesos: Iterable[tuple[int, int]], p: int) -> int | None:
    """The value that `p` per cent of all do not exceed (nearest rank), of (value, how many) pairs; None of none."""
    ordenados = sorted(pesos)
    total = sum(n for _, n in ordenados)
    rango = -(-total * p // 100)
    for valor, n in ordenados:
        rango -= n
        if rango <= 0 and n:
            return valor
    return None
