"""The chain of the bitácora as plain values: whatever is done to its lines, the first that does not fit is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.bitacora import CAMPOS, GENESIS, Cabeza, huella, recorrer


@dataclass(frozen=True)
class Linea:
    anterior: str
    numero: int
    motivo: str = ""
    huella: str = ""
    escuela_id: int = 7
    id: int = 0
    creado: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)
    usuario_id: int | None = None
    autor: str = "Persona de Prueba"
    rol: str = "alumno"
    noun: str = "entrega"
    objeto_id: int = 5
    alumno_id: int | None = 3
    accion: str = "enviar"
    antes: str = "habilitada"
    despues: str = "en_revision"


def cadena(length: int) -> list[Linea]:
    lines: list[Linea] = []
    for numero in range(1, length + 1):
        linea = Linea(lines[-1].huella if lines else GENESIS, numero, f"Motivo {numero}", id=100 + numero)
        lines.append(replace(linea, huella=huella(linea)))
    return lines


LINES = cadena(6)
HEAD = Cabeza(6, LINES[-1].huella)


def rehashed(lines: list[Linea]) -> list[Linea]:
    """What somebody makes who knows how to hash but does not write every line anew."""
    return [
        *lines[:2],
        replace(lines[2], motivo="Otro", huella=huella(replace(lines[2], motivo="Otro"))),
        *lines[3:],
    ]


def swapped(lines: list[Linea]) -> list[Linea]:
    one, two = lines[1], lines[2]
    return [lines[0], replace(two, numero=2), replace(one, numero=3), *lines[3:]]


@pytest.mark.parametrize(
    ("tamper", "que", "numero"),
    [
        (lambda x: [*x[:2], replace(x[2], motivo="Otro"), *x[3:]], "cambiada", 3),
        (rehashed, "cambiada", 4),
        (lambda x: x[:2] + x[3:], "falta", 3),
        (lambda x: x[1:], "falta", 1),
        (lambda x: [*x[:3], replace(x[2], id=999), *x[3:]], "sobra", 3),
        (lambda x: [replace(x[0], numero=0), *x], "sobra", 0),
        (lambda x: [*x, cadena(7)[6]], "sobra", 7),
        (swapped, "cambiada", 2),
        (lambda x: x[:4], "cortada", 5),
        (lambda _: [], "cortada", 1),
    ],
)
def test_the_first_line_that_does_not_fit_is_named(
    tamper: Callable[[list[Linea]], list[Linea]], que: str, numero: int
) -> None:
    _, falla = recorrer(tamper(LINES), HEAD)
    assert falla is not None
    assert (falla.que, falla.numero) == (que, numero)


def test_a_chain_as_it_was_written_holds() -> None:
    assert recorrer(LINES, HEAD, Cabeza(4, LINES[3].huella)) == (HEAD, None)
    assert recorrer([], Cabeza()) == (Cabeza(), None)
    assert recorrer([], None) == (Cabeza(), None)


def test_lines_without_a_head_are_a_fault() -> None:
    _, falla = recorrer(LINES, None)
    assert falla is not None
    assert falla.que == "sin_cabeza"


@pytest.mark.parametrize(
    ("ancla", "que"), [(Cabeza(4, "f" * 64), "otro_pasado"), (Cabeza(9, "f" * 64), "cortada")]
)
def test_a_chain_written_anew_no_longer_passes_through_a_head_noted_before(ancla: Cabeza, que: str) -> None:
    _, falla = recorrer(LINES, HEAD, ancla)
    assert falla is not None
    assert falla.que == que


OTHER = {
    "anterior": "1" * 64, "escuela_id": 8, "numero": 2, "id": 1, "creado": datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC),
    "usuario_id": 0, "autor": "Otra", "rol": "sistema", "noun": "baja", "objeto_id": 6, "alumno_id": None,
    "accion": "aceptar", "antes": "", "despues": "", "motivo": "x",
}  # fmt: skip


@pytest.mark.parametrize("campo", CAMPOS)
def test_every_column_of_a_line_is_in_its_hash(campo: str) -> None:
    linea = Linea(GENESIS, 1)
    assert huella(linea) != huella(replace(linea, **{campo: OTHER[campo]}))


def test_the_same_instant_in_another_zone_has_the_same_hash() -> None:
    there = Linea.creado.astimezone(timezone(timedelta(hours=-6)))
    assert huella(Linea(GENESIS, 1, creado=there)) == huella(Linea(GENESIS, 1))


@given(st.text(), st.text(), st.text(), st.text())
def test_text_never_slides_from_one_column_into_the_next(one: str, two: str, three: str, four: str) -> None:
    left, right = Linea(GENESIS, 1, autor=one, motivo=two), Linea(GENESIS, 1, autor=three, motivo=four)
    assert (huella(left) == huella(right)) == ((one, two) == (three, four))
