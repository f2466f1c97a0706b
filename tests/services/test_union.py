"""Gathering the expediente de liberación: what the portal has, what is uploaded, and their merge by the outbox."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pikepdf
import pytest
from sqlalchemy import select

from portal.domain.machine import Forbidden, Refused, Stale
from portal.files.kinds import EXPEDIENTE
from portal.files.names import ascii_name
from portal.models import Correo, Documento, Escuela, ExpedienteParte, ExpedienteUnion, Outbox, db
from portal.services import cartas, cuarentena, documentos, entregas, runtime, terminos, union
from portal.services.uow import NotFound, Uow
from tenants.scope import escuela_scope
from tests import expediente as armar
from tests import factories
from tests.en_servicio import Caso
from tests.expediente import PASO

Drain = Callable[[], int]


def leer(caso: Caso) -> union.Armado:
    """How the expediente stands in the database now."""
    with escuela_scope(caso.escuela.id):
        db.session.commit()
        found = union.armado(
            caso.entrega(PASO),
            caso.leer(),
            caso.alumno,
            union._pasos(db.session(), caso.servicio.id),
        )
        db.session.commit()
        return found


def textos(documento: Documento | None) -> list[str]:
    """What the pages of a stored PDF say: the texts of papers made for the test, "carta" for a letter."""
    assert documento is not None
    with escuela_scope(documento.escuela_id), documentos.abrir(documento) as stream:
        content = stream.read()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        found = []
        for page in pdf.pages:
            said = b"".join(bytes(c.read_bytes()) for c in _contents(page))
            found.append(
                said.split(b"(")[1].split(b")")[0].decode() if b"BT /F1 14 Tf 60 700" in said else "carta"
            )
        return found


def _contents(page: pikepdf.Page) -> list[Any]:
    held = page.Contents
    return list(held) if isinstance(held, pikepdf.Array) else [held]


def test_the_portal_has_the_letter_and_says_what_is_to_be_uploaded(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.por_armar(escom, now, drain)
    found = leer(caso)
    assert [(p.parte.clave, p.de_portal, p.documento is not None) for p in found.piezas] == [
        ("carta_compromiso", False, False), ("carta_termino", True, True), ("creditos", False, False),
    ]  # fmt: skip
    assert found.faltan == ("Carta compromiso", "Constancia de créditos o carta de pasante")
    with pytest.raises(Refused) as refused:
        armar.unir(caso, now)
    assert refused.value.key == "expediente.faltan"


def test_the_parts_are_merged_in_the_order_of_the_plan_whatever_the_order_of_their_upload(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.por_armar(
        escom, now, drain, alumno=factories.alumno(escom, now, paterno="Núñez", materno="")
    )
    armar.poner(caso, now, "creditos", "carta_pasante", armar.papel(escom, "pasante"))
    armar.poner(caso, now, "carta_compromiso", guardado=armar.papel(escom, "frente", "vuelta"))
    armar.unir(caso, now)
    assert leer(caso).uniendo == now
    drain()
    found = leer(caso)
    assert (found.uniendo, found.unido, found.error) == (None, True, "")
    assert found.borrador is not None
    assert (
        found.borrador.nombre
        == f"NUNEZ_XIMENA_{caso.alumno.boleta}.pdf"
        == ascii_name("Núñez", "", "Ximena", caso.alumno.boleta)
    )
    assert (textos(found.borrador), found.borrador.paginas) == (["frente", "vuelta", "carta", "pasante"], 4)
    assert found.union is not None
    assert [(i["nombre"], i["origen"], i["desde"], i["hasta"]) for i in found.union.indice] == [
        ("Carta compromiso", "subida", 1, 2),
        ("Carta de término", "portal", 3, 3),
        ("Carta de pasante", "subida", 4, 4),
    ]  # fmt: skip


def test_what_was_merged_is_sent_as_any_other_file_and_its_index_goes_along(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.unido(escom, now, drain)
    with escuela_scope(escom.id):
        entregas.enviar(caso.entrega(PASO).public_id, actor=caso.como_alumno, now=now)
    entrega = caso.entrega(PASO)
    assert entrega.estado == "en_revision"
    with escuela_scope(escom.id):
        documento = db.session.get_one(Documento, (escom.id, entrega.documento_id))
        assert len(union.indice_de(entrega, documento)) == 3
        otro = factories.documento(escom, now)
        assert union.indice_de(entrega, otro) == []


def test_another_part_throws_the_merge_away_with_its_file(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.unido(escom, now, drain)
    antes = leer(caso)
    assert antes.borrador is not None
    parte = antes.piezas[0].documento
    assert parte is not None
    armar.poner(caso, now, "carta_compromiso", guardado=armar.papel(escom, "corregida"))
    found = leer(caso)
    assert (found.borrador, found.unido) == (None, False)
    with escuela_scope(escom.id):
        assert not any(runtime.current().backends.storage.exists(d.clave) for d in (antes.borrador, parte))
    armar.unir(caso, now)
    drain()
    assert textos(leer(caso).borrador)[0] == "corregida"


def test_a_part_that_changes_while_it_is_merged_makes_that_merge_nobodys(
    escom: Escuela, now: datetime, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    caso = armar.por_armar(escom, now, drain)
    for clave, alternativa in armar.SUBEN:
        armar.poner(caso, now, clave, alternativa)
    armar.unir(caso, now)
    real, cambiado = union.merge, []

    def merge_slowly(paths: Any, out: Any) -> Any:
        if not cambiado:
            cambiado.append(True)
            union.quitar(caso.entrega(PASO).public_id, "creditos", actor=caso.como_alumno, now=now)
        return real(paths, out)

    monkeypatch.setattr(union, "merge", merge_slowly)
    drain()
    found = leer(caso)
    assert (found.borrador, found.uniendo, found.faltan) == (
        None, None, ("Constancia de créditos o carta de pasante",),
    )  # fmt: skip


def test_an_own_pdf_that_came_meanwhile_is_kept(
    escom: Escuela, now: datetime, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    caso = armar.por_armar(escom, now, drain)
    for clave, alternativa in armar.SUBEN:
        armar.poner(caso, now, clave, alternativa)
    armar.unir(caso, now)
    propio, real = armar.papel(escom, "propio"), union.merge

    def merge_slowly(paths: Any, out: Any) -> Any:
        entregas.guardar_borrador(
            caso.entrega(PASO).public_id, guardado=propio, actor=caso.como_alumno, now=now
        )
        return real(paths, out)

    monkeypatch.setattr(union, "merge", merge_slowly)
    drain()
    found = leer(caso)
    assert (textos(found.borrador), found.unido, found.uniendo) == (["propio"], False, None)


def test_doing_it_twice_is_doing_it_once(escom: Escuela, now: datetime, drain: Drain) -> None:
    caso = armar.por_armar(escom, now, drain)
    for clave, alternativa in armar.SUBEN:
        armar.poner(caso, now, clave, alternativa)
    armar.unir(caso, now)
    armar.unir(caso, now)
    with escuela_scope(escom.id):
        assert len(db.session.scalars(select(Outbox).where(Outbox.tipo == union.TAREA)).all()) == 1
        union_id = db.session.scalars(select(ExpedienteUnion.id)).one()
        db.session.commit()
        union.producir(union_id, now=now)
        first = leer(caso).borrador
        union.producir(union_id, now=now)
    again = leer(caso).borrador
    assert first is not None
    assert again is not None
    assert first.id == again.id


def test_parts_that_cannot_be_joined_say_so_and_may_be_replaced(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.por_armar(escom, now, drain)
    armar.poner(caso, now, "creditos", "carta_pasante")
    malo = armar.papel(escom, "malo")
    armar.poner(caso, now, "carta_compromiso", guardado=malo)
    with escuela_scope(escom.id):
        runtime.current().backends.storage.put(malo.clave, io.BytesIO(b"roto"), size=4)
    armar.unir(caso, now)
    drain()
    found = leer(caso)
    assert (found.borrador, found.uniendo) == (None, None)
    assert "dañado" in found.error
    armar.poner(caso, now, "carta_compromiso")
    armar.unir(caso, now)
    drain()
    assert leer(caso).unido


@pytest.mark.parametrize(
    ("clave", "alternativa", "fails"),
    [
        ("creditos", "", "expediente.alternativa"),
        ("creditos", "credencial", "expediente.alternativa"),
        ("carta_compromiso", "carta_pasante", "expediente.alternativa"),
        ("acta", "", NotFound),
    ],
)
def test_only_a_part_of_the_plan_is_taken(
    escom: Escuela, now: datetime, drain: Drain, clave: str, alternativa: str, fails: Any
) -> None:
    caso = armar.por_armar(escom, now, drain)
    with pytest.raises(NotFound if fails is NotFound else Refused) as refused:
        armar.poner(caso, now, clave, alternativa)
    assert fails is NotFound or refused.value.key == fails  # type: ignore[attr-defined]
    with escuela_scope(escom.id):
        assert db.session.scalars(select(ExpedienteParte)).all() == []


def test_only_its_alumno_gathers_it_and_only_while_it_may_be_sent(
    escom: Escuela, now: datetime, drain: Drain
) -> None:
    caso = armar.unido(escom, now, drain)
    public_id, file = caso.entrega(PASO).public_id, armar.papel(escom, "x")
    otro = factories.como_alumno(factories.alumno(escom, now))
    with escuela_scope(escom.id):
        with pytest.raises(Forbidden):
            union.poner(public_id, "carta_compromiso", "", file, actor=otro, now=now)
        with pytest.raises(Forbidden):
            union.unir(public_id, actor=caso.como_coordinador, now=now)
        entregas.enviar(public_id, actor=caso.como_alumno, now=now)
        with pytest.raises(Stale):
            union.poner(public_id, "carta_compromiso", "", file, actor=caso.como_alumno, now=now)
        with pytest.raises(Stale):
            union.quitar(public_id, "carta_compromiso", actor=caso.como_alumno, now=now)


@pytest.mark.parametrize(
    ("limits", "key"),
    [({"max_bytes": 3_000}, "expediente.pesa"), ({"max_pages": 2}, "expediente.paginas")],
)
def test_parts_that_are_too_much_together_are_refused_with_the_limit(
    escom: Escuela,
    now: datetime,
    drain: Drain,
    monkeypatch: pytest.MonkeyPatch,
    limits: dict[str, int],
    key: str,
) -> None:
    caso = armar.por_armar(escom, now, drain)
    for clave, alternativa in armar.SUBEN:
        armar.poner(caso, now, clave, alternativa)
    monkeypatch.setattr(entregas, "kind_de", lambda _entrega: replace(EXPEDIENTE, **limits))
    with pytest.raises(Refused) as refused:
        armar.unir(caso, now)
    assert refused.value.key == key


def test_nothing_is_merged_before_the_scan_has_its_verdict_and_an_infected_part_is_asked_for_again(
    escom: Escuela, now: datetime, drain: Drain, monkeypatch: pytest.MonkeyPatch
) -> None:
    caso = armar.por_armar(escom, now, drain)
    armar.poner(caso, now, "creditos", "carta_pasante")
    armar.poner(caso, now, "carta_compromiso", guardado=armar.papel(escom, "x", analisis="pendiente"))
    with pytest.raises(Refused) as refused:
        armar.unir(caso, now)
    assert refused.value.key == "archivo.en_analisis"
    monkeypatch.setattr(documentos, "analizar", lambda _stream: "infectado")
    documento = leer(caso).piezas[0].documento
    assert documento is not None
    with escuela_scope(escom.id):
        cuarentena.revisar(documento.id, now=now)
        plantillas = db.session.scalars(
            select(Correo.plantilla).where(Correo.para == caso.alumno.correo)
        ).all()
    assert "archivo_infectado" in plantillas
    assert leer(caso).faltan == ("Carta compromiso",)


def test_a_letter_that_was_revoked_is_no_part_any_more(escom: Escuela, now: datetime, drain: Drain) -> None:
    caso = armar.por_armar(escom, now, drain)
    assert leer(caso).piezas[1].de_portal
    with escuela_scope(escom.id):
        carta = terminos.viva(Uow(db.session(), now), caso.servicio.id)
        assert carta is not None
        public_id = carta.public_id
        db.session.commit()
        cartas.revocar(
            public_id, motivo="Se emitió con un dato equivocado.", actor=caso.como_coordinador, now=now
        )
    assert "Carta de término" in leer(caso).faltan
