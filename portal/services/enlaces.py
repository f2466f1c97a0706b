"""Links sent by e-mail: made with the transition, stored as hashes, spelled out only when the mail is rendered.

A link's token is an HMAC of its id and purpose under the installation's key, so that it can be computed again while
the mail is written; until then the mail's `ruta` carries a marker, and neither database nor log holds a usable token.

    marca = enlaces.crear(uow, "seguimiento", escuela_id=…, objeto_id=convenio.id)
    Para(correo, ruta=f"/seguimiento/{marca}")          # in a mail: stored as it is, spelled out when sent
    redirect(enlaces.expand(f"/seguimiento/{marca}"))   # in a page: spelled out at once
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.machine import Refused
from portal.models import Enlace, db
from portal.services import runtime
from portal.services.uow import NotFound, Uow
from tenants.ids import new_id

# How long each purpose lasts unless `crear` is told otherwise [product.md: 30 minutes, 7 days].
DURACION = {
    "contrasena": timedelta(minutes=30),
    "invitacion": timedelta(days=7),
    "correo": timedelta(days=7),
    "seguimiento": timedelta(days=365),
    "firma": timedelta(days=30),
    "evaluacion": timedelta(days=30),
}
LARGOS = frozenset({"seguimiento"})  # live until they expire, however often they are used
_MARCA = re.compile(r"\{enlace:(\d+):([a-z_]+)\}")


def crear(
    uow: Uow,
    proposito: str,
    *,
    usuario_id: int | None = None,
    escuela_id: int | None = None,
    objeto_id: int | None = None,
    dias: int = 0,
    minutos: int = 0,
) -> str:
    """Make a link and return its marker `{enlace:<id>:<proposito>}`: what a stored `ruta` carries in the token's place.

    `expand` spells it out. Lasts `dias` + `minutos`, or what its purpose lasts.
    """
    dura = timedelta(days=dias, minutes=minutos) or DURACION[proposito]
    enlace = Enlace(
        proposito=proposito,
        usuario_id=usuario_id,
        escuela_id=escuela_id,
        objeto_id=objeto_id,
        vence=uow.now + dura,
    )
    enlace.id = new_id()
    enlace.token_hash = _digest(_token(enlace.id, proposito))
    uow.add(enlace)
    return f"{{enlace:{enlace.id}:{proposito}}}"


def renovar(uow: Uow, proposito: str, *, escuela_id: int, objeto_id: int) -> str:
    """The marker of the link that this object has, made to last its whole time again; of a new one where none lives.

    So a second mail leaves the link of the first as good as it was.
    """
    query = select(Enlace).where(
        Enlace.proposito == proposito,
        Enlace.objeto_id == objeto_id,
        Enlace.usado.is_(None),
        Enlace.vence > uow.now,
    )
    vivo = uow.session.scalar(query.order_by(Enlace.id.desc()).limit(1).with_for_update())
    if vivo is None:
        return crear(uow, proposito, escuela_id=escuela_id, objeto_id=objeto_id)
    vivo.vence = max(vivo.vence, uow.now + DURACION[proposito])
    return f"{{enlace:{vivo.id}:{proposito}}}"


def expand(ruta: str) -> str:
    """The path with every marker replaced by its usable token; for the moment of sending, never to be stored."""
    return _MARCA.sub(lambda found: _token(int(found[1]), found[2]), ruta)


def ocultar(ruta: str) -> str:
    """The path with every marker replaced by "…": what a page may show of a mail that carries somebody's link."""
    return _MARCA.sub("…", ruta)


def buscar(token: str, *propositos: str) -> Enlace | None:
    """The link behind a token in whatever condition, to tell "used" and "expired" apart; of one of the purposes."""
    return _find(db.session(), token, propositos, lock=False)


def vigente(enlace: Enlace, now: datetime) -> bool:
    """Whether a link may still be used."""
    return enlace.vence > now and (enlace.usado is None or enlace.proposito in LARGOS)


@dataclass(frozen=True)
class Pedido:
    """What a link asks of whoever opens it: the thing (a signature, an evaluación), its escuela, and its estado
    ("vigente", "usado" or "vencido"). `corre`: its last day is still ahead, also where it was used."""

    objeto_id: int
    escuela_id: int
    estado: str
    corre: bool


def pedido(token: str, proposito: str, *, now: datetime) -> Pedido:
    """What stands behind a link; NotFound when it is unknown or of another purpose."""
    enlace = buscar(token, proposito)
    if enlace is None or enlace.objeto_id is None or enlace.escuela_id is None:
        raise NotFound("Enlace")
    usado = "usado" if enlace.usado is not None else "vencido"
    estado = "vigente" if vigente(enlace, now) else usado
    return Pedido(enlace.objeto_id, enlace.escuela_id, estado, enlace.vence > now)


def consumir(uow: Uow, token: str, proposito: str) -> Enlace:
    """Use a link up, once, inside the transaction of what it is for; a `seguimiento` only notes its last use.

    Raises NotFound (unknown), Refused("enlace.usado") or Refused("enlace.vencido").
    """
    enlace = _find(uow.session, token, (proposito,), lock=True)
    if enlace is None:
        raise NotFound("Enlace")
    if enlace.usado is not None and proposito not in LARGOS:
        raise Refused("enlace.usado")
    if enlace.vence <= uow.now:
        raise Refused("enlace.vencido")
    enlace.usado = uow.now
    return enlace


def anular(uow: Uow, proposito: str, *, usuario_id: int | None = None, objeto_id: int | None = None) -> None:
    """End every unused link of a purpose that was given to this account or for this object."""
    if usuario_id is None and objeto_id is None:
        raise ValueError("say whose links")
    query = select(Enlace).where(Enlace.proposito == proposito, Enlace.usado.is_(None))
    if usuario_id is not None:
        query = query.where(Enlace.usuario_id == usuario_id)
    if objeto_id is not None:
        query = query.where(Enlace.objeto_id == objeto_id)
    for enlace in uow.session.scalars(query.with_for_update()):
        enlace.usado, enlace.vence = uow.now, min(enlace.vence, uow.now)


def gastar(uow: Uow, proposito: str, objeto_id: int) -> None:
    """What a link was for is done: it does that no more, and its day of expiry stays."""
    query = select(Enlace).where(
        Enlace.proposito == proposito, Enlace.objeto_id == objeto_id, Enlace.usado.is_(None)
    )
    for enlace in uow.session.scalars(query.with_for_update()):
        enlace.usado = uow.now


def _find(session: Session, token: str, propositos: tuple[str, ...], *, lock: bool) -> Enlace | None:
    query = select(Enlace).where(Enlace.token_hash == _digest(token), Enlace.proposito.in_(propositos))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def _token(enlace_id: int, proposito: str) -> str:
    """43 URL-safe characters: 256 bits that nobody can compute without the installation's key."""
    key = runtime.current().secret_key.encode()
    mac = hmac.new(key, f"enlace:{proposito}:{enlace_id}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
