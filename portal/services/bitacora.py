"""The chain of each escuela's bitácora: lines are chained as the last thing before a commit, and can be verified.

The head of the chain is one row per escuela, locked only while the lines of one transaction are chained and
committed: long transactions do not wait for each other, and two can never fork the chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from portal.domain.bitacora import CAMPOS, Cabeza, Falla, huella, recorrer
from portal.models import Bitacora, BitacoraCabeza, db
from tenants.rls import check_references
from tenants.scope import current_escuela

PAGINA = 1000


def abrir(session: Session) -> BitacoraCabeza:
    """The head of a new escuela's chain: no line yet."""
    inicio = Cabeza()
    cabeza = BitacoraCabeza(numero=inicio.numero, huella=inicio.huella)
    session.add(cabeza)
    return cabeza


def encadenar(session: Session, lineas: Sequence[Bitacora]) -> None:
    """Chain and write the lines of one transaction, in the order in which they were recorded.

    Everything else is written, and its deferred references are checked, before the head is locked: nobody who
    holds it waits for another row.
    """
    if not lineas:
        return
    session.flush()
    check_references(session)
    query = select(BitacoraCabeza).with_for_update(key_share=True).execution_options(populate_existing=True)
    cabeza = session.scalars(query).one_or_none() or abrir(session)
    for linea in lineas:
        linea.escuela_id = current_escuela()
        linea.numero, linea.anterior = cabeza.numero + 1, cabeza.huella
        linea.huella = huella(linea)
        cabeza.numero, cabeza.huella = linea.numero, linea.huella
    session.add_all(lineas)
    session.flush()


@dataclass(frozen=True)
class Revision:
    """What a walk found: how many lines hold, the head up to there, and the first thing that does not fit."""

    lineas: int
    cabeza: Cabeza
    falla: Falla | None


def verificar(ancla: Cabeza | None = None) -> Revision:
    """Walk the chain of the escuela in scope with flat memory. `ancla`: a head noted before, still to be in it."""
    fila = db.session.execute(select(BitacoraCabeza.numero, BitacoraCabeza.huella)).one_or_none()
    cabeza = Cabeza(fila.numero, fila.huella) if fila is not None else None
    hasta, falla = recorrer(_lineas(), cabeza, ancla)
    return Revision(hasta.numero, hasta, falla)


def _lineas() -> Iterator[Any]:
    """Every line of the escuela in scope by (numero, id), a page at a time."""
    columns = [getattr(Bitacora, campo) for campo in (*CAMPOS, "huella")]
    query = select(*columns).order_by(Bitacora.numero, Bitacora.id).limit(PAGINA)
    pagina = db.session.execute(query).all()
    while pagina:
        yield from pagina
        last = pagina[-1]
        pagina = db.session.execute(
            query.where(tuple_(Bitacora.numero, Bitacora.id) > (last.numero, last.id))
        ).all()
