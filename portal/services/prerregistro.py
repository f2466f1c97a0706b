"""Prerregistros: an alumno registers with the expediente in one PDF; the office decides on it [seed 001 §§2-4]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select

from portal.domain.access import ALUMNO, EXPEDIENTES, SISTEMA_ACTOR, Actor, relations
from portal.domain.calendario import to_local
from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused, has_motivo
from portal.domain.personas import limpiar, sin_acentos
from portal.domain.plan import Plan
from portal.domain.solicitud import SERVICIO_CERRADO, revisar_fechas
from portal.files.kinds import EXPEDIENTE, FileKind
from portal.models import Alumno, Convenio, Dependencia, Documento, Prerregistro, Servicio, db
from portal.services import documentos, escuelas, numeros, registro, servicios
from portal.services.documentos import Guardado
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record

TIPO = "prerregistro"  # of the documento
CORREGIBLE = ("prerregistrado", "rechazado")
SUGERIDOS = 300


@dataclass(frozen=True)
class Prestacion:
    """Where and when an alumno says the servicio is done."""

    prestatario: str
    inicio: date
    termino: date


@dataclass(frozen=True)
class Registro:
    """The REGISTRO of an expediente: each part "" or None while the office does not know it [seed 001 §3]."""

    numero: str = ""
    lista: str = ""
    fecha_envio: date | None = None


def abierta() -> bool:
    """Whether the escuela in scope takes prerregistros."""
    return "prerregistro" in escuelas.perfil().vias


def archivo() -> FileKind:
    """One PDF, as large as the escuela in scope lets an expediente be."""
    return EXPEDIENTE.up_to(escuelas.perfil().limites.expediente_mb)


def prestatarios() -> list[str]:
    """What the form suggests: the escuela's internal prestatarios first, then the dependencias with a convenio."""
    internos = [i.nombre for i in escuelas.perfil().prestatarios_internos]
    query = (
        select(Dependencia.razon_social)
        .join(Convenio, Convenio.dependencia_id == Dependencia.id)
        .where(Convenio.estado == "vigente")
        .order_by(Dependencia.razon_social)
        .limit(SUGERIDOS)
    )
    conocidas = (nombre for nombre in db.session.scalars(query) if not escuelas.perfil().es_interno(nombre))
    return list(dict.fromkeys((*internos, *conocidas)))


def plan_con(prestatario: str) -> Plan:
    """The plan in force of a servicio with a prestatario of that name [seed 001 §4]."""
    version = escuelas.actual().perfil_version
    return escuelas.plan(version, escuelas.perfil(version).plan_para(prestatario).clave)


def revisar(prestacion: Prestacion, now: datetime) -> None:
    """The dates are the plan's, and the start is not long past. Raises Refused with the sentence."""
    if not limpiar(prestacion.prestatario):
        raise Refused("prerregistro.sin_prestatario")
    dias = escuelas.perfil().prerregistro.dias_atras
    if prestacion.inicio < to_local(now).date() - timedelta(days=dias):
        raise Refused("prerregistro.inicio_lejano", dias=dias)
    _revisar_plan(plan_con(prestacion.prestatario), prestacion.inicio, prestacion.termino)


def _revisar_plan(plan: Plan, inicio: date, termino: date) -> None:
    revisar_fechas(plan, escuelas.calendario(), inicio, termino, date.min)


def registrar(
    datos: registro.Datos, prestacion: Prestacion, paths: Sequence[Path], nombre: str, now: datetime
) -> str:
    """Keep an alumno's registration with the expediente; the e-mail is confirmed by its link before the office sees it.

    Returns the alumno's public id. Registering again before that replaces what was sent. Raises Refused, FileRefused.
    """
    if not abierta():
        raise Refused("prerregistro.cerrado")
    registro.revisar(datos)
    revisar(prestacion, now)
    with documentos.recibir(paths, nombre, archivo()) as guardado, unit_of_work(now) as uow:
        alumno = registro.anotar(uow, datos)
        _poner(uow, alumno, prestacion, guardado, SISTEMA_ACTOR)
        return alumno.public_id


def enviar(
    prestacion: Prestacion,
    paths: Sequence[Path],
    nombre: str,
    *,
    datos: registro.Personales | None = None,
    actor: Actor,
    now: datetime,
) -> Servicio:
    """A signed-in alumno sends a prerregistro, or a rejected one corrected; without a file the last one stays.

    `datos` correct what the person typed when registering; what came with the roll stays. Raises Refused, FileRefused.
    """
    revisar(prestacion, now)
    if not paths:
        return _enviar(prestacion, None, datos, actor, now)
    with documentos.recibir(paths, nombre, archivo()) as guardado:
        return _enviar(prestacion, guardado, datos, actor, now)


def _enviar(
    prestacion: Prestacion,
    guardado: Guardado | None,
    datos: registro.Personales | None,
    actor: Actor,
    now: datetime,
) -> Servicio:
    if actor.alumno_id is None:
        raise Forbidden("accion.sin_permiso")
    with unit_of_work(now) as uow:
        alumno = uow.lock_id(Alumno, actor.alumno_id)
        if datos is not None and alumno.origen == "registro" and alumno.estado == "por_confirmar":
            registro.corregir(alumno, datos)
        return _poner(uow, alumno, prestacion, guardado, actor)


def _poner(
    uow: Uow, alumno: Alumno, prestacion: Prestacion, guardado: Guardado | None, actor: Actor
) -> Servicio:
    """Write a locked alumno's prerregistro: a new servicio, or the one that was rejected or never confirmed."""
    found = _ultimo(uow, alumno)
    servicio = found if found is not None and found.estado in CORREGIBLE else None
    if servicio is not None and servicio.estado == "prerregistrado" and alumno.estado not in _SIN_VER:
        raise Refused("prerregistro.ya_enviado")
    if servicio is None and _con_servicio(uow, alumno, None):
        raise Refused("prerregistro.con_servicio")
    if servicio is None and guardado is None:
        raise Refused("prerregistro.sin_archivo")
    host = _dependencia(uow, prestacion.prestatario)
    nuevo = servicio is None
    servicio = servicios.prerregistrar(uow, alumno, host, prestacion.inicio, prestacion.termino, servicio)
    if guardado is not None:
        _adjuntar(uow, servicio, guardado)
    if nuevo or servicio.estado == "prerregistrado":
        record(uow, servicio, "prerregistrar", actor)
    else:
        _reenviar(uow, servicio, alumno, actor)
    return servicio


_SIN_VER = ("invitado", "rechazado")  # nobody of the office has the expediente before them


def _reenviar(uow: Uow, servicio: Servicio, alumno: Alumno, actor: Actor) -> None:
    quien = actor if actor.rol == ALUMNO else _como(alumno)
    data = {"via_abierta": abierta(), "servicio_abierto": _con_servicio(uow, alumno, servicio)}
    act(uow, servicio, "reenviar", quien, data)
    servicio.motivo = ""


def _como(alumno: Alumno) -> Actor:
    """Somebody who registers again with a rejected boleta, before the e-mail is confirmed anew."""
    return Actor(ALUMNO, alumno.nombre_completo, alumno.usuario_id, alumno.escuela_id, alumno.id)


def _ultimo(uow: Uow, alumno: Alumno) -> Servicio | None:
    """The alumno's newest servicio that began with a prerregistro, locked."""
    query = (
        select(Servicio)
        .join(Prerregistro, Prerregistro.servicio_id == Servicio.id)
        .where(Servicio.alumno_id == alumno.id)
        .order_by(Servicio.id.desc())
        .limit(1)
    )
    query = query.with_for_update(of=Servicio).execution_options(populate_existing=True)
    found: Servicio | None = uow.session.scalar(query)
    return found


def _con_servicio(uow: Uow, alumno: Alumno, salvo: Servicio | None) -> bool:
    query = select(Servicio.id).where(
        Servicio.alumno_id == alumno.id, Servicio.estado.not_in(SERVICIO_CERRADO)
    )
    if salvo is not None:
        query = query.where(Servicio.id != salvo.id)
    return uow.session.scalar(query.limit(1)) is not None


def _adjuntar(uow: Uow, servicio: Servicio, guardado: Guardado) -> None:
    documento = documentos.registrar(uow, guardado, TIPO, alumno_id=servicio.alumno_id)
    pre = uow.session.scalar(select(Prerregistro).where(Prerregistro.servicio_id == servicio.id))
    if pre is None:
        uow.add(Prerregistro(servicio_id=servicio.id, documento_id=documento.id))
    else:
        pre.documento_id = documento.id


def _dependencia(uow: Uow, nombre: str) -> Dependencia:
    """Who that name means here: an internal prestatario by any of its names, a dependencia that the escuela knows by
    a convenio or a servicio, else a new one of which nothing else is known."""
    interno = escuelas.perfil().interno(nombre)
    nombres = (interno.nombre, *interno.alias) if interno else (limpiar(nombre),)
    llanos = {_llano(n) for n in nombres}
    con_convenio = select(Convenio.id).where(Convenio.dependencia_id == Dependencia.id).exists()
    con_servicio = select(Servicio.id).where(Servicio.dependencia_id == Dependencia.id).exists()
    alike = (Dependencia.busqueda.contains(sin_acentos(n.casefold()), autoescape=True) for n in nombres)
    query = select(Dependencia).where(or_(*alike), or_(con_convenio, con_servicio)).order_by(Dependencia.id)
    for found in uow.session.scalars(query.limit(SUGERIDOS)):
        if llanos & {_llano(found.razon_social), _llano(found.nombre_corto)}:
            return found
    return uow.add(Dependencia(razon_social=nombres[0][:250]))


def _llano(nombre: str) -> str:
    """A name as it is compared: no accents, case, punctuation or double blanks."""
    return " ".join(re.findall(r"\w+", sin_acentos(nombre.casefold())))


# ---- the office ----


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
        _revisar_plan(plan, servicio.inicio, servicio.termino)
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
        if servicio.estado in CORREGIBLE:
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


def de_alumno(alumno_id: int) -> Any:
    """(servicio, prerregistro) of an alumno's newest prerregistro, or None: what their own pages show."""
    query = (
        select(Servicio, Prerregistro)
        .join(Prerregistro, Prerregistro.servicio_id == Servicio.id)
        .where(Servicio.alumno_id == alumno_id)
        .order_by(Servicio.id.desc())
        .limit(1)
    )
    return db.session.execute(query).one_or_none()
