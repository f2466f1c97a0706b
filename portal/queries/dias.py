"""Days of the escuelas' place in a statement: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class dia_local(GenericFunction[date]):
    """The day of an instant in the escuelas' place: UTC-6 all year."""

    type = Date()
    inherit_cache = True


@compiles(dia_local, "sqlite")
def _sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)}, '-6 hours')"


@compiles(dia_local, "postgresql")
def _postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(({compiler.process(element.clauses, **kw)}) AT TIME ZONE 'Etc/GMT+6' AS date)"
