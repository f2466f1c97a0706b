"""Prerregistros: an alumno registers with the expediente in one PDF; the office decides on it [seed 001 §§2-4]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, or_, select

from portal.domain.access import ALUMNO, SISTEMA_ACTOR, Actor
from portal.domain.calendario import to_local
from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused
from portal.domain.personas import limpiar, sin_acentos
from portal.domain.plan import Plan
from portal.domain.solicitud import SERVICIO_CERRADO, meets_credits, objeciones_fechas
from portal.files.kinds import EXPEDIENTE, FileKind
from portal.models import Alumno, Bitacora, Convenio, Dependencia, Documento, Prerregistro, Servicio, db
from portal.services import documentos, escuelas, excepciones, registro, servicios
from portal.services.documentos import Guardado
from portal.services.uow import Uow, unit_of_work
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


def revisar(prestacion: Prestacion, now: datetime, *, alumno_id: int | None = None) -> None:
    """Dates and credits are the plan's, and the start is not long past; what the office allowed this alumno passes.

    Of nobody known only the dates are asked. Raises Refused with the sentence.
    """
    if not limpiar(prestacion.prestatario):
        raise Refused("prerregistro.sin_prestatario")
    dias = escuelas.perfil().prerregistro.dias_atras
    plan = plan_con(prestacion.prestatario)
    alumno = db.session.scalar(select(Alumno).where(Alumno.id == alumno_id)) if alumno_id else None
    found = objeciones(plan, prestacion.inicio, prestacion.termino, alumno)
    if prestacion.inicio < to_local(now).date() - timedelta(days=dias):
        found.insert(0, Refused("prerregistro.inicio_lejano", dias=dias))
    permitidas = excepciones.vigentes(alumno_id) if found and alumno_id is not None else ()
    excepciones.dejar_pasar(map(_al_alumno, found), permitidas, vars(prestacion))


def _al_alumno(refused: Refused) -> Refused:
    """The same refusal as an alumno reads it."""
    if refused.key == "solicitud.inicio_invalido":
        return Refused("prerregistro.inicio_invalido", **refused.values)
    return refused


def objeciones(plan: Plan, inicio: date, termino: date, alumno: Alumno | None = None) -> list[Refused]:
    """What speaks against a start day, a length and an alumno's credits (where the escuela knows them), by the plan."""
    found = objeciones_fechas(plan, escuelas.calendario(), inicio, termino, date.min)
    key = meets_credits(None, {"alumno": alumno, "plan": plan}) if alumno is not None else None
    return [*found, Refused(key)] if key else found


def registrar(
    datos: registro.Datos, prestacion: Prestacion, paths: Sequence[Path], nombre: str, now: datetime
) -> str:
    """Keep an alumno's registration with the expediente; the e-mail is confirmed by its link before the office sees it.

    Returns the alumno's public id. Registering again before that replaces what was sent. Raises Refused, FileRefused.
    """
    if not abierta():
        raise Refused("prerregistro.cerrado")
    registro.revisar(datos)
    revisar(prestacion, now, alumno_id=_del_padron(datos))
    with documentos.recibir(paths, nombre, archivo()) as guardado:
        return registrar_guardado(datos, prestacion, guardado, now)


def _del_padron(datos: registro.Datos) -> int | None:
    """The alumno whom the roll knows by this boleta and this e-mail; nobody learns of another's record."""
    query = select(Alumno.id).where(Alumno.boleta == datos.boleta, func.lower(Alumno.correo) == datos.correo)
    return db.session.scalar(query)


def registrar_guardado(
    datos: registro.Datos, prestacion: Prestacion, guardado: Guardado, now: datetime
) -> str:
    """The same with a file that is stored already."""
    with unit_of_work(now) as uow:
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
    revisar(prestacion, now, alumno_id=actor.alumno_id)
    if not paths:
        return enviar_guardado(prestacion, None, datos=datos, actor=actor, now=now)
    with documentos.recibir(paths, nombre, archivo()) as guardado:
        return enviar_guardado(prestacion, guardado, datos=datos, actor=actor, now=now)


def enviar_guardado(
    prestacion: Prestacion,
    guardado: Guardado | None,
    *,
    datos: registro.Personales | None = None,
    actor: Actor,
    now: datetime,
) -> Servicio:
    """The same with a file that is stored already, or with none."""
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
    longest = {
        max(llano.split(), key=len, default=llano) for llano in llanos
    }  # punctuation is kept in the column
    alike = [Dependencia.busqueda.contains(word, autoescape=True) for word in longest]
    query = select(Dependencia).where(or_(*alike), or_(con_convenio, con_servicio)).order_by(Dependencia.id)
    for found in uow.session.scalars(query.limit(SUGERIDOS)):
        if llanos & {_llano(found.razon_social), _llano(found.nombre_corto)}:
            return found
    return uow.add(Dependencia(razon_social=nombres[0][:250]))


def _llano(nombre: str) -> str:
    """A name as it is compared: no accents, case, punctuation or double blanks."""
    return " ".join(re.findall(r"\w+", sin_acentos(nombre.casefold())))


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


def impedimento(alumno: Alumno) -> str:
    """Why an alumno may not send a prerregistro now, as a sentence; "" when they may."""
    query = select(Servicio).where(Servicio.alumno_id == alumno.id, Servicio.estado.not_in(SERVICIO_CERRADO))
    abierto = db.session.scalar(query.limit(1))
    if abierto is None:
        return ""
    key = "prerregistro.ya_enviado" if abierto.estado == "prerregistrado" else "prerregistro.con_servicio"
    return frase(key)


def prestatario_de(servicio: Servicio) -> str:
    """The name of the prestatario of a servicio."""
    host = db.session.get(Dependencia, servicio.dependencia_id)
    return host.razon_social if host is not None else ""


def documento_de(pre: Prerregistro) -> Documento | None:
    """The expediente that was sent last."""
    return db.session.scalar(select(Documento).where(Documento.id == pre.documento_id))


def autor_del_rechazo(servicio: Servicio) -> str:
    """Who rejected a prerregistro; "" where it is not rejected."""
    if servicio.estado != "rechazado":
        return ""
    query = (
        select(Bitacora.autor)
        .where(Bitacora.noun == "servicio", Bitacora.objeto_id == servicio.id, Bitacora.accion == "rechazar")
        .order_by(Bitacora.id.desc())
        .limit(1)
    )
    return db.session.scalar(query) or ""
