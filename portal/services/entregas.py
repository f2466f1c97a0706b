"""An entrega: its file and figures are kept as a draft, sent as a snapshot, and decided in turns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from portal.domain.access import DEPENDENCIA, REPORTES, SISTEMA_ACTOR, Actor, relations
from portal.domain.calendario import to_local
from portal.domain.entrega import EN_PALABRAS
from portal.domain.machine import Forbidden, Refused, Stale
from portal.domain.plan import Razon, horas_maximas, objecion_horas, objecion_periodo
from portal.files.kinds import EXPEDIENTE, FileKind
from portal.models import Alumno, Documento, Entrega, EntregaHistoria, Servicio
from portal.services import documentos, escuelas, excepciones, previas, servicios
from portal.services.documentos import Guardado
from portal.services.effects import effect
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act
from tenants.ids import new_id

ENVIABLE = ("habilitada", "rechazada")


def bloquear(uow: Uow, public_id: str) -> tuple[Entrega, Servicio]:
    """The entrega and its servicio, locked in the order that every service keeps: servicio first."""
    found = uow.session.execute(
        select(Entrega.id, Entrega.servicio_id).where(Entrega.public_id == public_id)
    ).one_or_none()
    servicio = uow.lock_id(Servicio, found.servicio_id if found else None)
    return uow.lock_id(Entrega, found.id if found else None), servicio


def kind_de(entrega: Entrega) -> FileKind:
    """What a step takes: one PDF or photos; the whole expediente is one PDF with a limit of its own."""
    if entrega.tipo == "expediente":
        return EXPEDIENTE.up_to(escuelas.perfil().limites.expediente_mb)
    return documentos.pdf_o_fotos()


def guardar_borrador(
    public_id: str,
    *,
    guardado: Guardado | None = None,
    cifras: Mapping[str, str] | None = None,
    actor: Actor,
    now: datetime,
) -> Entrega:
    """Keep an uploaded file and what was typed with it until the alumno sends the entrega.

    `cifras` are texts as typed. A file that another takes the place of is removed: nobody has seen it. Raises Refused
    where this alumno may not send it now.
    """
    with unit_of_work(now) as uow:
        entrega, _ = por_enviar(uow, public_id, actor)
        if cifras is not None:
            entrega.borrador = dict(cifras)
        clave = cambiar_borrador(uow, entrega, guardado) if guardado is not None else ""
    documentos.quitar(clave)
    return entrega


def por_enviar(uow: Uow, public_id: str, actor: Actor) -> tuple[Entrega, Servicio]:
    """The entrega and its servicio, locked; Forbidden or Stale where this alumno may not send it now."""
    entrega, servicio = bloquear(uow, public_id)
    _puede_enviar(uow, entrega, servicio, actor)
    return entrega, servicio


def cambiar_borrador(uow: Uow, entrega: Entrega, guardado: Guardado | None) -> str:
    """Make a stored file (or none) the draft of a locked entrega; answers the key of what it replaces."""
    anterior = entrega.borrador_documento_id
    entrega.borrador_documento_id = _registrar(uow, entrega, guardado).id if guardado is not None else None
    return documentos.olvidar(uow, anterior) if anterior is not None else ""


def _registrar(uow: Uow, entrega: Entrega, guardado: Guardado) -> Documento:
    return documentos.registrar(
        uow,
        guardado,
        f"entrega_{entrega.tipo}",
        alumno_id=entrega.alumno_id,
        dependencia_id=entrega.dependencia_id,
    )


def _puede_enviar(uow: Uow, entrega: Entrega, servicio: Servicio, actor: Actor) -> None:
    if "alumno" not in relations(actor, entrega):
        raise Forbidden("accion.sin_permiso")
    if entrega.estado == "bloqueada":  # its day may have come since the last daily sweep
        servicios.abrir_siguientes(uow, servicio)
    if entrega.estado not in ENVIABLE:
        raise Stale("entrega.no_se_recibe", estado=EN_PALABRAS[entrega.estado])


def objecion(
    servicio: Servicio,
    entregas: list[Entrega],
    entrega: Entrega,
    *,
    horas: int | None,
    desde: date | None,
    hasta: date | None,
    today: date,
) -> Razon | None:
    """What speaks against the figures (h) of a report, as a sentence with its values; None when they are right."""
    if not entrega.pide_horas:
        return None
    if desde is None or hasta is None:
        return Razon("plan.periodo_vacio")
    reported = [
        e.periodo_hasta for e in entregas if e.id != entrega.id and e.estado in ("en_revision", "aceptada")
    ]
    reported.append(previas.reportado_hasta(servicio))
    ultimo = max((day for day in reported if day), default=None)
    razon = objecion_periodo(desde, hasta, today, servicio.inicio, ultimo)
    if razon is not None:
        return razon
    plan = servicios.plan_de(servicio)
    maximo = _caben(servicio, desde, hasta, horas or 0)
    ahora = servicios.situacion(servicio, entregas, today)
    return objecion_horas(plan, plan.entrega(entrega.clave), ahora, horas, maximo)


def _caben(servicio: Servicio, desde: date, hasta: date, horas: int) -> int:
    """Most hours (h) of a period: what the plan allows, or more where the office allowed it for this servicio."""
    plan = servicios.plan_de(servicio)
    maximo = horas_maximas(plan, desde, hasta, escuelas.calendario(servicio.perfil_version))
    return maximo if horas <= maximo else max(maximo, excepciones.horas_permitidas(servicio))


def _exigir_que_quepan(servicio: Servicio, entrega: Entrega) -> None:
    """When hours are accepted they are held once more against the most that their period takes."""
    if not entrega.pide_horas or entrega.periodo_desde is None or entrega.periodo_hasta is None:
        return
    maximo = _caben(servicio, entrega.periodo_desde, entrega.periodo_hasta, entrega.horas)
    if entrega.horas > maximo:
        plan = servicios.plan_de(servicio)
        raise Refused(
            "plan.horas_sobre_maximo", maximo=maximo, dia=plan.horas_dia_max, mes=plan.horas_mes_max
        )


def enviar(
    public_id: str,
    *,
    documento: Guardado | None = None,
    horas: int | None = None,
    desde: date | None = None,
    hasta: date | None = None,
    actividades: str = "",
    actor: Actor,
    now: datetime,
) -> Entrega:
    """Send an entrega: `documento` (a stored file), or the draft kept before, with hours (h) and period of a report.

    The figures are a snapshot: later changes touch nothing that was sent. Raises Refused with the plan's sentence.
    """
    with unit_of_work(now) as uow:
        entrega, servicio = por_enviar(uow, public_id, actor)
        razon = objecion(
            servicio,
            servicios.entregas_de(uow, servicio),
            entrega,
            horas=horas,
            desde=desde,
            hasta=hasta,
            today=to_local(now).date(),
        )
        if razon is not None:
            raise Refused(razon.key, **razon.values)
        if "pdf" not in servicios.plan_de(servicio).entrega(entrega.clave).formas:
            raise Refused("evaluacion.solo_formulario")
        documento_id = _registrar(uow, entrega, documento).id if documento else entrega.borrador_documento_id
        _fijar_cifras(entrega, servicio, horas, desde, hasta, actividades)
        cifras = {"horas": horas, "periodo_desde": desde, "periodo_hasta": hasta}
        poner_en_revision(uow, entrega, documento_id, actor, cifras)
        return entrega


def poner_en_revision(
    uow: Uow,
    entrega: Entrega,
    documento_id: int | None,
    actor: Actor,
    cifras: Mapping[str, Any] | None = None,
) -> None:
    """Give a locked entrega to its first reviewer with a file of the escuela in scope, and write it down."""
    entrega.turno, entrega.revisor_en_turno = 0, entrega.revisan[0]
    entrega.documento_id = documento_id
    act(uow, entrega, "enviar", actor, {**(cifras or {}), "documento_id": documento_id})
    entrega.borrador_documento_id, entrega.borrador = None, {}
    _historia(uow, entrega, "enviar", actor, cifras=cifras_de(entrega))


def _fijar_cifras(
    entrega: Entrega,
    servicio: Servicio,
    horas: int | None,
    desde: date | None,
    hasta: date | None,
    actividades: str,
) -> None:
    entrega.horas = (horas or 0) if entrega.pide_horas else 0
    entrega.horas_acumuladas = servicio.horas + entrega.horas
    entrega.periodo_desde, entrega.periodo_hasta = desde, hasta
    entrega.actividades = actividades.strip()


def cifras_de(entrega: Entrega) -> dict[str, Any]:
    """The figures of a sending, as they are kept in its history (dates as ISO text)."""
    return {
        "horas": entrega.horas,
        "acumuladas": entrega.horas_acumuladas,
        "desde": entrega.periodo_desde.isoformat() if entrega.periodo_desde else None,
        "hasta": entrega.periodo_hasta.isoformat() if entrega.periodo_hasta else None,
        "actividades": entrega.actividades,
    }


def _historia(
    uow: Uow,
    entrega: Entrega,
    accion: str,
    actor: Actor,
    *,
    motivo: str = "",
    cifras: Mapping[str, Any],
    id_: int | None = None,
) -> None:
    uow.add(
        EntregaHistoria(
            id=id_ or new_id(),
            entrega_id=entrega.id,
            documento_id=entrega.documento_id,
            accion=accion,
            autor=actor.nombre,
            rol=actor.rol,
            motivo=motivo.strip(),
            cifras=dict(cifras),
        )
    )


def aceptar(public_id: str, *, actor: Actor, now: datetime, visto: str = "") -> Entrega:
    """The reviewer in turn accepts: the next one gets it, or its hours count and the next steps open.

    `visto` is the public id of the file that the reviewer saw. Raises Stale when somebody was quicker.
    """
    return _decidir(public_id, "aceptar", "", actor, now, visto)


def rechazar(public_id: str, *, motivo: str, actor: Actor, now: datetime, visto: str = "") -> Entrega:
    """The reviewer in turn sends it back with a reason: its hours count for nothing until it is accepted."""
    return _decidir(public_id, "rechazar", motivo, actor, now, visto)


def _decidir(public_id: str, accion: str, motivo: str, actor: Actor, now: datetime, visto: str) -> Entrega:
    with unit_of_work(now) as uow:
        entrega, servicio = bloquear(uow, public_id)
        _sigue_en_turno(uow, entrega, actor, visto)
        alumno = uow.get(Alumno, entrega.alumno_id)
        propia = actor.usuario_id is not None and actor.usuario_id == alumno.usuario_id
        dias = escuelas.calendario(servicio.perfil_version).working_days_between(
            to_local(entrega.estado_desde).date(), to_local(now).date()
        )
        if accion == "aceptar":
            documentos.exigir_servibles(uow, entrega.documento_id)
            _exigir_que_quepan(servicio, entrega)
        antes = {"desde": entrega.estado_desde.isoformat(), "decidio": entrega.decidio}
        decision_id = new_id()
        uow.retener(decision_id, escuelas.perfil().revision.minutos_deshacer)
        act(uow, entrega, accion, actor, {"motivo": motivo, "propia": propia})
        if entrega.estado != "en_revision":
            entrega.revisor_en_turno = None
        cifras = {"dias": dias, "antes": antes}
        _historia(uow, entrega, accion, actor, motivo=motivo, cifras=cifras, id_=decision_id)
        return entrega


def devolver_archivo(uow: Uow, entrega_id: int, documento_id: int, motivo: str) -> Entrega:
    """A file proved infected: a draft loses it; one in review goes back to its alumno with that reason."""
    servicio_id = uow.get(Entrega, entrega_id).servicio_id
    uow.lock_id(Servicio, servicio_id)  # the order that every service keeps: servicio first
    entrega = uow.lock_id(Entrega, entrega_id)
    if entrega.borrador_documento_id == documento_id:
        entrega.borrador_documento_id = None
    if entrega.documento_id == documento_id and entrega.estado == "en_revision":
        act(uow, entrega, "devolver", SISTEMA_ACTOR, {"motivo": motivo})
        entrega.revisor_en_turno, entrega.decidio = None, "Revisión de virus"
        _historia(uow, entrega, "rechazar", SISTEMA_ACTOR, motivo=motivo, cifras={})
    return entrega


def _sigue_en_turno(uow: Uow, entrega: Entrega, actor: Actor, visto: str) -> None:
    """Stale, in a sentence, when another reviewer decided first or the alumno sent a newer file."""
    found = relations(actor, entrega)
    if not found & {DEPENDENCIA, REPORTES}:
        raise Forbidden("accion.sin_permiso")
    if entrega.estado != "en_revision" or entrega.revisor_en_turno != actor.rol:
        raise Stale("entrega.ya_revisada", estado=EN_PALABRAS[entrega.estado])
    if visto and visto != uow.get(Documento, entrega.documento_id).public_id:
        raise Stale("entrega.otra_version")


@effect("pasar_turno")
def pasar_turno(_uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """The next reviewer of the plan has it now."""
    entrega.turno += 1
    entrega.revisor_en_turno = entrega.revisan[entrega.turno]


@effect("sumar_horas")
def sumar_horas(uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """The hours of an accepted report count, as they were sent."""
    recontar(uow, uow.lock_id(Servicio, entrega.servicio_id))


@effect("restar_horas")
def restar_horas(uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """A step that was reopened no longer counts."""
    recontar(uow, uow.lock_id(Servicio, entrega.servicio_id))


def recontar(uow: Uow, servicio: Servicio) -> None:
    """Accepted hours are the sum of the accepted entregas: never a counter that could drift."""
    uow.session.flush()
    query = select(func.coalesce(func.sum(Entrega.horas), 0)).where(
        Entrega.servicio_id == servicio.id, Entrega.estado == "aceptada"
    )
    servicio.horas_aceptadas = int(uow.session.scalar(query) or 0)
    uow.session.flush()


@effect("abrir_siguientes")
def abrir_siguientes(uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """What waited for this step opens, or the servicio ends."""
    entrega.revisor_en_turno = None
    servicios.abrir_siguientes(uow, uow.lock_id(Servicio, entrega.servicio_id))
