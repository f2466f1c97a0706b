"""Constancias de liberación: one is loaded, as a file or a link, and its servicio is liberado [seed 001 §3]."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from portal.domain.access import TERMINOS, Actor, relations
from portal.domain.emision import enlace_valido
from portal.domain.machine import Forbidden, Refused, has_motivo
from portal.models import Constancia, ListaRenglon, Servicio
from portal.services import documentos, effects, listas
from portal.services.documentos import Guardado
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record

TIPO = "constancia_liberacion"  # of the documento


def cargar(
    renglon: str,
    *,
    guardado: Guardado | None = None,
    enlace: str = "",
    motivo: str = "",
    actor: Actor,
    now: datetime,
) -> Constancia:
    """Load the constancia of a row of a lista (its public id); where it has one, the new one takes its place.

    `guardado` is a stored file, or `enlace` the https address of one kept elsewhere. A replacement needs a reason and
    keeps the older version. Raises Refused, Forbidden, NotFound.
    """
    with unit_of_work(now) as uow:
        found = uow.session.scalar(select(ListaRenglon.id).where(ListaRenglon.public_id == renglon))
        if found is None:
            raise NotFound("ListaRenglon")
        return poner(uow, found, guardado=guardado, enlace=enlace, motivo=motivo, reemplaza=True, actor=actor)


def poner(
    uow: Uow,
    renglon_id: int,
    *,
    guardado: Guardado | None = None,
    enlace: str = "",
    motivo: str = "",
    reemplaza: bool = False,
    actor: Actor,
) -> Constancia:
    """The same inside a larger unit. Without `reemplaza` a row that has a constancia is Refused("lote.ya_tiene").

    Locks are always taken in this order: servicio, lista.
    """
    renglon = uow.get(ListaRenglon, renglon_id)
    if TERMINOS not in relations(actor, renglon):
        raise Forbidden("accion.sin_permiso")
    servicio = uow.lock_id(Servicio, renglon.servicio_id)
    direccion = _direccion(guardado, enlace)
    anterior = vigente(uow, renglon.id)
    if anterior is not None:
        if not reemplaza:
            raise Refused("lote.ya_tiene", quien=renglon.nombre)
        _retirar(uow, anterior, renglon, servicio, motivo, actor)
    nueva = Constancia(
        renglon_id=renglon.id,
        servicio_id=servicio.id,
        alumno_id=renglon.alumno_id,
        version=1 if anterior is None else anterior.version + 1,
        vigente=True,
        documento_id=documentos.registrar(uow, guardado, TIPO).id if guardado else None,
        enlace=direccion,
        cargo=actor.nombre,
        motivo=motivo.strip() if anterior is not None else "",
    )
    uow.add(nueva)
    if anterior is None:
        act(uow, servicio, "liberar", actor, {"constancia": nueva})
        listas.recontar(uow, renglon.lista_id)
    return nueva


def _direccion(guardado: Guardado | None, enlace: str) -> str:
    """The link, or "" where a file came: one of the two."""
    if guardado is None and not enlace:
        raise Refused("constancia.sin_archivo")
    if guardado is not None and enlace:
        raise Refused("constancia.dos_cosas")
    return enlace_valido(enlace) if enlace else ""


def _retirar(
    uow: Uow, anterior: Constancia, renglon: ListaRenglon, servicio: Servicio, motivo: str, actor: Actor
) -> None:
    """The older version stays, with nobody but the office to read it; the alumno hears why."""
    lacking = has_motivo(anterior, {"motivo": motivo})
    if lacking is not None:
        raise Refused(lacking)
    anterior.vigente = False
    record(uow, renglon, "reemplazar", actor, motivo=motivo.strip())
    effects.run("correo:constancia_reemplazada", uow, servicio, actor, {"motivo": motivo.strip()})


def vigente(uow: Uow, renglon_id: int) -> Constancia | None:
    """The constancia of a row that counts, or None while it has not come."""
    query = select(Constancia).where(Constancia.renglon_id == renglon_id, Constancia.vigente)
    return uow.session.scalar(query.execution_options(populate_existing=True))


def acusar(constancia_id: int, *, actor: Actor, now: datetime) -> None:
    """The first download by its owner is the acknowledgement that the office sees; later ones change nothing."""
    with unit_of_work(now) as uow:
        constancia = uow.lock_id(Constancia, constancia_id)
        if constancia.alumno_id != actor.alumno_id or not constancia.vigente:
            raise Forbidden("accion.sin_permiso")
        if constancia.descargada is None:
            constancia.descargada = now
            record(uow, uow.get(ListaRenglon, constancia.renglon_id), "descargar", actor)


def como_oficina(nombre: str, usuario_id: int | None, escuela_id: int) -> Actor:
    """Who confirmed a batch, as the work that follows the confirmation knows them."""
    base = Actor("coordinador", nombre, usuario_id, escuela_id)
    return replace(base, permisos=frozenset({TERMINOS}))
