"""What the office does with a prerregistro: ACEPTADO with its REGISTRO, or RECHAZADO with a reason [seed 001 §3]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from portal.domain.access import EXPEDIENTES, SISTEMA_ACTOR, Actor, relations
from portal.domain.excepcion import que_permite, regla_de
from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused, has_motivo
from portal.domain.personas import limpiar
from portal.models import Alumno, Dependencia, Documento, Prerregistro, Servicio
from portal.services import documentos, escuelas, excepciones, numeros, prerregistro, servicios
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
    """What of the plan does not hold for a prerregistro and was not allowed yet, in sentences ("" for none)."""
    permitidas = excepciones.vigentes(alumno.id, servicio.id)
    return " ".join(
        words
        for refused, words in _objeciones(servicio, alumno, host)
        if que_permite(permitidas, refused.key, _fechas(servicio)) is None
    )


def _fechas(servicio: Servicio) -> dict[str, date]:
    return {"inicio": servicio.inicio, "termino": servicio.termino}


def _objeciones(servicio: Servicio, alumno: Alumno, host: Dependencia) -> list[tuple[Refused, str]]:
    """Every rule of the plan in force that does not hold, with its sentence for the office."""
    version = escuelas.actual().perfil_version
    aplica = escuelas.perfil(version).plan_para(host.razon_social, host.rfc)
    plan = escuelas.plan(version, aplica.clave)
    creditos = f"Tiene {alumno.creditos_pct} % de créditos y el plan pide {plan.creditos_minimos_pct} %."
    return [
        (refused, creditos if refused.key == "alumno.sin_creditos" else frase(refused.key, **refused.values))
        for refused in prerregistro.objeciones(plan, servicio.inicio, servicio.termino, alumno)
    ]


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
    """What was allowed before is the servicio's from now on; the rest needs a reason now, kept with who gives it."""
    host = uow.get(Dependencia, servicio.dependencia_id)
    permitidas, faltan = excepciones.vigentes(alumno.id, servicio.id), []
    for refused, words in _objeciones(servicio, alumno, host):
        found = que_permite(permitidas, refused.key, _fechas(servicio))
        if found is None:
            faltan.append((refused, words))
        else:
            excepciones.ligar(servicio, [found])
    if not faltan:
        return
    problema = " ".join(words for _, words in faltan)
    if has_motivo(servicio, {"motivo": excepcion}) is not None:
        raise Refused("prerregistro.con_objecion", objecion=problema)
    if EXPEDIENTES not in relations(actor, servicio):
        raise Forbidden("accion.sin_permiso")
    pre.excepcion = f"{limpiar(excepcion)} ({actor.nombre})"
    record(uow, servicio, "exceptuar", actor, motivo=f"{problema} {limpiar(excepcion)}")
    values = {"inicio": servicio.inicio.isoformat(), "duracion": servicio.termino.isoformat()}
    for regla in dict.fromkeys(regla_de(refused.key) for refused, _ in faltan):
        if regla is not None:
            valor = values.get(regla, "")
            excepciones.anotar(uow, alumno, regla, valor, excepcion, actor, servicio)


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
