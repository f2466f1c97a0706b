"""A dependencia with an account: its people, its data, its logo."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.machine import Refused
from portal.models import Bitacora, Escuela, Usuario, db
from portal.services import convenios, dependencias
from portal.services.uow import NotFound
from tenants.scope import escuela_scope
from tests.convenios import DATOS, RFC, Solicitud
from tests.services.test_convenios import autorizar, enviada, oficina

__all__ = ["enviada"]


def test_people_are_invited_and_one_always_remains(escom: Escuela, now: datetime, enviada: Solicitud) -> None:
    with escuela_scope(escom.id):
        autorizar(enviada, oficina(escom, now), now)
        usuario = db.session.scalars(
            select(Usuario).where(Usuario.correo == DATOS["representante_correo"])
        ).one()
    actor = Actor("dependencia", "Dora", usuario.id, dependencia_ids=enviada.actor.dependencia_ids)
    public_id = enviada.dependencia().public_id
    otra = dependencias.invitar(
        public_id, nombre="Nora Nueva", correo="Nora@museo.test", cargo="Enlace", actor=actor, now=now
    )
    assert otra.correo == "nora@museo.test"
    with pytest.raises(Refused, match="ya_esta"):
        dependencias.invitar(
            public_id, nombre="Nora Nueva", correo="nora@museo.test", cargo="", actor=actor, now=now
        )
    dependencias.quitar(public_id, otra.public_id, actor=actor, now=now)
    with pytest.raises(Refused, match="unica"):
        dependencias.quitar(public_id, usuario.public_id, actor=actor, now=now)
    with pytest.raises(NotFound):
        dependencias.quitar(public_id, otra.public_id, actor=Actor("dependencia", "Otro"), now=now)


def test_verified_data_are_changed_by_nobody(escom: Escuela, now: datetime, enviada: Solicitud) -> None:
    with escuela_scope(escom.id):
        autorizar(enviada, oficina(escom, now), now)
        with pytest.raises(Refused, match="no_se_edita"):
            convenios.guardar(enviada.public_id, "datos", DATOS, actor=enviada.actor, now=now)
    antes = enviada.dependencia()
    cambios = {"rfc": "HGE870512PZ1", "razon_social": "Otra", "telefono": "55 1111 2222"}
    assert dependencias.actualizar(antes.public_id, cambios, actor=enviada.actor, now=now) == {}
    despues = enviada.dependencia()
    assert (despues.rfc, despues.razon_social, despues.telefono) == (RFC, DATOS["razon_social"], "5511112222")
    with escuela_scope(escom.id):
        assert (
            db.session.scalars(select(Bitacora).where(Bitacora.accion == "cambiar_datos")).one().motivo
            == "telefono"
        )


def test_the_logo_of_the_dossier_is_what_letters_print(
    escom: Escuela, now: datetime, enviada: Solicitud
) -> None:
    content = dependencias.logo_png(db.session(), enviada.dependencia().id)
    assert content is not None
    assert content.startswith(b"\x89PNG")
    assert dependencias.logo_png(db.session(), 1) is None
