"""The period of a report, read from the address: two dates, the current year unless they say otherwise."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from flask import request

from portal.domain import periodos as reglas
from portal.domain.calendario import ZONA, to_local
from portal.domain.calendario import en_palabras as fecha_en_palabras
from portal.queries.reportes import Periodo
from portal.web.contexto import now


def _hoy() -> date:
    return to_local(now()).date()


def de_anio(anio: int) -> Periodo:
    """The whole of a year."""
    return Periodo(date(anio, 1, 1), date(anio, 12, 31))


def del_periodo() -> tuple[Periodo, str]:
    """The period of this address, and a sentence when what was typed is none; both days count."""
    default = de_anio(_hoy().year)
    found, error = {}, ""
    for name, otherwise in (("desde", default.desde), ("hasta", default.hasta)):
        typed = request.args.get(name, "")
        try:
            found[name] = date.fromisoformat(typed) if typed else otherwise
        except ValueError:
            found[name], error = otherwise, "Escriba las fechas completas: día, mes y año."
    if found["hasta"] < found["desde"]:
        return default, "La fecha final debe ser igual o posterior a la inicial."
    return Periodo(found["desde"], found["hasta"]), error


def periodos() -> list[tuple[str, Periodo]]:
    """Periods that people ask for most."""
    hoy = _hoy()
    mes = hoy.replace(day=1)
    fin_de_mes = (mes + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    primero = hoy.month <= 6
    semestre = Periodo(
        date(hoy.year, 1 if primero else 7, 1), date(hoy.year, 6, 30) if primero else date(hoy.year, 12, 31)
    )
    return [
        ("Este año", de_anio(hoy.year)),
        ("Este semestre", semestre),
        ("Este mes", Periodo(mes, fin_de_mes)),
        ("El año pasado", de_anio(hoy.year - 1)),
    ]


def en_palabras(periodo: Periodo) -> str:
    """ "1 de enero de 2026 al 31 de diciembre de 2026"."""
    return f"{fecha_en_palabras(periodo.desde)} al {fecha_en_palabras(periodo.hasta)}"


def elegido() -> tuple[str, Periodo, str]:
    """The period that this address chooses: its kind ("" for two days), its days, and a sentence when it is none.

    `por` with a `dia` is the whole week, month … around it; else `desde` and `hasta`; without any, this semester.
    """
    args, hoy = request.args, _hoy()
    por = args.get("por", "")
    typed = (args.get("desde", ""), args.get("hasta", ""))
    if por not in reglas.POR and not any(typed):
        por = "semestre"
    try:
        if por in reglas.POR:
            dia = date.fromisoformat(args["dia"]) if args.get("dia") else hoy
            error = reglas.objecion(dia, dia)
            return por, Periodo(*reglas.de(por, hoy if error else dia)), error
        found = (date.fromisoformat(typed[0]), date.fromisoformat(typed[1]))
    except ValueError:
        return (
            "semestre",
            Periodo(*reglas.de("semestre", hoy)),
            "Escriba las fechas completas: día, mes y año.",
        )
    error = reglas.objecion(*found)
    return ("semestre", Periodo(*reglas.de("semestre", hoy)), error) if error else ("", Periodo(*found), "")


def instantes(desde: date, hasta: date) -> tuple[datetime, datetime]:
    """The first instant of a day, and the one with which another day is over, by the escuelas' clocks."""
    return datetime.combine(desde, time(), ZONA), datetime.combine(hasta + timedelta(days=1), time(), ZONA)
