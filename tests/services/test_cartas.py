"""Letters under stress: folios without a gap, files without a half state, issued once."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.access import SISTEMA_ACTOR
from portal.domain.machine import Refused
from portal.models import Alumno, Carta, Documento, Escuela, Huella, db
from portal.services import cartas, documentos, valores
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories

Drain = Callable[[], int]


def _nueva(escuela: Escuela, alumno: Alumno, now: datetime) -> Carta:
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        nueva = cartas.Nueva(valores.del_alumno(alumno), alumno_id=alumno.id)
        return cartas.generar(uow, "constancia_estudios", nueva, SISTEMA_ACTOR)


def _leer(escuela: Escuela, carta: Carta) -> Carta:
    with escuela_scope(escuela.id):
        query = select(Carta).where(Carta.id == carta.id).execution_options(populate_existing=True)
        return db.session.scalars(query).one()


def _archivos(app: Flask, escuela: Escuela) -> list[str]:
    storage = app.extensions["portal_backends"].storage
    return [found.key for found in storage.list(f"escuela/{escuela.id}/cartas/")]


def test_folios_have_no_gap_when_many_threads_take_them(app: Flask, escom: Escuela, now: datetime) -> None:
    alumno = factories.alumno(escom, now)
    db.session.commit()

    def take(_n: int) -> int:
        with app.app_context():
            try:
                return _nueva(escom, alumno, now).numero
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(take, range(12)))
    assert sorted(numbers) == list(range(1, 13))


def test_a_folio_taken_by_a_transaction_that_fails_is_given_to_the_next(
    escom: Escuela, now: datetime
) -> None:
    alumno = factories.alumno(escom, now)

    def fail() -> None:
        with escuela_scope(escom.id), unit_of_work(now) as uow:
            nueva = cartas.Nueva(valores.del_alumno(alumno), alumno_id=alumno.id)
            cartas.generar(uow, "constancia_estudios", nueva, SISTEMA_ACTOR)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _nueva(escom, alumno, now).numero == 1


def test_a_crash_between_storing_and_recording_leaves_a_letter_to_be_issued_as_if_nothing_happened(
    app: Flask, escom: Escuela, now: datetime, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    carta = _nueva(escom, factories.alumno(escom, now), now)

    def crash(*_args: Any, **_kwargs: Any) -> Any:
        raise ConnectionError("the database went away")

    with monkeypatch.context() as broken:
        broken.setattr(documentos, "registrar", crash)
        with escuela_scope(escom.id), pytest.raises(ConnectionError):
            cartas.producir(carta.id, now=now)
    half = _leer(escom, carta)
    assert (half.estado, half.documento_id, half.emitida) == ("generada", None, None)
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Huella.sha256).where(Huella.codigo == carta.codigo)).one() is None
    drain()
    with escuela_scope(escom.id):
        whole = _leer(escom, carta)
        documento = db.session.scalars(select(Documento).where(Documento.id == whole.documento_id)).one()
        assert whole.estado == "emitida"
        assert cartas.esta_integra(documento)
        assert documento.clave in _archivos(app, escom)


def test_a_letter_revoked_while_it_is_drawn_is_not_issued_and_leaves_no_file(
    app: Flask, escom: Escuela, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    carta = _nueva(escom, factories.alumno(escom, now), now)
    draw = cartas.hojas.dibujar

    def revoked_meanwhile(hoja: Any) -> bytes:
        content = draw(hoja)
        actor = factories.como_coordinador(escom)
        cartas.revocar(carta.public_id, motivo="Se pidió por error.", actor=actor, now=now)
        return content

    monkeypatch.setattr(cartas.hojas, "dibujar", revoked_meanwhile)
    with escuela_scope(escom.id):
        cartas.producir(carta.id, now=now)
        assert _archivos(app, escom) == []
    assert (_leer(escom, carta).estado, _leer(escom, carta).documento_id) == ("revocada", None)


def test_a_changed_file_is_noticed(app: Flask, escom: Escuela, now: datetime, drain: Drain) -> None:
    carta = _nueva(escom, factories.alumno(escom, now), now)
    drain()
    with escuela_scope(escom.id):
        documento = db.session.scalars(select(Documento)).one()
        assert cartas.esta_integra(documento)
        storage = app.extensions["portal_backends"].storage
        storage.put(documento.clave, io.BytesIO(b"%PDF-1.4 other"), size=14)
        assert not cartas.esta_integra(documento)
        storage.delete(documento.clave)
        assert not cartas.esta_integra(documento)
    assert (
        carta.folio in documento.nombre.replace("-", "/") or carta.folio.replace("/", "-") in documento.nombre
    )


def test_the_acknowledgement_is_the_first_download(escom: Escuela, now: datetime, drain: Drain) -> None:
    carta = _nueva(escom, factories.alumno(escom, now), now)
    drain()
    with escuela_scope(escom.id):
        cartas.recibir_acuse(carta.id, now=now)
        cartas.recibir_acuse(carta.id, now=now + timedelta(days=3))
    assert _leer(escom, carta).descargada == now


def test_a_kind_whose_cause_is_gone_is_not_made_again(escom: Escuela, now: datetime) -> None:
    carta = _nueva(escom, factories.alumno(escom, now), now)
    with escuela_scope(escom.id), pytest.raises(Refused) as refused:
        cartas.reemplazar(
            carta.public_id, motivo="Cambió el nombre.", actor=factories.como_coordinador(escom), now=now
        )
    assert refused.value.key == "carta.no_se_regenera"
    assert _leer(escom, carta).estado == "generada"
