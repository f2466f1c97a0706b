"""Pages of a long list by keyset: the address carries where a page begins, never an offset.

A cursor is the public id of a row. Where the list is ordered by `estado_desde` it carries that instant too, because
whoever attends to the row on which a page ended moves it to another place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, literal, select, tuple_

from portal.models import db

TAMANO = 50
INSTANTE = "estado_desde"


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
    """The rows of `query` after (or before) the row of a cursor, in one statement.

    `clave` orders the list and ends in the id; its columns' rows have `public_id`, and `estado_desde` where that is
    the order. `base` is the same FROM without filters, so that a row that no longer matches still says where its page
    began. A cursor nobody knows gives an empty page.
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
    first, last = _cursor(filas[0], clave), _cursor(filas[-1], clave)
    has_before, has_after = (more, True) if back else (bool(cursor), more)
    return Pagina(filas, first if has_before else "", last if has_after else "")


def pagina_de(
    query: Select[Any], model: Any, clave: Sequence[Any], *, desc: bool = False, despues: str = ""
) -> Pagina:
    """The same for the SELECT of one entity: its rows are the entities."""
    query = query.add_columns(model.public_id, getattr(model, INSTANTE))
    found = pagina(query, model, clave, select(model.id), desc=desc, despues=despues)
    return found.con([row[0] for row in found.filas])


def _cursor(row: Any, clave: Sequence[Any]) -> str:
    if clave[0].key != INSTANTE:
        return str(row.public_id)
    return f"{row.public_id}~{int(row.estado_desde.timestamp() * 1_000_000)}"


def _de(base: Select[Any], model: Any, column: Any, cursor: str) -> Any:
    """The value of a column in the row of the cursor: the instant that it carries, or the row's own."""
    public_id, _, micros = cursor.partition("~")
    if column.key == INSTANTE and micros.isdigit() and len(micros) < 18:
        seconds, rest = divmod(int(micros), 1_000_000)
        return literal(datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest), column.type)
    return (
        base.with_only_columns(column).where(model.public_id == public_id).correlate(None).scalar_subquery()
    )
