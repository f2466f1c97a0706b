"""The end: the office verifies the expediente and issues the carta de finalización, or sends it back [seed 002]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.domain.plan import faltantes_para_finalizar
from portal.models import Carta, Dependencia, Proyecto, Servicio, db
from portal.services import cartas, effects, escuelas, excepciones, servicios, terminos
from portal.services.cartas import Nueva
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act


def faltantes(uow: Uow, servicio: Servicio, now: datetime) -> tuple[str, ...]:
    """What the expediente lacks for the carta de finalización, in sentences; empty when it may be issued."""
    entregas = servicios.entregas_de(uow, servicio)
    ahora = servicios.situacion(servicio, entregas, to_local(now).date())
    found = faltantes_para_finalizar(servicios.plan_de(servicio), ahora)
    return tuple(str(razon) for razon in excepciones.sin_lo_permitido({servicio.id: found})[servicio.id])


def revisar(servicio: Servicio, now: datetime) -> tuple[str, ...]:
    """The same for a page: reads only."""
    return faltantes(Uow(db.session(), now), servicio, now)


@cartas.valores("finalizacion")
def valores_finalizacion(uow: Uow, servicio: Servicio, _actor: Actor, _data: Mapping[str, Any]) -> Nueva:
    """What the escuela certifies: who served where, from when to when, and the accepted hours."""
    dependencia = uow.get(Dependencia, servicio.dependencia_id)
    proyecto = uow.get(Proyecto, servicio.proyecto_id) if servicio.proyecto_id else None
    datos = terminos.datos_del_servicio(uow, servicio, dependencia, proyecto)
    return Nueva(datos, alumno_id=servicio.alumno_id, servicio_id=servicio.id)


@cartas.regenera("finalizacion")
def regenerar(uow: Uow, carta: Carta, actor: Actor) -> Nueva:
    """The data of today."""
    return valores_finalizacion(uow, uow.lock_id(Servicio, carta.servicio_id), actor, {})


def vista_previa(public_id: str, *, actor: Actor, now: datetime) -> bytes:
    """The PDF that the servicio would get, before anything is decided. NotFound, Refused."""
    servicio = db.session.scalar(select(Servicio).where(Servicio.public_id == public_id))
    if servicio is None:
        raise NotFound("Servicio")
    nueva = valores_finalizacion(Uow(db.session(), now), servicio, actor, {})
    faltan = cartas.faltantes("finalizacion", nueva, to_local(now).date())
    if faltan:
        raise Refused("carta.faltan_datos", faltan="; ".join(faltan))
    return cartas.vista_previa("finalizacion", nueva, now=now)


def finalizar(public_id: str, *, actor: Actor, now: datetime) -> Servicio:
    """Issue the carta de finalización: the servicio is liberado, or, where the escuela asks for signatures on it,
    in emission until the last one. Refused("finalizacion.faltan") says what lacks."""
    with unit_of_work(now) as uow:
        servicio = uow.lock(Servicio, public_id)
        finalizar_en(uow, servicio, actor)
        return servicio


def finalizar_en(uow: Uow, servicio: Servicio, actor: Actor) -> Carta:
    """The same inside a larger unit, on a locked servicio; answers the letter."""
    faltan = faltantes(uow, servicio, uow.now) if servicio.estado == "terminado" else ()
    if faltan:
        raise Refused("finalizacion.faltan", faltan=" ".join(faltan))
    circuito = escuelas.perfil(escuelas.actual().perfil_version).cartas["finalizacion"].circuito
    act(uow, servicio, "finalizar", actor, {"faltantes": faltan, "circuito": circuito})
    query = select(Carta).where(Carta.servicio_id == servicio.id, Carta.tipo == "finalizacion")
    return uow.session.scalars(query.order_by(Carta.id.desc()).limit(1)).one()


def devolver(public_id: str, clave: str, motivo: str, *, actor: Actor, now: datetime) -> Servicio:
    """Send an expediente back with a reason and open one step again; a carta de término issued here is revoked.

    Raises NotFound (no such step), Refused("motivo.corto"), Stale.
    """
    with unit_of_work(now) as uow:
        servicio = uow.lock(Servicio, public_id)
        entrega = next((e for e in servicios.entregas_de(uow, servicio) if e.clave == clave), None)
        if entrega is None:
            raise NotFound("Entrega")
        carta = terminos.viva(uow, servicio.id) if entrega.tipo == "carta_termino" else None
        if carta is not None and carta.estado == "emitida":
            # Revoking it returns the servicio and opens the step.
            act(uow, carta, "revocar", actor, {"motivo": motivo, "permisos": actor.permisos})
            return servicio
        act(uow, servicio, "devolver", actor, {"motivo": motivo})
        servicios.reabrir(uow, servicio, clave, motivo, actor)
        return servicio


@cartas.al_emitir("finalizacion")
def al_emitir(uow: Uow, carta: Carta) -> None:
    """The alumno hears of it when the letter is there to be downloaded; one that waited for signatures ends now."""
    servicio = uow.lock_id(Servicio, carta.servicio_id)
    if servicio.estado == "en_emision":
        act(uow, servicio, "liberar", SISTEMA_ACTOR, {})
    effects.run("correo:servicio_finalizado", uow, servicio, SISTEMA_ACTOR, {})


@cartas.al_revocar("finalizacion")
def al_revocar(uow: Uow, carta: Carta, _actor: Actor, data: Mapping[str, Any]) -> None:
    """Without another in its place the servicio waits for its finalización again."""
    servicio = uow.lock_id(Servicio, carta.servicio_id)
    if data.get("reemplazo") is None and servicio.estado in ("liberado", "en_emision"):
        act(uow, servicio, "retroceder", SISTEMA_ACTOR, {"motivo": data["motivo"]})
