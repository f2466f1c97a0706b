"""What one browser was asked, and has minutes to answer, once: between two steps of a sign-in, for a passkey.

The browser's cookie carries a token and nothing else; what the answer is checked against stays here.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from portal.domain.machine import Refused
from portal.models import Reto, db
from portal.services.uow import Uow, unit_of_work

MINUTOS = {"segundo": 10, "llave_alta": 10, "llave": 5, "oidc": 10}
BARRIDA = 50  # expired ones that each new one takes away


@dataclass(frozen=True)
class Pedido:
    """What was asked: of which account, if it is known, and what belongs to the answer."""

    usuario_id: int | None
    datos: dict[str, Any]


def abrir(proposito: str, datos: dict[str, Any], *, usuario_id: int | None = None, now: datetime) -> str:
    """Ask something; returns the token that the browser keeps."""
    token = secrets.token_urlsafe(32)
    with unit_of_work(now) as uow:
        expired = select(Reto).where(Reto.vence < now).order_by(Reto.vence).limit(BARRIDA)
        for old in uow.session.scalars(expired.with_for_update(skip_locked=True)):
            uow.session.delete(old)
        vence = now + timedelta(minutes=MINUTOS[proposito])
        uow.add(
            Reto(
                token_hash=_digest(token),
                proposito=proposito,
                usuario_id=usuario_id,
                datos=datos,
                vence=vence,
            )
        )
    return token


def leer(token: str, proposito: str, now: datetime) -> Pedido | None:
    """What this token was asked, or None when it is unknown, answered or late."""
    found = db.session.scalar(_query(token, proposito).where(Reto.vence > now))
    return Pedido(found.usuario_id, found.datos) if found is not None else None


def consumir(uow: Uow, token: str, proposito: str) -> Pedido:
    """Take what was asked out of the table: nobody else can answer it. Raises Refused("reto.vencido")."""
    found = uow.session.scalar(_query(token, proposito).with_for_update())
    if found is None or found.vence <= uow.now:
        raise Refused("reto.vencido")
    pedido = Pedido(found.usuario_id, found.datos)
    uow.session.delete(found)
    uow.session.flush()
    return pedido


def anular(uow: Uow, usuario_id: int) -> None:
    """Forget whatever this account was asked: its password changed, or what opens it."""
    for reto in uow.session.scalars(select(Reto).where(Reto.usuario_id == usuario_id).with_for_update()):
        uow.session.delete(reto)


def _query(token: str, proposito: str) -> Any:
    return select(Reto).where(Reto.token_hash == _digest(token), Reto.proposito == proposito)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
