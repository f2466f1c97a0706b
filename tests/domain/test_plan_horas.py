"""The hours, the period and the dates that a plan takes."""

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.calendario import Calendario
from portal.domain.plan import (
    Situacion,
    horas_maximas,
    objecion_fechas,
    objecion_horas,
    objecion_periodo,
    plan_from_data,
)

TODAY = date(2026, 11, 20)


def reporte(horas):
    return {
        "clave": f"r{horas}",
        "nombre": f"Reporte de {horas} horas",
        "tipo": "reporte",
        "sube": "alumno",
        "meta_horas": horas,
        "pide_horas": True,
    }


LARGO = plan_from_data(
    {
        "clave": "largo",
        "version": 1,
        "nombre": "Plan",
        "horas_totales": 480,
        "meses_minimos": 6,
        "meses_maximos": 24,
        "horas_dia_max": 4,
        "horas_mes_max": 88,
        "creditos_minimos_pct": 70,
        "entregas": [
            *map(reporte, (180, 360, 480)),
            {"clave": "global", "nombre": "Reporte global", "tipo": "global", "sube": "alumno"},
        ],
    }
)


@pytest.mark.parametrize(
    ("clave", "aceptadas", "horas", "maximo", "key"),
    [
        ("r180", 0, 180, 200, None),
        ("r180", 0, 179, 200, "plan.horas_bajo_meta"),
        ("r180", 0, 201, 200, "plan.horas_sobre_maximo"),
        ("r360", 200, 160, None, None),
        ("r360", 180, 0, None, "plan.horas_vacias"),
        ("r360", 180, -5, None, "plan.horas_vacias"),
        ("r360", 180, None, None, "plan.horas_vacias"),
        ("global", 480, None, None, None),
    ],
)
def test_the_hours_of_a_report_reach_its_goal_and_fit_its_period(clave, aceptadas, horas, maximo, key):
    found = objecion_horas(
        LARGO, LARGO.entrega(clave), Situacion(TODAY, horas_aceptadas=aceptadas), horas, maximo
    )
    assert (found.key if found else None) == key
    assert found is None or "{" not in found.texto


@pytest.mark.parametrize(
    ("desde", "hasta", "horas"),
    [
        (date(2026, 10, 1), date(2026, 10, 1), 4),
        (date(2026, 10, 3), date(2026, 10, 4), 0),  # a weekend
        (date(2026, 10, 1), date(2026, 10, 31), 88),  # 22 working days
        (date(2026, 9, 1), date(2026, 9, 30), 84),  # 21: the 16th is a holiday
        (date(2026, 9, 1), date(2026, 10, 31), 172),
        (date(2026, 10, 2), date(2026, 10, 1), 0),
    ],
)
def test_a_period_holds_so_many_hours_and_no_more(desde, hasta, horas):
    assert horas_maximas(LARGO, desde, hasta, Calendario()) == horas


def test_a_month_never_holds_more_than_its_cap():
    strict = replace(LARGO, horas_mes_max=80)
    assert horas_maximas(strict, date(2026, 10, 1), date(2026, 10, 31), Calendario()) == 80


@pytest.mark.parametrize(
    ("inicio", "termino", "key"),
    [
        (date(2026, 2, 16), date(2026, 8, 15), None),
        (date(2026, 2, 16), date(2026, 8, 14), "plan.pocos_meses"),
        (date(2026, 2, 16), date(2028, 2, 16), None),
        (date(2026, 2, 16), date(2028, 2, 17), "plan.muchos_meses"),
        (date(2026, 2, 16), date(2026, 2, 16), "plan.fechas_al_reves"),
    ],
)
def test_a_servicio_lasts_from_6_to_24_months(inicio, termino, key):
    found = objecion_fechas(LARGO, inicio, termino)
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("desde", "hasta", "ultimo", "key"),
    [
        (date(2026, 9, 1), TODAY, None, None),
        (date(2026, 9, 1), date(2026, 9, 1), date(2026, 8, 31), None),
        (date(2026, 9, 2), date(2026, 9, 1), None, "plan.periodo_al_reves"),
        (date(2026, 9, 1), date(2026, 11, 21), None, "plan.periodo_futuro"),
        (date(2026, 8, 14), date(2026, 9, 1), None, "plan.periodo_antes_de_inicio"),
        (date(2026, 9, 1), date(2026, 9, 30), date(2026, 9, 1), "plan.periodo_repetido"),
    ],
)
def test_a_period_is_past_and_reported_once(desde, hasta, ultimo, key):
    found = objecion_periodo(desde, hasta, TODAY, date(2026, 8, 17), ultimo)
    assert (found.key if found else None) == key
