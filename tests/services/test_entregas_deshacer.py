"""Undoing a decision: within its minutes, while nobody has acted on it and its mail has not left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused
from portal.models import Bitacora, Correo, EntregaHistoria, Escuela, Outbox, db
from portal.queries import cola_entregas
from portal.queries import servicios as paginas
from portal.services import correos, entregas, entregas_deshacer, outbox
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests.en_servicio import Caso
from worker.outbox import drain

MOTIVO = "Falta la firma de tu responsable directo."


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    found = en_servicio.caso(escom, now - timedelta(hours=2))
    en_servicio.enviar(found, now - timedelta(hours=1))
    return found


def _deshacer(caso: Caso, now: datetime, clave: str = "reporte_180", actor: Any = None) -> Any:
    with escuela_scope(caso.escuela.id):
        return entregas_deshacer.deshacer(
            caso.entrega(clave).public_id, actor=actor or caso.como_coordinador, now=now
        )


def _correos(caso: Caso, plantilla: str) -> list[Correo]:
    with escuela_scope(caso.escuela.id):
        query = select(Correo).where(Correo.plantilla == plantilla).order_by(Correo.id)
        found = list(db.session.scalars(query.execution_options(populate_existing=True)))
        db.session.commit()
        return found


def _minutos(caso: Caso, now: datetime, rol: str) -> int:
    """The minutes that a page offers that side to undo."""
    with escuela_scope(caso.escuela.id):
        found = cola_entregas.recientes(now, 10, rol, public_id=caso.entrega().public_id)
        db.session.commit()
    return found[0].minutos if found else 0


def test_an_acceptance_is_taken_back_whole(caso: Caso, now: datetime) -> None:
    en_servicio.decidir(caso, now - timedelta(minutes=40), "reporte_180", caso.como_dependencia)
    antes = caso.entrega()
    en_servicio.decidir(caso, now, "reporte_180", caso.como_coordinador)
    assert (caso.leer().horas, caso.entrega("reporte_360").estado) == (180, "habilitada")

    found = _deshacer(caso, now + timedelta(minutes=9))

    assert (found.estado, found.revisor_en_turno, found.turno) == ("en_revision", "coordinador", 1)
    assert (found.estado_desde, found.decidio) == (antes.estado_desde, antes.decidio)
    assert (caso.leer().horas, caso.entrega("reporte_360").estado) == (0, "bloqueada")
    with escuela_scope(caso.escuela.id):
        last = db.session.scalars(select(EntregaHistoria).order_by(EntregaHistoria.id.desc())).first()
        assert last is not None
        assert (last.accion, last.cifras["era"], last.cifras["deshizo"]) == (
            "deshecha",
            "aceptar",
            caso.coordinador.nombre,
        )
        lines = db.session.scalars(select(Bitacora.accion).where(Bitacora.noun == "entrega")).all()
        assert lines.count("deshacer") == 1


def test_a_rejection_is_taken_back_with_its_reason(caso: Caso, now: datetime) -> None:
    with escuela_scope(caso.escuela.id):
        entregas.rechazar(caso.entrega().public_id, motivo=MOTIVO, actor=caso.como_dependencia, now=now)
    found = _deshacer(caso, now + timedelta(minutes=1), actor=caso.como_dependencia)
    assert (found.estado, found.motivo, found.revisor_en_turno) == ("en_revision", "", "dependencia")


def test_a_validation_comes_back_to_the_dependencia(caso: Caso, now: datetime) -> None:
    en_servicio.decidir(caso, now, "reporte_180", caso.como_dependencia)
    found = _deshacer(caso, now + timedelta(minutes=1), actor=caso.como_dependencia)
    assert (found.estado, found.turno, found.revisor_en_turno) == ("en_revision", 0, "dependencia")
    assert _correos(caso, "entrega_validada")[0].cancelado is not None


def test_what_ended_the_servicio_is_taken_back_too(esca: Escuela, now: datetime) -> None:
    caso = en_servicio.caso(
        esca, now - timedelta(hours=2), termino=(now - timedelta(days=2)).date(), meses=12
    )
    en_servicio.aceptada(caso, now - timedelta(hours=1), "evaluacion_desempeno")
    en_servicio.enviar(
        caso, now - timedelta(hours=1), "carta_termino", 480, hasta=caso.servicio.inicio + timedelta(days=330)
    )
    en_servicio.decidir(caso, now, "carta_termino", caso.como_coordinador)
    assert caso.leer().estado == "terminado"
    _deshacer(caso, now + timedelta(minutes=2), "carta_termino")
    assert (caso.leer().estado, caso.leer().horas) == ("activo", 0)
    assert all(c.cancelado for c in _correos(caso, "servicio_por_emitir"))
    assert en_servicio.decidir(caso, now + timedelta(minutes=3), "carta_termino", caso.como_coordinador)
    assert caso.leer().estado == "terminado"


def test_the_mails_of_a_decision_wait_and_then_go_by_themselves(caso: Caso, now: datetime) -> None:
    en_servicio.decidir(caso, now, "reporte_180")
    drain(caso.escuela.id, lambda: now + timedelta(minutes=9))
    assert [c.enviado for c in _correos(caso, "entrega_aceptada")] == [None]
    drain(caso.escuela.id, lambda: now + timedelta(minutes=10))
    assert _correos(caso, "entrega_aceptada")[0].enviado is not None


def test_a_mail_that_was_taken_back_is_never_sent_nor_shown(caso: Caso, now: datetime) -> None:
    en_servicio.decidir(caso, now, "reporte_180")
    _deshacer(caso, now + timedelta(minutes=1))
    drain(caso.escuela.id, lambda: now + timedelta(hours=2))
    mail = _correos(caso, "entrega_aceptada")[0]
    assert (mail.enviado, mail.cancelado) == (None, now + timedelta(minutes=1))
    with escuela_scope(caso.escuela.id):
        correos.enviar(mail.id, now=now)  # a worker that had it in its hands all the same
        assert mail.id not in {m.id for m in paginas.mensajes(caso.alumno.usuario_id)}
    assert _correos(caso, "entrega_aceptada")[0].enviado is None


def _toma(caso: Caso, now: datetime) -> None:
    with escuela_scope(caso.escuela.id):
        outbox.claim(now + timedelta(minutes=10))


def _falla(caso: Caso, now: datetime) -> None:
    with escuela_scope(caso.escuela.id):
        for row in outbox.claim(now + timedelta(minutes=10)):
            outbox.finish(row, "OSError: sin respuesta", now=now + timedelta(minutes=10))


def _suelta(caso: Caso, now: datetime) -> None:
    with escuela_scope(caso.escuela.id):
        outbox.release(outbox.claim(now + timedelta(minutes=10)), now)


@pytest.mark.parametrize(("hace", "refused"), [(_toma, True), (_falla, True), (_suelta, False)])
def test_what_a_worker_has_begun_to_send_is_not_taken_back(
    caso: Caso, now: datetime, hace: Callable[[Caso, datetime], None], refused: bool
) -> None:
    en_servicio.decidir(caso, now, "reporte_180")
    hace(caso, now)
    if refused:
        with pytest.raises(Refused, match="deshacer_correo"):
            _deshacer(caso, now + timedelta(minutes=9))
        assert caso.entrega().estado == "aceptada"
    else:
        assert _deshacer(caso, now + timedelta(minutes=9)).estado == "en_revision"


def test_a_cancelled_mail_is_nobodys_work_any_more(caso: Caso, now: datetime) -> None:
    en_servicio.decidir(caso, now, "reporte_180")
    _deshacer(caso, now + timedelta(minutes=1))
    with escuela_scope(caso.escuela.id):
        mails = {f"correo:{c.id}" for c in _correos(caso, "entrega_aceptada")}
        rows = db.session.scalars(select(Outbox).where(Outbox.clave.in_(mails))).all()
        assert [row.hecho is not None for row in rows] == [True]


def _tarde(caso: Caso, now: datetime) -> datetime:
    return now + timedelta(minutes=10)


def _envio_el_siguiente(caso: Caso, now: datetime) -> datetime:
    en_servicio.enviar(caso, now + timedelta(minutes=1), "reporte_360")
    return now + timedelta(minutes=2)


def _reenvio(caso: Caso, now: datetime) -> datetime:
    _deshacer(caso, now + timedelta(seconds=5))
    with escuela_scope(caso.escuela.id):
        entregas.rechazar(
            caso.entrega().public_id,
            motivo=MOTIVO,
            actor=caso.como_coordinador,
            now=now + timedelta(seconds=9),
        )
    en_servicio.enviar(caso, now + timedelta(minutes=1), "reporte_180")
    return now + timedelta(minutes=2)


def _dos_veces(caso: Caso, now: datetime) -> datetime:
    _deshacer(caso, now + timedelta(minutes=1))
    return now + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("luego", "key"),
    [
        (_tarde, "entrega.deshacer_tarde"),
        (_envio_el_siguiente, "entrega.deshacer_siguiente"),
        (_reenvio, "entrega.nada_que_deshacer"),
        (_dos_veces, "entrega.nada_que_deshacer"),
    ],
)
def test_what_somebody_acted_on_stands(
    caso: Caso, now: datetime, luego: Callable[[Caso, datetime], datetime], key: str
) -> None:
    en_servicio.decidir(caso, now, "reporte_180")
    when = luego(caso, now)
    with pytest.raises(Refused) as refused:
        _deshacer(caso, when)
    assert refused.value.key == key
    assert frase(key)
    assert _minutos(caso, when, "coordinador") == 0


def test_each_side_takes_back_only_its_own_word(caso: Caso, now: datetime) -> None:
    en_servicio.decidir(caso, now, "reporte_180", caso.como_dependencia)
    assert _minutos(caso, now, "dependencia") == 10
    assert _minutos(caso, now + timedelta(minutes=3, seconds=1), "dependencia") == 7
    assert _minutos(caso, now, "coordinador") == 0
    with pytest.raises(Refused, match="nada_que_deshacer"):
        _deshacer(caso, now + timedelta(minutes=1))
    sin = replace(caso.como_coordinador, permisos=frozenset({"terminos"}))
    for extrano in (sin, caso.como_alumno, factories.como_dependencia()):
        with pytest.raises(Forbidden):
            _deshacer(caso, now + timedelta(minutes=1), actor=extrano)


def test_a_school_without_minutes_undoes_nothing_and_writes_at_once(
    caso: Caso, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with escuela_scope(caso.escuela.id):
        from portal.services import escuelas

        perfil = escuelas.perfil()
    sin = perfil.model_copy(update={"revision": perfil.revision.model_copy(update={"minutos_deshacer": 0})})
    monkeypatch.setattr(escuelas, "perfil", lambda version=None: sin)
    en_servicio.decidir(caso, now, "reporte_180")
    with pytest.raises(Refused, match="deshacer_tarde"):
        _deshacer(caso, now)
    drain(caso.escuela.id, lambda: now)
    assert _correos(caso, "entrega_aceptada")[0].enviado is not None


def test_undone_at_the_instant_of_sending_the_mail_goes_or_the_decision_not_both(
    app: Flask, caso: Caso, now: datetime
) -> None:
    """A worker whose clock is a second ahead begins the mails while somebody takes the decision back."""
    for ronda in range(6):
        inicio = now + timedelta(hours=ronda)
        if caso.entrega().revisor_en_turno == "dependencia":
            en_servicio.decidir(caso, inicio - timedelta(minutes=30), "reporte_180", caso.como_dependencia)
        en_servicio.decidir(caso, inicio, "reporte_180", caso.como_coordinador)
        gate, undone = threading.Barrier(2), []

        def enviar(at: datetime, gate: threading.Barrier = gate) -> None:
            with app.app_context():
                gate.wait(20)
                drain(caso.escuela.id, lambda: at)

        def deshacer(at: datetime, gate: threading.Barrier = gate, undone: list[bool] = undone) -> None:
            with app.app_context():
                gate.wait(20)
                try:
                    _deshacer(caso, at)
                    undone.append(True)
                except Refused:
                    undone.append(False)

        limite = inicio + timedelta(minutes=10)
        threads = [
            threading.Thread(target=enviar, args=(limite,)),
            threading.Thread(target=deshacer, args=(limite - timedelta(seconds=1),)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        mail = _correos(caso, "entrega_aceptada")[-1]
        assert len(undone) == 1
        assert (mail.enviado is None, mail.cancelado is not None) == (undone[0], undone[0])
        assert caso.entrega().estado == ("en_revision" if undone[0] else "aceptada")
        if not undone[0]:
            return
