"""Taking a decision back within the minutes of the profile, while nobody has acted on it and its mail waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.domain.plan import blocked_by
from portal.models import Carta, Entrega, EntregaHistoria, LoteServicio, Servicio
from portal.services import correos, escuelas, servicios
from portal.services.effects import effect
from portal.services.entregas import bloquear, recontar
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act

DECISIONES = ("aceptar", "rechazar")
DESHECHA = "deshecha"
SE_ENVIO = ("en_revision", "aceptada", "rechazada")


def deshacer(public_id: str, *, actor: Actor, now: datetime) -> Entrega:
    """Put an entrega back in the turn where it was decided, as old as it was: its mails are never sent, its hours and
    what it had opened are taken back.

    Raises Refused (too late, somebody acted on it, the mail is out), Forbidden, NotFound.
    """
    with unit_of_work(now) as uow:
        entrega, servicio = bloquear(uow, public_id)
        decision = _ultima(uow, entrega)
        if decision is None or decision.accion not in DECISIONES:
            raise Refused("entrega.nada_que_deshacer")
        espera = correos.retenidos(uow, decision.id)
        hechos = _hechos(uow, entrega, servicio, decision, actor)
        if any(not correos.en_espera(trabajo) for _, trabajo in espera):
            hechos["movida"] = "entrega.deshacer_correo"
        act(uow, entrega, "deshacer", actor, hechos)
        for correo, trabajo in espera:
            correos.cancelar(uow, correo, trabajo)
        _regresar(uow, entrega, servicio, decision, actor)
        return entrega


def _ultima(uow: Uow, entrega: Entrega) -> EntregaHistoria | None:
    """The last thing that happened to an entrega and still stands."""
    query = select(EntregaHistoria).where(
        EntregaHistoria.entrega_id == entrega.id, EntregaHistoria.accion != DESHECHA
    )
    return uow.session.scalars(query.order_by(EntregaHistoria.id.desc()).limit(1)).first()


def _hechos(
    uow: Uow, entrega: Entrega, servicio: Servicio, decision: EntregaHistoria, actor: Actor
) -> dict[str, Any]:
    """What the guards of "deshacer" must know."""
    hasta = decision.creado + timedelta(minutes=escuelas.perfil().revision.minutos_deshacer)
    return {
        "rol": actor.rol,
        "decidio_rol": decision.rol,
        "accion": decision.accion,
        "segundos": (hasta - uow.now).total_seconds(),
        "movida": _movida(uow, entrega, servicio, decision),
    }


def _movida(uow: Uow, entrega: Entrega, servicio: Servicio, decision: EntregaHistoria) -> str | None:
    """Why a decision stands for good: the key of the sentence that says who acted on it, or None."""
    if entrega.siss is not None:
        return "entrega.deshacer_siss"
    termino_aqui = servicio.estado == "terminado" and servicio.estado_desde == decision.creado
    if entrega.estado != "aceptada":
        return _movida_sin_aceptar(uow, entrega, servicio)
    if servicio.estado != "activo" and not termino_aqui:
        return "entrega.deshacer_servicio"
    carta = select(Carta.id).where(
        Carta.servicio_id == servicio.id, Carta.creado >= decision.creado, Carta.estado != "revocada"
    )
    if uow.session.scalar(carta.limit(1)) is not None:
        return "entrega.deshacer_carta"
    lote = select(LoteServicio.id).where(
        LoteServicio.servicio_id == servicio.id, LoteServicio.creado >= decision.creado
    )
    if uow.session.scalar(lote.limit(1)) is not None:
        return "entrega.deshacer_lote"
    apoyadas = _sin_sustento(uow, entrega, servicio)
    return "entrega.deshacer_siguiente" if any(e.estado in SE_ENVIO for e in apoyadas) else None


def _movida_sin_aceptar(uow: Uow, entrega: Entrega, servicio: Servicio) -> str | None:
    """A rejection or a validation stands on nothing, but the days of a rejected report may be in another by now."""
    if servicio.estado != "activo":
        return "entrega.deshacer_servicio"
    desde, hasta = entrega.periodo_desde, entrega.periodo_hasta
    if not entrega.pide_horas or desde is None or hasta is None:
        return None
    same_days = select(Entrega.id).where(
        Entrega.servicio_id == servicio.id,
        Entrega.id != entrega.id,
        Entrega.estado.in_(("en_revision", "aceptada")),
        Entrega.periodo_desde <= hasta,
        Entrega.periodo_hasta >= desde,
    )
    return "entrega.deshacer_siguiente" if uow.session.scalar(same_days.limit(1)) is not None else None


def _sin_sustento(uow: Uow, entrega: Entrega, servicio: Servicio) -> list[Entrega]:
    """The other steps whose conditions would not hold if this one were in review again."""
    plan = servicios.plan_de(servicio)
    rows = servicios.entregas_de(uow, servicio)
    ahora = servicios.situacion(servicio, rows, to_local(uow.now).date())
    estaba = entrega.estado == "aceptada"
    sin_ella = replace(
        ahora,
        estados={**ahora.estados, entrega.clave: "en_revision"},
        horas_aceptadas=ahora.horas_aceptadas - (entrega.horas if estaba else 0),
        activo=True,
    )
    return [e for e in rows if e.id != entrega.id and blocked_by(plan, plan.entrega(e.clave), sin_ella)]


@effect("retomar_turno")
def retomar_turno(_uow: Uow, entrega: Entrega, _actor: Actor, data: Mapping[str, Any]) -> None:
    """The reviewer who had it has it again: an acceptance that passed it on had gone one turn further."""
    if data["accion"] == "aceptar" and entrega.revisor_en_turno is not None:
        entrega.turno -= 1
    entrega.revisor_en_turno = entrega.revisan[entrega.turno]


def _regresar(
    uow: Uow, entrega: Entrega, servicio: Servicio, decision: EntregaHistoria, actor: Actor
) -> None:
    """Everything else that the decision had brought about, as it was before it."""
    antes = decision.cifras["antes"]
    entrega.estado_desde = datetime.fromisoformat(antes["desde"])
    entrega.decidio = antes["decidio"]
    if servicio.estado == "terminado":
        act(uow, servicio, "retomar", SISTEMA_ACTOR)
    recontar(uow, servicio)
    _cerrar(uow, _sin_sustento(uow, entrega, servicio))
    decision.cifras = {**decision.cifras, "era": decision.accion, "deshizo": actor.nombre}
    decision.accion = DESHECHA


def _cerrar(uow: Uow, entregas: Iterable[Entrega]) -> None:
    """Steps that nobody has touched yet close again; a file that was kept as a draft stays for when they open."""
    for entrega in entregas:
        if entrega.estado == "habilitada":
            act(uow, entrega, "bloquear", SISTEMA_ACTOR)
