"""Who may: an actor's relations to a thing. Transitions name relations, never roles alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ALUMNO = "alumno"
DEPENDENCIA = "dependencia"
SISTEMA = "sistema"
FIRMANTE = "firmante"
REVISOR = "revisor"
CONVENIOS = "convenios"
EXPEDIENTES = "expedientes"
REPORTES = "reportes"
TERMINOS = "terminos"
ADMINISTRACION = "administracion"

PERMISOS = (CONVENIOS, EXPEDIENTES, REPORTES, TERMINOS, ADMINISTRACION)


@dataclass(frozen=True)
class Actor:
    """Who acts, in which role. A plain value: it survives a change of scope.

    rol: "alumno", "dependencia", "coordinador", "firmante", "sistema" or "publico". `escuela_id` is set for alumno and
    coordinador; `dependencia_ids` for dependencia; `firma_id` for the holder of a signing link.
    """

    rol: str
    nombre: str
    usuario_id: int | None = None
    escuela_id: int | None = None
    alumno_id: int | None = None
    dependencia_ids: frozenset[int] = frozenset()
    permisos: frozenset[str] = frozenset()
    firma_id: int | None = None
    cargo: str = ""
    ip: str = field(default="", compare=False)


SISTEMA_ACTOR = Actor(rol=SISTEMA, nombre="Sistema")


def relations(actor: Actor, thing: Any) -> frozenset[str]:
    """How the actor stands to the thing: own (alumno, dependencia, firmante), office permissions, reviewer in turn.

    An actor of one escuela has no relation at all to a thing of another.
    """
    if actor.rol == SISTEMA:
        return frozenset({SISTEMA})
    found: set[str] = set()
    if actor.rol == "alumno" and actor.alumno_id is not None:
        if actor.escuela_id == thing.escuela_id and actor.alumno_id == _owner(thing, "alumno"):
            found.add(ALUMNO)
    elif actor.rol == "dependencia":
        if _owner(thing, "dependencia") in actor.dependencia_ids:
            found.add(DEPENDENCIA)
    elif actor.rol == "coordinador":
        if actor.escuela_id == thing.escuela_id:
            found |= actor.permisos
    elif (
        actor.rol == FIRMANTE and actor.firma_id is not None and actor.firma_id == getattr(thing, "id", None)
    ):
        found.add(FIRMANTE)
    turno = getattr(thing, "revisor_en_turno", None)
    if (turno == "dependencia" and DEPENDENCIA in found) or (turno == "coordinador" and REPORTES in found):
        found.add(REVISOR)
    return frozenset(found)


def _owner(thing: Any, noun: str) -> int | None:
    if getattr(thing, "__tablename__", None) == noun:
        return thing.id  # type: ignore[no-any-return]
    return getattr(thing, f"{noun}_id", None)
