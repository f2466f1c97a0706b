"""The carta de término of a servicio inside the escuela: asked by the alumno, issued by its office [seed 000]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from portal.domain.access import ALUMNO, TERMINOS, Actor, relations
from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Alumno, Carta, Dependencia, Entrega, Proyecto, Servicio
from portal.services import cartas, destinatarios, effects, escuelas, servicios, terminos
from portal.services.cartas import Firmante
from portal.services.effects import Para, aviso
from portal.services.entregas import bloquear
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import record


def es_de_la_escuela(servicio: Servicio, dependencia: Dependencia) -> bool:
    """Whether the host is the escuela itself and its plan has the carta de término made here."""
    perfil = escuelas.perfil(servicio.perfil_version)
    interno = perfil.interno(dependencia.razon_social, dependencia.rfc)
    return interno is not None and interno.propio and terminos.paso(servicios.plan_de(servicio)) is not None


def objecion(uow: Uow, servicio: Servicio, entrega: Entrega) -> Refused | None:
    """Why the office cannot issue it now, or None: another host, another step, or a condition that does not hold."""
    spec = terminos.paso(servicios.plan_de(servicio))
    dependencia = uow.get(Dependencia, servicio.dependencia_id)
    if spec is None or spec.clave != entrega.clave or not es_de_la_escuela(servicio, dependencia):
        return Refused("termino.no_es_de_la_escuela")
    if entrega.estado == "aceptada":
        return Refused("carta.ya_existe")
    return terminos.objecion(servicio, servicios.entregas_de(uow, servicio), to_local(uow.now).date())


def pedir(public_id: str, *, actor: Actor, now: datetime) -> Entrega:
    """The alumno asks the office for the letter, once everything before it is in. NotFound, Refused."""
    with unit_of_work(now) as uow:
        entrega, servicio = bloquear(uow, public_id)
        if ALUMNO not in relations(actor, entrega):
            raise NotFound("Entrega")
        servicios.abrir_siguientes(uow, servicio)  # its day may have come since the last daily sweep
        motivo = objecion(uow, servicio, entrega)
        if motivo is not None:
            raise motivo
        if entrega.pedida is not None:
            raise Refused("termino.ya_pedida")
        entrega.pedida = now
        record(uow, entrega, "pedir", actor)
        effects.run("correo:termino_pedido", uow, entrega, actor, {})
        return entrega


def firmantes(uow: Uow, servicio: Servicio) -> tuple[Firmante, Firmante]:
    """The jefe inmediato of the proyecto, and the office's titular in the place of the gerente: printed lines."""
    proyecto = uow.get(Proyecto, servicio.proyecto_id) if servicio.proyecto_id else None
    comunes = cartas.comunes(servicio.perfil_version, "finalizacion", to_local(uow.now).date())
    titular = (str(comunes["responsable_nombre"]), str(comunes["responsable_cargo"]), "")
    jefe = (proyecto.jefe_nombre, proyecto.jefe_cargo, "") if proyecto is not None else titular
    return Firmante("jefe_inmediato", *jefe), Firmante("gerente", *titular)


def emitir(public_id: str, *, actor: Actor, now: datetime) -> Carta:
    """Issue the letter that an alumno asked for; the public id is the entrega's.

    Raises NotFound, Forbidden, Refused("termino.sin_pedir"), Refused("carta.ya_existe"), Refused("carta.faltan_datos").
    """
    with unit_of_work(now) as uow:
        entrega, servicio = bloquear(uow, public_id)
        if TERMINOS not in relations(actor, servicio):
            raise Forbidden("accion.sin_permiso")
        motivo = objecion(uow, servicio, entrega)
        if motivo is not None:
            raise motivo
        if entrega.pedida is None:
            raise Refused("termino.sin_pedir")
        if terminos.viva(uow, servicio.id) is not None:
            raise Refused("carta.ya_existe")
        nueva = terminos.valores_termino(uow, servicio, actor, {"firmantes": firmantes(uow, servicio)})
        return cartas.generar(uow, "termino", nueva, actor)


@aviso("termino_pedido")
def avisar_pedido(uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """Whoever of the office issues it."""
    alumno = uow.get(Alumno, entrega.alumno_id)
    ruta = f"/{destinatarios.slug(uow)}/coordinador/terminos"
    for persona in destinatarios.de_oficina(uow, TERMINOS):
        contexto = {"nombre": persona.nombre, "alumno": alumno.nombre_completo, "boleta": alumno.boleta}
        yield Para(persona.correo, ruta, persona.id, contexto)
