"""Expedientes de liberación of the demo: gathered of their parts, sent in a batch, found in a published list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.access import EXPEDIENTES
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.models import Alumno, Entrega, Lote, LoteServicio, Servicio, db
from portal.queries import servicios as queries
from portal.services import entregas, envios, liberaciones, union

if TYPE_CHECKING:
    from portal.demo.casa import Casa
    from portal.demo.servicios import Prestador

ARMAN = ("revision", "terminado")
"""In these stories the expediente is gathered in the portal; in the others one PDF of the alumno's own is sent."""
LOTE, LISTA = 13, 5
"""Days ago on which the favorable ones were put together, and on which their list was published."""
NUMERO = "24"


def preparar(casa: Casa, prestadores: Sequence[Prestador]) -> None:
    """One batch and one list, where a plan asks for an expediente."""
    if any(spec.partes for p in prestadores for spec in p.plan.entregas):
        casa.guion.hace(LOTE, lambda now: _enviar_lote(casa, now))


def se_arma(prestador: Prestador, entrega: Entrega) -> bool:
    """Whether this step is gathered of parts in this story."""
    return prestador.etapa.tipo in ARMAN and bool(prestador.plan.entrega(entrega.clave).partes)


def armar(prestador: Prestador, entrega: Entrega, now: datetime) -> None:
    """Upload what the portal does not have, have it merged, and send the result some minutes later."""
    servicio, _ = prestador.leer()
    hecho = union.armado(entrega, servicio, _alumno(servicio), queries.entregas_de(servicio.id))
    yo = prestador.estudiante.yo
    for pieza in hecho.piezas:
        if pieza.documento is None:
            alternativa = pieza.parte.alternativas[0].clave if pieza.parte.alternativas else ""
            nombre = pieza.parte.llamada(alternativa)
            filas = [
                ("Alumno", prestador.estudiante.persona.completo),
                ("Boleta", prestador.estudiante.boleta),
            ]
            papel = prestador.casa.taller.pdf(nombre, filas, f"{nombre}.pdf")
            union.poner(entrega.public_id, pieza.parte.clave, alternativa, papel, actor=yo, now=now)
    union.unir(entrega.public_id, actor=yo, now=now)
    prestador.guion.despachar(now + timedelta(minutes=1))
    prestador.guion.cuando(now + timedelta(minutes=9), lambda later: _enviar(prestador, entrega, later))


def _alumno(servicio: Servicio) -> Alumno:
    return db.session.scalars(select(Alumno).where(Alumno.id == servicio.alumno_id)).one()


def _enviar(prestador: Prestador, entrega: Entrega, now: datetime) -> None:
    entregas.enviar(entrega.public_id, actor=prestador.estudiante.yo, now=now)
    prestador.esperar_revision(entrega, now)


def _enviar_lote(casa: Casa, now: datetime) -> None:
    """All favorable ones go away together the next day; their list comes back a week later."""
    actor = casa.quien(EXPEDIENTES)
    try:
        lote = envios.armar("liberacion", (), actor=actor, now=now)
    except Refused:  # no expediente is favorable yet
        return
    casa.guion.tras(
        now, 1, lambda later: envios.enviar(lote.public_id, to_local(later).date(), actor=actor, now=later)
    )
    casa.guion.hace(LISTA, lambda later: _publicar(casa, lote, later))


def _publicar(casa: Casa, lote: Lote, now: datetime) -> None:
    """The list has the boletas of the batch, and one of somebody who is not in the portal."""
    query = (
        select(Alumno.boleta)
        .join(Servicio, Servicio.alumno_id == Alumno.id)
        .join(LoteServicio, LoteServicio.servicio_id == Servicio.id)
        .where(LoteServicio.lote_id == lote.id)
        .order_by(LoteServicio.orden)
    )
    boletas = [*db.session.scalars(query), casa.elenco.boleta.format(9999)]
    actor = casa.quien(EXPEDIENTES)
    lista = liberaciones.cargar(NUMERO, to_local(now).date(), "\n".join(boletas), actor=actor, now=now)
    liberaciones.publicar(lista.public_id, actor=actor, now=now)
