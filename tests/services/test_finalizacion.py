"""The end of a servicio: verified and finalised, or sent back; letters revoked and replaced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import select

from portal.domain.machine import Forbidden, Refused, Stale
from portal.models import Carta, Correo, Documento, Escuela, db
from portal.services import cartas, documentos, finalizacion
from portal.services.cartas import Firmante
from portal.services.uow import NotFound
from tenants.scope import escuela_scope
from tests import cierre, en_servicio, factories
from tests.en_servicio import Caso
from tests.escuela_con import DIRECCION, circuito, perfil_con

Drain = Callable[[], int]
CIRCUITO = circuito("finalizacion", "responsable", responsable=1)
MOTIVO = "La fecha de la carta no corresponde a la del compromiso."


@pytest.fixture
def caso(escom: Escuela, now: datetime, drain: Drain) -> Caso:
    return cierre.terminado(escom, now, drain)


def _cartas(caso: Caso, tipo: str) -> list[Carta]:
    with escuela_scope(caso.escuela.id):
        query = (
            select(Carta).where(Carta.servicio_id == caso.servicio.id, Carta.tipo == tipo).order_by(Carta.id)
        )
        return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _correos(caso: Caso, plantilla: str) -> list[str]:
    with escuela_scope(caso.escuela.id):
        return list(db.session.scalars(select(Correo.para).where(Correo.plantilla == plantilla)))


def _finalizar(caso: Caso, now: datetime) -> None:
    with escuela_scope(caso.escuela.id):
        finalizacion.finalizar(caso.servicio.public_id, actor=caso.como_coordinador, now=now)


def test_a_complete_expediente_gets_its_letter_and_the_alumno_hears_when_it_is_there(
    caso: Caso, now: datetime, drain: Drain
) -> None:
    assert caso.leer().estado == "terminado"
    _finalizar(caso, now)
    assert caso.leer().estado == "liberado"
    assert _correos(caso, "servicio_finalizado") == []
    drain()
    (carta,) = _cartas(caso, "finalizacion")
    assert carta.estado == "emitida"
    assert _correos(caso, "servicio_finalizado") == [caso.alumno.correo]
    with escuela_scope(caso.escuela.id):
        documento = db.session.scalars(select(Documento).where(Documento.id == carta.documento_id)).one()
        assert cartas.esta_integra(documento)
        assert documento.dependencia_id is None
        with documentos.abrir(documento) as stream:
            text = pypdfium2.PdfDocument(stream.read())[0].get_textpage().get_text_range()
    for said in (caso.alumno.nombre_completo, caso.alumno.boleta, "480", carta.folio, caso.proyecto.titulo):
        assert said in " ".join(text.split()), said


def test_a_finalizacion_that_others_sign_liberates_with_the_last_signature(
    escom: Escuela, now: datetime, drain: Drain, tmp_path: Path
) -> None:
    directora = Firmante("responsable", "Dra. Aurora Ficticia Robles", "Directora", DIRECCION)
    caso = cierre.terminado(perfil_con("escom", CIRCUITO, tmp_path, now), now, drain)
    _finalizar(caso, now)
    drain()
    (carta,) = _cartas(caso, "finalizacion")
    assert (carta.estado, caso.leer().estado) == ("generada", "en_emision")
    with escuela_scope(caso.escuela.id):
        cartas.revocar(carta.public_id, motivo=MOTIVO, actor=caso.como_coordinador, now=now)
    assert caso.leer().estado == "terminado"
    _finalizar(caso, now)
    cierre.firmar(caso, now, directora)
    drain()
    assert caso.leer().estado == "liberado"
    assert _correos(caso, "servicio_finalizado") == [caso.alumno.correo]


def test_an_incomplete_expediente_is_refused_and_says_what_lacks(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = cierre.terminado(escom, now, drain)
    with escuela_scope(escom.id):
        finalizacion.devolver(
            caso.servicio.public_id, "expediente_liberacion", MOTIVO, actor=caso.como_coordinador, now=now
        )
    assert (caso.leer().estado, caso.entrega("expediente_liberacion").estado) == ("activo", "habilitada")
    assert _correos(caso, "servicio_devuelto") == [caso.alumno.correo]
    with pytest.raises(Stale):
        _finalizar(caso, now)
    en_servicio.aceptada(caso, now, "expediente_liberacion")
    assert caso.leer().estado == "terminado"


@pytest.mark.parametrize("permisos", [("reportes", "expedientes", "convenios"), ()])
def test_only_who_answers_for_terminos_finalises(
    caso: Caso, now: datetime, permisos: tuple[str, ...]
) -> None:
    actor = factories.como_coordinador(caso.escuela, *permisos) if permisos else caso.como_dependencia
    with escuela_scope(caso.escuela.id), pytest.raises(Forbidden):
        finalizacion.finalizar(caso.servicio.public_id, actor=actor, now=now)


def test_a_servicio_of_another_escuela_does_not_exist(caso: Caso, esca: Escuela, now: datetime) -> None:
    with escuela_scope(esca.id), pytest.raises(NotFound):
        finalizacion.finalizar(caso.servicio.public_id, actor=factories.como_coordinador(esca), now=now)


def test_returning_for_the_carta_de_termino_revokes_it_and_the_next_one_replaces_it(
    caso: Caso, now: datetime, drain: Drain
) -> None:
    (primera,) = _cartas(caso, "termino")
    with escuela_scope(caso.escuela.id):
        finalizacion.devolver(
            caso.servicio.public_id, "carta_termino", MOTIVO, actor=caso.como_coordinador, now=now
        )
    assert cierre.leer(caso, primera).estado == "revocada"
    assert (caso.leer().estado, caso.entrega("carta_termino").estado) == ("activo", "habilitada")
    segunda = cierre.emitir(caso, now)
    assert segunda.reemplaza_id == primera.id
    for quien in (cierre.JEFA, cierre.GERENTE):
        cierre.firmar(caso, now, quien)
    drain()
    assert (caso.leer().estado, caso.entrega("carta_termino").documento_id) == (
        "terminado",
        cierre.leer(caso, segunda).documento_id,
    )


def test_a_revoked_finalizacion_puts_the_servicio_back_in_the_queue(
    caso: Caso, now: datetime, drain: Drain
) -> None:
    _finalizar(caso, now)
    drain()
    (carta,) = _cartas(caso, "finalizacion")
    with escuela_scope(caso.escuela.id):
        cartas.revocar(carta.public_id, motivo=MOTIVO, actor=caso.como_coordinador, now=now)
    assert caso.leer().estado == "terminado"
    assert _correos(caso, "carta_revocada") == [caso.alumno.correo]


def test_a_replaced_finalizacion_names_the_one_before_and_the_servicio_stays(
    caso: Caso, now: datetime, drain: Drain
) -> None:
    _finalizar(caso, now)
    drain()
    (carta,) = _cartas(caso, "finalizacion")
    with escuela_scope(caso.escuela.id):
        otra = cartas.reemplazar(carta.public_id, motivo=MOTIVO, actor=caso.como_coordinador, now=now)
    drain()
    assert (otra.reemplaza_id, otra.numero) == (carta.id, carta.numero + 1)
    assert [c.estado for c in _cartas(caso, "finalizacion")] == ["revocada", "emitida"]
    assert caso.leer().estado == "liberado"


def test_a_replaced_carta_de_termino_is_signed_again_and_its_step_waits_for_it(
    caso: Caso, now: datetime, drain: Drain
) -> None:
    (primera,) = _cartas(caso, "termino")
    with escuela_scope(caso.escuela.id):
        segunda = cartas.reemplazar(primera.public_id, motivo=MOTIVO, actor=caso.como_coordinador, now=now)
    assert (segunda.reemplaza_id, segunda.estado) == (primera.id, "generada")
    assert (caso.leer().estado, caso.entrega("carta_termino").estado) == ("activo", "habilitada")
    assert sorted(_correos(caso, "carta_revocada")) == sorted([caso.alumno.correo, caso.persona.correo])
    for quien in (cierre.JEFA, cierre.GERENTE):
        cierre.firmar(caso, now, quien)
    drain()
    assert caso.leer().estado == "terminado"


def test_a_letter_is_revoked_by_who_answers_for_its_kind(caso: Caso, now: datetime) -> None:
    (carta,) = _cartas(caso, "termino")
    other = factories.como_coordinador(caso.escuela, "convenios")
    with escuela_scope(caso.escuela.id), pytest.raises(Refused) as refused:
        cartas.revocar(carta.public_id, motivo=MOTIVO, actor=other, now=now)
    assert refused.value.key == "carta.otro_permiso"
