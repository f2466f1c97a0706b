"""Templates that an escuela writes itself: editions, what is refused, and which letter says what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pypdfium2
import pytest

from portal.domain.access import Actor
from portal.domain.machine import Forbidden, Refused
from portal.letters.catalogo import TIPOS
from portal.letters.plantilla import PlantillaInvalida
from portal.models import Carta, Escuela, db
from portal.services import cartas, documentos, escuelas, plantillas
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from tests import factories


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """An edition never changes, so a process keeps it; the databases of two tests have different ones."""
    escuelas._editada.cache_clear()
    yield
    escuelas._editada.cache_clear()


@pytest.fixture
def jefa(escom: Escuela) -> Actor:
    return factories.como_coordinador(escom, "administracion", "expedientes")


def _datos(tipo: str = "presentacion", **cambios: Any) -> dict[str, Any]:
    return {**plantillas.leer(tipo, escuelas.edicion_vigente(tipo)).to_mapping(), **cambios}


def _carta(escuela: Escuela, now: datetime) -> Carta:
    alumno = factories.alumno(escuela, now)
    host, _ = factories.dependencia(now)
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        from portal.services import valores

        datos = {**valores.del_alumno(alumno), **valores.de_la_dependencia(host)}
        nueva = cartas.Nueva(datos, alumno_id=alumno.id)
        return cartas.generar(uow, "presentacion", nueva, factories.como_coordinador(escuela, "expedientes"))


def _texto(escuela: Escuela, carta: Carta) -> str:
    with escuela_scope(escuela.id):
        leida = db.session.get(Carta, (escuela.id, carta.id))
        assert leida is not None
        documento = db.session.get(documentos.Documento, (escuela.id, leida.documento_id))
        assert documento is not None
        with documentos.abrir(documento) as stream:
            return " ".join(pypdfium2.PdfDocument(stream.read())[0].get_textpage().get_text_range().split())


def test_an_edit_shows_in_the_next_letter_and_not_in_the_last(
    escom: Escuela, jefa: Actor, now: datetime, drain: Callable[[], int]
) -> None:
    primera = _carta(escom, now)
    with escuela_scope(escom.id):
        nuevos = _datos(despedida="CON TODO RESPETO")
        assert plantillas.guardar("presentacion", nuevos, base=0, nota="Más cortés", actor=jefa, now=now) == 1
    segunda = _carta(escom, now)
    drain()
    assert ("CON TODO RESPETO" in _texto(escom, primera), "CON TODO RESPETO" in _texto(escom, segunda)) == (
        False,
        True,
    )
    assert (primera.edicion, segunda.edicion) == (0, 1)
    with escuela_scope(escom.id):
        assert segunda.plantilla_huella == plantillas.leer("presentacion", 1).huella
        assert primera.plantilla_huella == plantillas.leer("presentacion", 0).huella


@pytest.mark.parametrize(
    ("cambios", "said"),
    [
        ({"asunto": "Para {{ alumno_nombr }}"}, "¿Quizá «alumno_nombre»?"),
        ({"saludo": "{{ ''.__class__ }}"}, "solo se permiten datos"),
        ({"saludo": "{{ fecha.today() }}"}, "solo se permiten datos"),
        ({"bloques": [{"texto": "Hola\n{{ nada }}"}]}, "(renglón 2)"),
        ({"bloques": [{"texto": "{% if motivo %}"}]}, "no se entiende"),
        ({"bloques": []}, "al menos un bloque"),
        ({"titulo": ""}, "Falta el título"),
        ({"saludo": "{{ dependencia_rfc|en_letra }}"}, "cada forma vaya con el dato"),
        ({"saludo": "<script>"}, "no está permitido"),
    ],
)
def test_what_would_fail_when_issuing_is_refused_when_saving(
    escom: Escuela, jefa: Actor, now: datetime, cambios: dict[str, Any], said: str
) -> None:
    with escuela_scope(escom.id):
        with pytest.raises(PlantillaInvalida) as refused:
            plantillas.guardar("presentacion", _datos(**cambios), base=0, actor=jefa, now=now)
        assert said in " ".join(refused.value.errors)
        assert escuelas.edicion_vigente("presentacion") == 0


def test_the_same_text_saved_again_makes_no_edition(escom: Escuela, jefa: Actor, now: datetime) -> None:
    with escuela_scope(escom.id):
        assert plantillas.guardar("presentacion", _datos(), base=0, actor=jefa, now=now) == 0
        assert [e.version for e in plantillas.ediciones("presentacion")] == [0]


def test_who_edited_an_older_edition_is_told_and_overwrites_nobody(
    escom: Escuela, jefa: Actor, now: datetime
) -> None:
    with escuela_scope(escom.id):
        plantillas.guardar("presentacion", _datos(despedida="UNO"), base=0, actor=jefa, now=now)
        with pytest.raises(Refused) as refused:
            plantillas.guardar("presentacion", _datos(despedida="DOS"), base=0, actor=jefa, now=now)
        assert (refused.value.key, refused.value.values) == ("plantilla.otra_edicion", {"version": 1})


def test_an_earlier_text_comes_back_as_a_new_edition(escom: Escuela, jefa: Actor, now: datetime) -> None:
    with escuela_scope(escom.id):
        inicial = plantillas.leer("presentacion", 0)
        plantillas.guardar("presentacion", _datos(despedida="UNO"), base=0, actor=jefa, now=now)
        assert plantillas.restaurar("presentacion", 0, actor=jefa, now=now) == 2
        assert plantillas.leer("presentacion", 2).huella == inicial.huella
        assert [(e.version, e.en_vigor) for e in plantillas.ediciones("presentacion")] == [
            (2, True),
            (1, False),
            (0, False),
        ]
        with pytest.raises(Refused):
            plantillas.restaurar("presentacion", 2, actor=jefa, now=now)
        with pytest.raises(NotFound):
            plantillas.restaurar("presentacion", 9, actor=jefa, now=now)


def test_what_changed_is_told_place_by_place_and_word_by_word(
    escom: Escuela, jefa: Actor, now: datetime
) -> None:
    with escuela_scope(escom.id):
        antes = plantillas.leer("presentacion", 0)
        plantillas.guardar("presentacion", _datos(despedida="CON RESPETO"), base=0, actor=jefa, now=now)
        (cambio,) = plantillas.comparar(antes, plantillas.leer("presentacion", 1))
    assert cambio.donde == "despedida"
    assert dict(cambio.palabras) == {"quita": antes.despedida, "pone": "CON RESPETO"}


def test_only_administracion_of_the_same_escuela_writes_templates(
    escom: Escuela, esca: Escuela, now: datetime
) -> None:
    for otro in (factories.como_coordinador(escom, "expedientes"), factories.como_coordinador(esca)):
        with escuela_scope(escom.id), pytest.raises(Forbidden):
            plantillas.guardar("presentacion", _datos(despedida="OTRA"), base=0, actor=otro, now=now)


def test_one_escuelas_edition_is_not_the_others(
    escom: Escuela, esca: Escuela, jefa: Actor, now: datetime
) -> None:
    with escuela_scope(escom.id):
        plantillas.guardar("presentacion", _datos(despedida="UNO"), base=0, actor=jefa, now=now)
    with escuela_scope(esca.id):
        assert escuelas.edicion_vigente("presentacion") == 0
        with pytest.raises(NotFound):
            plantillas.leer("presentacion", 1)


@pytest.mark.parametrize("tipo", TIPOS)
def test_every_kind_is_drawn_with_short_and_with_long_values(
    escom: Escuela, now: datetime, tipo: str
) -> None:
    with escuela_scope(escom.id):
        plantilla = plantillas.leer(tipo, 0)
        for con in (plantillas.MUESTRA, plantillas.LARGA):
            assert plantillas.vista(plantilla, con, now=now).startswith(b"%PDF")
        with pytest.raises(NotFound):
            plantillas.vista(plantilla, "no-existe", now=now)
