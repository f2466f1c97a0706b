"""Favorable expedientes go away in batches; published lists are loaded, published, found by boleta and withdrawn."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.access import SISTEMA_ACTOR, Actor
from portal.domain.machine import Forbidden, Refused
from portal.domain.servicio import SERVICIO
from portal.letters.hoja import hoja_xlsx
from portal.models import Correo, Entrega, Escuela, ListaLiberacion, db
from portal.queries import liberaciones as queries
from portal.queries import paginas
from portal.services import documentos, entregas, envios, finalizacion, liberaciones
from portal.services.uow import unit_of_work
from portal.services.workflow import act
from tenants.scope import escuela_scope
from tests import en_servicio, factories
from tests import expediente as armar
from tests.en_servicio import Caso
from tests.expediente import PASO

Drain = Callable[[], int]
NADIE = "2099999999"


def cargada(escom: Escuela, now: datetime, *boletas: str, numero: str = "7") -> ListaLiberacion:
    actor = factories.como_coordinador(escom, "expedientes")
    with escuela_scope(escom.id):
        return liberaciones.cargar(
            numero, now.date(), "Boleta;Nombre\n" + "\n".join(boletas), actor=actor, now=now
        )


def correos(escom: Escuela, plantilla: str) -> list[str]:
    with escuela_scope(escom.id):
        return list(db.session.scalars(select(Correo.para).where(Correo.plantilla == plantilla)))


def test_a_favorable_expediente_goes_in_one_batch_and_its_alumno_hears_of_it(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.unido(escom, now, drain)
    actor = factories.como_coordinador(escom, "expedientes")
    with escuela_scope(escom.id):
        with pytest.raises(Refused):
            envios.armar("liberacion", [], actor=actor, now=now)
        entregas.enviar(caso.entrega(PASO).public_id, actor=caso.como_alumno, now=now)
    en_servicio.decidir(caso, now, PASO)
    factories.sign_in(client, caso.coordinador.id, now)
    assert caso.alumno.boleta in client.get("/escom/coordinador/liberaciones").text
    sent = client.post("/escom/coordinador/liberaciones/lote", data={"m": caso.servicio.public_id})
    assert "/lotes/" in sent.location
    assert f"{caso.alumno.boleta}.pdf".encode() in client.get(f"{sent.location}/expedientes.zip").data
    assert client.get(sent.location).status_code == 200
    lote_id = sent.location.rpartition("/")[2]
    with escuela_scope(escom.id):
        for _ in range(2):
            envios.enviar(lote_id, now.date(), actor=actor, now=now)
        assert queries.favorables().filas == []
        with pytest.raises(Refused):
            envios.armar("liberacion", [caso.servicio.public_id], actor=actor, now=now)
    assert correos(escom, "expediente_enviado") == [caso.alumno.correo]
    page = client.get("/escom/coordinador/liberaciones")
    assert f"?lote={lote_id}#cargar" in page.text
    renglon = f"{caso.alumno.boleta} {caso.alumno.nombre_de_lista}"
    assert renglon not in page.text
    assert renglon in client.get("/escom/coordinador/liberaciones", query_string={"lote": lote_id}).text
    lista = cargada(escom, now, renglon)
    with escuela_scope(escom.id):
        liberaciones.publicar(lista.public_id, actor=actor, now=now)
    drain()
    assert caso.leer().estado == "terminado", "its plan ends with the carta de finalización"
    factories.sign_in(client, caso.alumno.usuario_id or 0, now)
    assert "está en la lista de liberación 7" in client.get("/escom/alumno/").text


def favorable(caso: Caso, now: datetime) -> Caso:
    """An alumno whose expediente has the visto bueno, whatever else lacks."""
    step = caso.entrega(PASO)
    with escuela_scope(caso.escuela.id), unit_of_work(now) as uow:
        entrega = uow.lock_id(Entrega, step.id)
        documento = documentos.registrar(uow, en_servicio.guardado(caso.escuela), "entrega_expediente")
        entrega.documento_id = documento.id
        act(uow, entrega, "cumplir", SISTEMA_ACTOR)
    return caso


def test_favorable_expedientes_come_in_pages_and_a_batch_of_all_takes_those_of_every_page(
    client: FlaskClient, escom: Escuela, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    uno = en_servicio.caso(escom, now)
    otros = [en_servicio.en(escom, now, uno.dependencia, uno.persona, uno.proyecto) for _ in range(3)]
    esperan = [favorable(caso, now) for caso in (uno, *otros[:2])]
    monkeypatch.setitem(paginas.pagina.__kwdefaults__, "tamano", 2)
    factories.sign_in(client, uno.coordinador.id, now)
    first = client.get("/escom/coordinador/liberaciones").text
    assert "los 3 que esperan" in first
    second = client.get(unescape(re.search(r'href="([^"]+)" rel="next"', first)[1])).text  # type: ignore[index]
    shown = [[c.alumno.boleta in page for c in esperan] for page in (first, second)]
    assert (shown, 'rel="next"' in second) == ([[True, True, False], [False, False, True]], False)
    sent = client.post("/escom/coordinador/liberaciones/lote", data={"todos": "1"})
    assert all(c.alumno.boleta in client.get(sent.location).text for c in esperan)
    with escuela_scope(escom.id):
        assert (queries.cuantos_favorables(), queries.favorables().filas) == (0, [])


def test_a_boleta_is_found_once_its_list_is_published_and_not_after_it_is_withdrawn(
    client: FlaskClient, escom: Escuela, now: datetime, drain: Drain
) -> None:
    alumno = factories.alumno(escom, now)
    lista = cargada(escom, now, alumno.boleta, NADIE, alumno.boleta)
    assert (lista.total, lista.conocidas) == (2, 1)
    actor = factories.como_coordinador(escom, "expedientes")

    def found(boleta: str) -> str:
        return client.post("/escom/liberaciones", data={"boleta": boleta}).text

    assert "todavía no está" in found(alumno.boleta)
    with escuela_scope(escom.id):
        liberaciones.publicar(lista.public_id, actor=actor, now=now)
    drain()
    drain()
    assert correos(escom, "liberacion_publicada") == [alumno.correo]
    for boleta in (alumno.boleta, NADIE):
        assert "está en la lista 7" in found(boleta)
        assert alumno.paterno not in found(boleta)
    assert client.post("/escom/liberaciones", data={"boleta": "x"}).status_code == 422
    with escuela_scope(escom.id):
        assert queries.de_boleta(alumno.boleta) is not None
    assert "todavía no está" in client.post("/esca-ust/liberaciones", data={"boleta": alumno.boleta}).text
    with escuela_scope(escom.id):
        with pytest.raises(Refused):
            liberaciones.retirar(lista.public_id, "corto", actor=actor, now=now)
        liberaciones.retirar(lista.public_id, "Se publicó con un error.", actor=actor, now=now)
    assert "todavía no está" in found(alumno.boleta)


def test_the_same_number_is_published_once(escom: Escuela, now: datetime) -> None:
    actor = factories.como_coordinador(escom, "expedientes")
    one, other = cargada(escom, now, NADIE), cargada(escom, now, NADIE)
    with escuela_scope(escom.id):
        liberaciones.publicar(one.public_id, actor=actor, now=now)
        with pytest.raises(Refused) as refused:
            liberaciones.publicar(other.public_id, actor=actor, now=now)
        assert refused.value.key == "liberacion.numero_repetido"
        liberaciones.descartar(other.public_id, actor=actor, now=now)


def test_who_has_not_the_permission_loads_nothing(escom: Escuela, now: datetime) -> None:
    actor = factories.como_coordinador(escom, "reportes")
    with escuela_scope(escom.id), pytest.raises(Forbidden):
        liberaciones.cargar("1", now.date(), NADIE, actor=actor, now=now)


@pytest.mark.parametrize(
    ("emision", "publica", "allowed"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_published_list_ends_only_a_servicio_whose_plan_ends_so(
    emision: bool, publica: bool, allowed: bool
) -> None:
    class Thing:
        estado = "en_emision"

    thing = Thing()
    thing.emision = emision  # type: ignore[attr-defined]
    assert ("publicar" in SERVICIO.allowed(thing, {"sistema"}, {"publica": publica})) is allowed


def test_an_expediente_that_came_back_goes_in_a_second_batch_with_its_new_file(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.unido(escom, now, drain)
    actor = factories.como_coordinador(escom, "expedientes", "reportes", "terminos")
    entrega_id = caso.entrega(PASO).public_id
    with escuela_scope(escom.id):
        entregas.enviar(entrega_id, actor=caso.como_alumno, now=now)
    en_servicio.decidir(caso, now, PASO)
    with escuela_scope(escom.id):
        lotes = [envios.armar("liberacion", [], actor=actor, now=now)]
        envios.enviar(lotes[0].public_id, now.date(), actor=actor, now=now)
    devuelto(caso, actor, now)
    with escuela_scope(escom.id):
        assert queries.favorables().filas == []
        entregas.enviar(entrega_id, documento=armar.papel(escom, "otro"), actor=caso.como_alumno, now=now)
    en_servicio.decidir(caso, now, PASO)
    with escuela_scope(escom.id):
        assert [s.id for s in queries.favorables().filas] == [caso.servicio.id]
        lotes.append(envios.armar("liberacion", [], actor=actor, now=now))
        envios.enviar(lotes[1].public_id, now.date(), actor=actor, now=now)
        first, second = (envios.piezas(lote)[0] for lote in lotes)
        assert (first.nombre, first.clave != second.clave) == (second.nombre, True)
        assert queries.favorables().filas == []
    assert correos(escom, "expediente_enviado") == 2 * [caso.alumno.correo]


def test_a_batch_with_an_expediente_that_came_back_meanwhile_is_not_sent(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.unido(escom, now, drain)
    actor = factories.como_coordinador(escom, "expedientes", "reportes", "terminos")
    with escuela_scope(escom.id):
        entregas.enviar(caso.entrega(PASO).public_id, actor=caso.como_alumno, now=now)
    en_servicio.decidir(caso, now, PASO)
    with escuela_scope(escom.id):
        lote = envios.armar("liberacion", [], actor=actor, now=now)
    devuelto(caso, actor, now)
    with escuela_scope(escom.id):
        with pytest.raises(Refused, match=r"lote\.cambio"):
            envios.enviar(lote.public_id, now.date(), actor=actor, now=now)
        assert envios.descartar(lote.public_id, actor=actor, now=now).estado == "descartado"


def devuelto(caso: Caso, actor: Actor, now: datetime) -> None:
    """The office sends the expediente back, as the directorate asked."""
    with escuela_scope(caso.escuela.id):
        finalizacion.devolver(
            caso.servicio.public_id, PASO, "Falta el sello de la carta de término.", actor=actor, now=now
        )


@pytest.mark.parametrize(
    ("name", "content", "read"),
    [
        ("lista.xlsx", hoja_xlsx("Lista", ["Boleta"], [[NADIE]]), True),
        ("lista.csv", f"Boleta;Nombre\r\n{NADIE};Peña".encode("cp1252"), True),
        ("lista.txt", f"Boleta\t{NADIE}".encode("utf-16"), True),
        ("lista.xls", b"\xd0\xcf\x11\xe0" + bytes(40) + NADIE.encode(), False),
        ("lista.xlsx", b"PK\x03\x04" + NADIE.encode(), False),
    ],
)
def test_the_office_loads_a_file(
    client: FlaskClient, escom: Escuela, now: datetime, name: str, content: bytes, read: bool
) -> None:
    factories.sign_in(client, factories.coordinador(escom, now, "expedientes").id, now)
    data = {"numero": "31", "fecha": f"{now:%Y-%m-%d}", "archivo": (io.BytesIO(content), name)}
    answer = client.post("/escom/coordinador/liberaciones", data=data)
    if read:
        assert NADIE in client.get(answer.location).text
    else:
        assert (answer.status_code, 'value="31"' in answer.text) == (422, True)
        assert "un libro de Excel (.xlsx) o pegue las boletas" in answer.text


def test_the_page_asks_for_eight_things_at_the_most(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    factories.sign_in(client, factories.coordinador(escom, now, "expedientes").id, now)
    assert en_servicio.preguntas(client, "/escom/coordinador/liberaciones?lote=x") <= 8


def test_the_office_loads_a_list_looks_at_it_and_publishes_it(
    client: FlaskClient, escom: Escuela, now: datetime
) -> None:
    factories.sign_in(client, factories.coordinador(escom, now, "expedientes").id, now)
    url = "/escom/coordinador/liberaciones"
    refused = client.post(url, data={"numero": "12-A", "fecha": f"{now:%Y-%m-%d}", "boletas": "ninguna"})
    assert (refused.status_code, "12-A" in refused.text, "ninguna" in refused.text) == (422, True, True)
    sent = client.post(url, data={"numero": "12-A", "fecha": f"{now:%Y-%m-%d}", "boletas": NADIE})
    assert NADIE in client.get(sent.location).text
    assert client.post(f"{sent.location}/publicar").location == sent.location
    assert "Publicada" in client.get(sent.location).text
    short = client.post(f"{sent.location}/retirar", data={"motivo": "mal"})
    assert (short.status_code, "mal" in short.text) == (422, True)
    assert client.get(sent.location.replace("/escom/", "/esca-ust/")).status_code in (403, 404)
