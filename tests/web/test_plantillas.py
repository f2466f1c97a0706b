"""The editor of templates in a browser without JavaScript: blocks by buttons, what is typed kept, editions compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.models import Escuela
from portal.services import escuelas, plantillas
from tenants.scope import escuela_scope
from tests import factories

URL = "/escom/coordinador/plantillas/presentacion"


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """An edition never changes, so a process keeps it; the databases of two tests have different ones."""
    escuelas._editada.cache_clear()
    yield
    escuelas._editada.cache_clear()


@pytest.fixture
def jefa(client: FlaskClient, escom: Escuela, now: datetime) -> FlaskClient:
    return factories.sign_in(client, factories.coordinador(escom, now).id, now)


class Campos(HTMLParser):
    """The fields of the editor as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.valores: dict[str, str] = {}
        self._area = self._lista = ""
        self._dentro = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a: dict[str, Any] = dict(attrs)
        self._dentro = self._dentro or (tag == "form" and "data-plantilla" in a)
        if not self._dentro:
            return
        if tag == "input" and (a.get("type") != "checkbox" or "checked" in a):
            self.valores[a["name"]] = a.get("value") or ""
        self._area = a["name"] if tag == "textarea" else self._area
        self._lista = a["name"] if tag == "select" else self._lista
        if tag == "textarea":
            self.valores[self._area] = ""
        if tag == "option" and ("selected" in a or self._lista not in self.valores):
            self.valores[self._lista] = a["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.valores[self._area] = self.valores[self._area].removeprefix("\n")
            self._area = ""
        self._dentro = self._dentro and tag != "form"

    def handle_data(self, data: str) -> None:
        if self._area:
            self.valores[self._area] += data


def _abrir(client: FlaskClient) -> dict[str, str]:
    page = client.get(URL)
    assert page.status_code == 200
    return Campos(page.text).valores


def _enviar(client: FlaskClient, valores: dict[str, str], accion: str = "guardar") -> Any:
    return client.post(URL, data={**valores, "accion": accion})


def test_what_the_page_shows_saved_as_it_is_changes_nothing(jefa: FlaskClient, escom: Escuela) -> None:
    assert _enviar(jefa, _abrir(jefa)).status_code == 302
    assert "No había cambios" in jefa.get(URL).text
    with escuela_scope(escom.id):
        assert escuelas.edicion_vigente("presentacion") == 0


def test_a_saved_text_is_the_next_edition_and_its_history_tells_who_and_why(jefa: FlaskClient) -> None:
    valores = {**_abrir(jefa), "despedida": "CON RESPETO", "nota": "Más cortés"}
    assert _enviar(jefa, valores).status_code == 302
    assert "Edición 1" in jefa.get(URL).text
    history = jefa.get(f"{URL}/ediciones").text
    assert "Más cortés" in history
    compared = jefa.get(f"{URL}/ediciones/1?con=0").text
    assert re.search(r"<ins>.*CON RESPETO</ins>", compared)
    assert jefa.get(f"{URL}/ediciones/1/muestra.pdf").data.startswith(b"%PDF")
    assert jefa.post(f"{URL}/ediciones/0/restaurar").status_code == 302
    assert "Edición 2" in jefa.get(URL).text


@pytest.mark.parametrize("texto", ["²", "9" * 5000])
def test_a_number_that_is_none_is_kept_as_it_was_typed(jefa: FlaskClient, texto: str) -> None:
    page = _enviar(jefa, {**_abrir(jefa), "valor-horas_requeridas": texto}, "vista")
    assert page.status_code == 200
    assert Campos(page.text).valores["valor-horas_requeridas"] == texto


def test_blocks_are_added_moved_and_removed_by_buttons_and_nothing_typed_is_lost(jefa: FlaskClient) -> None:
    valores = {**_abrir(jefa), "saludo": "Recién escrito"}
    n = int(valores["bloques"])
    page = Campos(_enviar(jefa, valores, "agregar:tabla").text).valores
    assert (page["bloques"], page[f"b{n}-clase"], page["saludo"]) == (str(n + 1), "tabla", "Recién escrito")
    page |= {f"b{n}-f0-0": "Rótulo", f"b{n}-f0-1": "{{ carrera }}"}
    page = Campos(_enviar(jefa, page, f"fila:{n}").text).valores
    assert (page[f"b{n}-filas"], page[f"b{n}-f0-1"]) == ("2", "{{ carrera }}")
    page = Campos(_enviar(jefa, page, f"subir:{n}").text).valores
    assert (page[f"b{n - 1}-clase"], page[f"b{n}-texto"]) == ("tabla", valores[f"b{n - 1}-texto"])
    page = Campos(_enviar(jefa, page, "quitar:0").text).valores
    assert (page["bloques"], page["b0-texto"]) == (str(n), valores["b1-texto"])


@pytest.mark.parametrize(
    ("campo", "texto", "said", "id_"),
    [
        ("b1-texto", "Hola {{ alumno_nombr }}", "no existe el dato «alumno_nombr»".capitalize(), "b1-error"),
        ("asunto", "{{ ''.__class__ }}", "Solo se permiten datos", "asunto-error"),
        ("destinatario", "Uno\n{{ x }}", "No existe el dato «x»", "destinatario-error"),
        ("papel-responsable", "{{ x }}", "No existe el dato «x»", "papeles-error"),
    ],
)
def test_a_fault_is_said_beside_its_place_and_what_was_typed_stays(
    jefa: FlaskClient, escom: Escuela, campo: str, texto: str, said: str, id_: str
) -> None:
    answer = _enviar(jefa, {**_abrir(jefa), campo: texto})
    assert answer.status_code == 400
    assert re.search(rf'id="{id_}">.*{said}', answer.text)
    assert Campos(answer.text).valores[campo] == texto
    with escuela_scope(escom.id):
        assert escuelas.edicion_vigente("presentacion") == 0


def test_somebody_elses_edition_meanwhile_is_told_and_a_second_save_wins(
    jefa: FlaskClient, escom: Escuela, now: datetime
) -> None:
    mine = {**_abrir(jefa), "despedida": "LA MÍA"}
    with escuela_scope(escom.id):
        other = {**plantillas.leer("presentacion", 0).to_mapping(), "despedida": "LA OTRA"}
        actor = factories.como_coordinador(escom, "administracion")
        plantillas.guardar("presentacion", other, base=0, actor=actor, now=now)
    answer = _enviar(jefa, mine)
    assert answer.status_code == 409
    assert "Otra persona guardó la edición 1" in answer.text
    again = Campos(answer.text).valores
    assert again["despedida"] == "LA MÍA"
    assert _enviar(jefa, again).status_code == 302


def test_the_preview_shows_the_pages_or_what_is_wrong(jefa: FlaskClient) -> None:
    valores = _abrir(jefa)
    for con in ("muestra", "larga"):
        assert "data:image/png" in jefa.post(f"{URL}/vista", data={**valores, "con": con}).text
    wrong = jefa.post(f"{URL}/vista", data={**valores, "saludo": "{{ x }}"})
    assert wrong.status_code == 200
    assert "Saludo: No existe el dato «x»" in wrong.text
    assert jefa.post(f"{URL}/vista", data={**valores, "con": "nadie"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["nada", "presentacion/ediciones/7", "presentacion/ediciones/99999999999999999999"]
)
def test_a_kind_or_an_edition_that_is_not_there_is_not_found(jefa: FlaskClient, path: str) -> None:
    assert jefa.get(f"/escom/coordinador/plantillas/{path}").status_code == 404


def test_every_kind_of_letter_stands_in_the_list(jefa: FlaskClient) -> None:
    page = jefa.get("/escom/coordinador/plantillas").text
    for tipo in ("presentacion", "termino", "relacion"):
        assert f"/plantillas/{tipo}" in page
        assert jefa.get(f"/escom/coordinador/plantillas/{tipo}").status_code == 200
