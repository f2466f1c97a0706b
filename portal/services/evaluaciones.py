"""The evaluación de desempeño by a personal link: asked by the alumno, filled and signed by the responsable directo.

Opening the link uses nothing up. What is signed is drawn as a PDF by the outbox and goes to review as if it had been
uploaded; a criterio and its scale are the profile's, as they were when it was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from portal.domain.access import ALUMNO, FIRMANTE, SISTEMA_ACTOR, Actor, relations
from portal.domain.machine import Refused
from portal.domain.personas import nombre_y_cargo
from portal.models import Alumno, Dependencia, Entrega, Evaluacion, Proyecto, Servicio
from portal.services import (
    correos,
    destinatarios,
    documentos,
    enlaces,
    entregas,
    escuelas,
    firmas,
    servicios,
)
from portal.services.effects import Para, aviso, effect
from portal.services.enlaces import Pedido
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record
from tenants.profile_reviews import Evaluacion as Formulario
from tenants.scope import current_escuela, escuela_scope

TAREA = "evaluacion"
ENTRE_ENVIOS = timedelta(minutes=10)
AL_DIA = 5  # times that one may be asked of whatever addresses: the portal writes to whom the alumno names
DECLARACION = "Declaro que soy responsable directo de este prestador y que lo aquí dicho es cierto."
RECIBE = ("habilitada", "rechazada")


def formulario(version: int) -> Formulario:
    """The criterios and the scale of a profile version."""
    return escuelas.perfil(version).evaluacion


def propuesta(proyecto: Proyecto | None, dependencia: Dependencia) -> tuple[str, str, str]:
    """Name, cargo and mail of the responsable directo as the portal knows them; the representante for want of one."""
    if proyecto is not None and proyecto.responsable_correo:
        return proyecto.responsable_nombre, proyecto.responsable_cargo, proyecto.responsable_correo
    d = dependencia
    return d.representante_nombre, d.representante_cargo, d.representante_correo


def de_entrega(session: Any, entrega_id: int) -> Evaluacion | None:
    """The last one that was asked for an entrega."""
    query = select(Evaluacion).where(Evaluacion.entrega_id == entrega_id).order_by(Evaluacion.id.desc())
    return session.scalars(query.limit(1).execution_options(populate_existing=True)).first()  # type: ignore[no-any-return]


def pedir(public_id: str, *, nombre: str, cargo: str, correo: str, actor: Actor, now: datetime) -> Evaluacion:
    """Write to the responsable directo; one asked before and not answered is cancelled. Refused, Stale, Forbidden."""
    nombre, cargo = nombre_y_cargo(nombre, cargo)
    correo = correo.strip().lower()[:254]
    with unit_of_work(now) as uow:
        entrega, servicio = entregas.por_enviar(uow, public_id, actor)
        if "formulario" not in servicios.plan_de(servicio).entrega(entrega.clave).formas:
            raise Refused("evaluacion.no_se_pide")
        _revisar_destino(uow, entrega, nombre, correo)
        _revisar_veces(uow, entrega)
        cancelar_pendiente(uow, entrega)
        nueva = uow.add(
            Evaluacion(
                entrega_id=entrega.id,
                alumno_id=entrega.alumno_id,
                dependencia_id=entrega.dependencia_id,
                perfil_version=servicio.perfil_version,
                nombre=nombre,
                cargo=cargo,
                correo=correo,
                avisada=now,
            )
        )
        record(uow, nueva, "pedir", actor)
        _escribir(uow, nueva, entrega)
        return nueva


def _revisar_destino(uow: Uow, entrega: Entrega, nombre: str, correo: str) -> None:
    if not nombre:
        raise Refused("evaluacion.sin_nombre")
    if correo.count("@") != 1 or correo.startswith("@") or "." not in correo.rpartition("@")[2]:
        raise Refused("evaluacion.sin_correo")
    if correo == uow.get(Alumno, entrega.alumno_id).correo.strip().lower():
        raise Refused("evaluacion.correo_propio")


def _revisar_veces(uow: Uow, entrega: Entrega) -> None:
    query = select(func.count(Evaluacion.id)).where(
        Evaluacion.entrega_id == entrega.id, Evaluacion.creado > uow.now - timedelta(days=1)
    )
    if (uow.session.scalar(query) or 0) >= AL_DIA:
        raise Refused("evaluacion.muchas", maximo=AL_DIA)


def _escribir(uow: Uow, evaluacion: Evaluacion, entrega: Entrega) -> None:
    """A new personal link; the ones sent before die."""
    enlaces.anular(uow, "evaluacion", objeto_id=evaluacion.id)
    marca = enlaces.crear(uow, "evaluacion", escuela_id=current_escuela(), objeto_id=evaluacion.id)
    evaluacion.avisada = uow.now
    alumno = uow.get(Alumno, evaluacion.alumno_id)
    contexto = {
        "nombre": evaluacion.nombre,
        "alumno": alumno.nombre_completo,
        "boleta": alumno.boleta,
        "dependencia": uow.get(Dependencia, entrega.dependencia_id).nombre_visible,
    }
    correos.escribir(
        uow, "evaluacion_pedida", Para(evaluacion.correo, ruta=f"/evaluar/{marca}", contexto=contexto)
    )


@effect("cerrar_evaluacion")
def cerrar_evaluacion(uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """An entrega that was sent needs no evaluación that is still waited for."""
    if entrega.tipo == "evaluacion":
        cancelar_pendiente(uow, entrega)


def cancelar_pendiente(uow: Uow, entrega: Entrega) -> None:
    """Close what was asked and not answered; its link dies."""
    pendiente = de_entrega(uow.session, entrega.id)
    if pendiente is not None and pendiente.estado == "pedida":
        enlaces.anular(uow, "evaluacion", objeto_id=pendiente.id)
        act(uow, pendiente, "cancelar", SISTEMA_ACTOR)


def reenviar(public_id: str, *, actor: Actor, now: datetime) -> Evaluacion:
    """The alumno has the responsable written to again, at most every ten minutes. NotFound, Refused."""
    with unit_of_work(now) as uow:
        entrega, _ = entregas.bloquear(uow, public_id)
        if ALUMNO not in relations(actor, entrega):
            raise NotFound("Entrega")
        pendiente = de_entrega(uow.session, entrega.id)
        if pendiente is None or pendiente.estado != "pedida":
            raise Refused("evaluacion.ninguna")
        if now - pendiente.avisada < ENTRE_ENVIOS:
            raise Refused("evaluacion.recien_enviada")
        record(uow, pendiente, "reenviar", actor)
        _escribir(uow, pendiente, entrega)
        return pendiente


# ---- the responsable's link ----


def por_enlace(token: str, *, now: datetime) -> Pedido:
    """The evaluación that a link asks for. NotFound."""
    return enlaces.pedido(token, "evaluacion", now=now)


@dataclass(frozen=True)
class Respuesta:
    """What the responsable typed: name and cargo as they will be printed, criterio -> value of the scale."""

    nombre: str
    cargo: str
    respuestas: Mapping[str, int]
    comentarios: str = ""
    declara: bool = False


def firmar(
    token: str,
    respuesta: Respuesta,
    *,
    trazo: str = "",
    archivo: tuple[Path, str] | None = None,
    ip: str,
    now: datetime,
) -> None:
    """Sign with an uploaded image or a drawing (PNG data URL); the link dies with it, the outbox does the rest.

    Raises FileRefused (blank or unreadable), Refused (holes, no declaration, no ink, closed), NotFound.
    """
    pedido = por_enlace(token, now=now)
    if archivo is None and not trazo.strip():
        raise Refused("firma.sin_imagen")
    if not respuesta.declara:
        raise Refused("evaluacion.sin_declaracion")
    with escuela_scope(pedido.escuela_id), firmas.tinta(trazo, archivo) as tinta, unit_of_work(now) as uow:
        evaluacion, actor = _en_turno(uow, token, ip)
        imagen = documentos.registrar(uow, tinta, "firma")
        limpias = _limpias(formulario(evaluacion.perfil_version), respuesta.respuestas)
        nombre, evaluacion.cargo = nombre_y_cargo(respuesta.nombre, respuesta.cargo)
        evaluacion.nombre, evaluacion.ip = nombre or evaluacion.nombre, ip[:45]
        evaluacion.respuestas, evaluacion.comentarios = limpias, respuesta.comentarios.strip()[:1000]
        evaluacion.imagen_documento_id, evaluacion.firmada = imagen.id, now
        faltan = [c for c in formulario(evaluacion.perfil_version).criterios if c.clave not in limpias]
        datos = {"faltan": faltan, "declara": respuesta.declara, "imagen_documento_id": imagen.id}
        act(uow, evaluacion, "firmar", actor, datos)
        uow.later(TAREA, evaluacion.id)


def _limpias(form: Formulario, respuestas: Mapping[str, int]) -> dict[str, int]:
    """The answers that are of this form and on its scale."""
    return {
        c.clave: respuestas[c.clave]
        for c in form.criterios
        if 1 <= respuestas.get(c.clave, 0) <= len(form.escala)
    }


def rechazar(token: str, *, motivo: str, ip: str, now: datetime) -> None:
    """Not to evaluate, with a reason that the alumno reads. The link dies with it."""
    pedido = por_enlace(token, now=now)
    with escuela_scope(pedido.escuela_id), unit_of_work(now) as uow:
        evaluacion, actor = _en_turno(uow, token, ip)
        evaluacion.ip = ip[:45]
        act(uow, evaluacion, "rechazar", actor, {"motivo": motivo})


def pedir_otro_enlace(token: str, *, now: datetime) -> None:
    """Whoever holds an expired link gets a new one at the responsable's own address."""
    pedido = por_enlace(token, now=now)
    with escuela_scope(pedido.escuela_id), unit_of_work(now) as uow:
        evaluacion = uow.lock_id(Evaluacion, pedido.objeto_id)
        entrega = uow.get(Entrega, evaluacion.entrega_id)
        reciente = now - evaluacion.avisada < ENTRE_ENVIOS
        if evaluacion.estado == "pedida" and entrega.estado in RECIBE and not reciente:
            _escribir(uow, evaluacion, entrega)


def _en_turno(uow: Uow, token: str, ip: str) -> tuple[Evaluacion, Actor]:
    """The evaluación behind a link, locked after its entrega, and the link used up."""
    enlace = enlaces.consumir(uow, token, "evaluacion")
    entrega_id = uow.get(Evaluacion, enlace.objeto_id).entrega_id
    servicio = uow.lock_id(Servicio, uow.get(Entrega, entrega_id).servicio_id)
    entrega = uow.lock_id(Entrega, entrega_id)
    evaluacion = uow.lock_id(Evaluacion, enlace.objeto_id)
    if entrega.estado not in RECIBE or servicio.estado != "activo":
        raise Refused("evaluacion.cerrada")
    return evaluacion, Actor(FIRMANTE, evaluacion.nombre, firma_id=evaluacion.id, ip=ip)


# ---- mails ----


def _al_alumno(uow: Uow, evaluacion: Evaluacion, **mas: Any) -> Para:
    alumno, entrega = uow.get(Alumno, evaluacion.alumno_id), uow.get(Entrega, evaluacion.entrega_id)
    ruta = f"/{destinatarios.slug(uow)}/alumno/entregas/{entrega.public_id}"
    return Para(
        alumno.correo,
        ruta,
        alumno.usuario_id,
        {"nombre": alumno.nombre, "responsable": evaluacion.nombre, **mas},
    )


@aviso("evaluacion_firmada")
def avisar_firmada(
    uow: Uow, evaluacion: Evaluacion, _actor: Actor, _data: Mapping[str, Any]
) -> Iterable[Para]:
    """The alumno knows that it was signed and is being reviewed."""
    yield _al_alumno(uow, evaluacion)


@aviso("evaluacion_rechazada")
def avisar_rechazada(
    uow: Uow, evaluacion: Evaluacion, _actor: Actor, data: Mapping[str, Any]
) -> Iterable[Para]:
    """The alumno reads why the responsable did not evaluate."""
    yield _al_alumno(uow, evaluacion, motivo=data["motivo"].strip())
