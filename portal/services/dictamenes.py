"""What the office does with a prerregistro: ACEPTADO with its REGISTRO, or RECHAZADO with a reason [seed 001 §3]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal.domain.access import EXPEDIENTES, SISTEMA_ACTOR, Actor, relations
from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused, has_motivo
from portal.domain.personas import limpiar
from portal.models import Alumno, Dependencia, Documento, Prerregistro, Servicio
from portal.services import documentos, escuelas, numeros, prerregistro, servicios
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record


@dataclass(frozen=True)
class Registro:
    """The REGISTRO of an expediente: each part "" or None while the office does not know it [seed 001 §3]."""

    numero: str = ""
    lista: str = ""
    fecha_envio: date | None = None


def _bloquear(uow: Uow, public_id: str) -> tuple[Servicio, Prerregistro, Alumno]:
    """A prerregistro with its servicio and alumno, locked in the order that every service keeps: alumno first."""
    query = select(Servicio.id, Servicio.alumno_id).join(
        Prerregistro, Prerregistro.servicio_id == Servicio.id
    )
    row = uow.session.execute(query.where(Servicio.public_id == public_id)).one_or_none()
    if row is None:
        raise NotFound("Prerregistro")
    alumno = uow.lock_id(Alumno, row.alumno_id)
    servicio = uow.lock_id(Servicio, row.id)
    pre = uow.session.scalars(select(Prerregistro).where(Prerregistro.servicio_id == row.id)).one()
    return servicio, uow.lock_id(Prerregistro, pre.id), alumno


def _misma_version(uow: Uow, pre: Prerregistro, visto: str) -> None:
    """A decision is about the version that was seen."""
    if visto and uow.get(Documento, pre.documento_id).public_id != visto:
        raise Refused("prerregistro.otra_version")


def objecion(servicio: Servicio, alumno: Alumno, host: Dependencia) -> str:
    """What of the plan in force does not hold for a prerregistro, as a sentence; "" when all does."""
    version = escuelas.actual().perfil_version
    aplica = escuelas.perfil(version).plan_para(host.razon_social, host.rfc)
    plan = escuelas.plan(version, aplica.clave)
    try:
        prerregistro.revisar_plan(plan, servicio.inicio, servicio.termino)
    except Refused as refused:
        return frase(refused.key, **refused.values)
    if alumno.creditos_pct is not None and alumno.creditos_pct < plan.creditos_minimos_pct:
        return f"Tiene {alumno.creditos_pct} % de créditos y el plan pide {plan.creditos_minimos_pct} %."
    return ""


def aceptar(
    public_id: str,
    *,
    visto: str = "",
    datos: Registro | None = None,
    excepcion: str = "",
    actor: Actor,
    now: datetime,
) -> Servicio:
    """ACEPTADO: the servicio is active with the rules in force, the person may enter, the dictated mail goes out.

    `visto` is the public id of the file that was looked at. What the plan does not allow needs `excepcion`, kept with
    its author's name. Raises Refused, NotFound.
    """
    with unit_of_work(now) as uow:
        servicio, pre, alumno = _bloquear(uow, public_id)
        _misma_version(uow, pre, visto)
        documentos.exigir_servibles(uow, pre.documento_id)
        if alumno.estado not in ("por_confirmar", "activo"):
            raise Refused("prerregistro.sin_confirmar")
        _exceptuar(uow, servicio, pre, alumno, excepcion, actor)
        if EXPEDIENTES in relations(actor, servicio) and servicio.estado == "prerregistrado":
            _registro(uow, servicio, pre, datos or Registro(), actor)
        act(uow, servicio, "activar", actor)
        if alumno.estado == "por_confirmar":
            act(uow, alumno, "admitir", SISTEMA_ACTOR)
        return servicio


def _exceptuar(
    uow: Uow, servicio: Servicio, pre: Prerregistro, alumno: Alumno, excepcion: str, actor: Actor
) -> None:
    problema = objecion(servicio, alumno, uow.get(Dependencia, servicio.dependencia_id))
    if not problema:
        return
    if has_motivo(servicio, {"motivo": excepcion}) is not None:
        raise Refused("prerregistro.con_objecion", objecion=problema)
    pre.excepcion = f"{limpiar(excepcion)} ({actor.nombre})"
    record(uow, servicio, "exceptuar", actor, motivo=f"{problema} {limpiar(excepcion)}")


def _registro(uow: Uow, servicio: Servicio, pre: Prerregistro, datos: Registro, actor: Actor) -> bool:
    """Write what is known of the REGISTRO; returns whether the number is new."""
    nuevo = bool(datos.numero.strip()) and numeros.dar(uow, servicio, datos.numero, actor)
    pre.lista, pre.fecha_envio = limpiar(datos.lista)[:20], datos.fecha_envio
    return nuevo


def anotar(public_id: str, datos: Registro, *, actor: Actor, now: datetime) -> Servicio:
    """Write número, lista and fecha de envío of an accepted expediente, whenever each is known.

    A new number is told to the alumno and opens the steps that waited for it. A number once given is not taken away.
    """
    with unit_of_work(now) as uow:
        servicio, pre, _alumno = _bloquear(uow, public_id)
        if EXPEDIENTES not in relations(actor, servicio):
            raise Forbidden("accion.sin_permiso")
        if servicio.estado in prerregistro.CORREGIBLE:
            raise Refused("servicio.no_abierto")
        if _registro(uow, servicio, pre, datos, actor):
            numeros.avisar(uow, servicio)
            servicios.abrir_siguientes(uow, servicio)
        record(uow, servicio, "anotar_registro", actor)
        return servicio


def rechazar(public_id: str, *, motivo: str, visto: str = "", actor: Actor, now: datetime) -> Servicio:
    """RECHAZADO: the alumno reads the reason and who gives it, corrects and sends again [seed 001 §3]."""
    with unit_of_work(now) as uow:
        servicio, pre, _alumno = _bloquear(uow, public_id)
        _misma_version(uow, pre, visto)
        act(uow, servicio, "rechazar", actor, {"motivo": motivo})
        return servicio
