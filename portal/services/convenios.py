"""The convenio from the first e-mail address to its end: one function per verb, each one transaction [seed 002]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain import dependencia as datos
from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.calendario import to_local
from portal.domain.convenio import ABIERTOS, RECIBE_DOCUMENTOS
from portal.domain.documento import exigir_servibles
from portal.domain.machine import Forbidden, Refused
from portal.models import Convenio, ConvenioDocumento, Dependencia, DossierDocumento, db
from portal.models.dependencia import texto_de_busqueda
from portal.services import convenios_avisos, correos, dossier, escuelas
from portal.services.convenios_avisos import ruta_seguimiento
from portal.services.effects import Para
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record

INICIOS_POR_DIA = 5


# ---- The dependencia's side ---------------------------------------------------------------------


def actor_de_enlace(dependencia: Dependencia, ip: str = "") -> Actor:
    """Whoever holds the follow-up link of a convenio acts for its dependencia, and for nothing else."""
    nombre = dependencia.representante_nombre or dependencia.razon_social or dependencia.correo
    return Actor("dependencia", nombre, dependencia_ids=frozenset({dependencia.id}), ip=ip)


def iniciar(correo: str, *, now: datetime) -> str:
    """Begin a request of somebody without an account and mail the link to go on; answers that link's path.

    Raises Refused after five in a day for one address: nobody's mailbox is filled through the portal.
    """
    correo = correo.strip().lower()
    with unit_of_work(now) as uow:
        recientes = select(func.count(Convenio.id)).where(
            Convenio.correo_contacto == correo, Convenio.creado > now - timedelta(days=1)
        )
        if (uow.session.scalar(recientes) or 0) >= INICIOS_POR_DIA:
            raise Refused("convenio.demasiados_inicios")
        dependencia = uow.add(Dependencia(correo=correo))
        convenio = uow.add(Convenio(dependencia_id=dependencia.id, correo_contacto=correo))
        record(uow, convenio, "iniciar_solicitud", actor_de_enlace(dependencia))
        return _mandar_enlace(uow, convenio)


def reenviar_enlace(convenio_id: int, *, now: datetime) -> None:
    """Mail a new follow-up link to the address of the request: what an expired link offers."""
    with unit_of_work(now) as uow:
        _mandar_enlace(uow, uow.lock_id(Convenio, convenio_id))


def _mandar_enlace(uow: Uow, convenio: Convenio) -> str:
    ruta = ruta_seguimiento(uow, convenio)
    correos.escribir(uow, "convenio_seguimiento", Para(convenio.correo_contacto, ruta))
    return ruta


def guardar(
    public_id: str, paso: str, campos: Mapping[str, str], *, actor: Actor, now: datetime
) -> dict[str, str]:
    """Save one step of the data; answers the sentence of each refused column and saves nothing if there is one.

    Raises Refused("convenio.rfc_verificado") where the RFC belongs to a dependencia that has an account.
    """
    asked = {campo: campos.get(campo, "") for campo in datos.PASOS[paso]}
    clean, errors = datos.normalise(asked)
    if errors:
        return errors
    with unit_of_work(now) as uow:
        convenio, dependencia = _propio(uow, public_id, actor)
        if convenio.estado not in RECIBE_DOCUMENTOS or dependencia.verificada is not None:
            raise Refused("convenio.no_se_edita")
        if "rfc" in clean and rfc_verificado(uow.session, clean["rfc"], dependencia.id):
            raise Refused("convenio.rfc_verificado")
        for campo, value in clean.items():
            setattr(dependencia, campo, value)
        dependencia.busqueda = texto_de_busqueda(
            dependencia.razon_social, dependencia.nombre_corto, dependencia.rfc
        )
    return {}


def _propio(uow: Uow, public_id: str, actor: Actor) -> tuple[Convenio, Dependencia]:
    convenio = uow.lock(Convenio, public_id)
    if convenio.dependencia_id not in actor.dependencia_ids:
        raise Forbidden("accion.sin_permiso")
    return convenio, uow.lock_id(Dependencia, convenio.dependencia_id)


def rfc_verificado(session: Session, rfc: str, excepto_id: int) -> bool:
    """Whether another dependencia that an escuela verified has this RFC."""
    query = select(Dependencia.id).where(
        Dependencia.rfc == rfc, Dependencia.verificada.is_not(None), Dependencia.id != excepto_id
    )
    return session.scalar(query.limit(1)) is not None


def enviar(public_id: str, *, actor: Actor, now: datetime) -> Convenio:
    """Send a request whole, or send it again once every rejected document has a new version."""
    with unit_of_work(now) as uow:
        convenio, dependencia = _propio(uow, public_id, actor)
        if dependencia.verificada is None and rfc_verificado(uow.session, dependencia.rfc, dependencia.id):
            raise Refused("convenio.rfc_verificado")
        _enviar(uow, convenio, dependencia, actor)
        return convenio


def _enviar(uow: Uow, convenio: Convenio, dependencia: Dependencia, actor: Actor) -> None:
    actuales = dossier.actuales(uow.session, convenio.id)
    data = {
        "sin_datos": datos.incompletos(dependencia) if dependencia.verificada is None else [],
        "faltan": dossier.faltantes(actuales),
        "rechazados": [d.tipo for d in actuales.values() if d.estado == "rechazado"],
    }
    act(uow, convenio, "corregir" if convenio.estado == "observado" else "enviar", actor, data)


def cancelar(public_id: str, *, actor: Actor, now: datetime) -> Convenio:
    """The dependencia withdraws its request before it is decided."""
    with unit_of_work(now) as uow:
        convenio, _ = _propio(uow, public_id, actor)
        act(uow, convenio, "cancelar", actor)
        return convenio


def solicitar(dependencia_public_id: str, *, actor: Actor, now: datetime) -> Convenio:
    """A verified dependencia asks the escuela in scope for a convenio with the dossier that it has.

    Sent at once where the dossier holds all that this escuela asks for; otherwise it is born a draft that says what
    lacks. Raises Refused where there is one already.
    """
    with unit_of_work(now) as uow:
        dependencia_id = _suya(uow, dependencia_public_id, actor).id
    rechazados = dossier.rechazados(dependencia_id)
    with unit_of_work(now) as uow:
        dependencia = _suya(uow, dependencia_public_id, actor)
        if _hay_otro(uow, dependencia.id):
            raise Refused("convenio.ya_abierto")
        convenio = uow.add(Convenio(dependencia_id=dependencia.id, correo_contacto=dependencia.correo))
        record(uow, convenio, "iniciar_solicitud", actor)
        archivos = dossier.reutilizables(uow.session, dependencia.id, rechazados)
        dossier.acompanar(uow, convenio, archivos.values(), actor)
        if not dossier.faltantes(dossier.actuales(uow.session, convenio.id)):
            _enviar(uow, convenio, dependencia, actor)
        return convenio


def _suya(uow: Uow, public_id: str, actor: Actor) -> Dependencia:
    """The actor's dependencia of that id, locked: two requests at once come one after the other."""
    dependencia = uow.lock(Dependencia, public_id)
    if dependencia.id not in actor.dependencia_ids:
        raise NotFound("Dependencia")
    if dependencia.verificada is None:
        raise Refused("convenio.sin_verificar")
    return dependencia


def _hay_otro(uow: Uow, dependencia_id: int, *, salvo_id: int | None = None) -> bool:
    """Whether the dependencia has a convenio, or a request for one, with the escuela in scope."""
    query = select(Convenio.id).where(
        Convenio.dependencia_id == dependencia_id, Convenio.estado.in_((*ABIERTOS, "vigente"))
    )
    if salvo_id is not None:
        query = query.where(Convenio.id != salvo_id)
    return uow.session.scalar(query.limit(1)) is not None


def renovar(public_id: str, *, actor: Actor, now: datetime) -> Convenio:
    """Ask for a new term of a convenio that ended or ends soon; what was accepted is not asked for again."""
    with unit_of_work(now) as uow:
        anterior = uow.lock(Convenio, public_id)
        if anterior.dependencia_id not in actor.dependencia_ids:
            raise NotFound("Convenio")
        if not se_puede_renovar(anterior, to_local(now).date()):
            raise Refused("convenio.sin_renovar")
        dependencia = uow.lock_id(Dependencia, anterior.dependencia_id)
        if _hay_otro(uow, dependencia.id, salvo_id=anterior.id):
            raise Refused("convenio.ya_abierto")
        convenio = uow.add(
            Convenio(
                dependencia_id=dependencia.id,
                correo_contacto=anterior.correo_contacto,
                renueva_id=anterior.id,
            )
        )
        record(uow, convenio, "iniciar_renovacion", actor)
        dossier.heredar(uow, convenio, anterior)
        if not dossier.faltantes(dossier.actuales(uow.session, convenio.id)):
            _enviar(uow, convenio, dependencia, actor)
        return convenio


def se_puede_renovar(convenio: Convenio, hoy: date) -> bool:
    """A convenio is renewed once it ended, or from its first warning on (profile: `convenio.avisos_dias`)."""
    if convenio.estado == "vencido":
        return True
    if convenio.estado != "vigente" or convenio.hasta is None:
        return False
    return convenio.hasta - hoy <= timedelta(days=max(escuelas.perfil().convenio.avisos_dias, default=0))


# ---- The office's side --------------------------------------------------------------------------


def dictaminar(
    public_id: str, documento_public_id: str, accion: str, *, actor: Actor, now: datetime, motivo: str = ""
) -> ConvenioDocumento:
    """Judge one document on its own: "aceptar", "rechazar" (with its reason) or "deshacer".

    Raises Stale when somebody else was quicker, or the dependencia sent a newer version.
    """
    with unit_of_work(now) as uow:
        convenio = uow.lock(Convenio, public_id)
        documento = uow.lock(ConvenioDocumento, documento_public_id)
        if documento.convenio_id != convenio.id:
            raise NotFound("ConvenioDocumento")
        if accion == "aceptar":
            exigir_servibles([uow.get(DossierDocumento, documento.dossier_documento_id)])
        act(uow, documento, accion, actor, {"motivo": motivo, "convenio_estado": convenio.estado})
        return documento


def observar(public_id: str, *, actor: Actor, now: datetime, nota: str = "") -> Convenio:
    """Send the request back with the reason of each rejected document, and a note where there is one."""
    with unit_of_work(now) as uow:
        convenio = uow.lock(Convenio, public_id)
        actuales = dossier.actuales(uow.session, convenio.id)
        rechazados = [d for d in actuales.values() if d.estado == "rechazado"]
        act(uow, convenio, "observar", actor, {"rechazados": rechazados, "motivo": nota})
        return convenio


def autorizar(
    public_id: str, *, desde: date | None, hasta: date | None, actor: Actor, now: datetime
) -> Convenio:
    """Authorise a request whose every document is accepted: term, verification, letter, access, mail.

    Raises Refused (a document is not accepted, no right term, the RFC is another dependencia's), Stale.
    """
    with unit_of_work(now) as uow:
        convenio = uow.lock(Convenio, public_id)
        dependencia = uow.lock_id(Dependencia, convenio.dependencia_id)
        actuales = dossier.actuales(uow.session, convenio.id)
        aceptados = [d.tipo for d in actuales.values() if d.estado == "aceptado"]
        data: dict[str, Any] = {
            "sin_aceptar": [d.tipo for d in actuales.values() if d.estado != "aceptado"]
            + dossier.faltantes(aceptados),
            "rfc_ocupado": rfc_verificado(uow.session, dependencia.rfc, dependencia.id),
            "desde": desde,
            "hasta": hasta,
            "hoy": to_local(now).date(),
        }
        convenio.desde, convenio.hasta = desde, hasta
        act(uow, convenio, "autorizar", actor, data)
        return convenio


def rechazar(public_id: str, *, motivo: str, actor: Actor, now: datetime) -> Convenio:
    """Refuse the whole request, with a reason."""
    return _resolver(public_id, "rechazar", motivo, actor, now)


def terminar(public_id: str, *, motivo: str, actor: Actor, now: datetime) -> Convenio:
    """End a convenio before its term, with a reason."""
    return _resolver(public_id, "terminar", motivo, actor, now)


def _resolver(public_id: str, accion: str, motivo: str, actor: Actor, now: datetime) -> Convenio:
    with unit_of_work(now) as uow:
        convenio = uow.lock(Convenio, public_id)
        act(uow, convenio, accion, actor, {"motivo": motivo})
        return convenio


# ---- Time ---------------------------------------------------------------------------------------


def actualizar_vigencias(now: datetime) -> int:
    """Move the convenios of the escuela in scope along with the calendar; answers how many moved or were warned.

    autorizado → vigente on its first day, vigente → vencido after its last; between, each warning of the profile
    (60 and 15 days before the end) is sent once, and not at all where a renewal is under way.
    """
    hoy = to_local(now).date()
    moved = _mover("autorizado", "iniciar", Convenio.desde <= hoy, now)
    moved += _mover("vigente", "vencer", Convenio.hasta < hoy, now)
    return moved + sum(_avisar(convenio_id, now) for convenio_id in _por_avisar(hoy))


def _mover(estado: str, accion: str, criterio: Any, now: datetime) -> int:
    ids = db.session.scalars(select(Convenio.id).where(Convenio.estado == estado, criterio)).all()
    for convenio_id in ids:
        with unit_of_work(now) as uow:
            convenio = uow.lock_id(Convenio, convenio_id)
            if convenio.estado == estado:
                act(uow, convenio, accion, SISTEMA_ACTOR)
    return len(ids)


def _por_avisar(hoy: date) -> list[int]:
    first = max(escuelas.perfil().convenio.avisos_dias, default=0)
    query = select(Convenio.id).where(
        Convenio.estado == "vigente", Convenio.hasta >= hoy, Convenio.hasta <= hoy + timedelta(days=first)
    )
    return list(db.session.scalars(query))


def _avisar(convenio_id: int, now: datetime) -> bool:
    """Send the warning whose day has come, if it was not sent yet; a later one makes up for an earlier."""
    with unit_of_work(now) as uow:
        convenio = uow.lock_id(Convenio, convenio_id)
        if convenio.estado != "vigente" or convenio.hasta is None:
            return False
        faltan = (convenio.hasta - to_local(now).date()).days
        aviso = min((d for d in escuelas.perfil().convenio.avisos_dias if faltan <= d), default=None)
        if aviso is None or (convenio.avisado is not None and convenio.avisado <= aviso):
            return False
        convenio.avisado = aviso
        if _hay_otro(uow, convenio.dependencia_id, salvo_id=convenio.id):
            return False
        record(uow, convenio, "avisar_fin", SISTEMA_ACTOR)
        for para in convenios_avisos.por_vencer(uow, convenio, faltan):
            correos.escribir(uow, "convenio_por_vencer", para)
        return True
