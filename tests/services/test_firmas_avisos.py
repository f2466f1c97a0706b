"""Asking many signatures of one person: one mail, one link that opens every letter, and none forgotten."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from portal.domain.carta import FIRMA, in_turn
from portal.models import Carta, Correo, Escuela, Firma, db
from portal.queries import firmas_juntas as queries
from portal.services import cartas, correos, enlaces, firmas, firmas_avisos, firmas_juntas
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import cierre, factories, tandas
from tests.cierre import GERENTE, JEFA
from tests.en_servicio import Caso
from tests.escuela_con import DIRECCION, circuito, perfil_con
from worker import outbox

CIRCUITO = circuito("constancia_estudios", "responsable", responsable=1)
SUYOS = ("firma_pedida", "firmas_pedidas")


@pytest.fixture
def con_directora(escom: Escuela, tmp_path: Path, now: datetime) -> Escuela:
    return perfil_con("escom", CIRCUITO, tmp_path, now)


def _correos(escuela: Escuela, para: str) -> list[Correo]:
    with escuela_scope(escuela.id):
        query = select(Correo).where(Correo.para == para, Correo.plantilla.in_(SUYOS)).order_by(Correo.id)
        return list(db.session.scalars(query))


def _hacer(escuela: Escuela, when: datetime) -> None:
    db.session.commit()
    outbox.drain(escuela.id, lambda: when)


def _token(correo: Correo) -> str:
    return enlaces.expand(correo.contexto["ruta"]).split("/")[2]


def _lugares(escuela: Escuela, correo: str) -> list[Firma]:
    with escuela_scope(escuela.id):
        query = select(Firma).where(Firma.correo == correo).order_by(Firma.id)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))


def test_a_tanda_asks_its_signer_once_with_a_link_that_reaches_every_letter(
    con_directora: Escuela, now: datetime
) -> None:
    tandas.ordenada(con_directora, now, tandas.pedidos(con_directora, now, 7))
    _hacer(con_directora, now)
    assert _correos(con_directora, DIRECCION) == []
    _hacer(con_directora, now + timedelta(seconds=31))
    (correo,) = _correos(con_directora, DIRECCION)
    with escuela_scope(con_directora.id):
        texto = correos.texto(correo, con_directora)
    assert correo.asunto == "Esperan su firma 7 cartas"
    assert "y 2 más" in texto
    assert correo.contexto["ruta"].endswith("/juntas")
    assert all(f.avisada == now + timedelta(seconds=31) for f in _lugares(con_directora, DIRECCION))
    assert firmas.por_enlace(_token(correo), now=now).estado == "vigente"
    _hacer(con_directora, now + timedelta(hours=5))
    assert len(_correos(con_directora, DIRECCION)) == 1


def test_a_tanda_of_one_letter_keeps_the_mail_of_one(con_directora: Escuela, now: datetime) -> None:
    tandas.ordenada(con_directora, now, tandas.pedidos(con_directora, now, 1))
    for seconds in (0, 31):
        _hacer(con_directora, now + timedelta(seconds=seconds))
    (correo,) = _correos(con_directora, DIRECCION)
    assert correo.plantilla == "firma_pedida"
    with escuela_scope(con_directora.id):
        assert "que emite la escuela" in correos.texto(correo, con_directora)


def test_while_more_keeps_coming_the_mail_waits_for_the_last(con_directora: Escuela, now: datetime) -> None:
    ids = tandas.pedidos(con_directora, now, 4)
    tandas.ordenada(con_directora, now, ids[:2])
    _hacer(con_directora, now)
    tandas.ordenada(con_directora, now, ids[2:])
    _hacer(con_directora, now + timedelta(seconds=20))
    _hacer(con_directora, now + timedelta(seconds=35))
    assert _correos(con_directora, DIRECCION) == []
    _hacer(con_directora, now + timedelta(seconds=51))
    assert [c.contexto["cuantas"] for c in _correos(con_directora, DIRECCION)] == [4]


def test_what_was_revoked_before_the_mail_holds_up_no_other(con_directora: Escuela, now: datetime) -> None:
    tandas.ordenada(con_directora, now, tandas.pedidos(con_directora, now, 3))
    _hacer(con_directora, now)
    with escuela_scope(con_directora.id), unit_of_work(now) as uow:  # the last one, whose row would run last
        ultima = _lugares(con_directora, DIRECCION)[-1]
        uow.session.execute(update(Carta).where(Carta.id == ultima.carta_id).values(estado="revocada"))
    _hacer(con_directora, now + timedelta(seconds=31))
    assert [c.contexto["cuantas"] for c in _correos(con_directora, DIRECCION)] == [2]


@pytest.fixture
def casos(escom: Escuela, now: datetime) -> list[Caso]:
    return [cierre.con_horas(escom, now) for _ in range(3)]


def test_several_letters_of_a_day_are_told_of_together_until_the_first_is_signed(
    escom: Escuela, casos: list[Caso], now: datetime
) -> None:
    cierre.emitir(casos[0], now)
    assert len(_correos(escom, JEFA.correo)) == 1
    for caso in casos[1:]:
        cierre.emitir(caso, now + timedelta(minutes=5))
    _hacer(escom, now + timedelta(hours=2, minutes=59))
    assert len(_correos(escom, JEFA.correo)) == 1
    _hacer(escom, now + timedelta(hours=3, seconds=1))
    assert [c.plantilla for c in _correos(escom, JEFA.correo)] == list(SUYOS)
    assert _correos(escom, JEFA.correo)[1].contexto["cuantas"] == 3


def test_who_has_signed_what_they_were_told_of_is_told_of_the_next_at_once(
    escom: Escuela, casos: list[Caso], now: datetime
) -> None:
    cierre.emitir(casos[0], now)
    cierre.firmar(casos[0], now, JEFA)
    cierre.emitir(casos[1], now + timedelta(minutes=5))
    assert [c.plantilla for c in _correos(escom, JEFA.correo)] == ["firma_pedida"] * 2


def test_many_signed_at_once_ask_the_next_signer_once_and_in_order(
    escom: Escuela, casos: list[Caso], now: datetime
) -> None:
    for caso in casos:
        cierre.emitir(caso, now)
    with escuela_scope(escom.id):
        mias = [f.public_id for f in _lugares(escom, JEFA.correo)]
        firmas_juntas.firmar(
            JEFA.correo, mias, muestra=mias[0], clave="una", nombre=JEFA.nombre, cargo=JEFA.cargo, declara=True,
            trazo=cierre.trazo(), identidad="codigo", ip="127.0.0.1", now=now,
        )  # fmt: skip
    assert _correos(escom, GERENTE.correo) == []
    for seconds in (0, 31):
        _hacer(escom, now + timedelta(seconds=seconds))
    assert [c.contexto["cuantas"] for c in _correos(escom, GERENTE.correo)] == [3]


def test_a_second_mail_leaves_the_link_of_the_first_good(
    escom: Escuela, casos: list[Caso], now: datetime
) -> None:
    carta = cierre.emitir(casos[0], now)
    first = cierre.enlace(casos[0], JEFA.correo)
    lugar = cierre.circuito(casos[0], carta)[0]
    with escuela_scope(escom.id):
        firmas.reenviar(lugar.public_id, actor=casos[0].como_coordinador, now=now + timedelta(days=20))
    assert len(_correos(escom, JEFA.correo)) == 2
    assert cierre.enlace(casos[0], JEFA.correo) == first
    late = now + timedelta(days=45)
    assert firmas.por_enlace(first, now=late).estado == "vigente"
    cierre.firmar(casos[0], late, JEFA)
    assert firmas.por_enlace(first, now=late).estado == "usado"


@pytest.mark.parametrize("que", ["firmada", "revocada", "de otra persona"])
def test_whatever_becomes_of_the_letter_of_the_link_the_others_stay_in_reach(
    escom: Escuela, casos: list[Caso], now: datetime, que: str
) -> None:
    actor: Any = casos[0].como_coordinador
    cierre.emitir(casos[0], now)
    for caso in casos[1:]:
        cierre.emitir(caso, now)
    token = cierre.enlace(casos[0], JEFA.correo)
    _hacer(escom, now + timedelta(hours=3, seconds=1))
    suya = _lugares(escom, JEFA.correo)[0]
    with escuela_scope(escom.id):
        carta = db.session.scalars(select(Carta.public_id).where(Carta.id == suya.carta_id)).one()
    if que == "firmada":
        firmas.firmar(token, nombre="Julia", cargo="Jefa", declara=True, trazo=cierre.trazo(), identidad="codigo",
                      ip="", now=now)  # fmt: skip
    elif que == "revocada":
        with escuela_scope(escom.id):
            cartas.revocar(carta, motivo="Se generó con datos equivocados.", actor=actor, now=now)
    else:
        with escuela_scope(escom.id):
            firmas.cambiar_firmante(suya.public_id, nombre="Otra", cargo="Jefa", correo="otra@ejemplo.test",
                                    actor=actor, now=now)  # fmt: skip
    vivos = [firmas.por_enlace(_token(c), now=now).corre for c in _correos(escom, JEFA.correo)]
    assert any(vivos)
    assert firmas.por_enlace(token, now=now).estado == "usado"
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        assert len(firmas_avisos.esperan(uow, JEFA.correo)) == 2


def test_who_loses_the_place_of_their_only_link_gets_another_for_the_rest(
    con_directora: Escuela, now: datetime
) -> None:
    tandas.ordenada(con_directora, now, tandas.pedidos(con_directora, now, 3))
    for seconds in (0, 31):
        _hacer(con_directora, now + timedelta(seconds=seconds))
    (correo,) = _correos(con_directora, DIRECCION)
    with escuela_scope(con_directora.id):
        firmas.cambiar_firmante(
            _lugares(con_directora, DIRECCION)[0].public_id, nombre="Otra", cargo="Jefa", correo="otra@ejemplo.test",
            actor=factories.como_coordinador(con_directora, "expedientes"), now=now,
        )  # fmt: skip
    assert not firmas.por_enlace(_token(correo), now=now).corre
    segundo = _correos(con_directora, DIRECCION)[-1]
    assert segundo.contexto["cuantas"] == 2
    assert firmas.por_enlace(_token(segundo), now=now).corre


def test_an_expired_link_of_a_signed_letter_asks_for_one_of_what_else_waits(
    escom: Escuela, casos: list[Caso], now: datetime
) -> None:
    for caso in casos[:2]:
        cierre.emitir(caso, now)
    token = cierre.enlace(casos[0], JEFA.correo)
    cierre.firmar(casos[0], now, JEFA)
    late = now + timedelta(days=40)
    assert not firmas.por_enlace(token, now=late).corre
    firmas.pedir_otro_enlace(token, now=late)
    assert firmas.por_enlace(cierre.enlace(casos[1], JEFA.correo), now=late).estado == "vigente"


def test_whose_turn_it_is_the_pages_and_the_mails_tell_by_the_same_rule(
    escom: Escuela, casos: list[Caso], now: datetime
) -> None:
    """Two side by side and one after them, all of one address, in every estado that they may have together."""
    carta = cierre.emitir(casos[0], now)
    with escuela_scope(escom.id):
        with unit_of_work(now) as uow:
            first, second = firmas_avisos.de_carta(uow, carta.id)
            first.correo = second.correo = JEFA.correo
            first.grupo, second.grupo = 1, 1
            uow.add(Firma(carta_id=carta.id, orden=9, grupo=2, papel="x", nombre="X", correo=JEFA.correo))
        for estados in product(sorted(FIRMA.states), repeat=3):
            lugares = _lugares(escom, JEFA.correo)
            for lugar, estado in zip(lugares, estados, strict=True):
                db.session.execute(update(Firma).where(Firma.id == lugar.id).values(estado=estado))
            turno = {f.id for f in in_turn(_lugares(escom, JEFA.correo))}
            assert {e.firma_id for e in queries.esperan(JEFA.correo, 9)} == turno, estados
            assert queries.cuantas(JEFA.correo) == len(turno)
        db.session.rollback()


def test_several_workers_at_once_write_one_mail(con_directora: Escuela, now: datetime, app: Flask) -> None:
    tandas.ordenada(con_directora, now, tandas.pedidos(con_directora, now, 8))
    _hacer(con_directora, now)
    ids = [f.id for f in _lugares(con_directora, DIRECCION)]
    db.session.commit()
    gate, failures = threading.Barrier(len(ids)), []

    def worker(firma_id: int) -> None:
        gate.wait()
        try:
            with app.app_context(), escuela_scope(con_directora.id):
                firmas_avisos.juntar(firma_id, now=now + timedelta(seconds=31))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=worker, args=(firma_id,)) for firma_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert [c.contexto["cuantas"] for c in _correos(con_directora, DIRECCION)] == [8]
