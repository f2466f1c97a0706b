"""Alumnos as the office keeps them: added to the roll, invited by e-mail, confirmed many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.domain.access import EXPEDIENTES, Actor
from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused
from portal.models import Alumno
from portal.services import enlaces, registro
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import record


@dataclass(frozen=True)
class Varios:
    """What came of an action on many: how many were done, and the sentence of each that was not."""

    hechos: int
    frases: tuple[str, ...]


def agregar(uow: Uow, datos: Mapping[str, Any], *, origen: str, actor: Actor) -> Alumno:
    """Add an alumno to the roll (`invitado`) and ask for the invitation; `datos` are columns of Alumno."""
    values = {k: v for k, v in datos.items() if v is not None}
    alumno = uow.add(Alumno(**values, origen=origen))
    record(uow, alumno, "invitar", actor)
    pedir_invitacion(uow, alumno)
    return alumno


def invitar(datos: Mapping[str, Any], *, actor: Actor, now: datetime) -> Alumno:
    """Add one alumno by hand. Refused("alumno.…_en_padron") when its boleta or e-mail is taken."""
    with unit_of_work(now) as uow:
        for campo in ("boleta", "correo"):
            taken = select(Alumno.id).where(getattr(Alumno, campo) == datos[campo])
            if uow.session.scalar(taken) is not None:
                raise Refused(f"alumno.{campo}_en_padron")
        return agregar(uow, datos, origen="invitacion", actor=actor)


def reinvitar(public_id: str, *, actor: Actor, now: datetime) -> Alumno:
    """Send the invitation again, with a new link; the old ones end. Refused once the alumno has an account."""
    if EXPEDIENTES not in actor.permisos:
        raise Forbidden("accion.sin_permiso")
    with unit_of_work(now) as uow:
        alumno = uow.lock(Alumno, public_id)
        if alumno.estado != "invitado" or alumno.usuario_id is not None:
            raise Refused("alumno.ya_tiene_cuenta")
        record(uow, alumno, "invitar", actor)
        pedir_invitacion(uow, alumno)
        return alumno


def pedir_invitacion(uow: Uow, alumno: Alumno) -> None:
    """Leave the invitation to the outbox: a roll of thousands is written in seconds and mailed afterwards.

    Links to this alumno that are on their way, to whatever address, end at once.
    """
    enlaces.anular(uow, "invitacion", objeto_id=alumno.id)
    uow.later("invitacion", alumno.id, f"invitacion:{alumno.id}:{uow.now:%Y%m%d%H%M%S}")


def enviar_invitacion(alumno_id: int, *, now: datetime) -> None:
    """Write the mail with the one-time link to choose a password. Nothing to do for somebody who has an account."""
    with unit_of_work(now) as uow:
        alumno = uow.lock_id(Alumno, alumno_id)
        if alumno.estado == "invitado" and alumno.usuario_id is None:
            registro.invitar(uow, alumno)


def confirmar_varios(public_ids: Iterable[str], *, actor: Actor, now: datetime) -> Varios:
    """Confirm each registration by the same rules as one alone; one that is refused stops none of the others."""
    hechos, frases = 0, []
    for public_id in public_ids:
        try:
            registro.confirmar(public_id, actor, now)
            hechos += 1
        except Refused as refused:
            frases.append(frase(refused.key, **refused.values))
        except NotFound:
            continue
    return Varios(hechos, tuple(frases))
