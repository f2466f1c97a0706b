"""E-mails: written with the transition, sent from the outbox, repeated with the same Message-ID or not at all."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from sqlalchemy import select

from portal.backends.interfaces import MailRefused
from portal.models import Correo, Escuela, Outbox
from portal.services import codigos, enlaces, escuelas, runtime
from portal.services.effects import Para
from portal.services.plantillas_correo import TEMPLATES, formar, formar_parte
from portal.services.uow import NotFound, Uow, unit_of_work
from tenants.ids import new_public_id
from tenants.scope import current_escuela

__all__ = [
    "TEMPLATES",
    "cancelar",
    "en_espera",
    "enviar",
    "escribir",
    "mensaje",
    "retenidos",
    "texto",
    "values",
]
PERFIL = "perfil_version"


def escribir(uow: Uow, plantilla: str, para: Para) -> Correo | None:
    """Fix a mail inside the transaction that causes it; None when there is no address to write to."""
    if not para.correo:
        return None
    public_id = new_public_id()
    decision_id, vence = uow.espera or (None, None)
    domain = runtime.current().mail_from.rpartition("@")[2].rstrip(">") or "portal.test"
    correo = uow.add(
        Correo(
            public_id=public_id,
            message_id=f"<{public_id}@{domain}>",
            plantilla=plantilla,
            para=para.correo,
            usuario_id=para.usuario_id,
            contexto={**para.contexto, "ruta": para.ruta, PERFIL: escuelas.actual().perfil_version},
            decision_id=decision_id,
        )
    )
    escuela = uow.session.get(Escuela, current_escuela())
    correo.asunto = _render(plantilla, "subject.txt", values(escuela, correo)).strip()[:200]
    uow.later("correo", correo.id, vence=vence)
    return correo


def retenidos(uow: Uow, decision_id: int) -> list[tuple[Correo, Outbox]]:
    """The mails that wait for a decision to stand, with their work, locked: no worker begins one meanwhile."""
    query = select(Correo).where(Correo.decision_id == decision_id)
    mails = {
        f"correo:{c.id}": c for c in uow.session.scalars(query.execution_options(populate_existing=True))
    }
    work = select(Outbox).where(Outbox.clave.in_(mails)).order_by(Outbox.id).with_for_update()
    rows = uow.session.scalars(work.execution_options(populate_existing=True))
    return [(mails[row.clave], row) for row in rows]


def en_espera(trabajo: Outbox) -> bool:
    """Whether nobody has begun to send it: neither done, nor claimed, nor tried."""
    return trabajo.hecho is None and trabajo.arriendo is None and trabajo.intentos == 0


def cancelar(uow: Uow, correo: Correo, trabajo: Outbox) -> None:
    """What it was to tell was undone: its work is done without sending. Both are locked and `en_espera`."""
    correo.cancelado = trabajo.hecho = uow.now


def values(escuela: Escuela | None, correo: Correo, *, enviando: bool = False) -> dict[str, Any]:
    """What a mail template may name: the escuela, its contact, the link in full and the values of the occasion.

    A personal link or a code is spelled out only while the mail is being sent; a page that shows the mail later has
    "…" there.
    """
    if escuela is None:
        raise NotFound("Escuela")
    base = runtime.current().base_url
    stored = correo.contexto.get("ruta", "")
    ruta = enlaces.expand(stored) if enviando else enlaces.ocultar(stored)
    codigo = correo.contexto.get("codigo", "")
    return {
        **correo.contexto,
        **({"codigo": (codigos.expand if enviando else codigos.ocultar)(codigo)} if codigo else {}),
        "escuela": escuela.nombre,
        "oficina": escuela.oficina,
        "contacto": escuelas.perfil(escuela.perfil_version).correo,
        "enlace": f"{base}{ruta}" if ruta else "",
        "base": base,
    }


def texto(correo: Correo, escuela: Escuela) -> str:
    """The plain text of a mail as the portal shows it: as it was sent, without a usable personal link."""
    return _render(correo.plantilla, "body.txt", values(escuela, correo)).strip() + "\n"


def _render(plantilla: str, part: str, contexto: dict[str, Any]) -> str:
    """In the words of the profile with which the mail was written: a later one changes no old mail."""
    return formar_parte(plantilla, part, contexto, escuelas.perfil(contexto.get(PERFIL)).correos)


def en_una_linea(text: str) -> str:
    """A text for a header: whatever begins a line in it, in whatever alphabet, is a space.

    An encoded word ("=?utf-8?q?=0ABcc:_x?=") is taken apart: the e-mail library would decode it, line break and all.
    """
    return " ".join(text.split()).replace("=?", "= ?")


def mensaje(correo: Correo, escuela: Escuela) -> EmailMessage:
    """The message to hand over: plain text and HTML with the same words. ValueError where its address is none."""
    contexto = values(escuela, correo, enviando=True)
    cuerpo = _render(correo.plantilla, "body.txt", contexto).strip()
    pie = formar("_pie.txt", contexto, para=correo.para).strip()
    message = EmailMessage()
    message["Message-ID"] = correo.message_id
    message["Date"] = format_datetime(correo.creado)
    sender = runtime.current().mail_from
    address = sender.rpartition("<")[2].rstrip(">")
    de = en_una_linea(f"Servicio social {escuela.nombre}")[:70]
    message["From"] = Address(display_name=de, addr_spec=address)
    if en_una_linea(correo.para) != correo.para or correo.para.count("@") != 1 or " " in correo.para:
        raise ValueError("not one address")
    message["To"] = correo.para
    message["Subject"] = en_una_linea(correo.asunto)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{cuerpo}\n\n-- \n{pie}\n")
    html = formar("_base.html", contexto, asunto=correo.asunto, cuerpo=cuerpo, pie=pie, color=escuela.color)
    message.add_alternative(html, subtype="html")
    return message


def enviar(correo_id: int, *, now: datetime) -> None:
    """Send one mail. Safe to run twice: a sent mail is left alone; a crash in between repeats the same Message-ID."""
    with unit_of_work(now) as uow:
        correo = uow.get(Correo, correo_id)
        escuela = uow.get(Escuela, current_escuela())
        if correo.enviado is not None or correo.rechazado or correo.cancelado is not None:
            return
        problem, message = "", None
        try:
            message = mensaje(correo, escuela)
        except ValueError as error:  # an address with a line break in it, say: it will not be better tomorrow
            problem = str(error)[:500] or "rechazado"
    try:
        if message is not None:
            runtime.current().backends.mailer.send(message)
    except MailRefused as refused:
        problem = str(refused)[:500] or "rechazado"
    with unit_of_work(now) as uow:
        correo = uow.lock_id(Correo, correo_id)
        if problem:
            correo.rechazado = problem
        else:
            correo.enviado = now
