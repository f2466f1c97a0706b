"""How much waits in a queue, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from portal.models import db


@dataclass(frozen=True)
class Cola:
    """How many things wait and since when the oldest does (None when nothing waits)."""

    cuenta: int
    desde: datetime | None


def contar(model: Any, *criterios: Any) -> Cola:
    """Count the rows of a stateful model that match, in the escuela in scope."""
    row = db.session.execute(
        select(func.count(model.id), func.min(model.estado_desde)).where(*criterios)
    ).one()
    return Cola(row[0], row[1])
