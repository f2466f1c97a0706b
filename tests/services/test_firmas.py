"""The circuit of the carta de término: order, declaration, ink, refusal, and what all signatures bring about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.machine import Forbidden, Refused
from portal.files.refused import FileRefused
from portal.models import Carta, Correo, Documento, Escuela, Huella, db
from portal.services import documentos, firmas
from portal.services.cartas import Firmante
from portal.services.uow import NotFound
from tenants.scope import escuela_scope
from tests import cierre, en_servicio, factories
from tests.cierre import GERENTE, JEFA
from tests.en_servicio import Caso

Drain = Callable[[], int]


@pytest.fixture
def caso(escom: Escuela, now: datetime) -> Caso:
    return cierre.con_horas(escom, now)


def _correos(caso: Caso, plantilla: str) -> list[str]:
    with escuela_scope(caso.escuela.id):
        return sorted(db.session.scalars(select(Correo.para).where(Correo.plantilla == plantilla)))


def _pdf(caso: Caso, carta: Carta) -> pypdfium2.PdfDocument:
    with escuela_scope(caso.escuela.id):
        documento = db.session.scalars(select(Documento).where(Documento.id == carta.documento_id)).one()
        with documentos.abrir(documento) as stream:
            return pypdfium2.PdfDocument(stream.read())


def test_the_first_signer_gets_a_link_and_the_second_only_after_the_first(caso: Caso, now: datetime) -> None:
    carta = cierre.emitir(caso, now)
    assert _correos(caso, "firma_pedida") == [JEFA.correo]
    cierre.firmar(caso, now, JEFA)
    assert _correos(caso, "firma_pedida") == sorted([JEFA.correo, GERENTE.correo])
    assert [f.estado for f in cierre.circuito(caso, carta)] == ["firmada", "pendiente"]
    assert cierre.leer(caso, carta).estado == "firmada"


def test_the_second_cannot_sign_before_the_first(caso: Caso, now: datetime) -> None:
    carta = cierre.emitir(caso, now)
    second = cierre.circuito(caso, carta)[1]
    with escuela_scope(caso.escuela.id):
        changed = firmas.cambiar_firmante(
            second.public_id, nombre="Gerardo Otro", cargo="Gerente", correo="otro@ejemplo.test",
            actor=caso.como_dependencia, now=now,
        )  # fmt: skip
    assert changed.avisada is None
    assert _correos(caso, "firma_pedida") == [JEFA.correo]
    with escuela_scope(caso.escuela.id), pytest.raises(Refused) as refused:
        firmas.reenviar(second.public_id, actor=caso.como_dependencia, now=now)
    assert refused.value.key == "firma.ya_firmada"


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"declara": False}, "firma.sin_declaracion"),
        ({"trazo": ""}, "firma.sin_imagen"),
        ({"nombre": " "}, "firma.sin_nombre"),
        ({"cargo": ""}, "firma.sin_nombre"),
    ],
)
def test_a_signature_lacks_nothing(caso: Caso, now: datetime, values: dict[str, Any], key: str) -> None:
    carta = cierre.emitir(caso, now)
    with pytest.raises(Refused) as refused:
        cierre.firmar(caso, now, JEFA, **values)
    assert refused.value.key == key
    assert [f.estado for f in cierre.circuito(caso, carta)] == ["pendiente", "pendiente"]
    cierre.firmar(caso, now, JEFA)  # the link was not used up


def test_a_blank_canvas_is_no_signature_and_leaves_no_file(caso: Caso, now: datetime) -> None:
    cierre.emitir(caso, now)
    with pytest.raises(FileRefused) as refused:
        cierre.firmar(caso, now, JEFA, trazo=cierre.trazo(blanco=True))
    assert refused.value.key == "firma.vacia"


def test_a_refused_signature_takes_its_image_away(caso: Caso, now: datetime, app: Any) -> None:
    cierre.emitir(caso, now)
    storage = app.extensions["portal_backends"].storage

    def stored() -> set[str]:
        with escuela_scope(caso.escuela.id):
            return {o.key for o in storage.list(f"escuela/{caso.escuela.id}/")}

    before = stored()
    with pytest.raises(Refused):
        cierre.firmar(caso, now, JEFA, nombre="")
    assert stored() == before


def test_a_photo_of_a_signature_is_as_good_as_a_drawing(caso: Caso, now: datetime, tmp_path: Path) -> None:
    carta = cierre.emitir(caso, now)
    photo = tmp_path / "firma.png"
    image = Image.new("RGB", (600, 240), "white")
    image.paste((20, 20, 60), (100, 110, 480, 118))
    image.save(photo)
    cierre.firmar(caso, now, JEFA, trazo="", archivo=(photo, "mi firma.png"))
    assert cierre.circuito(caso, carta)[0].estado == "firmada"


def test_a_link_is_dead_after_signing_and_signs_nothing_else(caso: Caso, now: datetime) -> None:
    cierre.emitir(caso, now)
    token = cierre.enlace(caso, JEFA.correo)
    cierre.firmar(caso, now, JEFA)
    assert firmas.por_enlace(token, now=now).estado == "usado"
    with pytest.raises(Refused) as refused:
        firmas.firmar(
            token, nombre="Otra", cargo="Persona", declara=True, trazo=cierre.trazo(), ip="127.0.0.1", now=now
        )
    assert refused.value.key == "enlace.usado"
    with pytest.raises(NotFound):
        firmas.por_enlace("inventado", now=now)


def test_an_expired_link_offers_a_new_one_at_the_signers_address(caso: Caso, now: datetime) -> None:
    cierre.emitir(caso, now)
    old, later = cierre.enlace(caso, JEFA.correo), now + timedelta(days=31)
    assert firmas.por_enlace(old, now=later).estado == "vencido"
    firmas.pedir_otro_enlace(old, now=later)
    new = cierre.enlace(caso, JEFA.correo)
    assert new != old
    assert firmas.por_enlace(new, now=later).estado == "vigente"
    assert firmas.por_enlace(old, now=later).estado == "vencido"


def test_two_signatures_issue_the_letter_with_its_data_and_its_code(
    caso: Caso, now: datetime, drain: Drain
) -> None:
    carta = cierre.emitir(caso, now)
    cierre.firmar(caso, now, JEFA)
    drain()
    assert cierre.leer(caso, carta).documento_id is None
    cierre.firmar(caso, now, GERENTE, nombre="Gerardo Ejemplo Ficticio")
    drain()
    carta = cierre.leer(caso, carta)
    assert (carta.estado, caso.entrega("carta_termino").estado) == ("emitida", "aceptada")
    assert caso.entrega("carta_termino").documento_id == carta.documento_id
    pdf = _pdf(caso, carta)
    text = " ".join(pdf[0].get_textpage().get_text_range().split())
    for said in (
        caso.dependencia.razon_social, "Rosalba Fierro Ocampo", caso.alumno.nombre_completo, caso.alumno.boleta,
        "Ingeniero en Sistemas Computacionales", "Lunes a viernes, 9:00 a 13:00", "480", "Julia Ejemplo",
        "Jefa de biblioteca", "Gerardo Ejemplo Ficticio", carta.folio, carta.codigo, "Sello",
    ):  # fmt: skip
        assert said in text, said
    (code,) = zxingcpp.read_barcodes(pdf[0].render(scale=3).to_pil())
    assert code.text.endswith(f"/verificar/{carta.codigo}")
    assert len(list(pdf[0].get_objects(filter=[3]))) >= 2  # the two signatures
    assert _correos(caso, "carta_emitida") == sorted([caso.alumno.correo, caso.persona.correo])
    assert db.session.scalars(select(Huella.sha256).where(Huella.codigo == carta.codigo)).one()


def test_a_refusal_stops_the_letter_and_reaches_dependencia_and_office(
    caso: Caso, now: datetime, drain: Drain
) -> None:
    carta = cierre.emitir(caso, now)
    with pytest.raises(Refused):
        firmas.rechazar(cierre.enlace(caso, JEFA.correo), motivo="no", identidad="codigo", ip="", now=now)
    firmas.rechazar(
        cierre.enlace(caso, JEFA.correo),
        motivo="El horario no es el convenido.",
        identidad="codigo",
        ip="127.0.0.1",
        now=now,
    )
    carta = cierre.leer(caso, carta)
    assert (carta.estado, carta.motivo) == ("detenida", "El horario no es el convenido.")
    assert [f.estado for f in cierre.circuito(caso, carta)] == ["rechazada", "anulada"]
    assert _correos(caso, "firma_rechazada") == sorted([_de(caso.coordinador.id), caso.persona.correo])
    drain()
    assert cierre.leer(caso, carta).documento_id is None


def _de(usuario_id: int) -> str:
    from portal.models import Usuario

    return db.session.scalars(select(Usuario.correo).where(Usuario.id == usuario_id)).one()


def test_a_refused_letter_is_corrected_by_another_that_says_which_it_replaces(
    caso: Caso, now: datetime
) -> None:
    first = cierre.emitir(caso, now)
    firmas.rechazar(
        cierre.enlace(caso, JEFA.correo),
        motivo="No me corresponde firmar.",
        identidad="codigo",
        ip="",
        now=now,
    )
    otra = Firmante("jefe_inmediato", "Josefa Ejemplo", "Coordinadora", "josefa@ejemplo.test")
    second = cierre.emitir(caso, now, otra, GERENTE)
    assert cierre.leer(caso, first).estado == "revocada"
    assert (second.reemplaza_id, second.numero) == (first.id, first.numero + 1)
    assert _correos(caso, "firma_pedida") == sorted([JEFA.correo, otra.correo])
    assert _correos(caso, "carta_revocada") == []  # nobody ever had the first


def test_a_changed_address_gets_the_link_and_the_old_link_dies(caso: Caso, now: datetime) -> None:
    carta = cierre.emitir(caso, now)
    old = cierre.enlace(caso, JEFA.correo)
    first = cierre.circuito(caso, carta)[0]
    with escuela_scope(caso.escuela.id):
        firmas.cambiar_firmante(
            first.public_id, nombre=first.nombre, cargo=first.cargo, correo="Nueva@Ejemplo.test",
            actor=caso.como_dependencia, now=now,
        )  # fmt: skip
    assert firmas.por_enlace(old, now=now).estado == "usado"
    assert firmas.por_enlace(cierre.enlace(caso, "nueva@ejemplo.test"), now=now).estado == "vigente"


@pytest.mark.parametrize(
    ("who", "error"),
    [("otra", NotFound), ("sin_permiso", Forbidden), ("alumno", Forbidden)],
)
def test_only_who_answers_for_a_letter_sends_its_links_again(
    caso: Caso, now: datetime, who: str, error: type[Exception]
) -> None:
    firma = cierre.circuito(caso, cierre.emitir(caso, now))[0]
    actors: dict[str, Actor] = {
        "otra": factories.como_dependencia(factories.dependencia(now)[0]),
        "sin_permiso": factories.como_coordinador(caso.escuela, "convenios"),
        "alumno": caso.como_alumno,
    }
    with escuela_scope(caso.escuela.id), pytest.raises(error):
        firmas.reenviar(firma.public_id, actor=actors[who], now=now)


def test_a_signature_of_another_escuela_does_not_exist(caso: Caso, esca: Escuela, now: datetime) -> None:
    firma = cierre.circuito(caso, cierre.emitir(caso, now))[0]
    with escuela_scope(esca.id), pytest.raises(NotFound):
        firmas.reenviar(firma.public_id, actor=caso.como_dependencia, now=now)


def test_before_its_time_a_letter_says_by_which_rule_it_waits(escom: Escuela, now: datetime) -> None:
    early = en_servicio.caso(escom, now)
    with pytest.raises(Refused) as refused:
        cierre.emitir(early, now)
    assert refused.value.key == "termino.no_abierto"
    assert "evaluación de desempeño" in refused.value.values["razon"]


def test_a_letter_that_lacks_data_names_them_and_takes_no_folio(caso: Caso, now: datetime) -> None:
    nobody = Firmante("gerente", "", "", "gerente@ejemplo.test")
    with pytest.raises(Refused) as refused:
        cierre.emitir(caso, now, JEFA, nobody)
    assert refused.value.key == "carta.faltan_datos"
    assert "gerente" in refused.value.values["faltan"]
    assert cierre.emitir(caso, now).numero == 1
