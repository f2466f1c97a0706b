"""A baja: the dependencia asks with a justification, the escuela decides; accepted hours always stay [seed 002]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.domain.access import DEPENDENCIA, EXPEDIENTES, Actor, relations
from portal.domain.calendario import en_palabras, to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Alumno, Baja, Dependencia, Proyecto, Servicio
from portal.services import cartas, destinatarios, documentos, servicios, valores
from portal.services.documentos import Guardado
from portal.services.effects import Para, aviso
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act, record

DIAS_DE_ANTICIPACION = 60


def pedir(
    servicio_id: str,
    *,
    justificacion: str,
    fecha: date,
    documento: Guardado | None = None,
    actor: Actor,
    now: datetime,
) -> Baja:
    """Ask the escuela to end a servicio (`servicio_id` is its public id) from `fecha` on, saying why.

    Raises Forbidden for another dependencia's servicio, Refused for one that is over, has a baja waiting, or for a
    justification or date that the rule does not take.
    """
    with unit_of_work(now) as uow:
        servicio = uow.lock(Servicio, servicio_id)
        if DEPENDENCIA not in relations(actor, servicio):
            raise Forbidden("accion.sin_permiso")
        _puede_pedirse(uow, servicio, justificacion, fecha, to_local(now).date())
        baja = Baja(
            servicio_id=servicio.id,
            alumno_id=servicio.alumno_id,
            dependencia_id=servicio.dependencia_id,
            justificacion=justificacion.strip(),
            fecha=fecha,
            pidio=actor.nombre,
        )
        if documento is not None:
            baja.documento_id = documentos.registrar(
                uow, documento, "baja", dependencia_id=servicio.dependencia_id
            ).id
        uow.add(baja)
        record(uow, baja, "pedir", actor, motivo=baja.justificacion)
        _avisar_pedida(uow, baja, servicio)
        return baja


def cambiar(servicio_id: str, *, justificacion: str, fecha: date, actor: Actor, now: datetime) -> Baja:
    """The office ends a servicio by itself so that the alumno goes on with another dependencia.

    The accepted hours stay and go on in the next servicio; the dependencia gets the carta de baja. Raises as `pedir`.
    """
    with unit_of_work(now) as uow:
        servicio = uow.lock(Servicio, servicio_id)
        if EXPEDIENTES not in relations(actor, servicio):
            raise Forbidden("accion.sin_permiso")
        _puede_pedirse(uow, servicio, justificacion, fecha, to_local(now).date())
        baja = uow.add(
            Baja(
                servicio_id=servicio.id,
                alumno_id=servicio.alumno_id,
                dependencia_id=servicio.dependencia_id,
                justificacion=justificacion.strip(),
                fecha=fecha,
                cambio=True,
                pidio=actor.nombre,
            )
        )
        record(uow, baja, "cambiar_dependencia", actor, motivo=baja.justificacion)
        act(uow, baja, "autorizar", actor)
        return baja


def _puede_pedirse(uow: Uow, servicio: Servicio, justificacion: str, fecha: date, today: date) -> None:
    if servicio.estado not in ("activo", "terminado"):
        raise Refused("servicio.no_abierto")
    waiting = select(Baja.id).where(Baja.servicio_id == servicio.id, Baja.estado == "pedida")
    if uow.session.scalar(waiting) is not None:
        raise Refused("baja.ya_pedida")
    if len(justificacion.strip()) < 20:
        raise Refused("baja.sin_justificacion")
    if not servicio.inicio <= fecha <= today + timedelta(days=DIAS_DE_ANTICIPACION):
        raise Refused("baja.fecha")


def _decidir(public_id: str, accion: str, actor: Actor, now: datetime, motivo: str = "") -> Baja:
    with unit_of_work(now) as uow:
        baja_id, servicio_id = uow.session.execute(
            select(Baja.id, Baja.servicio_id).where(Baja.public_id == public_id)
        ).one_or_none() or (None, None)
        uow.lock_id(Servicio, servicio_id)  # the order that every service keeps: servicio first
        baja = uow.lock_id(Baja, baja_id)
        if accion == "autorizar":
            documentos.exigir_servibles(uow, baja.documento_id)
        act(uow, baja, accion, actor, {"motivo": motivo})
        return baja


def autorizar(public_id: str, *, actor: Actor, now: datetime) -> Baja:
    """End the servicio: its accepted hours stay, its seat is free again, the carta de baja goes out."""
    return _decidir(public_id, "autorizar", actor, now)


def negar(public_id: str, *, motivo: str, actor: Actor, now: datetime) -> Baja:
    """The servicio goes on; the dependencia reads why."""
    return _decidir(public_id, "negar", actor, now, motivo)


def retirar(public_id: str, *, actor: Actor, now: datetime) -> Baja:
    """The dependencia takes its request back before the escuela decides."""
    return _decidir(public_id, "retirar", actor, now)


@cartas.valores("baja")
def valores_de_baja(uow: Uow, baja: Baja, _actor: Actor, _data: Mapping[str, Any]) -> cartas.Nueva:
    """What the carta de baja says; it goes from the escuela to the dependencia."""
    servicio = uow.get(Servicio, baja.servicio_id)
    alumno = uow.get(Alumno, baja.alumno_id)
    plan = servicios.plan_de(servicio)
    proyecto = uow.get(Proyecto, servicio.proyecto_id) if servicio.proyecto_id else None
    datos = {
        **valores.del_alumno(alumno, perfil_version=servicio.perfil_version, plan=plan),
        **valores.de_la_dependencia(uow.get(Dependencia, baja.dependencia_id)),
        **(valores.del_proyecto(proyecto) if proyecto else {"proyecto_titulo": "Servicio social"}),
        "horario": servicio.horario or (proyecto.horario if proyecto else "") or "sin horario fijo",
        "fecha_inicio": servicio.inicio,
        "fecha_termino": servicio.termino,
        "fecha_baja": baja.fecha,
        "horas": servicio.horas_aceptadas,
        "motivo": baja.justificacion,
    }
    if servicio.numero_registro:
        datos["numero_registro"] = servicio.numero_registro
    return cartas.Nueva(
        datos,
        alumno_id=alumno.id,
        servicio_id=servicio.id,
        dependencia_id=baja.dependencia_id,
        perfil_version=servicio.perfil_version,
    )


def _contexto(uow: Uow, baja: Baja) -> tuple[Alumno, dict[str, Any]]:
    alumno = uow.get(Alumno, baja.alumno_id)
    servicio = uow.get(Servicio, baja.servicio_id)
    return alumno, {
        "alumno": alumno.nombre_completo,
        "dependencia": uow.get(Dependencia, baja.dependencia_id).nombre_visible,
        "fecha": en_palabras(baja.fecha),
        "justificacion": baja.justificacion,
        "horas": servicio.horas,
        "cambio": baja.cambio,
    }


def _avisar_pedida(uow: Uow, baja: Baja, servicio: Servicio) -> None:
    from portal.services import correos

    _, contexto = _contexto(uow, baja)
    ruta = f"/{destinatarios.slug(uow)}/coordinador/bajas/{baja.public_id}"
    for persona in destinatarios.de_oficina(uow, "expedientes"):
        valores_ = {**contexto, "nombre": persona.nombre}
        correos.escribir(uow, "baja_pedida", Para(persona.correo, ruta, persona.id, valores_))


@aviso("baja_autorizada")
def avisar_autorizada(uow: Uow, baja: Baja, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno and the dependencia know that the servicio ended and that its hours stay."""
    alumno, contexto = _contexto(uow, baja)
    slug = destinatarios.slug(uow)
    yield Para(
        alumno.correo,
        f"/{slug}/alumno/",
        alumno.usuario_id,
        {**contexto, "nombre": alumno.nombre, "para_alumno": True},
    )
    yield from _a_la_dependencia(uow, baja, slug, {**contexto, "para_alumno": False})


@aviso("baja_negada")
def avisar_negada(uow: Uow, baja: Baja, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia reads why the servicio goes on, and who says so."""
    _, contexto = _contexto(uow, baja)
    contexto.update(motivo=data["motivo"].strip(), atentamente=actor.nombre)
    yield from _a_la_dependencia(uow, baja, destinatarios.slug(uow), contexto)


def _a_la_dependencia(uow: Uow, baja: Baja, slug: str, contexto: dict[str, Any]) -> Iterable[Para]:
    ruta = f"/dependencia/{slug}/bajas/{baja.public_id}"
    for persona in destinatarios.de_dependencia(uow, baja.dependencia_id):
        yield Para(persona.correo, ruta, persona.id, {**contexto, "nombre": persona.nombre})
