"""Failed sign-ins, counted per account and per address in the database: no restart forgets them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.models import IntentoIngreso, db
from portal.services.uow import Uow, unit_of_work

VENTANA = timedelta(minutes=15)
BLOQUEO = timedelta(minutes=15)
# A school's classrooms share one address, so an address may fail more often than an account.
LIMITES = {"cuenta": 5, "texto": 5, "factor": 5, "codigo": 5, "envio": 5, "ip": 100}


def clave_cuenta(usuario_id: int | None, escrito: str) -> str:
    """Under which key an account's failures are counted; an unknown one is counted by what was typed, hashed."""
    if usuario_id is not None:
        return f"cuenta:{usuario_id}"
    return f"texto:{hashlib.sha256(escrito.casefold().encode()).hexdigest()[:40]}"


def clave_ip(ip: str) -> str:
    """Under which key an address's failures are counted."""
    return f"ip:{ip[:45]}"


def clave_factor(usuario_id: int) -> str:
    """Under which key the codes that an account tries are counted; its password does not clear it."""
    return f"factor:{usuario_id}"


def bloqueado_hasta(claves: Iterable[str], now: datetime) -> datetime | None:
    """Until when one of the keys may not try, or None."""
    query = select(IntentoIngreso.bloqueado_hasta).where(
        IntentoIngreso.clave.in_(list(claves)), IntentoIngreso.bloqueado_hasta > now
    )
    return max((hasta for hasta in db.session.scalars(query) if hasta), default=None)


def fallar(claves: Iterable[str], now: datetime) -> datetime | None:
    """Count one more failure for each key; returns until when the person is locked out, or None."""
    keys = list(claves)
    try:
        return _contar(keys, now)
    except IntegrityError:  # two first failures at once: the row is there now
        return _contar(keys, now)


def apartar(clave: str, now: datetime) -> datetime | None:
    """Count a try before it is made, so that a hundred at once are no more than five one by one.

    Returns None where it may be made, else until when not. Forget the key when the try was good.
    """
    try:
        return _apartar(clave, now)
    except IntegrityError:  # two first tries at once: the row is there now
        return _apartar(clave, now)


def _apartar(clave: str, now: datetime) -> datetime | None:
    with unit_of_work(now) as uow:
        row = _row(uow, clave, now)
        if row.bloqueado_hasta is not None and row.bloqueado_hasta > now:
            return row.bloqueado_hasta
        _sumar(row, clave, now)
    return None


def _contar(claves: list[str], now: datetime) -> datetime | None:
    locked: list[datetime] = []
    with unit_of_work(now) as uow:
        for clave in claves:
            if hasta := _sumar(_row(uow, clave, now), clave, now):
                locked.append(hasta)
    return max(locked, default=None)


def _row(uow: Uow, clave: str, now: datetime) -> IntentoIngreso:
    query = select(IntentoIngreso).where(IntentoIngreso.clave == clave).with_for_update()
    row = uow.session.scalar(query.execution_options(populate_existing=True))
    return row or uow.add(IntentoIngreso(clave=clave, fallos=0, desde=now))


def _sumar(row: IntentoIngreso, clave: str, now: datetime) -> datetime | None:
    """Count one failure; until when the key is locked by it, or None."""
    if now - row.desde > VENTANA:
        row.fallos, row.desde, row.bloqueado_hasta = 0, now, None
    row.fallos += 1
    if row.fallos < LIMITES[clave.partition(":")[0]]:
        return None
    row.fallos, row.desde, row.bloqueado_hasta = 0, now, now + BLOQUEO
    return row.bloqueado_hasta


def olvidar(uow: Uow, clave: str) -> None:
    """Forget the failures of a key: it signed in, or has a new password."""
    row = uow.session.scalar(select(IntentoIngreso).where(IntentoIngreso.clave == clave).with_for_update())
    if row is not None:
        row.fallos, row.desde, row.bloqueado_hasta = 0, uow.now, None
