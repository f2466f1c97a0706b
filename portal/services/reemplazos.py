"""How a revoked letter of each kind is made again: from the thing that caused it, with the data of today."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.machine import Refused
from portal.models import Alumno, Baja, Carta, Convenio, Dependencia, Proyecto, Servicio, Solicitud, Tramite
from portal.services import cartas, servicios
from portal.services.cartas import Nueva, regenera
from portal.services.uow import Uow


@regenera("presentacion")
@regenera("constancia_estudios")
def de_tramite(uow: Uow, carta: Carta, actor: Actor) -> Nueva:
    """The trámite keeps the new letter as its answer."""
    tramite = uow.session.scalar(select(Tramite).where(Tramite.carta_id == carta.id).with_for_update())
    if tramite is None:
        raise Refused("carta.no_se_regenera")

    def responder(_uow: Uow, otra: Carta) -> None:
        tramite.carta_id = otra.id

    return replace(cartas.VALORES[carta.tipo](uow, tramite, actor, {}), al_generar=responder)


@regenera("aceptacion")
def de_solicitud(uow: Uow, carta: Carta, actor: Actor) -> Nueva:
    """The same acceptance: its dates and horario do not change."""
    servicio = uow.get(Servicio, carta.servicio_id)
    if servicio.solicitud_id is None:
        raise Refused("carta.no_se_regenera")
    solicitud = uow.get(Solicitud, servicio.solicitud_id)
    data = {
        "alumno": uow.get(Alumno, servicio.alumno_id),
        "proyecto": uow.get(Proyecto, servicio.proyecto_id),
        "dependencia": uow.get(Dependencia, servicio.dependencia_id),
        "plan": servicios.plan_de(servicio),
    }
    return cartas.VALORES["aceptacion"](uow, solicitud, actor, data)


@regenera("baja")
def de_baja(uow: Uow, carta: Carta, actor: Actor) -> Nueva:
    """The authorised baja of the servicio."""
    query = select(Baja).where(Baja.servicio_id == carta.servicio_id, Baja.estado == "autorizada")
    baja = uow.session.scalars(query.order_by(Baja.id.desc())).first()
    if baja is None:
        raise Refused("carta.no_se_regenera")
    return cartas.VALORES["baja"](uow, baja, actor, {})


@regenera("convenio")
def de_convenio(uow: Uow, carta: Carta, actor: Actor) -> Nueva:
    """The convenio with the representante and the titular of today."""
    return cartas.VALORES["convenio"](uow, uow.get(Convenio, carta.convenio_id), actor, {})
