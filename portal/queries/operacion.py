"""What is waiting, counted for the operator's monitor: sums over every escuela, never the numbers of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select

from portal.models import Carta, Correo, Escuela, Outbox, db
from portal.queries.cartas import EN_FIRMA
from tenants.scope import escuela_scope


@dataclass
class Pendiente:
    """Work that is due and how many seconds its oldest row has waited; rows that failed before; mails that no server
    took; mails not sent yet; letters not issued yet."""

    vencidos: int = 0
    espera: float = 0.0
    fallidos: int = 0
    correos_rechazados: int = 0
    correos_pendientes: int = 0
    cartas_pendientes: int = 0


def pendiente(now: datetime) -> Pendiente:
    """The sums of all escuelas: three statements an escuela, each on an index of what is not done."""
    found = Pendiente()
    for escuela_id in list(db.session.scalars(select(Escuela.id))):
        with escuela_scope(escuela_id):
            _sumar(found, now)
    return found


def _sumar(found: Pendiente, now: datetime) -> None:
    failed = func.sum(case((Outbox.intentos > 0, 1), else_=0))
    due = (func.count(Outbox.id), func.min(Outbox.vence), failed)
    count, oldest, failures = db.session.execute(
        select(*due).where(Outbox.hecho.is_(None), Outbox.vence <= now)
    ).one()
    found.vencidos += count
    found.fallidos += failures or 0
    found.espera = max(found.espera, (now - oldest).total_seconds() if oldest else 0.0)
    refused = func.sum(case((Correo.rechazado != "", 1), else_=0))
    pending = func.sum(case((Correo.rechazado == "", 1), else_=0))
    unsent = and_(Correo.enviado.is_(None), Correo.cancelado.is_(None))
    no, yet = db.session.execute(select(refused, pending).where(unsent)).one()
    found.correos_rechazados += no or 0
    found.correos_pendientes += yet or 0
    waiting = select(func.count(Carta.id)).where(Carta.estado.in_(EN_FIRMA))
    found.cartas_pendientes += db.session.scalar(waiting) or 0
