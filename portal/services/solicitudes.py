"""Solicitudes: an alumno applies with two papers; the dependencia accepts (a servicio begins) or rejects [seed 002]."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from portal.domain.access import ALUMNO, DEPENDENCIA, SISTEMA_ACTOR, Actor, relations
from portal.domain.calendario import add_months, proximo_inicio, to_local
from portal.domain.machine import Forbidden, Refused
from portal.domain.plan import Plan
from portal.domain.solicitud import (
    ABIERTAS,
    PAPELES,
    SERVICIO_CERRADO,
    impedimento,
    meets_credits,
    objeciones_fechas,
)
from portal.models import Alumno, Dependencia, Documento, Excepcion, Proyecto, Servicio, Solicitud, Tramite
from portal.services import cartas, documentos, escuelas, excepciones, proyectos, valores
from portal.services.effects import effect
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record


def plan_con(dependencia: Dependencia) -> Plan:
    """The plan in force that a servicio with this dependencia would follow."""
    version = escuelas.actual().perfil_version
    aplica = escuelas.perfil(version).plan_para(dependencia.razon_social, dependencia.rfc)
    return escuelas.plan(version, aplica.clave)


def _datos(uow: Uow, alumno: Alumno, proyecto: Proyecto) -> dict[str, Any]:
    """What the guards ask about an alumno and a proyecto."""
    dependencia = uow.get(Dependencia, proyecto.dependencia_id)
    abierto = select(Servicio.id).where(
        Servicio.alumno_id == alumno.id, Servicio.estado.not_in(SERVICIO_CERRADO)
    )
    repetida = select(Solicitud.id).where(
        Solicitud.alumno_id == alumno.id, Solicitud.proyecto_id == proyecto.id, Solicitud.estado.in_(ABIERTAS)
    )
    return {
        "alumno": alumno,
        "proyecto": proyecto,
        "dependencia": dependencia,
        "plan": plan_con(dependencia),
        "via_abierta": "solicitud" in escuelas.perfil().vias,
        "convenio_vigente": proyectos.convenio_vigente(uow, proyecto.dependencia_id) is not None,
        "servicio_abierto": uow.session.scalar(abierto.limit(1)) is not None,
        "repetida": uow.session.scalar(repetida.limit(1)) is not None,
        "sin_creditos_permitido": any(e.regla == "creditos" for e in excepciones.vigentes(alumno.id)),
    }


def postular(proyecto_public_id: str, *, actor: Actor, now: datetime) -> Solicitud:
    """Begin a solicitud as a draft. Raises Refused with why this alumno may not apply there (impedimento)."""
    if actor.alumno_id is None:
        raise Forbidden("accion.sin_permiso")
    with unit_of_work(now) as uow:
        alumno = uow.lock_id(Alumno, actor.alumno_id)  # one alumno's requests come one after another
        proyecto = uow.lock(Proyecto, proyecto_public_id)
        if proyecto.estado in ("borrador", "enviado", "rechazado"):
            raise NotFound("Proyecto")
        why_not = impedimento(_datos(uow, alumno, proyecto))
        if why_not:
            raise Refused(why_not)
        solicitud = uow.add(
            Solicitud(
                alumno_id=alumno.id,
                proyecto_id=proyecto.id,
                dependencia_id=proyecto.dependencia_id,
                mensaje="",
            )
        )
        record(uow, solicitud, "crear", actor)
        return solicitud


def _mia(uow: Uow, public_id: str, actor: Actor) -> Solicitud:
    """The alumno's own solicitud, locked; another's does not exist."""
    solicitud = uow.lock(Solicitud, public_id)
    if ALUMNO not in relations(actor, solicitud):
        raise NotFound("Solicitud")
    return solicitud


def _borrador(uow: Uow, public_id: str, actor: Actor) -> Solicitud:
    solicitud = _mia(uow, public_id, actor)
    if solicitud.estado != "borrador":
        raise Refused("solicitud.ya_enviada")
    return solicitud


def subir(
    public_id: str, papel: str, paths: Sequence[Path], nombre: str, *, actor: Actor, now: datetime
) -> Documento:
    """Put an uploaded PDF as one of the two papers ("presentacion", "constancia") of a draft; a pending trámite for
    it is withdrawn. Raises FileRefused."""
    if papel not in PAPELES:
        raise NotFound(papel)
    with documentos.recibir(paths, nombre, documentos.un_pdf()) as guardado, unit_of_work(now) as uow:
        solicitud = _borrador(uow, public_id, actor)
        documento = documentos.registrar(uow, guardado, PAPELES[papel], alumno_id=solicitud.alumno_id)
        poner_papel(solicitud, PAPELES[papel], documento.id)
        _retirar_tramites(uow, solicitud, PAPELES[papel])
        record(uow, solicitud, "adjuntar", actor)
        return documento


def usar(public_id: str, papel: str, documento_public_id: str, *, actor: Actor, now: datetime) -> Solicitud:
    """Put a paper that the alumno already has in the portal (issued or uploaded for another solicitud)."""
    with unit_of_work(now) as uow:
        solicitud = _borrador(uow, public_id, actor)
        documento = uow.lock(Documento, documento_public_id)
        if documento.alumno_id != solicitud.alumno_id or documento.tipo not in tipos_de_papel(papel):
            raise NotFound("Documento")
        documentos.exigir_servibles(uow, documento.id)
        poner_papel(solicitud, PAPELES[papel], documento.id)
        _retirar_tramites(uow, solicitud, PAPELES[papel])
        return solicitud


def tipos_de_papel(papel: str) -> tuple[str, ...]:
    """The kinds of documento that may serve as this paper: uploaded, or issued as a letter."""
    tipo = PAPELES.get(papel)
    return (tipo, f"carta_{tipo}") if tipo else ()


def quitar(public_id: str, papel: str, *, actor: Actor, now: datetime) -> Solicitud:
    """Take one paper off a draft; the file stays the alumno's."""
    if papel not in PAPELES:
        raise NotFound(papel)
    with unit_of_work(now) as uow:
        solicitud = _borrador(uow, public_id, actor)
        poner_papel(solicitud, PAPELES[papel], None)
        return solicitud


def poner_papel(solicitud: Solicitud, tipo: str, documento_id: int | None) -> None:
    """Set the paper that a kind of letter is in a solicitud."""
    if tipo == "presentacion":
        solicitud.presentacion_documento_id = documento_id
    else:
        solicitud.constancia_documento_id = documento_id


def devolver_papel(uow: Uow, solicitud_id: int, documento_id: int, motivo: str) -> Solicitud:
    """A paper proved infected: the solicitud loses it and, once sent, is a draft again."""
    solicitud = uow.lock_id(Solicitud, solicitud_id)
    if solicitud.estado == "enviada":
        act(uow, solicitud, "devolver", SISTEMA_ACTOR, {"motivo": motivo})
    for papel, tipo in PAPELES.items():
        if getattr(solicitud, f"{papel}_documento_id") == documento_id:
            poner_papel(solicitud, tipo, None)
    return solicitud


def enviar(public_id: str, *, mensaje: str, actor: Actor, now: datetime) -> Solicitud:
    """Send a solicitud with its two papers and an optional message; Refused says what is missing."""
    with unit_of_work(now) as uow:
        alumno = uow.lock_id(Alumno, actor.alumno_id)
        solicitud = _mia(uow, public_id, actor)
        proyecto = uow.get(Proyecto, solicitud.proyecto_id)
        if solicitud.estado == "borrador":
            solicitud.mensaje = mensaje.strip()
        act(uow, solicitud, "enviar", actor, _datos(uow, alumno, proyecto))
        return solicitud


def retirar(public_id: str, *, actor: Actor, now: datetime) -> Solicitud:
    """The alumno withdraws; the dependencia is told if it had been sent."""
    with unit_of_work(now) as uow:
        solicitud = _mia(uow, public_id, actor)
        act(uow, solicitud, "retirar", actor)
        return solicitud


def _hallar(uow: Uow, public_id: str, actor: Actor) -> Solicitud:
    """A sent solicitud for one of the actor's dependencias, not locked yet; anything else does not exist."""
    found: Solicitud | None = uow.session.scalar(select(Solicitud).where(Solicitud.public_id == public_id))
    if found is None or DEPENDENCIA not in relations(actor, found) or found.estado == "borrador":
        raise NotFound("Solicitud")
    return found


def rechazar(public_id: str, *, motivo: str, actor: Actor, now: datetime) -> Solicitud:
    """The dependencia says no, with a reason that the alumno reads."""
    with unit_of_work(now) as uow:
        solicitud = uow.lock_id(Solicitud, _hallar(uow, public_id, actor).id)
        act(uow, solicitud, "rechazar", actor, {"motivo": motivo})
        return solicitud


def aceptar(
    public_id: str, *, inicio: date | None, termino: date | None, horario: str, actor: Actor, now: datetime
) -> Solicitud:
    """The dependencia says yes: a seat is taken, the servicio opens, the carta de aceptación is generated and the
    alumno's other solicitudes are withdrawn, all or nothing. Of two acceptances of the last seat one reads
    "proyecto.sin_cupo". Locks go alumno, proyecto, solicitud: always in this order."""
    with unit_of_work(now) as uow:
        found = _hallar(uow, public_id, actor)
        alumno = uow.lock_id(Alumno, found.alumno_id)
        proyecto = uow.lock_id(Proyecto, found.proyecto_id)
        solicitud = uow.lock_id(Solicitud, found.id)
        documentos.exigir_servibles(
            uow, solicitud.presentacion_documento_id, solicitud.constancia_documento_id
        )
        datos = _datos(uow, alumno, proyecto)
        datos |= {"inicio": inicio, "termino": termino, "horario": horario.strip()}
        usadas = _exceptuadas(solicitud, alumno, datos, to_local(now).date())
        solicitud.inicio, solicitud.termino, solicitud.horario = inicio, termino, datos["horario"]
        act(uow, solicitud, "aceptar", actor, datos)
        servicio = uow.session.scalars(select(Servicio).where(Servicio.solicitud_id == solicitud.id)).one()
        excepciones.ligar(servicio, usadas)
        return solicitud


def _exceptuadas(
    solicitud: Solicitud, alumno: Alumno, datos: Mapping[str, Any], hoy: date
) -> list[Excepcion]:
    """The exceptions without which this servicio could not begin; raises what the office has not allowed."""
    plan, inicio, termino = datos["plan"], datos["inicio"], datos["termino"]
    if solicitud.estado != "enviada" or not inicio or not termino:
        return []
    permitidas = excepciones.vigentes(alumno.id)
    objeciones = objeciones_fechas(plan, escuelas.calendario(), inicio, termino, hoy)
    usadas = excepciones.dejar_pasar(objeciones, permitidas, datos)
    if meets_credits(solicitud, {**datos, "sin_creditos_permitido": False}) is None:
        return usadas
    return usadas + [e for e in permitidas if e.regla == "creditos"]


def fechas_propuestas(dependencia: Dependencia, hoy: date) -> tuple[date, date]:
    """The next day on which a servicio may start, and the first day on which it may end."""
    plan = plan_con(dependencia)
    inicio = proximo_inicio(hoy, escuelas.calendario(), plan.dias_de_inicio)
    return inicio, add_months(inicio, plan.meses_minimos)


@effect("ocupar_lugar")
def ocupar_lugar(_uow: Uow, _solicitud: Solicitud, _actor: Actor, data: Mapping[str, Any]) -> None:
    """Take one seat of the proyecto, which the caller has locked."""
    data["proyecto"].ocupados += 1


@effect("abrir_servicio")
def abrir_servicio(uow: Uow, solicitud: Solicitud, _actor: Actor, data: Mapping[str, Any]) -> None:
    """Open the servicio that the acceptance promises."""
    from portal.services import servicios

    servicios.abrir(
        uow, solicitud, data["alumno"], data["proyecto"], data["inicio"], data["termino"], data["horario"]
    )


@effect("retirar_otras")
def retirar_otras(uow: Uow, solicitud: Solicitud, _actor: Actor, data: Mapping[str, Any]) -> None:
    """Whoever was accepted asks nowhere else: the other open solicitudes are withdrawn."""
    query = (
        select(Solicitud)
        .where(Solicitud.alumno_id == solicitud.alumno_id, Solicitud.id != solicitud.id)
        .where(Solicitud.estado.in_(ABIERTAS))
        .order_by(Solicitud.id)
        .with_for_update()
    )
    motivo = f"Te aceptaron en otro proyecto: {data['proyecto'].titulo}."
    for otra in uow.session.scalars(query).all():
        act(uow, otra, "retirar", SISTEMA_ACTOR, {"motivo": motivo})


@effect("retirar_tramites")
def retirar_tramites(uow: Uow, solicitud: Solicitud, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """The office does not prepare papers for a solicitud that is over."""
    _retirar_tramites(uow, solicitud)


def _retirar_tramites(uow: Uow, solicitud: Solicitud, tipo: str = "") -> None:
    query = select(Tramite).where(Tramite.solicitud_id == solicitud.id, Tramite.estado == "pedido")
    query = query.where(Tramite.tipo == tipo) if tipo else query
    for tramite in uow.session.scalars(query.with_for_update()).all():
        act(uow, tramite, "retirar", SISTEMA_ACTOR)


@cartas.valores("aceptacion")
def valores_aceptacion(
    uow: Uow, solicitud: Solicitud, _actor: Actor, data: Mapping[str, Any]
) -> cartas.Nueva:
    """The carta de aceptación: whom, where, when; the representante's name is printed, nobody has to sign again."""
    dependencia, proyecto = data["dependencia"], data["proyecto"]
    servicio = uow.session.scalars(select(Servicio).where(Servicio.solicitud_id == solicitud.id)).one()
    return cartas.Nueva(
        {
            **valores.del_alumno(data["alumno"], plan=data["plan"]),
            **valores.de_la_dependencia(dependencia),
            **valores.del_proyecto(proyecto),
            "horario": solicitud.horario,
            "fecha_inicio": solicitud.inicio,
            "fecha_termino": solicitud.termino,
        },
        [cartas.Firmante("representante", dependencia.representante_nombre, dependencia.representante_cargo)],
        alumno_id=solicitud.alumno_id,
        servicio_id=servicio.id,
        dependencia_id=dependencia.id,
    )
