"""Periods and percentiles, as tables."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import periodos
from portal.domain.alumno import ALUMNO_MACHINE
from portal.domain.baja import BAJA
from portal.domain.carta import CARTA
from portal.domain.convenio import CONVENIO
from portal.domain.entrega import ENTREGA
from portal.domain.estadistica import MOVIMIENTOS, NEGATIVAS, PASOS, buscar, percentil, rechazos
from portal.domain.proyecto import PROYECTO
from portal.domain.servicio import SERVICIO
from portal.domain.solicitud import SOLICITUD
from portal.domain.tramite import TRAMITE

DIAS = st.dates(periodos.PRIMERO + timedelta(days=400), periodos.ULTIMO - timedelta(days=400))


@pytest.mark.parametrize(
    ("por", "dia", "desde", "hasta", "words"),
    [
        ("semana", date(2026, 11, 21), date(2026, 11, 16), date(2026, 11, 22),
         "Semana del 16 al 22 de noviembre de 2026"),
        ("semana", date(2026, 1, 1), date(2025, 12, 29), date(2026, 1, 4),
         "Semana del 29 de diciembre de 2025 al 4 de enero de 2026"),
        ("mes", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29), "Febrero de 2024"),
        ("trimestre", date(2026, 11, 21), date(2026, 10, 1), date(2026, 12, 31), "Octubre a diciembre de 2026"),
        ("semestre", date(2026, 6, 30), date(2026, 1, 1), date(2026, 6, 30), "Enero a junio de 2026"),
        ("anio", date(2026, 12, 31), date(2026, 1, 1), date(2026, 12, 31), "Año 2026"),
    ],
)  # fmt: skip
def test_a_period_is_the_whole_one_around_a_day(
    por: str, dia: date, desde: date, hasta: date, words: str
) -> None:
    assert periodos.de(por, dia) == (desde, hasta)
    assert periodos.en_letra(por, desde, hasta) == words


@pytest.mark.parametrize(
    ("desde", "hasta", "words"),
    [
        (date(2026, 3, 5), date(2026, 3, 5), "El 5 de marzo de 2026"),
        (date(2026, 3, 5), date(2026, 4, 1), "Del 5 de marzo al 1 de abril de 2026"),
        (date(2025, 3, 5), date(2026, 4, 1), "Del 5 de marzo de 2025 al 1 de abril de 2026"),
    ],
)
def test_any_two_days_are_a_period_in_words(desde: date, hasta: date, words: str) -> None:
    assert periodos.en_letra("", desde, hasta) == words


@given(st.sampled_from(["", *periodos.POR]), DIAS, st.integers(0, 300))
def test_periods_follow_each_other_without_gap(por: str, dia: date, largo: int) -> None:
    here = periodos.de(por, dia) if por else (dia, dia + timedelta(days=largo))
    before, after = periodos.anterior(por, *here), periodos.siguiente(por, *here)
    assert before[1] + timedelta(days=1) == here[0]
    assert here[1] + timedelta(days=1) == after[0]
    assert periodos.siguiente(por, *before) == here == periodos.anterior(por, *after)


@given(DIAS, st.integers(0, periodos.MAXIMO))
def test_a_chart_shows_every_day_of_its_period_once(desde: date, largo: int) -> None:
    hasta = min(desde + timedelta(days=largo), periodos.ULTIMO)
    found = periodos.tramos(desde, hasta)
    assert (found[0][1], found[-1][2]) == (desde, hasta)
    assert all(b[1] - a[2] == timedelta(days=1) for a, b in pairwise(found))
    assert len(found) <= 28
    assert len({texto for texto, _, _ in found}) == len(found)


@pytest.mark.parametrize(
    ("desde", "hasta", "wrong"),
    [
        (date(2026, 1, 2), date(2026, 1, 1), True),
        (date(1999, 12, 31), date(2000, 1, 5), True),
        (date(2099, 1, 1), date(2100, 1, 1), True),
        (date(2026, 1, 1), date(2036, 2, 1), True),
        (date(2026, 1, 1), date(2026, 1, 1), False),
        (date(2016, 1, 1), date(2025, 12, 31), False),
    ],
)
def test_what_is_no_period_is_told(desde: date, hasta: date, wrong: bool) -> None:
    assert bool(periodos.objecion(desde, hasta)) is wrong


@pytest.mark.parametrize(
    ("pesos", "p", "value"),
    [
        ([], 50, None),
        ([(3, 1)], 50, 3),
        ([(3, 1)], 90, 3),
        ([(5, 1), (1, 1)], 50, 1),
        ([(1, 9), (40, 1)], 90, 1),
        ([(1, 8), (40, 2)], 90, 40),
        ([(0, 0), (2, 3)], 50, 2),
    ],
)
def test_percentiles_by_nearest_rank(pesos: list[tuple[int, int]], p: int, value: int | None) -> None:
    assert percentil(pesos, p) == value


@given(st.lists(st.integers(0, 60), min_size=1, max_size=60), st.sampled_from([50, 90]))
def test_a_percentile_is_one_of_the_values_and_not_exceeded_by_that_many(valores: list[int], p: int) -> None:
    found = percentil([(v, 1) for v in valores], p)
    assert found in valores
    assert sum(v <= found for v in valores) * 100 >= p * len(valores)
    assert sum(v < found for v in valores) * 100 < p * len(valores)


def test_a_line_is_counted_by_one_movement_and_one_step_at_the_most() -> None:
    for table in (MOVIMIENTOS, PASOS):
        seen = [(m.noun, a, r) for m in table for a in m.acciones for r in m.roles or ("alguien",)]
        assert len(seen) == len(set(seen))
    assert len({m.clave for m in (*MOVIMIENTOS, *PASOS)}) == len(MOVIMIENTOS) + len(PASOS)


def test_every_key_of_an_address_means_something_and_others_nothing() -> None:
    assert {m.noun for m in rechazos()} == {"solicitud", "servicio", "alumno", "tramite", "entrega", "baja",
                                            "convenio", "proyecto"}  # fmt: skip
    assert all(p.roles == ("coordinador",) for p in buscar("de_la_oficina"))
    assert {p.clave for p in buscar("entrega_revisada")} == {"entrega_dependencia", "entrega_escuela"}
    assert buscar("inventado") == ()


MAQUINAS = {
    m.noun: m
    for m in (ALUMNO_MACHINE, BAJA, CARTA, CONVENIO, ENTREGA, PROYECTO, SERVICIO, SOLICITUD, TRAMITE)
}
SIN_MAQUINA = {("servicio", "prerregistrar"), ("tramite", "pedir"), ("baja", "pedir")}
"""What begins a thing is no transition of it."""


def test_what_is_counted_is_what_the_machines_do() -> None:
    verbs = {(noun, row.name) for noun, machine in MAQUINAS.items() for row in machine.rows}
    counted = {(m.noun, a) for m in (*MOVIMIENTOS, *PASOS) for a in m.acciones}
    assert counted - verbs == SIN_MAQUINA


def test_every_rejection_of_a_machine_is_counted_with_its_reason() -> None:
    negatives = {
        (noun, row.name)
        for noun, machine in MAQUINAS.items()
        for row in machine.rows
        if row.name in NEGATIVAS
    }
    assert {(m.noun, a) for m in rechazos() for a in m.acciones} == negatives
    assert {(m.noun, a) for m in MOVIMIENTOS for a in m.acciones if a in NEGATIVAS} == negatives
