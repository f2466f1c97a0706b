"""A servicio: opened from an accepted solicitud, its plan walked step by step, ended when every step is accepted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.domain.access import SISTEMA, SISTEMA_ACTOR, Actor
from portal.domain.calendario import to_local
from portal.domain.plan import Plan, Situacion, blocked_by
from portal.models import Alumno, Baja, Dependencia, Entrega, Proyecto, Servicio, Solicitud, db
from portal.services import destinatarios, escuelas, numeros, previas
from portal.services.effects import Para, aviso, effect
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act


def abrir(
    uow: Uow,
    solicitud: Solicitud | None,
    alumno: Alumno,
    proyecto: Proyecto | None,
    inicio: date,
    termino: date,
    horario: str,
    *,
    dependencia: Dependencia | None = None,
) -> Servicio:
    """Open the servicio of an accepted solicitud: plan of the profile in force, its entregas, hours carried on.

    The hours of earlier servicios that ended in baja are carried [product]; a report whose goal they already
    reach is fulfilled. `dependencia` is given only where there is no proyecto.
    """
    host = dependencia or uow.get(Dependencia, proyecto.dependencia_id if proyecto else None)
    servicio = Servicio(
        alumno_id=alumno.id,
        proyecto_id=proyecto.id if proyecto else None,
        solicitud_id=solicitud.id if solicitud else None,
        dependencia_id=host.id,
        inicio=inicio,
        termino=termino,
        horario=horario,
    )
    plan = _fijar_plan(servicio, host)
    servicio.horas_aceptadas = 0
    _llevar(uow, servicio)
    uow.add(servicio)
    entregas = _crear_entregas(uow, servicio, plan)
    act(uow, servicio, "activar", SISTEMA_ACTOR)
    _empezar(uow, servicio, entregas)
    return servicio


def prerregistrar(
    uow: Uow, alumno: Alumno, host: Dependencia, inicio: date, termino: date, servicio: Servicio | None = None
) -> Servicio:
    """A servicio that waits for the office, new or corrected: its steps come when it is accepted [seed 001 §2]."""
    nuevo = servicio is None
    servicio = servicio or Servicio(alumno_id=alumno.id, horario="", horas_aceptadas=0, horas_previas=0)
    servicio.dependencia_id, servicio.inicio, servicio.termino = host.id, inicio, termino
    _fijar_plan(servicio, host)
    return uow.add(servicio) if nuevo else servicio


@effect("abrir_plan")
def abrir_plan(uow: Uow, servicio: Servicio, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """An accepted prerregistro begins with the rules in force today: its steps, and the hours carried on."""
    plan = _fijar_plan(servicio, uow.get(Dependencia, servicio.dependencia_id))
    _llevar(uow, servicio)
    _empezar(uow, servicio, _crear_entregas(uow, servicio, plan))


def _empezar(uow: Uow, servicio: Servicio, entregas: Iterable[Entrega]) -> None:
    for entrega in entregas:
        if entrega.meta_horas and entrega.meta_horas <= servicio.horas_previas:
            act(uow, entrega, "cumplir", SISTEMA_ACTOR)
    abrir_siguientes(uow, servicio)


def _fijar_plan(servicio: Servicio, host: Dependencia) -> Plan:
    """The rules of the profile in force, told by who the prestatario is; they stay with the servicio."""
    servicio.perfil_version = escuelas.actual().perfil_version
    servicio.plan_clave = (
        escuelas.perfil(servicio.perfil_version).plan_para(host.razon_social, host.rfc).clave
    )
    plan = plan_de(servicio)
    servicio.horas_plan, servicio.emision = plan.horas_totales, plan.emite
    return plan


def _llevar(uow: Uow, servicio: Servicio) -> None:
    """The hours of the servicios before it that ended in a baja go on in this one, and it knows the last of them."""
    servicio.horas_previas = previas.horas(uow, servicio.alumno_id)
    servicio.anterior_id = previas.anterior(uow, servicio.alumno_id)


def _crear_entregas(uow: Uow, servicio: Servicio, plan: Plan) -> list[Entrega]:
    return [
        uow.add(
            Entrega(
                servicio_id=servicio.id,
                alumno_id=servicio.alumno_id,
                dependencia_id=servicio.dependencia_id,
                clave=spec.clave,
                nombre=spec.nombre,
                tipo=spec.tipo,
                orden=spec.orden,
                revisan=list(spec.revisan),
                pide_horas=spec.pide_horas,
                meta_horas=spec.meta_horas or None,
                pide_siss=spec.siss,
            )
        )
        for spec in plan.entregas
    ]


def plan_de(servicio: Servicio) -> Plan:
    """The plan that the servicio began with; a newer profile changes nothing of it."""
    return escuelas.plan(servicio.perfil_version, servicio.plan_clave)


def situacion(servicio: Servicio, entregas: Iterable[Entrega], today: date) -> Situacion:
    """Where the servicio stands, as the plan reads it. Hours carried from before a baja count as accepted."""
    rows = list(entregas)
    return Situacion(
        today=today,
        estados={e.clave: e.estado for e in rows},
        horas_aceptadas=servicio.horas,
        horas_en_revision=sum(e.horas or 0 for e in rows if e.estado == "en_revision"),
        fecha_inicio=servicio.inicio,
        fecha_termino=servicio.termino,
        numero_registro=servicio.numero_registro,
        activo=servicio.estado == "activo",
    )


def entregas_de(uow: Uow, servicio: Servicio) -> list[Entrega]:
    """The steps of a servicio in their order, read fresh."""
    query = select(Entrega).where(Entrega.servicio_id == servicio.id).order_by(Entrega.orden)
    return list(uow.session.scalars(query))


def abrir_siguientes(uow: Uow, servicio: Servicio) -> list[Entrega]:
    """Open every step whose conditions hold now, and end the servicio when nothing required is missing.

    Returns the steps that opened. The servicio is locked by the caller.
    """
    if servicio.estado != "activo":
        return []
    plan, entregas = plan_de(servicio), entregas_de(uow, servicio)
    ahora = situacion(servicio, entregas, to_local(uow.now).date())
    abiertas = []
    for entrega in entregas:
        if entrega.estado == "bloqueada" and not blocked_by(plan, plan.entrega(entrega.clave), ahora):
            act(uow, entrega, "habilitar", SISTEMA_ACTOR)
            abiertas.append(entrega)
    revisar_termino(uow, servicio)
    return abiertas


def revisar_termino(uow: Uow, servicio: Servicio) -> bool:
    """When every required step of the plan is accepted, the servicio is terminado: the office may finalise it."""
    if servicio.estado != "activo":
        return False
    estados = {e.clave: e.estado for e in entregas_de(uow, servicio)}
    requeridas = [spec.clave for spec in plan_de(servicio).entregas if spec.requerida]
    if any(estados.get(clave) != "aceptada" for clave in requeridas):
        return False
    act(uow, servicio, "terminar", SISTEMA_ACTOR)
    return True


def cumplir(uow: Uow, servicio: Servicio, clave: str, actor: Actor) -> Entrega:
    """Mark a step that the portal itself fulfils (the carta de término was issued) as accepted; twice is once."""
    entrega = next(e for e in entregas_de(uow, servicio) if e.clave == clave)
    if entrega.estado != "aceptada":
        act(uow, entrega, "cumplir", replace(actor, rol=SISTEMA))
    return entrega


def reabrir(uow: Uow, servicio: Servicio, clave: str, motivo: str, actor: Actor) -> Entrega:
    """Take back an accepted step of a returned servicio: its hours stop counting until it is accepted again."""
    entrega = next(e for e in entregas_de(uow, servicio) if e.clave == clave)
    act(uow, entrega, "reabrir", replace(actor, rol=SISTEMA), {"motivo": motivo})
    return entrega


def abrir_por_fecha(now: datetime) -> int:
    """Daily: open the steps that waited for the end date of their servicio, in the escuela in scope.

    Returns how many steps opened. Safe to run twice.
    """
    today = to_local(now).date()
    waiting = select(Entrega.id).where(Entrega.servicio_id == Servicio.id, Entrega.estado == "bloqueada")
    due = select(Servicio.id).where(Servicio.estado == "activo", Servicio.termino <= today, waiting.exists())
    abiertas = 0
    for servicio_id in db.session.scalars(due.order_by(Servicio.id)).all():
        with unit_of_work(now) as uow:
            abiertas += len(abrir_siguientes(uow, uow.lock_id(Servicio, servicio_id)))
    return abiertas


def asignar_numero_registro(public_id: str, numero: str, *, actor: Actor, now: datetime) -> Servicio:
    """Give a servicio its número de registro, unique in the escuela; steps that waited for it open [seed 001 §4]."""
    with unit_of_work(now) as uow:
        servicio = uow.lock(Servicio, public_id)
        numerar(uow, servicio, numero, actor)
        return servicio


def numerar(uow: Uow, servicio: Servicio, numero: str, actor: Actor) -> None:
    """The same for a locked servicio; the alumno is told, once for each number."""
    if numeros.dar(uow, servicio, numero, actor):
        numeros.avisar(uow, servicio)
        abrir_siguientes(uow, servicio)


@effect("dar_baja_servicio")
def dar_baja(uow: Uow, baja: Baja, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """An authorised baja ends the servicio. Accepted hours stay; what was open or in review closes."""
    servicio = uow.lock_id(Servicio, baja.servicio_id)
    act(uow, servicio, "dar_baja", SISTEMA_ACTOR, {"motivo": baja.justificacion})
    for entrega in entregas_de(uow, servicio):
        if entrega.estado in ("habilitada", "en_revision", "rechazada"):
            entrega.revisor_en_turno = None
            act(uow, entrega, "bloquear", SISTEMA_ACTOR)


def _alumno_y_ruta(uow: Uow, servicio: Servicio, **contexto: Any) -> Para:
    alumno = uow.get(Alumno, servicio.alumno_id)
    return Para(
        alumno.correo,
        ruta=f"/{destinatarios.slug(uow)}/alumno/",
        usuario_id=alumno.usuario_id,
        contexto={"nombre": alumno.nombre, "alumno": alumno.nombre_completo, **contexto},
    )


@aviso("servicio_por_finalizar")
def avisar_por_finalizar(
    uow: Uow, servicio: Servicio, _actor: Actor, _data: Mapping[str, Any]
) -> Iterable[Para]:
    """The alumno knows that nothing is missing; whoever finalises knows that it waits."""
    para = _alumno_y_ruta(uow, servicio, oficina_revisa=False)
    yield para
    ruta = f"/{destinatarios.slug(uow)}/coordinador/finalizaciones/{servicio.public_id}"
    for persona in destinatarios.de_oficina(uow, "terminos"):
        contexto = {**para.contexto, "nombre": persona.nombre, "oficina_revisa": True}
        yield Para(persona.correo, ruta=ruta, usuario_id=persona.id, contexto=contexto)


@aviso("servicio_finalizado")
def avisar_finalizado(
    uow: Uow, servicio: Servicio, _actor: Actor, _data: Mapping[str, Any]
) -> Iterable[Para]:
    """The alumno has the carta de finalización."""
    yield _alumno_y_ruta(uow, servicio)


@aviso("servicio_devuelto")
def avisar_devuelto(uow: Uow, servicio: Servicio, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The office returned the expediente: what to correct, and who says so."""
    yield _alumno_y_ruta(uow, servicio, motivo=data["motivo"], atentamente=actor.nombre)


@aviso("servicio_rechazado")
def avisar_rechazado(uow: Uow, servicio: Servicio, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The prerregistro was not accepted: why, and who says so [seed 001 §3]."""
    yield _alumno_y_ruta(uow, servicio, motivo=data["motivo"], atentamente=actor.nombre)


@aviso("prerregistro_aceptado")
def avisar_aceptado(uow: Uow, servicio: Servicio, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The expediente was accepted: the alumno may go on [seed 001 §3]."""
    yield _alumno_y_ruta(uow, servicio, numero=servicio.numero_registro or "")
