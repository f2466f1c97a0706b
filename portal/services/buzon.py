"""The mails that the embedded portal wrote to a folder instead of sending: the demo shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Protocol, runtime_checkable

from portal.services import runtime
from portal.services.uow import NotFound


class Resumen(Protocol):
    """A line of the list."""

    @property
    def id(self) -> str:
        """What `leer` takes."""

    @property
    def subject(self) -> str:
        """The subject."""

    @property
    def to(self) -> str:
        """Whom it is for."""

    @property
    def written(self) -> datetime:
        """When it was written (UTC)."""


@runtime_checkable
class Carpeta(Protocol):
    """A mailer that can be read again."""

    def list(self, limit: int = 200) -> Sequence[Resumen]:
        """The newest mails first."""

    def read(self, mail_id: str) -> EmailMessage:
        """One mail; KeyError when there is none."""


def listar() -> Sequence[Resumen]:
    """The newest 200 mails first; NotFound where mail is really sent."""
    return _carpeta().list()


def leer(mail_id: str) -> EmailMessage:
    """One mail, or NotFound."""
    try:
        return _carpeta().read(mail_id)
    except KeyError as error:
        raise NotFound("correo") from error


def _carpeta() -> Carpeta:
    mailer = runtime.current().backends.mailer
    if not isinstance(mailer, Carpeta):
        raise NotFound("correo")
    return mailer
