"""Listas de emisión: who goes, their numbers, what they bring about."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused, Stale
from portal.models import Carta, Correo, Documento, Entrega, Escuela, ListaEmision, Servicio, db
from portal.services import correos, documentos, emision, escuelas, finalizacion
from portal.services.uow import NotFound
from tenants.scope import escuela_scope
from tests import emision as casos
from tests import en_servicio, factories
from tests.letters.ayuda import texto_de

Drain = Callable[[], int]
DICTADO = (
    "La solicitud de tu constancia de liberación de Servicio Social ha sido enviada a través de la relación {}, "
    "y deberás esperar de 40 a 45 días hábiles para recibir la notificación de tu documento para descarga."
)


def test_a_lista_asks_for_the_constancias_of_all_its_alumnos_at_once(
    esca: Escuela, now: datetime, drain: Drain
) -> None:
    todos = [casos.listo(esca, now, n) for n in range(3)]
    lista = casos.emitir(todos, now, primera=15)
    assert (lista.numero, lista.total, lista.estado) == (15, 3, "emitida")
    with escuela_scope(esca.id):
        cal, hoy = escuelas.calendario(), to_local(now).date()
        assert (lista.desde, lista.hasta) == (cal.add_working_days(hoy, 40), cal.add_working_days(hoy, 45))
    for caso in todos:
        assert caso.leer().estado == "en_emision"
        assert caso.entrega("lista_emision").estado == "aceptada"
    nombres = [r.nombre for r in sorted((casos.renglon(c) for c in todos), key=lambda r: r.orden)]
    assert nombres == sorted(nombres)
    drain()
    _la_relacion_dice(esca, casos.leer(lista), todos)
    with escuela_scope(esca.id):
        mails = db.session.scalars(select(Correo).where(Correo.plantilla == "lista_emitida")).all()
        assert {m.para for m in mails} == {c.alumno.correo for c in todos}
        assert DICTADO.format(15) in correos.texto(mails[0], esca)


def _la_relacion_dice(esca: Escuela, lista: ListaEmision, todos: list[en_servicio.Caso]) -> None:
    with escuela_scope(esca.id):
        carta = db.session.scalars(select(Carta).where(Carta.id == lista.carta_id)).one()
        assert (carta.tipo, carta.estado) == ("relacion", "emitida")
        documento = db.session.scalars(select(Documento).where(Documento.id == carta.documento_id)).one()
        with documentos.abrir(documento) as stream:
            texto = texto_de(stream.read())
    for said in (carta.folio, "15", *(c.alumno.boleta for c in todos)):
        assert said in texto, said


def test_numbers_follow_one_another_and_only_the_first_is_chosen(esca: Escuela, now: datetime) -> None:
    uno, otro, mas = (casos.listo(esca, now, n) for n in range(3))
    assert casos.emitir([uno], now, primera=15).numero == 15
    with pytest.raises(Refused, match=r"emision\.ya_hay_listas"):
        casos.emitir([otro], now, primera=20)
    assert casos.emitir([otro], now).numero == 16
    with pytest.raises(Refused, match=r"emision\.no_listos"):
        casos.emitir([otro, mas], now)  # all of them or none
    assert mas.leer().estado == "terminado"
    assert casos.emitir([mas], now).numero == 17  # a lista that was refused takes no number


def test_numbers_have_no_gap_and_no_alumno_is_in_two_when_many_threads_generate_listas(
    app: Flask, esca: Escuela, now: datetime
) -> None:
    todos = [casos.listo(esca, now, n) for n in range(6)]
    db.session.commit()

    def generate(n: int) -> int | None:
        with app.app_context():
            try:
                return casos.emitir([todos[n % 6], todos[(n + 1) % 6]], now).numero
            except Refused:
                return None
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        numbers = [n for n in pool.map(generate, range(8)) if n is not None]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert numbers
    with escuela_scope(esca.id):
        emitidos = db.session.scalars(select(Servicio).where(Servicio.estado == "en_emision")).all()
        assert len(emitidos) == 2 * len(numbers)


def test_who_lacks_something_is_not_ready_and_the_reason_is_said(esca: Escuela, now: datetime) -> None:
    caso = casos.listo(esca, now)
    with escuela_scope(esca.id):
        [antes] = emision.elegidos([caso.servicio.public_id], now - timedelta(days=3))
        [hoy] = emision.elegidos([caso.servicio.public_id], now)
        assert (antes.lista, hoy.lista) == (False, True)
        assert "hasta el" in str(antes.faltan[0])  # its last day has not come
        activo = en_servicio.caso(esca, now)
        [falta] = emision.elegidos([activo.servicio.public_id], now)
        assert any("evaluación de desempeño" in str(r) for r in falta.faltan)


@pytest.mark.parametrize(
    ("permisos", "ids", "error"),
    [
        (("reportes",), "caso", Forbidden),
        ((), "nadie", Refused),
        ((), "otra", NotFound),
    ],
)
def test_only_the_responsable_de_terminos_generates_a_lista_and_of_what_exists(
    escom: Escuela, esca: Escuela, now: datetime, permisos: tuple[str, ...], ids: str, error: type[Exception]
) -> None:
    caso, ajeno = casos.listo(esca, now), en_servicio.caso(escom, now)
    which = {"caso": [caso.servicio.public_id], "nadie": [], "otra": [ajeno.servicio.public_id]}[ids]
    with escuela_scope(esca.id), pytest.raises(error):
        emision.emitir(which, actor=factories.como_coordinador(esca, *permisos), now=now)
    assert caso.leer().estado == "terminado"


def test_a_servicio_that_ends_with_a_lista_gets_no_carta_de_finalizacion(
    esca: Escuela, now: datetime
) -> None:
    caso = casos.listo(esca, now)
    with escuela_scope(esca.id), pytest.raises(Refused, match=r"servicio\.cierra_con_lista"):
        finalizacion.finalizar(caso.servicio.public_id, actor=caso.como_coordinador, now=now)
    casos.emitir([caso], now)
    with escuela_scope(esca.id), pytest.raises(Stale):
        finalizacion.devolver(
            caso.servicio.public_id,
            "carta_termino",
            "La fecha no corresponde.",
            actor=caso.como_coordinador,
            now=now,
        )
    with escuela_scope(esca.id):
        pasos = db.session.scalars(
            select(Entrega.estado).where(Entrega.servicio_id == caso.servicio.id)
        ).all()
    assert set(pasos) <= {"aceptada", "bloqueada", "habilitada"}
