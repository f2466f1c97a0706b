"""No name, subject or address brings a line of its own into the headers of a mail; what cannot be sent ends there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from flask import Flask
from jinja2 import meta
from sqlalchemy import select

from portal.backends.interfaces import check_message
from portal.models import Correo, Escuela, Outbox, db
from portal.services import correos, plantillas_correo, runtime
from portal.services.effects import Para
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope

LINEAS = ("\n", "\r\n", "\r", "\n\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "=?utf-8?q?=0A?=\n ",
          "=?utf-8?q?=0D=0ABcc:_otro@ejemplo.test?= ")  # fmt: skip
INTRUSO = "Bcc: intruso@ejemplo.test"
PLANTILLAS = sorted(p.parent.name for p in plantillas_correo.TEMPLATES.glob("*/subject.txt"))
CABECERAS = {"message-id", "date", "from", "to", "subject", "auto-submitted", "mime-version", "content-type"}


class Sobre:
    """A mailer that keeps what it was given."""

    def __init__(self) -> None:
        self.given: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        """See Mailer."""
        check_message(message)
        self.given.append(message)


@pytest.fixture
def sobre(app: Flask) -> Iterator[Sobre]:
    """Instead of the mails' folder."""
    found = Sobre()
    now = runtime.current()
    runtime.configure(replace(now, backends=replace(now.backends, mailer=found)))
    yield found
    runtime.configure(now)


def one_line_each(message: EmailMessage) -> None:
    """What a server reads out of the bytes has the headers that the portal writes, and no other."""
    read = message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.default)
    assert {name.lower() for name in read} <= CABECERAS
    assert all("\n" not in str(value) and "\r" not in str(value) for value in read.values())
    assert "bcc" not in read
    assert len(read["to"].addresses) == 1


@pytest.mark.parametrize("plantilla", PLANTILLAS)
@pytest.mark.parametrize("line", LINEAS, ids=ascii)
def test_the_values_of_a_subject_stay_in_its_line(plantilla: str, line: str) -> None:
    source = (plantillas_correo.TEMPLATES / plantilla / "subject.txt").read_text(encoding="utf-8")
    names = meta.find_undeclared_variables(plantillas_correo._env.parse(source))
    asunto = plantillas_correo.formar(f"{plantilla}/subject.txt", dict.fromkeys(names, f"Ana{line}{INTRUSO}"))
    message = EmailMessage()
    message["Subject"] = correos.en_una_linea(asunto)
    message["To"] = "ana@ejemplo.test"
    one_line_each(message)


@pytest.mark.parametrize("line", LINEAS, ids=ascii)
@pytest.mark.parametrize("where", ["nombre", "asunto", "para", "escuela"])
def test_a_mail_with_a_line_in_it_goes_out_whole_or_never(
    where: str, line: str, sobre: Sobre, escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    malo = f"Ana{line}{INTRUSO}"
    with escuela_scope(escom.id):
        with unit_of_work(now) as uow:
            escuela = uow.get(Escuela, escom.id)
            if where == "escuela":
                escuela.nombre = malo
            nombre = malo if where == "nombre" else "Ana"
            para = f"ana@ejemplo.test{line}{INTRUSO}" if where == "para" else "ana@ejemplo.test"
            correo = correos.escribir(uow, "contrasena", Para(para, "/escom/", None, {"nombre": nombre}))
            assert correo
            if where == "asunto":
                correo.asunto = malo
            correo_id = correo.id
        drain()
        db.session.expire_all()
        found = db.session.scalars(select(Correo).where(Correo.id == correo_id)).one()
        pending = len(db.session.scalars(select(Outbox).where(Outbox.hecho.is_(None))).all())
        assert (pending, bool(found.enviado), bool(found.rechazado)) == (0, where != "para", where == "para")
        db.session.commit()
    for message in sobre.given:
        one_line_each(message)
