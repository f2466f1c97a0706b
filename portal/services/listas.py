"""A lista de emisión after it was generated: how many of it are liberados, and who is taken out of it [seed 001 §3]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.frases import frase
from portal.models import (
    Alumno,
    Carta,
    ConstanciaArchivo,
    ConstanciaLote,
    ListaEmision,
    ListaRenglon,
    Servicio,
)
from portal.services import cartas, destinatarios, emision, servicios
from portal.services.effects import Para, aviso, effect
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record


def recontar(uow: Uow, lista_id: int) -> ListaEmision:
    """Who is in a lista, and how many of them are liberados, is counted and never added up.

    With the last one the lista is complete; one that goes back opens it again, and one without anybody is void. Its
    servicios are locked before it.
    """
    lista = uow.lock_id(ListaEmision, lista_id)
    query = (
        select(func.count(ListaRenglon.id), func.sum(case((Servicio.estado == "liberado", 1), else_=0)))
        .join(Servicio, Servicio.id == ListaRenglon.servicio_id)
        .where(ListaRenglon.lista_id == lista.id)
    )
    total, liberados = uow.session.execute(query).one()
    lista.total, lista.llegadas = int(total), int(liberados or 0)
    todos = lista.llegadas >= lista.total
    if not lista.total:
        act(uow, lista, "anular", SISTEMA_ACTOR)
    elif todos and lista.estado == "emitida":
        act(uow, lista, "completar", SISTEMA_ACTOR)
    elif not todos and lista.estado == "completa":
        act(uow, lista, "reabrir", SISTEMA_ACTOR)
    uow.session.flush()
    return lista


def recontar_de(uow: Uow, found: Iterable[Servicio]) -> None:
    """The same for every lista in which these (locked) servicios are."""
    ids = [servicio.id for servicio in found]
    query = select(ListaRenglon.lista_id).where(ListaRenglon.servicio_id.in_(ids)).distinct()
    for lista_id in sorted(uow.session.scalars(query)) if ids else ():
        recontar(uow, lista_id)


def sacar(renglon: str, motivo: str, *, actor: Actor, now: datetime) -> ListaEmision:
    """Take one alumno (the public id of the row) out of a generated lista, with the reason that the alumno reads.

    The servicio waits for another lista, the rest keep their places, and another relación takes the place of the
    first; the number of a lista that nobody is in any more is not given again. Raises Refused, NotFound, and Stale
    once the constancia is there. Locks go files, servicio, lista, relación.
    """
    with unit_of_work(now) as uow:
        fuera = uow.session.scalar(select(ListaRenglon).where(ListaRenglon.public_id == renglon))
        if fuera is None:
            raise NotFound("ListaRenglon")
        _soltar_archivos(uow, fuera)
        servicio = uow.lock_id(Servicio, fuera.servicio_id)
        lista = uow.lock_id(ListaEmision, fuera.lista_id)
        act(uow, servicio, "sacar", actor, {"motivo": motivo, "numero": lista.numero})
        porque = f"{fuera.nombre} ({fuera.boleta}): {motivo.strip()}"
        record(uow, lista, "sacar", actor, motivo=porque)
        uow.session.delete(fuera)
        uow.session.flush()
        recontar(uow, lista.id)
        _otra_relacion(uow, lista, porque, actor)
        return lista


def _soltar_archivos(uow: Uow, fuera: ListaRenglon) -> None:
    """Files that seemed to be the constancia of this row are nobody's; one that was to be loaded says why it is not."""
    query = select(ConstanciaArchivo).where(ConstanciaArchivo.renglon_id == fuera.id)
    for archivo in uow.session.scalars(query.order_by(ConstanciaArchivo.id).with_for_update()):
        archivo.renglon_id, archivo.elegido = None, False
        if uow.get(ConstanciaLote, archivo.lote_id).confirmado is not None:
            archivo.error = frase("lote.fuera")


def _otra_relacion(uow: Uow, lista: ListaEmision, porque: str, actor: Actor) -> None:
    """The relación that was issued says who is in it no more: it is revoked, and made again where somebody is left."""
    if lista.carta_id is None:
        return
    carta = uow.lock_id(Carta, lista.carta_id)
    hechos: dict[str, Any] = {"motivo": porque, "permisos": actor.permisos}
    if lista.total:
        nueva = replace(emision.valores_relacion(uow, lista, actor, {}), reemplaza_id=carta.id)
        hechos["reemplazo"] = cartas.generar(uow, carta.tipo, nueva, actor)
    if carta.estado != "revocada":
        act(uow, carta, "revocar", actor, hechos)


@effect("descumplir_lista")
def descumplir_lista(uow: Uow, servicio: Servicio, actor: Actor, data: Mapping[str, Any]) -> None:
    """The alumno's row "Lista de emisión" is not done any more."""
    spec = servicios.plan_de(servicio).del_tipo("lista_emision")
    if spec is not None:
        servicios.reabrir(uow, servicio, spec.clave, data["motivo"], actor)


@aviso("lista_fuera")
def avisar_fuera(uow: Uow, servicio: Servicio, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno is in the lista no more: why, and who says so."""
    alumno = uow.get(Alumno, servicio.alumno_id)
    contexto = {
        "nombre": alumno.nombre,
        "numero": data["numero"],
        "motivo": data["motivo"].strip(),
        "atentamente": actor.nombre,
    }
    yield Para(alumno.correo, f"/{destinatarios.slug(uow)}/alumno/", alumno.usuario_id, contexto)
