"""Listas de emisión of the demo: one complete, one whose constancias are late, one that waits; others are ready."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.domain.access import TERMINOS
from portal.models import Constancia, ListaRenglon, db
from portal.services import constancias, emision

if TYPE_CHECKING:
    from portal.demo.casa import Casa
    from portal.demo.servicios import Prestador

# etapa -> working days ago on which its lista was generated, in the order of their numbers
LISTAS = {"constancia": 50, "lista_vencida": 49, "en_lista": 6}
LLEGAN = 42
"""Working days after a lista on which its constancias are loaded, where they come."""
PRIMERA = 14
ENLACE = "https://constancias.egresados.test/liberacion/{boleta}.pdf"


def preparar(casa: Casa, prestadores: Sequence[Prestador]) -> None:
    """Plan the listas of the servicios whose plan ends with one."""
    suyos = [p for p in prestadores if p.plan.emite]
    if not suyos:
        return
    cal, hoy = casa.guion.calendario, casa.guion.hoy
    for tipo, hace in LISTAS.items():
        lote = _Lista(casa, [p for p in suyos if p.etapa.tipo == tipo], llegan=tipo == "constancia")
        casa.guion.el(cal.add_working_days(hoy, -hace), lote.emitir, hora=12)


class _Lista:
    """One lista: generated on its day with those who are ready, and what comes of it."""

    def __init__(self, casa: Casa, prestadores: Sequence[Prestador], *, llegan: bool) -> None:
        self.casa, self.prestadores, self.llegan = casa, prestadores, llegan

    def emitir(self, now: datetime) -> None:
        """Who is ready that day goes; without anybody there is no lista."""
        ids = [p.servicio_id for p in self.prestadores if p.servicio_id]
        listos = [r.servicio.public_id for r in emision.elegidos(ids, now) if r.lista]
        if not listos:
            return
        primera = PRIMERA if emision.siguiente_numero() == 1 else None
        lista = emision.emitir(listos, primera=primera, actor=self.casa.quien(TERMINOS), now=now)
        if self.llegan:
            cal = self.casa.guion.calendario
            dia = cal.add_working_days(lista.fecha, LLEGAN)
            self.casa.guion.el(dia, lambda later: self.cargar(lista.id, later), hora=11)

    def cargar(self, lista_id: int, now: datetime) -> None:
        """Every constancia comes as a file, the last one as a link; the first alumno downloads it the next day."""
        query = select(ListaRenglon).where(ListaRenglon.lista_id == lista_id).order_by(ListaRenglon.orden)
        renglones = list(db.session.scalars(query))
        for renglon in renglones:
            como = {"actor": self.casa.quien(TERMINOS), "now": now}
            if renglon is renglones[-1] and len(renglones) > 1:
                enlace = ENLACE.format(boleta=renglon.boleta)
                constancias.cargar(renglon.public_id, enlace=enlace, **como)
                continue
            filas = [("Alumno", renglon.nombre), ("Boleta", renglon.boleta)]
            filas += [("Prestatario", renglon.datos["prestatario"]), ("Periodo", _periodo(renglon))]
            archivo = f"constancia_{renglon.boleta}.pdf"
            guardado = self.casa.taller.pdf("Constancia de liberación de servicio social", filas, archivo)
            constancias.cargar(renglon.public_id, guardado=guardado, **como)
        self.casa.guion.tras(now, 1, lambda later: self.descargar(renglones[0], later))

    def descargar(self, renglon: ListaRenglon, now: datetime) -> None:
        """The alumno gets it: the office sees when."""
        quien = next(p.estudiante for p in self.prestadores if p.estudiante.boleta == renglon.boleta)
        query = select(Constancia.id).where(Constancia.renglon_id == renglon.id, Constancia.vigente)
        constancias.acusar(db.session.scalars(query).one(), actor=quien.yo, now=now)


def _periodo(renglon: ListaRenglon) -> str:
    return f"{renglon.datos['inicio']} a {renglon.datos['termino']}"
