"""Who of the office reviews an entrega: taken, given, shared in turn; never a lock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.models import Correo, Entrega, Escuela, Usuario, db
from portal.services import entregas, entregas_reparto, escuelas, siss
from portal.services.uow import Uow
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return en_servicio.caso(escom, now)


def _en_la_oficina(caso: Caso, now: datetime) -> Entrega:
    en_servicio.enviar(caso, now)
    return en_servicio.decidir(caso, now, "reporte_180", caso.como_dependencia)


def _otro(caso: Caso, now: datetime) -> Caso:
    return en_servicio.en(
        caso.escuela, now, caso.dependencia, caso.persona, caso.proyecto, coordinador=caso.coordinador
    )


def _asignar(caso: Caso, now: datetime, a: Usuario | None, *entregas_: Entrega) -> int:
    ids = [e.public_id for e in entregas_ or (caso.entrega(),)]
    with escuela_scope(caso.escuela.id):
        return entregas_reparto.asignar(
            ids, a=a.public_id if a else None, actor=caso.como_coordinador, now=now
        )[0]


def _por_turno(monkeypatch: pytest.MonkeyPatch, escuela: Escuela) -> None:
    with escuela_scope(escuela.id):
        perfil = escuelas.perfil()
    turno = perfil.model_copy(
        update={"revision": perfil.revision.model_copy(update={"reparto": "por_turno"})}
    )
    monkeypatch.setattr(escuelas, "perfil", lambda version=None: turno)


def test_an_entrega_is_taken_given_and_given_back(caso: Caso, now: datetime) -> None:
    _en_la_oficina(caso, now)
    colega = factories.coordinador(caso.escuela, now, "reportes", nombre="Colega Ficticia")
    assert _asignar(caso, now, caso.coordinador) == 1
    assert caso.entrega().asignada_id == caso.coordinador.id
    assert _asignar(caso, now, caso.coordinador) == 0  # it is theirs already
    assert _asignar(caso, now, colega) == 1
    assert caso.entrega().asignada_id == colega.id
    assert _asignar(caso, now, None) == 1
    assert caso.entrega().asignada_id is None


def test_only_who_may_review_is_given_one(caso: Caso, now: datetime) -> None:
    _en_la_oficina(caso, now)
    sin = factories.coordinador(caso.escuela, now, "terminos")
    for persona in (sin, caso.persona):
        with pytest.raises(Refused, match="sin_revisor"):
            _asignar(caso, now, persona)
    actor = factories.como_coordinador(caso.escuela, "terminos")
    with pytest.raises(Forbidden), escuela_scope(caso.escuela.id):
        entregas_reparto.asignar([caso.entrega().public_id], a=None, actor=actor, now=now)


def test_what_does_not_wait_for_the_office_is_given_to_nobody(caso: Caso, now: datetime) -> None:
    en_servicio.enviar(caso, now)
    assert _asignar(caso, now, caso.coordinador) == 0
    assert caso.entrega().asignada_id is None


def test_it_is_no_lock_another_may_decide(caso: Caso, now: datetime) -> None:
    _en_la_oficina(caso, now)
    _asignar(caso, now, factories.coordinador(caso.escuela, now, "reportes"))
    assert en_servicio.decidir(caso, now, "reporte_180", caso.como_coordinador).estado == "aceptada"


def test_shared_in_turn_it_goes_to_who_has_the_fewest(
    caso: Caso, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    _por_turno(monkeypatch, caso.escuela)
    colega = factories.coordinador(caso.escuela, now, "reportes", nombre="Colega Ficticia")
    factories.coordinador(caso.escuela, now, "terminos", nombre="Otra Persona")
    given = [_en_la_oficina(c, now).asignada_id for c in (caso, *(_otro(caso, now) for _ in range(3)))]
    assert given == [caso.coordinador.id, colega.id, caso.coordinador.id, colega.id]
    with escuela_scope(caso.escuela.id):
        assert entregas_reparto.cargas(Uow(db.session(), now)) == {caso.coordinador.id: 2, colega.id: 2}


def test_a_corrected_one_comes_back_to_whoever_had_it_and_only_they_are_written_to(
    caso: Caso, now: datetime
) -> None:
    _en_la_oficina(caso, now)
    colega = factories.coordinador(caso.escuela, now, "reportes", nombre="Colega Ficticia")
    _asignar(caso, now, colega)
    with escuela_scope(caso.escuela.id):
        entregas.rechazar(
            caso.entrega().public_id, motivo="Falta una firma.", actor=caso.como_coordinador, now=now
        )
    _en_la_oficina(caso, now + timedelta(minutes=1))
    assert caso.entrega().asignada_id == colega.id
    with escuela_scope(caso.escuela.id):
        query = select(Correo.usuario_id).where(Correo.plantilla == "entrega_por_revisar").order_by(Correo.id)
        assert list(db.session.scalars(query))[-1:] == [colega.id]


def test_entregas_shared_out_while_the_siss_is_reconciled_wait_for_each_other(
    app: Flask, caso: Caso, now: datetime
) -> None:
    casos = [caso, *(_otro(caso, now) for _ in range(5))]
    ids = [en_servicio.aceptada(c, now).public_id for c in casos]
    dias = [(to_local(now).date() - timedelta(days=n)).isoformat() for n in range(6)]
    csv = ["\n".join(("boleta,reporte,fecha", *(f"{c.alumno.boleta},reporte_180,{dia}" for c in casos)))
           for dia in dias]  # fmt: skip
    db.session.commit()

    def both(n: int) -> int:
        with app.app_context(), escuela_scope(caso.escuela.id):
            if n % 2:
                return siss.conciliar(csv[n // 2].encode(), actor=caso.como_coordinador, now=now)
            return entregas_reparto.asignar(ids, a=None, actor=caso.como_coordinador, now=now)[0]

    with ThreadPoolExecutor(4) as pool:
        marked = sum(pool.map(both, range(2 * len(dias))))
    assert marked >= len(ids)  # nobody waited for somebody who waited for them
