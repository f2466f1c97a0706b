"""Tandas: many letters ordered at once. Each is work of the outbox by itself, under the rules of one alone.

A row of a tanda and its letter are one transaction: however often its work is asked for, and whenever a worker dies,
there is one letter. What is refused keeps its sentence, and is tried again or left out by a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.domain.access import EXPEDIENTES, SISTEMA_ACTOR, TERMINOS, Actor
from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused
from portal.domain.personas import list_name, sort_name
from portal.domain.tanda import FALLIDA, MAXIMO, PENDIENTE, VENTANA
from portal.models import Alumno, Carta, Servicio, Tanda, TandaCarta, Tramite, db
from portal.services import finalizacion, tramites
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record
from tenants.ids import new_public_id
from tenants.scope import current_escuela

REPARTIR, UNA = "tanda", "tanda_carta"
CLAVE = 40  # letters
TROPIEZO = "Algo falló al emitirla. El portal la vuelve a intentar solo."


@dataclass(frozen=True)
class Clase:
    """A kind of tanda: whose permission it takes, what its rows are for, and how one letter is issued.

    `seleccion` of public ids answers (id, boleta, paterno, materno, nombre); `columna` of a row keeps the id.
    """

    nombre: str
    permiso: str
    columna: str
    seleccion: Callable[[Sequence[str]], Any]
    emitir: Callable[[Uow, Tanda, TandaCarta, Actor], Carta]


_ALUMNO = (Alumno.boleta, Alumno.paterno, Alumno.materno, Alumno.nombre)


def _tramites(ids: Sequence[str]) -> Any:
    query = select(Tramite.id, *_ALUMNO).join(Alumno, Alumno.id == Tramite.alumno_id)
    return query.where(Tramite.public_id.in_(ids))


def _servicios(ids: Sequence[str]) -> Any:
    query = select(Servicio.id, *_ALUMNO).join(Alumno, Alumno.id == Servicio.alumno_id)
    return query.where(Servicio.public_id.in_(ids))


def _alumnos(ids: Sequence[str]) -> Any:
    return select(Alumno.id, *_ALUMNO).where(Alumno.public_id.in_(ids))


def _emitir_tramite(uow: Uow, _tanda: Tanda, renglon: TandaCarta, actor: Actor) -> Carta:
    return tramites.atender_en(uow, uow.lock_id(Tramite, renglon.tramite_id), actor)


def _emitir_finalizacion(uow: Uow, _tanda: Tanda, renglon: TandaCarta, actor: Actor) -> Carta:
    return finalizacion.finalizar_en(uow, uow.lock_id(Servicio, renglon.servicio_id), actor)


def _emitir_constancia(uow: Uow, _tanda: Tanda, renglon: TandaCarta, actor: Actor) -> Carta:
    return tramites.constancia_en(uow, uow.lock_id(Alumno, renglon.para_alumno_id), actor)


CLASES: dict[str, Clase] = {
    "tramites": Clase("Cartas de trámites", EXPEDIENTES, "tramite_id", _tramites, _emitir_tramite),
    "finalizaciones": Clase(
        "Cartas de finalización", TERMINOS, "servicio_id", _servicios, _emitir_finalizacion
    ),
    "constancias": Clase(
        "Constancias de estudios", EXPEDIENTES, "para_alumno_id", _alumnos, _emitir_constancia
    ),
}


# Kinds that are not the office's to order: who issues one of their rows, by their name.
OTRAS: dict[str, Callable[[Uow, Tanda, TandaCarta], Carta]] = {}


def exigir(clase: str, actor: Actor) -> Clase:
    """The kind of that name, where the actor's office may issue it. NotFound, Forbidden."""
    found = CLASES.get(clase)
    if found is None:
        raise NotFound("Clase")
    if actor.rol != "coordinador" or found.permiso not in actor.permisos:
        raise Forbidden("accion.sin_permiso")
    return found


def crear(clase: str, elegidos: Sequence[str], *, clave: str = "", actor: Actor, now: datetime) -> Tanda:
    """Order the letters of what was chosen (public ids), in the order of the alumnos' names; they are made later.

    `clave` is the form's own: the same form sent twice is one tanda. Raises Refused, NotFound, Forbidden.
    """
    como = exigir(clase, actor)
    ids = list(dict.fromkeys(elegidos))
    if not ids:
        raise Refused("tanda.vacia")
    if len(ids) > MAXIMO:
        raise Refused("tanda.demasiadas", maximo=MAXIMO)

    clave = clave[:CLAVE] or new_public_id()
    try:
        with unit_of_work(now) as uow:
            return ordenada(uow, clave) or ordenar(uow, clase, _filas(como, ids), clave=clave, actor=actor)
    except IntegrityError:  # the same form, sent twice at once: the other was quicker
        found: Tanda = db.session.scalars(select(Tanda).where(Tanda.clave == clave)).one()
        return found


def _filas(como: Clase, ids: Sequence[str]) -> list[dict[str, Any]]:
    found = sorted(
        (sort_name(nombre, paterno, materno), id_, boleta, list_name(nombre, paterno, materno))
        for id_, boleta, paterno, materno, nombre in db.session.execute(como.seleccion(ids))
    )
    return [{como.columna: id_, "nombre": nombre, "boleta": boleta} for _, id_, boleta, nombre in found]


def ordenada(uow: Uow, clave: str) -> Tanda | None:
    """The tanda that this form has made already, or None."""
    found: Tanda | None = uow.session.scalar(select(Tanda).where(Tanda.clave == clave[:CLAVE]))
    return found


def ordenar(
    uow: Uow,
    clase: str,
    filas: Sequence[Mapping[str, Any]],
    *,
    clave: str,
    actor: Actor,
    correo: str = "",
    datos: Mapping[str, Any] | None = None,
) -> Tanda:
    """Write a tanda and its rows (columns of TandaCarta, in order), and have it begun. NotFound without rows."""
    if not filas:
        raise NotFound("TandaCarta")
    tanda = uow.add(
        Tanda(clase=clase, clave=clave[:CLAVE], autor=actor.nombre, usuario_id=actor.usuario_id, correo=correo,
              datos=dict(datos or {}), total=len(filas))
    )  # fmt: skip
    uow.session.add_all(
        TandaCarta(tanda_id=tanda.id, orden=n, creado=uow.now, estado_desde=uow.now, **fila)
        for n, fila in enumerate(filas, start=1)
    )
    record(uow, tanda, "ordenar", actor, motivo=str(len(filas)))
    uow.later(REPARTIR, tanda.id, clave=f"{REPARTIR}:{tanda.id}:0")
    return tanda


def repartir(tanda_id: int, *, now: datetime) -> None:
    """Put the next hundred letters of a tanda in the outbox, and behind them the asking for more. Safe to run twice."""
    with unit_of_work(now) as uow:
        tanda = uow.lock_id(Tanda, tanda_id)
        siguientes = (
            select(TandaCarta.id)
            .where(TandaCarta.tanda_id == tanda.id, TandaCarta.orden > tanda.repartidas)
            .order_by(TandaCarta.orden)
            .limit(VENTANA)
        )
        ids = list(uow.session.scalars(siguientes))
        for renglon_id in ids:
            uow.later(UNA, renglon_id, clave=f"{UNA}:{renglon_id}:0")
        tanda.repartidas += len(ids)
        if tanda.repartidas < tanda.total:
            uow.later(REPARTIR, tanda.id, clave=f"{REPARTIR}:{tanda.id}:{tanda.repartidas}")


def emitir(renglon_id: int, *, now: datetime) -> int | None:
    """Issue one letter of a tanda; answers its id, None where there is nothing to do (now, or any more).

    Safe to run twice; what is refused keeps its sentence until a person decides.
    """
    try:
        with unit_of_work(now) as uow:
            renglon = uow.lock_id(TandaCarta, renglon_id)
            if renglon.estado != PENDIENTE:
                return None
            tanda = uow.get(Tanda, renglon.tanda_id)
            uow.juntas = True
            renglon.carta_id = _una(uow, tanda, renglon).id
            renglon.motivo = ""
            act(uow, renglon, "emitir", SISTEMA_ACTOR)
            return renglon.carta_id
    except (Refused, NotFound) as refused:
        _fallar(renglon_id, _frase(refused), now)
        return None
    except Exception:  # whatever it is, the office sees that it is not forgotten, and the outbox tries again
        _anotar(renglon_id, now)
        raise


def _una(uow: Uow, tanda: Tanda, renglon: TandaCarta) -> Carta:
    if tanda.clase in OTRAS:
        return OTRAS[tanda.clase](uow, tanda, renglon)
    como = CLASES[tanda.clase]
    return como.emitir(uow, tanda, renglon, _quien(tanda, como))


def _quien(tanda: Tanda, como: Clase) -> Actor:
    """Who ordered it, with what ordering it took: the letters name them as if each had been issued by hand."""
    return Actor(
        "coordinador", tanda.autor, tanda.usuario_id, current_escuela(), permisos=frozenset({como.permiso})
    )


def _frase(refused: Refused | NotFound) -> str:
    if isinstance(refused, NotFound):
        return frase("tanda.ya_no_existe")
    return frase(refused.key, **refused.values)


def _fallar(renglon_id: int, motivo: str, now: datetime) -> None:
    with unit_of_work(now) as uow:
        renglon = uow.lock_id(TandaCarta, renglon_id)
        if renglon.estado == PENDIENTE:
            act(uow, renglon, "fallar", SISTEMA_ACTOR, {"motivo": motivo})


def _anotar(renglon_id: int, now: datetime) -> None:
    db.session.rollback()  # the failed work may have left a broken transaction behind
    with unit_of_work(now) as uow:
        renglon = uow.lock_id(TandaCarta, renglon_id)
        if renglon.estado == PENDIENTE:
            renglon.motivo = TROPIEZO


def reintentar(public_id: str, *, renglon: str = "", actor: Actor, now: datetime) -> int:
    """Try again what was not issued, all of it or one row (its public id); answers how many.

    A letter that exists and could not be drawn, sealed or stored is asked for again too. Forbidden, NotFound.
    """
    with unit_of_work(now) as uow:
        tanda, suyos = _por_decidir(uow, public_id, renglon, actor)
        hechos = 0
        for fila in suyos(FALLIDA):
            fila.intentos += 1
            act(uow, fila, "reintentar", actor)
            uow.later(UNA, fila.id, clave=f"{UNA}:{fila.id}:{fila.intentos}")
            hechos += 1
        for carta_id in _por_emitirse(uow, tanda, renglon):
            uow.later("carta", carta_id)
            hechos += 1
        if hechos:
            record(uow, tanda, "reintentar", actor, motivo=str(hechos))
        return hechos


def excluir(public_id: str, renglon: str, *, actor: Actor, now: datetime) -> None:
    """Leave one out that was not issued: nobody waits for it in this tanda any more. Forbidden, NotFound."""
    with unit_of_work(now) as uow:
        _tanda, suyos = _por_decidir(uow, public_id, renglon, actor)
        for fila in suyos(FALLIDA):
            act(uow, fila, "excluir", actor, {"motivo": fila.motivo})


def _por_decidir(
    uow: Uow, public_id: str, renglon: str, actor: Actor
) -> tuple[Tanda, Callable[[str], list[TandaCarta]]]:
    """A tanda that this actor answers for, and how its rows of an estado are read and locked."""
    tanda = uow.lock(Tanda, public_id)
    exigir(tanda.clase, actor)

    def suyos(estado: str) -> list[TandaCarta]:
        query = select(TandaCarta).where(TandaCarta.tanda_id == tanda.id, TandaCarta.estado == estado)
        query = query.where(TandaCarta.public_id == renglon) if renglon else query
        return list(uow.session.scalars(query.order_by(TandaCarta.orden).with_for_update()))

    return tanda, suyos


def _por_emitirse(uow: Uow, tanda: Tanda, renglon: str) -> list[int]:
    """The letters of a tanda that exist and could not be issued."""
    query = (
        select(Carta.id)
        .join(TandaCarta, TandaCarta.carta_id == Carta.id)
        .where(TandaCarta.tanda_id == tanda.id, Carta.fallo != "", Carta.emitida.is_(None))
    )
    query = query.where(TandaCarta.public_id == renglon) if renglon else query
    return list(uow.session.scalars(query.order_by(Carta.id)))
