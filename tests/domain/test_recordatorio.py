"""On which days somebody is reminded, as tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.domain.calendario import Calendario
from portal.domain.plan import plan_from_data
from portal.domain.recordatorio import Reglas, cuando, fecha_esperada, renglones, toca

CAL = Calendario(frozenset({date(2026, 3, 12)}))  # a Thursday
REGLAS = Reglas((5, 1), (1, 5, 10))


def _dia(texto: str) -> date:
    return date.fromisoformat(f"2026-03-{texto}")


@pytest.mark.parametrize(
    ("hoy", "desde", "vence", "ultimo", "si"),
    [
        ("02", "02", "20", "", False),  # far away
        ("12", "02", "20", "", False),  # the escuela's own holiday
        ("13", "02", "20", "", True),  # five working days before: 16 is a holiday too
        ("19", "02", "20", "13", True),  # one before
        ("18", "02", "20", "13", False),  # between the two
        ("18", "02", "20", "", True),  # the first was missed: made up for once
        ("20", "02", "20", "19", False),
        ("23", "02", "20", "19", True),  # one after
        ("24", "02", "20", "23", False),
        ("06", "05", "", "", True),  # waits since yesterday
        ("05", "05", "", "", False),  # waits since today
        ("11", "05", "", "06", False),
        ("13", "05", "", "06", True),  # five days of waiting: 6, 9, 10, 11, (12 is a holiday) 13
        ("07", "05", "", "", False),  # a Saturday
        ("31", "20", "02", "", True),  # expected before it could be sent: counted from when it waits
    ],
)
def test_somebody_is_reminded_on_working_days_before_and_after(
    hoy: str, desde: str, vence: str, ultimo: str, si: bool
) -> None:
    given = {"desde": _dia(desde), "vence": _dia(vence) if vence else None}
    assert toca(REGLAS, CAL, _dia(hoy), **given, ultimo=_dia(ultimo) if ultimo else None) is si


@pytest.mark.parametrize(
    ("diario", "por_revisar", "ultimo", "si"),
    [(True, True, "", True), (True, True, "05", False), (True, False, "", False), (False, True, "", False)],
)
def test_what_arrives_to_review_is_told_the_same_day_where_the_escuela_tells_it_once_a_day(
    diario: bool, por_revisar: bool, ultimo: str, si: bool
) -> None:
    last = _dia(ultimo) if ultimo else None
    reglas = Reglas((), (5,), diario)
    assert toca(reglas, CAL, _dia("05"), desde=_dia("05"), ultimo=last, por_revisar=por_revisar) is si


PLAN: dict[str, Any] = {"clave": "p", "version": 1, "nombre": "Plan", "meses_minimos": 6, "meses_maximos": 24,
                        "horas_dia_max": 4, "horas_mes_max": 88, "creditos_minimos_pct": 70}  # fmt: skip


def _plan(horas: int, *metas: int) -> Any:
    reportes = [
        {"clave": f"r{n}", "nombre": f"Reporte {n}", "tipo": "reporte", "sube": "alumno", "meta_horas": meta}
        for n, meta in enumerate(metas, 1)
    ]
    final = {"clave": "g", "nombre": "Global", "tipo": "global", "sube": "alumno"}
    return plan_from_data({**PLAN, "horas_totales": horas, "entregas": [*reportes, final]})


@pytest.mark.parametrize(
    ("plan", "clave", "dia"),
    [
        (_plan(400, 100, 400), "r1", date(2026, 2, 10)),
        (_plan(400, 100, 400), "r2", date(2026, 6, 10)),
        (_plan(480, 0, 0, 0, 0), "r1", date(2026, 2, 10)),
        (_plan(480, 0, 0, 0, 0), "r2", date(2026, 3, 22)),
        (_plan(480, 0), "g", date(2026, 6, 10)),
    ],
)
def test_a_report_is_expected_when_its_share_of_the_servicio_is_over(
    plan: Any, clave: str, dia: date
) -> None:
    assert fecha_esperada(plan, plan.entrega(clave), date(2026, 1, 1), date(2026, 6, 10)) == dia


@pytest.mark.parametrize(
    ("desde", "vence", "texto"),
    [
        ("02", "20", "se espera para el 20 de marzo de 2026"),
        ("02", "05", "se esperaba para el 5 de marzo de 2026"),
        ("05", "", "espera desde hace 1 día hábil"),
        ("06", "", "espera desde hoy"),
    ],
)
def test_a_reminder_says_when_it_was_expected_or_since_when_it_waits(
    desde: str, vence: str, texto: str
) -> None:
    assert cuando(CAL, _dia("06"), _dia(desde), _dia(vence) if vence else None) == texto


@pytest.mark.parametrize(
    ("clase", "cuantas", "texto"),
    [
        ("responder", 1, ["Responder la solicitud de 0"]),
        ("responder", 4, ["4 solicitudes por responder"]),
        ("entregar", 4, ["Entregar 0", "Entregar 1", "Entregar 2", "Entregar 3"]),
    ],
)
def test_many_things_of_one_kind_are_told_by_their_number(clase: str, cuantas: int, texto: list[str]) -> None:
    assert renglones(clase, [str(n) for n in range(cuantas)]) == texto
