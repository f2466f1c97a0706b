"""Trámites: asked by the alumno, issued one by one or many, attached by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from portal.domain.machine import Forbidden, Refused, Stale
from portal.domain.tramite import TRAMITE
from portal.models import Carta, Correo, Escuela, Solicitud, Tramite, db
from portal.services import effects, solicitudes, tramites
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from tests import factories

MOTIVO = "Tus datos no coinciden con los de control escolar."


def _borrador(escuela: Escuela, now: datetime, **fields):
    de, _ = factories.dependencia(now)
    proyecto = factories.proyecto(escuela, factories.convenio(escuela, de, now), now)
    alumno = factories.alumno(escuela, now, **fields)
    return alumno, factories.solicitud(alumno, proyecto, escuela, now, estado="borrador")


def test_every_effect_of_the_machine_is_registered() -> None:
    assert [e for row in TRAMITE.rows for e in row.effects if not effects.known(e)] == []


@pytest.mark.parametrize("tipo", ["presentacion", "constancia_estudios"])
def test_an_issued_letter_goes_to_its_solicitud_by_itself(
    escom: Escuela, now: datetime, drain: Callable[[], int], tipo: str
) -> None:
    alumno, draft = _borrador(escom, now)
    with escuela_scope(escom.id):
        tramite = tramites.pedir(
            tipo, actor=factories.como_alumno(alumno), now=now, solicitud_public_id=draft.public_id
        )
        tramites.atender(tramite.public_id, actor=factories.como_coordinador(escom, "expedientes"), now=now)
        assert db.session.scalars(select(Correo)).all() == []
    drain()
    with escuela_scope(escom.id):
        carta = db.session.scalars(select(Carta)).one()
        found = db.session.scalars(select(Solicitud)).one()
        papel = found.presentacion_documento_id if tipo == "presentacion" else found.constancia_documento_id
        assert carta.documento_id is not None
        assert papel == carta.documento_id
        correo = db.session.scalars(select(Correo)).one()
        assert (correo.plantilla, correo.para) == ("tramite_atendido", alumno.correo)
        assert correo.contexto["ruta"] == f"/escom/alumno/solicitudes/{draft.public_id}"


def test_a_constancia_may_be_asked_for_on_its_own_but_no_presentacion(escom: Escuela, now: datetime) -> None:
    actor = factories.como_alumno(factories.alumno(escom, now))
    with escuela_scope(escom.id):
        assert tramites.pedir("constancia_estudios", actor=actor, now=now).estado == "pedido"
        for tipo, key in (
            ("presentacion", "tramite.sin_proyecto"),
            ("constancia_estudios", "tramite.repetido"),
        ):
            with pytest.raises(Refused) as refused:
                tramites.pedir(tipo, actor=actor, now=now)
            assert refused.value.key == key


@pytest.mark.parametrize(
    ("estado", "verbo", "permiso", "queda"),
    [
        ("pedido", "atender", "expedientes", "atendido"),
        ("pedido", "atender", "convenios", Forbidden),
        ("atendido", "atender", "expedientes", Stale),
        ("pedido", "negar", "expedientes", "negado"),
        ("pedido", "negar", "terminos", Forbidden),
        ("retirado", "negar", "expedientes", Stale),
    ],
)
def test_only_expedientes_decides(escom, now, estado, verbo, permiso, queda) -> None:
    alumno = factories.alumno(escom, now)
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        tramite = uow.add(Tramite(tipo="constancia_estudios", alumno_id=alumno.id, estado=estado))
    actor = factories.como_coordinador(escom, permiso)
    fields = {"motivo": MOTIVO} if verbo == "negar" else {}
    with escuela_scope(escom.id):
        if isinstance(queda, str):
            assert getattr(tramites, verbo)(tramite.public_id, actor=actor, now=now, **fields).estado == queda
        else:
            with pytest.raises(queda):
                getattr(tramites, verbo)(tramite.public_id, actor=actor, now=now, **fields)


def test_a_refusal_says_why_and_who(escom: Escuela, now: datetime) -> None:
    alumno, draft = _borrador(escom, now)
    quien = factories.como_alumno(alumno)
    with escuela_scope(escom.id):
        tramite = tramites.pedir("presentacion", actor=quien, now=now, solicitud_public_id=draft.public_id)
        tramites.negar(tramite.public_id, motivo=MOTIVO, actor=factories.como_coordinador(escom), now=now)
        correo = db.session.scalars(select(Correo)).one()
        assert (correo.contexto["motivo"], correo.contexto["atentamente"]) == (
            MOTIVO,
            "Coordinadora de Prueba",
        )
        assert tramites.pedir("presentacion", actor=quien, now=now, solicitud_public_id=draft.public_id)


def test_what_ends_a_solicitud_ends_its_tramites(escom: Escuela, now: datetime) -> None:
    alumno, draft = _borrador(escom, now)
    quien = factories.como_alumno(alumno)
    with escuela_scope(escom.id):
        tramites.pedir("presentacion", actor=quien, now=now, solicitud_public_id=draft.public_id)
        solicitudes.retirar(draft.public_id, actor=quien, now=now)
        assert db.session.scalars(select(Tramite.estado)).all() == ["retirado"]


def test_another_alumnos_tramite_does_not_exist(escom: Escuela, now: datetime) -> None:
    alumno, draft = _borrador(escom, now)
    otro = factories.como_alumno(factories.alumno(escom, now))
    with escuela_scope(escom.id):
        tramite = tramites.pedir("constancia_estudios", actor=factories.como_alumno(alumno), now=now)
        with pytest.raises(NotFound):
            tramites.retirar(tramite.public_id, actor=otro, now=now)
        with pytest.raises(NotFound):
            tramites.pedir("presentacion", actor=otro, now=now, solicitud_public_id=draft.public_id)
