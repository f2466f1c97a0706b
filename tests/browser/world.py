"""The portal under a browser: served for real, its clock moved by the test, its mails read as people read them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade

from portal import create_app
from portal.domain.calendario import to_local
from portal.models import Usuario, db
from portal.services import contrasenas, cuentas, escuelas, runtime
from portal.services.uow import unit_of_work
from portal.settings import Settings
from tenants import clock
from tenants.scope import escuela_scope
from worker.outbox import sweep

ROOT = Path(__file__).resolve().parents[2]
ESCUELA = "escom"
PASSWORD = "Servicio-2026!"
WORD = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Site:
    """A portal that is being served."""

    url: str


def _about(message: EmailMessage, subject: str) -> bool:
    return subject.lower() in str(message["Subject"]).lower()


def give_password(usuario_id: int | None, now: datetime) -> None:
    """Make PASSWORD the password of an account."""
    with unit_of_work(now) as uow:
        uow.lock_id(Usuario, usuario_id).contrasena_hash = contrasenas.hash_contrasena(PASSWORD)


class Clock:
    """Now, moved by `ahead`; starts at ten in the morning of today in the escuelas' time zone."""

    def __init__(self) -> None:
        real = datetime.now(UTC)
        self._ahead = to_local(real).replace(hour=10, minute=0, second=0, microsecond=0) - real

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def today(self) -> date:
        """The local day."""
        return to_local(self()).date()

    def jump_to(self, day: date) -> None:
        """Move on to ten in the morning of that day."""
        self._ahead += timedelta(days=(day - self.today()).days)

    def wait(self, minutes: int) -> None:
        """Move on by that many minutes."""
        self._ahead += timedelta(minutes=minutes)


class World:
    """One portal with one escuela and nobody in it: its address, its clock and its mails."""

    def __init__(
        self,
        settings: Settings,
        serve: Callable[..., str],
        patch: pytest.MonkeyPatch,
        *,
        tenant: str = ESCUELA,
    ) -> None:
        self.clock = Clock()
        patch.setattr(clock, "now", self.clock)
        self._mails = settings.mail.path if hasattr(settings.mail, "path") else Path()
        self._read: set[str] = set()
        self._busy = threading.Lock()
        self.app: Flask = create_app(settings)
        with self.app.app_context():
            upgrade(directory=str(ROOT / "migrations"))
            self.escuela_id = escuelas.cargar(ROOT / "tenants" / tenant, now=self.clock()).id
            db.session.remove()
        self.url = serve(self.app)
        runtime.configure(replace(runtime.current(), base_url=self.url))

    def work(self) -> None:
        """Do what the outbox holds, as the thread of the embedded portal would."""
        with self._busy, self.app.app_context():
            sweep(self.clock)
            db.session.remove()

    def jump_to(self, day: date) -> None:
        """Move on to a day and do what its calendar brings."""
        self.clock.jump_to(day)
        self.work()

    def invite(self, correo: str, nombre: str, cargo: str, *permisos: str) -> None:
        """Invite somebody to the office, by the service behind `portal usuario coordinador`."""
        with self.app.app_context():
            cuentas.invitar_coordinador(
                self.escuela_id,
                correo=correo,
                nombre=nombre,
                cargo=cargo,
                permisos=list(permisos),
                now=self.clock(),
            )

    def scope(self) -> Any:
        """The escuela's scope, inside an application context."""
        return escuela_scope(self.escuela_id)

    def mail(self, to: str, subject: str) -> EmailMessage:
        """The newest unread mail to an address whose subject has these words; reading it marks it read.

        What is not there yet is looked for again a quarter of an hour later: mails of decisions wait while these may
        be undone.
        """
        self.work()
        found = self._unread(to)
        if not any(_about(message, subject) for _, message in found):
            self.clock.wait(15)
            self.work()
            found = self._unread(to)
        for name, message in found:
            if _about(message, subject):
                self._read.add(name)
                return message
        subjects = [str(message["Subject"]) for _, message in found]
        raise AssertionError(f"no mail to {to} about «{subject}»; unread: {subjects}")

    def _unread(self, to: str) -> list[tuple[str, EmailMessage]]:
        """Mails to an address that nobody has read, newest first, each with the name of its file."""
        paths = sorted(self._mails.glob("*.eml"), key=lambda p: p.stat().st_mtime_ns, reverse=True)
        mails = [(p.name, message_from_bytes(p.read_bytes(), policy=policy.default)) for p in paths]
        return [(name, m) for name, m in mails if name not in self._read and m["To"] == to]

    def link(self, to: str, subject: str) -> str:
        """The address in the newest unread mail about that subject."""
        return self.link_in(self.mail(to, subject))

    def link_in(self, message: EmailMessage) -> str:
        """The address in a mail; its plain text and its HTML carry the same."""
        plain = text_of(message)
        found = next((url for url in WORD.findall(plain) if url.startswith(self.url)), None)
        assert found, plain
        html = message.get_body(("html",))
        assert html is not None
        assert found in html.get_content()
        return found


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail."""
    body = message.get_body(("plain",))
    assert body is not None
    return body.get_content()
