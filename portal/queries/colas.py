"""A queue of the office as its home shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from portal.models import db


@dataclass(frozen=True)
class Cola:
    """How many things wait and since when (UTC) the oldest does."""

    cuenta: int
    desde: datetime | None


def cola(model: Any, *criteria: Any) -> Cola:
    """Count and oldest `estado_desde` of the rows of a stateful model that meet the criteria, in one statement."""
    query = select(func.count(model.id), func.min(model.estado_desde)).where(*criteria)
    cuenta, desde = db.session.execute(query).one()
    return Cola(cuenta, desde)
