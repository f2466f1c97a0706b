"""Trámites: asked by the alumno, issued one by one or many, attached by themselves."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.domain.machine import Forbidden, Refused, Stale
from portal.domain.tramite import TRAMITE
from portal.models import Alumno, Carta, Correo, Escuela, Solicitud, Tramite, db
from portal.queries import tramites as queries
from portal.services import cartas, effects, solicitudes, tramites
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from tests import en_servicio, factories

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


def test_one_constancia_serves_every_solicitud_and_a_second_is_asked_for_only_once_it_would_say_something_else(
    escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    alumno, draft = _borrador(escom, now)
    quien, office = factories.como_alumno(alumno), factories.como_coordinador(escom, "expedientes")

    def pedir(solicitud: str = "") -> Tramite:
        return tramites.pedir("constancia_estudios", actor=quien, now=now, solicitud_public_id=solicitud)

    with escuela_scope(escom.id):
        first = pedir()
        for where in ("", draft.public_id):
            with pytest.raises(Refused) as refused:
                pedir(where)
            assert (refused.value.key, refused.value.values) == (
                "tramite.repetido", {"tramite": first.public_id},
            )  # fmt: skip
        tramites.atender(first.public_id, actor=office, now=now)
        with pytest.raises(Refused) as refused:
            pedir(draft.public_id)
        assert refused.value.key == "tramite.ya_emitida"
    drain()
    with escuela_scope(escom.id):
        carta = db.session.scalars(select(Carta.documento_id)).one()
        papel = db.session.scalars(select(Solicitud.constancia_documento_id)).one()
        assert carta == papel is not None, "it goes by itself to the draft in which it was asked for in vain"
        with unit_of_work(now) as uow:
            uow.lock_id(Alumno, alumno.id).semestre = 8
        assert pedir(draft.public_id).estado == "pedido"
        assert db.session.scalar(select(func.count(Tramite.id))) == 2


def test_a_constancia_that_was_revoked_or_is_of_a_servicio_before_is_asked_for_again(
    escom: Escuela, now: datetime, drain: Callable[[], int]
) -> None:
    alumno, _ = _borrador(escom, now)
    quien, office = factories.como_alumno(alumno), factories.como_coordinador(escom)

    def otra() -> None:
        tramite = tramites.pedir("constancia_estudios", actor=quien, now=now)
        tramites.atender(tramite.public_id, actor=office, now=now)

    with escuela_scope(escom.id):
        otra()
    drain()
    with escuela_scope(escom.id):
        carta = db.session.scalars(select(Carta.public_id)).one()
        cartas.revocar(carta, motivo="Tenía mal el nombre.", actor=office, now=now)
        otra()
    en_servicio.caso(escom, now + timedelta(days=1), alumno=alumno)
    with escuela_scope(escom.id):
        assert tramites.pedir("constancia_estudios", actor=quien, now=now).estado == "pedido"


def test_of_many_who_ask_at_once_for_a_constancia_one_has_it(
    app: Flask, escom: Escuela, now: datetime
) -> None:
    alumno, draft = _borrador(escom, now)
    quien = factories.como_alumno(alumno)

    def ask(where: str) -> bool:
        with app.app_context(), escuela_scope(escom.id):
            try:
                tramites.pedir("constancia_estudios", actor=quien, now=now, solicitud_public_id=where)
            except Refused:
                return False
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(ask, 4 * ["", draft.public_id])) == 1


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


def test_the_next_one_may_be_the_next_of_its_kind(escom: Escuela, now: datetime) -> None:
    alumno = factories.alumno(escom, now)
    with escuela_scope(escom.id):
        with unit_of_work(now) as uow:
            uno, otro, ultimo = (
                uow.add(Tramite(tipo=tipo, alumno_id=alumno.id))
                for tipo in ("constancia_estudios", "presentacion", "constancia_estudios")
            )
        assert queries.siguiente(uno) == otro.public_id
        assert queries.siguiente(uno, "constancia_estudios") == ultimo.public_id
        assert queries.siguiente(ultimo, "constancia_estudios") == ""


def test_another_alumnos_tramite_does_not_exist(escom: Escuela, now: datetime) -> None:
    alumno, draft = _borrador(escom, now)
    otro = factories.como_alumno(factories.alumno(escom, now))
    with escuela_scope(escom.id):
        tramite = tramites.pedir("constancia_estudios", actor=factories.como_alumno(alumno), now=now)
        with pytest.raises(NotFound):
            tramites.retirar(tramite.public_id, actor=otro, now=now)
        with pytest.raises(NotFound):
            tramites.pedir("presentacion", actor=otro, now=now, solicitud_public_id=draft.public_id)
