"""Series of numbers that never repeat: the last one given, locked while the next is taken."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.models import FolioContador
from portal.services.uow import Uow


def bloquear(uow: Uow, serie: str, anio: int = 0) -> FolioContador:
    """The counter of a series in a year (0: one count for all years), locked until the transaction ends.

    `ultimo` is the last number given, 0 before the first; whoever takes one writes it there.
    """
    query = select(FolioContador).where(FolioContador.tipo == serie, FolioContador.anio == anio)
    query = query.with_for_update().execution_options(populate_existing=True)
    contador = uow.session.scalar(query)
    if contador is None:
        try:
            with uow.session.begin_nested():
                contador = uow.add(FolioContador(tipo=serie, anio=anio, ultimo=0))
        except IntegrityError:  # another transaction began the series while this one asked
            contador = uow.session.scalars(query).one()
    return contador


def siguiente(uow: Uow, serie: str, anio: int = 0) -> int:
    """Take the next number of a series: two transactions never get the same, and none is skipped."""
    contador = bloquear(uow, serie, anio)
    contador.ultimo += 1
    return contador.ultimo
