"""Links of mails: single use, no token at rest, told apart when they no longer serve."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain.machine import Refused
from portal.models import Correo, Enlace, Escuela, db
from portal.services import correos, enlaces
from portal.services.effects import Para
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from tests import factories


def _nuevo(now: datetime, proposito: str = "contrasena", usuario_id: int | None = None, **dura: int) -> str:
    with unit_of_work(now) as uow:
        return enlaces.crear(uow, proposito, usuario_id=usuario_id, objeto_id=7, **dura)


@pytest.mark.parametrize(
    ("proposito", "dura"),
    [
        ("contrasena", timedelta(minutes=30)),
        ("invitacion", timedelta(days=7)),
        ("seguimiento", timedelta(days=365)),
        ("firma", timedelta(days=30)),
    ],
)
def test_each_purpose_lasts_its_time(app: object, now: datetime, proposito: str, dura: timedelta) -> None:
    token = enlaces.expand(_nuevo(now, proposito))
    assert factories.enlace_vivo(token, proposito, now + dura - timedelta(seconds=1)) is not None
    assert factories.enlace_vivo(token, proposito, now + dura) is None


def test_a_link_serves_one_purpose_only(app: object, now: datetime) -> None:
    token = enlaces.expand(_nuevo(now, "firma"))
    assert factories.enlace_vivo(token, "contrasena", now) is None
    assert factories.enlace_vivo(token + "x", "firma", now) is None


def test_a_link_is_used_once_and_a_follow_up_lives_on(app: object, now: datetime) -> None:
    once, often = (enlaces.expand(_nuevo(now, p)) for p in ("invitacion", "seguimiento"))
    for token, proposito in ((once, "invitacion"), (often, "seguimiento")):
        with unit_of_work(now) as uow:
            enlaces.consumir(uow, token, proposito)
    assert factories.enlace_vivo(once, "invitacion", now) is None
    assert factories.enlace_vivo(often, "seguimiento", now) is not None
    with pytest.raises(Refused, match="usado"), unit_of_work(now) as uow:
        enlaces.consumir(uow, once, "invitacion")
    with pytest.raises(Refused, match="vencido"), unit_of_work(now + timedelta(days=366)) as uow:
        enlaces.consumir(uow, often, "seguimiento")
    with pytest.raises(NotFound), unit_of_work(now) as uow:
        enlaces.consumir(uow, "desconocido", "invitacion")


def test_a_new_link_may_end_the_older_ones(app: object, now: datetime) -> None:
    persona = factories.usuario(now)
    token = enlaces.expand(_nuevo(now, "contrasena", persona.id))
    with unit_of_work(now) as uow:
        enlaces.anular(uow, "contrasena", usuario_id=persona.id)
    assert factories.enlace_vivo(token, "contrasena", now) is None


def test_neither_the_link_nor_the_mail_row_holds_a_usable_token(escom: Escuela, now: datetime) -> None:
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        marca = enlaces.crear(uow, "contrasena", objeto_id=1)
        correos.escribir(
            uow, "contrasena", Para("a@ejemplo.test", ruta=f"/enlace/{marca}", contexto={"nombre": "Ana"})
        )
    token = enlaces.expand(marca)
    with escuela_scope(escom.id):
        correo = db.session.scalars(select(Correo)).one()
        stored = f"{correo.contexto}{correo.asunto}{[vars(e) for e in db.session.scalars(select(Enlace))]}"
        assert token not in stored
        assert token not in correos.texto(correo, escom)
        plain = correos.mensaje(correo, escom).get_body(("plain",))
        assert plain is not None
        assert f"/enlace/{token}" in plain.get_content()
