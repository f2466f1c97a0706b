"""Periods that reports are made of: weeks, months, quarters, semesters, years, and any two days. Both ends count."""

from __future__ import annotations

from datetime import date, timedelta

from portal.domain.calendario import MESES, add_months, en_palabras

Dias = tuple[date, date]
POR: dict[str, str] = {
    "semana": "Semana",
    "mes": "Mes",
    "trimestre": "Trimestre",
    "semestre": "Semestre",
    "anio": "Año",
}
# What the report of such a period is called [seed 001 §5]
REPORTES: dict[str, str] = {
    "semana": "Reporte semanal",
    "mes": "Reporte mensual",
    "trimestre": "Reporte trimestral",
    "semestre": "Reporte semestral",
    "anio": "Reporte anual",
}
_MESES = {"mes": 1, "trimestre": 3, "semestre": 6, "anio": 12}
PRIMERO, ULTIMO = date(2000, 1, 1), date(2099, 12, 31)
"""Days outside of these are no days of a report."""
MAXIMO = 3660
"""Most days of a period: ten years."""


def de(por: str, dia: date) -> Dias:
    """The whole period of that kind around a day; a week begins on Monday, quarters and semesters in January."""
    if por == "semana":
        lunes = dia - timedelta(days=dia.weekday())
        return lunes, lunes + timedelta(days=6)
    meses = _MESES[por]
    desde = date(dia.year, (dia.month - 1) // meses * meses + 1, 1)
    return desde, add_months(desde, meses) - timedelta(days=1)


def anterior(por: str, desde: date, hasta: date) -> Dias:
    """The period right before: of the same kind, or of as many days where it is of none."""
    if por in POR:
        return de(por, desde - timedelta(days=1))
    return desde - (hasta - desde) - timedelta(days=1), desde - timedelta(days=1)


def siguiente(por: str, desde: date, hasta: date) -> Dias:
    """The period right after."""
    if por in POR:
        return de(por, hasta + timedelta(days=1))
    return hasta + timedelta(days=1), hasta + (hasta - desde) + timedelta(days=1)


def objecion(desde: date, hasta: date) -> str:
    """What is wrong with two days as a period, as a sentence; "" when nothing is."""
    if hasta < desde:
        return "La fecha final debe ser igual o posterior a la inicial."
    if desde < PRIMERO or hasta > ULTIMO:
        return f"Escriba fechas entre {PRIMERO.year} y {ULTIMO.year}."
    if (hasta - desde).days > MAXIMO:
        return "El periodo puede ser de diez años a lo más."
    return ""


def en_letra(por: str, desde: date, hasta: date) -> str:
    """ "Semana del 16 al 22 de noviembre de 2026", "Noviembre de 2026", "Año 2026", "Del … al …"."""
    if por == "anio":
        return f"Año {desde.year}"
    if por == "mes":
        return f"{MESES[desde.month - 1].capitalize()} de {desde.year}"
    if por in ("trimestre", "semestre"):
        return f"{MESES[desde.month - 1].capitalize()} a {MESES[hasta.month - 1]} de {desde.year}"
    rango = _rango(desde, hasta)
    return f"Semana del {rango}" if por == "semana" else f"{'El' if desde == hasta else 'Del'} {rango}"


def _rango(desde: date, hasta: date) -> str:
    if desde == hasta:
        return en_palabras(desde)
    if (desde.year, desde.month) == (hasta.year, hasta.month):
        return f"{desde.day} al {en_palabras(hasta)}"
    if desde.year == hasta.year:
        return f"{desde.day} de {MESES[desde.month - 1]} al {en_palabras(hasta)}"
    return f"{en_palabras(desde)} al {en_palabras(hasta)}"


def tramos(desde: date, hasta: date) -> list[tuple[str, date, date]]:
    """A period cut for a chart: days up to two weeks, weeks up to half a year, else months; each with its name."""
    dias = (hasta - desde).days + 1
    por = "dia" if dias <= 14 else "semana" if dias <= 186 else "mes" if dias <= 800 else "anio"
    found, dia = [], desde
    while dia <= hasta:
        fin = dia if por == "dia" else min(de(por, dia)[1], hasta)
        found.append((_tramo(por, dia, fin), dia, fin))
        dia = fin + timedelta(days=1)
    return found


def _tramo(por: str, desde: date, hasta: date) -> str:
    if por == "dia":
        return f"{desde.day} de {MESES[desde.month - 1]}"
    if por == "semana":
        return f"{desde:%d/%m} al {hasta:%d/%m}" if desde != hasta else f"{desde:%d/%m}"
    return f"{MESES[desde.month - 1].capitalize()} de {desde.year}" if por == "mes" else str(desde.year)
