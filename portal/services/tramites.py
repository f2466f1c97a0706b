"""Trámites: an alumno asks the office for a letter; the office issues it, one by one or many, or refuses [seed 002]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import and_, func, or_, select

from portal.domain.access import ALUMNO, SISTEMA_ACTOR, Actor, relations
from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.domain.tramite import NOMBRES, TIPOS
from portal.models import Alumno, Carta, Dependencia, Proyecto, Servicio, Solicitud, Tramite, db
from portal.services import cartas, destinatarios, effects, escuelas, solicitudes, valores
from portal.services.effects import Para, aviso, effect
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record

RECIENTES = 5  # issued constancias that are held against the roll


def pedir(tipo: str, *, actor: Actor, now: datetime, solicitud_public_id: str = "") -> Tramite:
    """Ask the office for a letter, for a solicitud (then it is attached by itself) or, a constancia, on its own.

    One constancia serves every solicitud: see `constancia_vigente`. Refused, with the public id of the first in its
    `tramite`: tramite.repetido, tramite.ya_emitida; and tramite.sin_proyecto, solicitud.ya_enviada.
    """
    if actor.alumno_id is None or tipo not in TIPOS:
        raise Forbidden("accion.sin_permiso")
    with unit_of_work(now) as uow:
        alumno = uow.lock_id(Alumno, actor.alumno_id)
        solicitud = _solicitud(uow, solicitud_public_id, actor) if solicitud_public_id else None
        antes = _de_la_misma(uow, solicitud) if tipo == "presentacion" else constancia_vigente(alumno)
        if antes is not None:
            key = "tramite.repetido" if antes.estado == "pedido" else "tramite.ya_emitida"
            raise Refused(key, tramite=antes.public_id)
        tramite = uow.add(
            Tramite(
                tipo=tipo,
                alumno_id=alumno.id,
                solicitud_id=solicitud.id if solicitud else None,
                proyecto_id=solicitud.proyecto_id if solicitud else None,
            )
        )
        record(uow, tramite, "pedir", actor)
        return tramite


def _de_la_misma(uow: Uow, solicitud: Solicitud | None) -> Tramite | None:
    """The carta de presentación that the office still has for a solicitud."""
    if solicitud is None:
        raise Refused("tramite.sin_proyecto")
    query = select(Tramite).where(
        Tramite.solicitud_id == solicitud.id, Tramite.tipo == "presentacion", Tramite.estado == "pedido"
    )
    found: Tramite | None = uow.session.scalar(query.limit(1))
    return found


def constancia_vigente(alumno: Alumno) -> Tramite | None:
    """The trámite that makes another constancia de estudios needless: one that the office still has, or one asked for
    since the alumno's newest servicio was opened whose letter is not revoked and says what the roll says today. One
    statement."""
    empezo = select(func.max(Servicio.creado)).where(Servicio.alumno_id == alumno.id).scalar_subquery()
    emitida = and_(
        Tramite.estado == "atendido",
        Carta.estado != "revocada",
        Tramite.creado >= func.coalesce(empezo, alumno.creado),
    )
    query = (
        select(Tramite, Carta.valores)
        .outerjoin(Carta, Carta.id == Tramite.carta_id)
        .where(Tramite.alumno_id == alumno.id, Tramite.tipo == "constancia_estudios")
        .where(or_(Tramite.estado == "pedido", emitida))
        .order_by(Tramite.id.desc())
        .limit(RECIENTES)
    )
    hoy = valores.del_alumno(alumno)
    for tramite, dice in db.session.execute(query):
        if tramite.estado == "pedido" or all(dice.get(name) == value for name, value in hoy.items()):
            return cast(Tramite, tramite)
    return None


def _solicitud(uow: Uow, public_id: str, actor: Actor) -> Solicitud:
    solicitud = uow.lock(Solicitud, public_id)
    if ALUMNO not in relations(actor, solicitud):
        raise NotFound("Solicitud")
    if solicitud.estado != "borrador":
        raise Refused("solicitud.ya_enviada")
    return solicitud


def retirar(public_id: str, *, actor: Actor, now: datetime) -> Tramite:
    """The alumno does not need it any more."""
    with unit_of_work(now) as uow:
        tramite = uow.lock(Tramite, public_id)
        if ALUMNO not in relations(actor, tramite):
            raise NotFound("Tramite")
        act(uow, tramite, "retirar", actor)
        return tramite


def atender(public_id: str, *, actor: Actor, now: datetime) -> Tramite:
    """Issue the letter that was asked for. Refused("carta.faltan_datos") when the record lacks something."""
    with unit_of_work(now) as uow:
        tramite = uow.lock(Tramite, public_id)
        atender_en(uow, tramite, actor)
        return tramite


def atender_en(uow: Uow, tramite: Tramite, actor: Actor) -> Carta:
    """The same inside a larger unit, on a locked trámite; answers the letter."""
    act(uow, tramite, "atender", actor)
    return uow.get(Carta, tramite.carta_id)


def constancia_en(uow: Uow, alumno: Alumno, actor: Actor) -> Carta:
    """A constancia de estudios that the office issues by itself; one that the alumno asked for is answered with it."""
    query = select(Tramite).where(
        Tramite.alumno_id == alumno.id, Tramite.tipo == "constancia_estudios", Tramite.estado == "pedido"
    )
    tramite = uow.session.scalars(query.order_by(Tramite.id).limit(1).with_for_update()).first()
    if tramite is None:
        tramite = uow.add(Tramite(tipo="constancia_estudios", alumno_id=alumno.id))
        record(uow, tramite, "pedir", actor)
    return atender_en(uow, tramite, actor)


def vista_previa(public_id: str, *, actor: Actor, now: datetime) -> bytes:
    """The PDF that a trámite would be answered with, before anything is decided. NotFound, Refused."""
    tramite = db.session.scalar(select(Tramite).where(Tramite.public_id == public_id))
    if tramite is None:
        raise NotFound("Tramite")
    nueva = cartas.VALORES[tramite.tipo](Uow(db.session(), now), tramite, actor, {})
    return _dibujar(tramite.tipo, nueva, now)


def _dibujar(tipo: str, nueva: cartas.Nueva, now: datetime) -> bytes:
    faltan = cartas.faltantes(tipo, nueva, to_local(now).date())
    if faltan:
        raise Refused("carta.faltan_datos", faltan="; ".join(faltan))
    return cartas.vista_previa(tipo, nueva, now=now)


def vista_de_constancia(public_id: str, *, now: datetime) -> bytes:
    """The PDF of the constancia de estudios that an alumno would get. NotFound, Refused."""
    alumno = db.session.scalar(select(Alumno).where(Alumno.public_id == public_id))
    if alumno is None:
        raise NotFound("Alumno")
    return _dibujar("constancia_estudios", _constancia(Uow(db.session(), now), alumno), now)


def negar(public_id: str, *, motivo: str, actor: Actor, now: datetime) -> Tramite:
    """Refuse with a reason that the alumno reads."""
    with unit_of_work(now) as uow:
        tramite = uow.lock(Tramite, public_id)
        act(uow, tramite, "negar", actor, {"motivo": motivo})
        return tramite


@effect("emitir_tramite")
def emitir(uow: Uow, tramite: Tramite, actor: Actor, data: Mapping[str, Any]) -> None:
    """Generate the letter of a trámite."""
    tramite.carta_id = cartas.generar_por_efecto(uow, tramite.tipo, tramite, actor, data).id


def _firmante(uow: Uow, tipo: str) -> cartas.Firmante:
    """Who answers for this kind of letter at the office: a printed line, no circuit."""
    comunes = cartas.comunes(escuelas.actual().perfil_version, tipo, to_local(uow.now).date())
    return cartas.Firmante("responsable", comunes["responsable_nombre"], comunes["responsable_cargo"])


@cartas.valores("presentacion")
def valores_presentacion(uow: Uow, tramite: Tramite, _actor: Actor, _data: Mapping[str, Any]) -> cartas.Nueva:
    """The carta de presentación: the alumno, to the dependencia of the proyecto that is asked for."""
    if tramite.proyecto_id is None:
        raise Refused("tramite.sin_proyecto")
    alumno = uow.get(Alumno, tramite.alumno_id)
    proyecto = uow.get(Proyecto, tramite.proyecto_id)
    dependencia = uow.get(Dependencia, proyecto.dependencia_id)
    plan = solicitudes.plan_con(dependencia)
    return cartas.Nueva(
        {
            **valores.del_alumno(alumno, plan=plan),
            **valores.de_la_dependencia(dependencia),
            **valores.del_proyecto(proyecto),
        },
        [_firmante(uow, "presentacion")],
        alumno_id=alumno.id,
        dependencia_id=None,
    )


@cartas.valores("constancia_estudios")
def valores_constancia(uow: Uow, tramite: Tramite, _actor: Actor, _data: Mapping[str, Any]) -> cartas.Nueva:
    """The constancia de estudios: what the escuela's roll says of the alumno."""
    return _constancia(uow, uow.get(Alumno, tramite.alumno_id))


def _constancia(uow: Uow, alumno: Alumno) -> cartas.Nueva:
    return cartas.Nueva(
        valores.del_alumno(alumno), [_firmante(uow, "constancia_estudios")], alumno_id=alumno.id
    )


@cartas.al_emitir("presentacion")
@cartas.al_emitir("constancia_estudios")
def al_emitir(uow: Uow, carta: Carta) -> None:
    """An issued letter goes to the solicitudes that wait for it, and its alumno is told where to find it."""
    tramite = uow.session.scalar(select(Tramite).where(Tramite.carta_id == carta.id))
    if tramite is None:
        return
    for solicitud in _esperan(uow, tramite):
        if solicitud.id == tramite.solicitud_id or not solicitud.constancia_documento_id:
            solicitudes.poner_papel(solicitud, tramite.tipo, carta.documento_id)
    effects.run("correo:tramite_atendido", uow, tramite, SISTEMA_ACTOR, {})


def _esperan(uow: Uow, tramite: Tramite) -> list[Solicitud]:
    """The drafts that take an issued letter, locked: the one that it was asked for, and of a constancia every one."""
    mine = Solicitud.id == tramite.solicitud_id
    if tramite.tipo == "constancia_estudios":
        mine = Solicitud.alumno_id == tramite.alumno_id
    query = select(Solicitud).where(mine, Solicitud.estado == "borrador").order_by(Solicitud.id)
    return list(uow.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def _al_alumno(uow: Uow, tramite: Tramite, **more: Any) -> Para:
    alumno = uow.get(Alumno, tramite.alumno_id)
    solicitud = uow.get(Solicitud, tramite.solicitud_id) if tramite.solicitud_id else None
    seccion = f"solicitudes/{solicitud.public_id}" if solicitud else "tramites"
    contexto = {
        "nombre": alumno.nombre,
        "documento": NOMBRES[tramite.tipo],
        "para_solicitud": solicitud is not None,
        **more,
    }
    return Para(alumno.correo, f"/{destinatarios.slug(uow)}/alumno/{seccion}", alumno.usuario_id, contexto)


@aviso("tramite_atendido")
def avisar_atendido(uow: Uow, tramite: Tramite, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The letter is there: to download, or already attached."""
    yield _al_alumno(uow, tramite, atentamente=tramite.decidio)


@aviso("tramite_negado")
def avisar_negado(uow: Uow, tramite: Tramite, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno reads why, and who says so."""
    yield _al_alumno(uow, tramite, motivo=data["motivo"], atentamente=actor.nombre)
