"""Who signs while somebody is away: named with dates by whoever is away, or by the office."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from portal.domain.access import FIRMANTE, Actor
from portal.domain.calendario import to_local
from portal.domain.carta import EN_FIRMA, OFICINA, in_turn
from portal.domain.machine import Forbidden, Refused
from portal.domain.personas import limpiar, nombre_y_cargo
from portal.models import Carta, Firma, Suplencia, db
from portal.services import enlaces
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import record
from tenants.scope import current_escuela, escuela_scope

MAXIMO = timedelta(days=366)
VUELTA = 30  # days after its last one in which what still waits for a substitute goes back


@dataclass(frozen=True)
class Suplente:
    """Who signs instead, and from which day to which, both included."""

    nombre: str
    cargo: str
    correo: str
    desde: date
    hasta: date


def vigentes(hoy: date) -> Sequence[Suplencia]:
    """Those of the escuela that run today or are to come, the next to end first."""
    query = select(Suplencia).where(Suplencia.hasta >= hoy, Suplencia.cancelada.is_(None))
    return list(db.session.scalars(query.order_by(Suplencia.hasta, Suplencia.id).limit(200)))


def aplicar(uow: Uow, firma: Firma, hoy: date) -> None:
    """Put who signs today into a place: the substitute, or who was to sign where the absence is over.

    The links of whoever had it die.
    """
    antes, titular = firma.correo, firma.titular_correo or firma.correo
    query = select(Suplencia).where(
        Suplencia.correo == titular.lower(),
        Suplencia.desde <= hoy,
        Suplencia.hasta >= hoy,
        Suplencia.cancelada.is_(None),
    )
    suplencia = uow.session.scalar(query.order_by(Suplencia.id.desc()).limit(1))
    if suplencia is not None:
        if not firma.titular_correo:
            firma.titular_nombre, firma.titular_cargo = firma.nombre, firma.cargo
            firma.titular_correo = firma.correo
        firma.nombre, firma.cargo = suplencia.nombre, suplencia.cargo
        firma.correo = suplencia.suplente_correo
    elif firma.titular_correo:
        firma.nombre, firma.cargo, firma.correo = firma.titular_nombre, firma.titular_cargo, titular
        firma.titular_nombre = firma.titular_cargo = firma.titular_correo = ""
    if firma.correo != antes:
        enlaces.anular(uow, "firma", objeto_id=firma.id)


def nombrar(titular: str, correo: str, suplente: Suplente, *, actor: Actor, now: datetime) -> Suplencia:
    """The office names who signs for somebody who is away; what waits for them goes to the substitute at once.

    Raises Forbidden, Refused("suplencia.fechas", "suplencia.la_misma", "firma.sin_nombre", "firma.correo_invalido").
    """
    if not actor.permisos & set(OFICINA) or actor.escuela_id != current_escuela():
        raise Forbidden("accion.sin_permiso")
    with unit_of_work(now) as uow:
        suplencia = _crear(uow, titular, correo, suplente, actor)
        _mudar(uow, suplencia.correo)
        return suplencia


def nombrar_por_enlace(
    token: str, suplente: Suplente, *, identidad: str, ip: str, now: datetime
) -> tuple[str, bool]:
    """Who was asked to sign names a substitute; answers the name and whether the letter went to them today.

    What a substitute is given goes beyond one letter: the link alone is never enough for it, and a substitute names
    nobody. Raises as `nombrar` and as signing does (not in turn, no code, closed).
    """
    from portal.services import firmas, firmas_avisos

    pedido = firmas.por_enlace(token, now=now)
    with escuela_scope(pedido.escuela_id), unit_of_work(now) as uow:
        carta = uow.lock_id(Carta, uow.get(Firma, pedido.objeto_id).carta_id)
        firma = uow.lock_id(Firma, pedido.objeto_id)
        if pedido.estado != "vigente":
            raise Refused(f"enlace.{pedido.estado}")
        if carta.estado not in EN_FIRMA or firma not in in_turn(firmas_avisos.de_carta(uow, carta.id)):
            raise Refused("firma.carta_cerrada")
        if not identidad:
            raise Refused("firma.sin_codigo")
        if firma.titular_correo:
            raise Refused("suplencia.de_suplente")
        actor = Actor(FIRMANTE, firma.nombre, firma_id=firma.id, ip=ip)
        suplencia = _crear(uow, firma.nombre, firma.correo, suplente, actor)
        _mudar(uow, suplencia.correo)
        return suplencia.nombre, firma.titular_correo != ""


def cancelar(public_id: str, *, actor: Actor, now: datetime) -> Suplencia:
    """End a substitution before its day: what waits for the substitute goes back. NotFound, Forbidden, Refused."""
    with unit_of_work(now) as uow:
        suplencia = uow.lock(Suplencia, public_id)
        if not actor.permisos & set(OFICINA):
            raise Forbidden("accion.sin_permiso")
        if suplencia.cancelada is not None or suplencia.hasta < to_local(now).date():
            raise Refused("suplencia.terminada")
        suplencia.cancelada = now
        record(uow, suplencia, "cancelar", actor)
        _mudar(uow, suplencia.correo)
        return suplencia


def mudar_por_fecha(now: datetime) -> int:
    """Daily: what waits goes to who signs from today on, or back to who is here again. Safe to run twice.

    Returns for how many addresses it was looked at.
    """
    hoy = to_local(now).date()
    query = select(Suplencia.correo).where(
        Suplencia.desde <= hoy,
        Suplencia.hasta >= hoy - timedelta(days=VUELTA),
        Suplencia.cancelada.is_(None),
    )
    titulares = list(db.session.scalars(query.distinct().order_by(Suplencia.correo)))
    for correo in titulares:
        with unit_of_work(now) as uow:
            _mudar(uow, correo)
    return len(titulares)


def _crear(uow: Uow, titular: str, correo: str, suplente: Suplente, actor: Actor) -> Suplencia:
    correo, otro = correo.strip().lower()[:254], suplente.correo.strip().lower()[:254]
    nombre, cargo = nombre_y_cargo(suplente.nombre, suplente.cargo)
    hoy = to_local(uow.now).date()
    if not (limpiar(titular) and nombre and cargo):
        raise Refused("firma.sin_nombre")
    if correo.count("@") != 1 or otro.count("@") != 1:
        raise Refused("firma.correo_invalido")
    if correo == otro:
        raise Refused("suplencia.la_misma")
    if not max(suplente.desde, hoy) <= suplente.hasta <= suplente.desde + MAXIMO:
        raise Refused("suplencia.fechas")
    suplencia = uow.add(
        Suplencia(
            correo=correo,
            titular=limpiar(titular)[:200],
            nombre=nombre,
            cargo=cargo,
            suplente_correo=otro,
            desde=suplente.desde,
            hasta=suplente.hasta,
            autor=actor.nombre[:200],
        )
    )
    record(uow, suplencia, "nombrar", actor)
    return suplencia


def _mudar(uow: Uow, correo: str) -> None:
    """Send what waits for a signer to who signs for them today, or back; only those whose turn it is hold a link."""
    from portal.services import firmas_avisos

    query = select(Firma.id, Firma.carta_id).where(
        Firma.estado == "pendiente",
        (func.lower(Firma.correo) == correo) | (func.lower(Firma.titular_correo) == correo),
    )
    mudadas: dict[str, list[Firma]] = {}
    for firma_id, carta_id in uow.session.execute(query.order_by(Firma.id)).all():
        carta = uow.lock_id(Carta, carta_id)
        firma = uow.lock_id(Firma, firma_id)
        antes = firma.correo
        aplicar(uow, firma, to_local(uow.now).date())
        en_turno = carta.estado in EN_FIRMA and firma in in_turn(firmas_avisos.de_carta(uow, carta.id))
        if firma.correo != antes and en_turno:
            mudadas.setdefault(firma.correo.lower(), []).append(firma)
    for suyas in mudadas.values():
        firmas_avisos.enviar_juntas(uow, suyas)
