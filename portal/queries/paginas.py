"""Pages of a long list by keyset: the address carries the public id where a page begins, never an offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, tuple_

from portal.models import db

TAMANO = 50


@dataclass(frozen=True)
class Pagina:
    """One page: its rows, and the cursors of the pages before and after ("" where there is none)."""

    filas: list[Any]
    anterior: str = ""
    siguiente: str = ""

    def con(self, filas: list[Any]) -> Pagina:
        """The same page with its rows made into something else."""
        return replace(self, filas=filas)


def pagina(
    query: Select[Any],
    model: Any,
    clave: Sequence[Any],
    base: Select[Any],
    *,
    desc: bool = False,
    despues: str = "",
    antes: str = "",
    tamano: int = TAMANO,
) -> Pagina:
    """The rows of `query` after (or before) the row whose public id is given, in one statement.

    `clave` orders the list and ends in the id; `base` is the same FROM without filters, so that a row that no longer
    matches still says where its page began. A cursor nobody knows gives an empty page.
    """
    back = bool(antes and not despues)
    cursor = antes if back else despues
    down = desc != back
    if cursor:
        # SQL compares rows of values: (a, id) > (a of the cursor, id of the cursor)
        here = tuple_(*(_de(base, model, column, cursor) for column in clave))
        query = query.where(tuple_(*clave) < here if down else tuple_(*clave) > here)
    query = query.order_by(*(c.desc() if down else c.asc() for c in clave)).limit(tamano + 1)
    filas = list(db.session.execute(query).all())
    more, filas = len(filas) > tamano, filas[:tamano]
    if back:
        filas.reverse()
    if not filas:
        return Pagina([])
    first, last = filas[0].public_id, filas[-1].public_id
    has_before, has_after = (more, True) if back else (bool(cursor), more)
    return Pagina(filas, first if has_before else "", last if has_after else "")


def _de(base: Select[Any], model: Any, column: Any, cursor: str) -> Any:
    return base.with_only_columns(column).where(model.public_id == cursor).correlate(None).scalar_subquery()
