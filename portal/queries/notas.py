"""What stands beside an expediente: its last reminder, what was allowed in it, the servicios before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, case, cast, literal, or_, select, union_all

from portal.models import Entrega, Excepcion, Recordatorio, RecordatorioCosa, Servicio, db

POR_ENTREGAR = ("habilitada", "en_revision", "rechazada")


@dataclass(frozen=True)
class Permitida:
    """An exception of a servicio, as plain values."""

    regla: str
    valor: str
    motivo: str
    autor: str
    creado: datetime
    anulada: datetime | None = None


@dataclass(frozen=True)
class Vecino:
    """A servicio before ("antes") or after ("despues") another of the same alumno."""

    cual: str
    public_id: str
    inicio: date


@dataclass(frozen=True)
class Notas:
    """All of it. `recordado`: the day of the last reminder of what still waits, and of which step."""

    recordado: tuple[date, str] | None
    permitidas: Sequence[Permitida]
    vecinos: Sequence[Vecino]


def de_servicio(servicio: Servicio) -> Notas:
    """What stands beside an expediente; one statement."""
    found: dict[str, list[Any]] = {"recordatorio": [], "excepcion": [], "servicio": []}
    for row in db.session.execute(
        union_all(_recordatorio(servicio), _excepciones(servicio), _vecinos(servicio))
    ):
        found[row.clase].append(row)
    last = found["recordatorio"]
    return Notas(
        (date.fromisoformat(last[0].valor), last[0].tipo) if last else None,
        [Permitida(r.tipo, r.valor, r.motivo, r.autor, r.fecha) for r in found["excepcion"]],
        [Vecino(r.tipo, r.public_id, date.fromisoformat(r.valor)) for r in found["servicio"]],
    )


def _columnas(clase: str, public_id: Any, tipo: Any, valor: Any, motivo: Any, autor: Any, fecha: Any) -> Any:
    return (literal(clase).label("clase"), public_id.label("public_id"), tipo.label("tipo"), valor.label("valor"),
            motivo.label("motivo"), autor.label("autor"), fecha.label("fecha"))  # fmt: skip


def _recordatorio(servicio: Servicio) -> Any:
    nada = literal("")
    last = (
        select(*_columnas("recordatorio", nada, Entrega.nombre, cast(Recordatorio.dia, String), nada, nada,
                          Recordatorio.creado))
        .join(RecordatorioCosa, RecordatorioCosa.recordatorio_id == Recordatorio.id)
        .join(Entrega, Entrega.id == RecordatorioCosa.objeto_id)
        .where(
            RecordatorioCosa.noun == "entrega",
            Entrega.servicio_id == servicio.id,
            Entrega.estado.in_(POR_ENTREGAR),
        )
        .order_by(Recordatorio.dia.desc())
        .limit(1)
        .subquery()
    )  # fmt: skip
    return select(*last.c)


def _excepciones(servicio: Servicio) -> Any:
    e = Excepcion
    return select(*_columnas("excepcion", e.public_id, e.regla, e.valor, e.motivo, e.autor, e.creado)).where(
        e.servicio_id == servicio.id, e.anulada.is_(None)
    )


def _vecinos(servicio: Servicio) -> Any:
    nada, s = literal(""), Servicio
    cual = case((s.id == servicio.anterior_id, "antes"), else_="despues")
    return select(
        *_columnas("servicio", s.public_id, cual, cast(s.inicio, String), nada, nada, s.creado)
    ).where(or_(s.id == servicio.anterior_id, s.anterior_id == servicio.id))
