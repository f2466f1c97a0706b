"""A lista after it was generated: an alumno is taken out of it, and a published list ends the servicios of a school
whose plan asks for no constancia."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.machine import Forbidden, Refused, Stale
from portal.models import (
    Bitacora,
    Carta,
    ConstanciaArchivo,
    Correo,
    Escuela,
    LiberacionRenglon,
    ListaLiberacion,
    db,
)
from portal.services import constancias, correos, escuelas, liberaciones, listas, lotes
from tenants.scope import escuela_scope
from tests import emision as casos
from tests import en_servicio, factories
from tests.en_servicio import Caso
from tests.escuela_con import perfil_sin

Drain = Callable[[], int]
PORQUE = "Su carta término tiene mal la fecha."
OTRO = "Se publicó con un error."


def sacar(caso: Caso, now: datetime, motivo: str = PORQUE) -> None:
    """The responsable de términos takes one out."""
    renglon = casos.renglon(caso).public_id
    with escuela_scope(caso.escuela.id):
        listas.sacar(renglon, motivo, actor=caso.como_coordinador, now=now)


def test_who_is_taken_out_waits_again_and_the_rest_keep_their_places_in_another_relacion(
    esca: Escuela, now: datetime, drain: Drain
) -> None:
    todos = [casos.listo(esca, now, n) for n in range(3)]
    lista = casos.emitir(todos, now, primera=15)
    drain()
    fuera = next(c for c in todos if casos.renglon(c).orden == 2)
    primera = casos.leer(lista).carta_id
    sacar(fuera, now)
    assert (fuera.leer().estado, fuera.entrega("lista_emision").estado) == ("terminado", "habilitada")
    quedan = [c for c in todos if c is not fuera]
    assert sorted(casos.renglon(c).datos["numero"] for c in quedan) == ["1", "3"]
    assert (casos.leer(lista).total, casos.leer(lista).estado) == (2, "emitida")
    drain()
    with escuela_scope(esca.id):
        antes, ahora = (
            db.session.scalars(select(Carta).where(Carta.id == id_)).one()
            for id_ in (primera, casos.leer(lista).carta_id)
        )
        assert (antes.estado, ahora.estado, ahora.reemplaza_id) == ("revocada", "emitida", antes.id)
        assert len(ahora.valores["alumnos"]) == 2
        mail = db.session.scalars(select(Correo).where(Correo.plantilla == "lista_fuera")).one()
        text = correos.texto(mail, esca)
        assert all(words in text for words in (PORQUE, "lista de emisión 15", "Coordinadora de Prueba"))
        lines = db.session.scalars(select(Bitacora.motivo).where(Bitacora.accion == "sacar")).all()
        assert sorted(lines) == sorted(
            [PORQUE, f"{fuera.alumno.nombre_de_lista} ({fuera.alumno.boleta}): {PORQUE}"]
        )
    assert casos.emitir([fuera], now).numero == 16


def test_the_number_of_a_lista_without_anybody_is_not_given_again(
    esca: Escuela, now: datetime, drain: Drain
) -> None:
    uno, otro = casos.listo(esca, now), casos.listo(esca, now, 1)
    lista = casos.emitir([uno], now, primera=15)
    drain()
    sacar(uno, now)
    assert (casos.leer(lista).estado, casos.leer(lista).total) == ("anulada", 0)
    with escuela_scope(esca.id):
        assert db.session.scalars(select(Carta.estado).where(Carta.tipo == "relacion")).all() == ["revocada"]
    assert casos.emitir([otro, uno], now).numero == 16


def test_the_last_who_is_waited_for_completes_the_lista_by_leaving_it(esca: Escuela, now: datetime) -> None:
    uno, otro = casos.listo(esca, now), casos.listo(esca, now, 1)
    lista = casos.emitir([uno, otro], now)
    with escuela_scope(esca.id):
        guardado = en_servicio.guardado(esca)
        constancias.cargar(
            casos.renglon(uno).public_id, guardado=guardado, actor=uno.como_coordinador, now=now
        )
    sacar(otro, now)
    assert (casos.leer(lista).estado, casos.leer(lista).total) == ("completa", 1)
    with pytest.raises(Stale):
        sacar(uno, now)  # the constancia is there


def test_a_file_that_was_to_be_loaded_for_who_is_taken_out_says_why_it_is_not(
    esca: Escuela, now: datetime, tmp_path: Path, drain: Drain
) -> None:
    caso, otro = casos.listo(esca, now), casos.listo(esca, now, 1)
    casos.emitir([caso, otro], now)
    actor = caso.como_coordinador
    files = [
        casos.archivo(tmp_path, f"{c.alumno.boleta}.pdf", c.alumno.nombre_completo) for c in (caso, otro)
    ]
    with escuela_scope(esca.id):
        lote = lotes.crear(files, actor=actor, now=now).public_id
    drain()
    with escuela_scope(esca.id):
        assert lotes.confirmar(lote, actor=actor, now=now) == 2
    sacar(caso, now)
    drain()
    assert (caso.leer().estado, otro.leer().estado) == ("terminado", "liberado")
    with escuela_scope(esca.id):
        said = db.session.scalars(
            select(ConstanciaArchivo.error).where(ConstanciaArchivo.cargado.is_(None))
        ).all()
    assert said == ["Su alumno ya no está en ninguna lista de emisión."]


def test_taking_out_needs_a_reason_and_the_permission(esca: Escuela, now: datetime) -> None:
    caso = casos.listo(esca, now)
    casos.emitir([caso], now)
    with pytest.raises(Refused, match=r"motivo\.corto"):
        sacar(caso, now, "no")
    actor, renglon = factories.como_coordinador(esca, "reportes"), casos.renglon(caso).public_id
    with escuela_scope(esca.id), pytest.raises(Forbidden):
        listas.sacar(renglon, PORQUE, actor=actor, now=now)
    assert caso.leer().estado == "en_emision"


def test_the_office_takes_one_out_and_what_it_typed_stays(
    client: FlaskClient, esca: Escuela, now: datetime
) -> None:
    caso, otro = casos.listo(esca, now), casos.listo(esca, now, 1)
    casos.emitir([caso, otro], now, primera=15)
    factories.sign_in(client, factories.coordinador(esca, now, "terminos").id, now)
    page = f"/esca-ust/coordinador/emision/renglones/{casos.renglon(caso).public_id}"
    short = client.post(f"{page}/sacar", data={"por_que": "mal"})
    assert (short.status_code, "mal</textarea>" in short.text, "al menos 10" in short.text) == (
        400,
        True,
        True,
    )
    done = client.post(f"{page}/sacar", data={"por_que": PORQUE})
    shown = client.get(done.location).text
    rows, _, out = shown.partition("<table")[2].partition("</table>")
    assert (caso.alumno.boleta in rows, otro.alumno.boleta in rows) == (False, True)
    assert f"({caso.alumno.boleta}): {PORQUE}" in out
    assert client.post(f"{page}/sacar", data={"por_que": PORQUE}).status_code == 404
    assert caso.alumno.boleta in client.get("/esca-ust/coordinador/emision").text


# ---- a school whose plan ends with a published list ----


@pytest.fixture
def publica(esca: Escuela, now: datetime, tmp_path: Path) -> Escuela:
    """A school that asks for the liberación with a lista, to which no constancia comes back."""
    return perfil_sin("esca_ust", "constancia_liberacion", tmp_path, now)


def cargar(caso: Caso, now: datetime, numero: str = "7") -> ListaLiberacion:
    """A published list with the boleta of the caso, in the name of the office."""
    with escuela_scope(caso.escuela.id):
        lista = liberaciones.cargar(
            numero, now.date(), caso.alumno.boleta, actor=caso.como_coordinador, now=now
        )
        return liberaciones.publicar(lista.public_id, actor=caso.como_coordinador, now=now)


def test_a_published_list_ends_the_servicio_and_completes_its_lista_and_withdrawn_takes_both_back(
    publica: Escuela, now: datetime, drain: Drain
) -> None:
    caso, otro = casos.listo(publica, now), casos.listo(publica, now, 1)
    with escuela_scope(publica.id):
        assert escuelas.plan(publica.perfil_version, "externo").publica
    lista = casos.emitir([caso, otro], now)
    publicada = cargar(caso, now)
    drain()
    assert (caso.leer().estado, otro.leer().estado) == ("liberado", "en_emision")
    assert (casos.leer(lista).llegadas, casos.leer(lista).estado) == (1, "emitida")
    cargar(otro, now, "8")
    drain()
    assert casos.leer(lista).estado == "completa"
    with escuela_scope(publica.id):
        liberaciones.retirar(publicada.public_id, OTRO, actor=caso.como_coordinador, now=now)
    assert (caso.leer().estado, otro.leer().estado) == ("en_emision", "liberado")
    assert (casos.leer(lista).llegadas, casos.leer(lista).estado) == (1, "emitida")


def test_a_servicio_that_two_published_lists_name_stays_liberado_when_one_is_withdrawn(
    publica: Escuela, now: datetime, drain: Drain
) -> None:
    caso = casos.listo(publica, now)
    casos.emitir([caso], now)
    found = [cargar(caso, now, numero) for numero in ("7", "8")]
    drain()
    for lista, estado in zip(found, ("liberado", "en_emision"), strict=True):
        with escuela_scope(publica.id):
            liberaciones.retirar(lista.public_id, OTRO, actor=caso.como_coordinador, now=now)
        assert caso.leer().estado == estado


def test_a_list_withdrawn_while_it_is_applied_ends_no_servicio(
    app: Flask, publica: Escuela, now: datetime
) -> None:
    todos = [casos.listo(publica, now, n) for n in range(3)]
    casos.emitir(todos, now)
    actor = todos[0].como_coordinador
    with escuela_scope(publica.id):
        texto = "\n".join(c.alumno.boleta for c in todos)
        lista = liberaciones.cargar("7", now.date(), texto, actor=actor, now=now)
        liberaciones.publicar(lista.public_id, actor=actor, now=now)
        renglones = list(db.session.scalars(select(LiberacionRenglon.id)))
        db.session.commit()

    def one(renglon_id: int) -> None:
        with app.app_context(), escuela_scope(publica.id):
            if renglon_id:
                liberaciones.aplicar(renglon_id, now=now)
            else:
                liberaciones.retirar(lista.public_id, OTRO, actor=actor, now=now)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, [renglones[0], 0, *renglones[1:]]))
    assert {c.leer().estado for c in todos} == {"en_emision"}


def test_the_pages_walk_from_the_lista_to_the_published_list(
    client: FlaskClient, publica: Escuela, now: datetime, drain: Drain
) -> None:
    caso = casos.listo(publica, now)
    office = factories.coordinador(publica, now, "expedientes", "terminos").id
    base = "/esca-ust/coordinador"

    def home() -> str:
        factories.sign_in(client, caso.alumno.usuario_id or 0, now)
        return client.get("/esca-ust/alumno/").text

    assert "Espera tu lista de emisión" in home()
    factories.sign_in(client, office, now)
    done = client.post(f"{base}/emision/nueva", data={"ids": caso.servicio.public_id, "primera": "15"})
    assert done.status_code == 302
    expediente = client.get(f"{base}/expedientes/{caso.servicio.public_id}").text
    assert "termina cuando se publica una lista con su boleta" in expediente
    assert "Espera la lista de liberaciones" in home()
    factories.sign_in(client, office, now)
    published = _publica(client, caso, now)
    drain()
    lista = client.get(done.location).text
    assert ("Completa" in lista, "Liberado en lista publicada" in lista, ">Cargar<" in lista) == (
        True,
        True,
        False,
    )
    renglon = client.get(f"{base}/emision/renglones/{casos.renglon(caso).public_id}").text
    assert ("no se espera ninguna constancia" in renglon, "Sacar de la lista" in renglon) == (True, False)
    page = home()
    assert "Tu servicio social está liberado" in page
    assert "está en la lista de liberación 31" in page
    assert (
        "está en la lista 31"
        in client.post("/esca-ust/liberaciones", data={"boleta": caso.alumno.boleta}).text
    )
    factories.sign_in(client, office, now)
    assert client.post(f"{published}/retirar", data={"motivo": OTRO}).status_code == 302
    assert "Espera la lista de liberaciones" in home()


def _publica(client: FlaskClient, caso: Caso, now: datetime) -> str:
    """The office loads a list with this boleta and publishes it; its address."""
    data = {"numero": "31", "fecha": f"{now:%Y-%m-%d}", "boletas": caso.alumno.boleta}
    sent: str = client.post("/esca-ust/coordinador/liberaciones", data=data).location
    assert client.post(f"{sent}/publicar").status_code == 302
    return sent
