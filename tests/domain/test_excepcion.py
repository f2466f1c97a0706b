"""Which exception lifts which refusal, and for which value, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from portal.domain.excepcion import REGLAS, que_permite, regla_de, texto_de_valor
from portal.domain.frases import frase
from portal.domain.machine import Refused


@dataclass
class Dada:
    """An exception that was given."""

    regla: str
    valor: str = ""
    anulada: Any = None


DATOS = {"inicio": date(2026, 8, 10), "termino": date(2026, 12, 1), "horas": 200}


@pytest.mark.parametrize(
    ("dada", "key", "si"),
    [
        (Dada("inicio", "2026-08-10"), "solicitud.inicio_invalido", True),
        (Dada("inicio", "2026-08-10"), "solicitud.inicio_pasado", True),
        (Dada("inicio", "2026-08-10"), "prerregistro.inicio_invalido", True),
        (Dada("inicio", "2026-08-10"), "prerregistro.inicio_lejano", True),
        (Dada("inicio", "2026-08-11"), "solicitud.inicio_invalido", False),
        (Dada("inicio", "2026-08-10"), "plan.pocos_meses", False),
        (Dada("inicio", "2026-08-10", "ayer"), "solicitud.inicio_invalido", False),
        (Dada("duracion", "2026-12-01"), "plan.pocos_meses", True),
        (Dada("duracion", "2026-12-01"), "plan.muchos_meses", True),
        (Dada("duracion", "2026-12-02"), "plan.pocos_meses", False),
        (Dada("creditos"), "alumno.sin_creditos", True),
        (Dada("horas", "200"), "plan.horas_sobre_maximo", True),
        (Dada("horas", "199"), "plan.horas_sobre_maximo", False),
        (Dada("horas", "500"), "plan.horas_vacias", False),
        (Dada("creditos"), "solicitud.con_servicio", False),
    ],
)
def test_an_exception_lifts_its_own_rule_for_its_own_value_and_nothing_else(
    dada: Dada, key: str, si: bool
) -> None:
    assert (que_permite([dada], key, DATOS) is dada) is si


@pytest.mark.parametrize(
    ("regla", "typed", "kept"),
    [
        ("inicio", " 2026-08-10 ", "2026-08-10"),
        ("inicio", "", "excepcion.sin_fecha"),
        ("duracion", "10/08/2026", "excepcion.sin_fecha"),
        ("horas", "0200", "200"),
        ("horas", "0", "excepcion.sin_horas"),
        ("horas", "²", "excepcion.sin_horas"),
        ("horas", "5001", "excepcion.sin_horas"),
        ("creditos", "lo que sea", ""),
    ],
)
def test_what_is_allowed_is_a_day_or_hours_or_nothing(regla: str, typed: str, kept: str) -> None:
    try:
        found = texto_de_valor(regla, typed)
    except Refused as refused:
        found = refused.key
    assert found == kept


def test_every_refusal_that_the_office_may_lift_says_so() -> None:
    values = {"fecha": "x", "dias": "1", "meses": 6, "maximo": 1, "dia": 4, "mes": 88}
    for key in (key for regla in REGLAS.values() for key in regla.llaves):
        assert "puede autorizar una excepción" in frase(key, **values), key
        assert regla_de(key) in REGLAS
