"""Dates as the office counts them: Mexican working days, starts, local time, words."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ZONA = ZoneInfo("America/Mexico_City")
MESES = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
DIAS_CONTADOS = 20  # working days; of what is older, people want the date
DIAS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


@lru_cache(maxsize=64)
def statutory_holidays(year: int) -> frozenset[date]:
    """Mexico's days of obligatory rest in that year (LFT, artículo 74)."""
    # Imported late: loading every country's table is slow and most requests count no days.
    from holidays import country_holidays

    return frozenset(country_holidays("MX", years=year, expand=False))


@dataclass(frozen=True)
class Calendario:
    """Working days of an escuela: no weekends, statutory holidays or days of its own
    (`festivos_propios`: its holidays and every day of its vacations)."""

    festivos_propios: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether the office works that day."""
        return (
            day.weekday() < 5 and day not in self.festivos_propios and day not in statutory_holidays(day.year)
        )

    def next_working_day(self, day: date) -> date:
        """That day if it is a working day, else the first one after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it when n < 0); n = 0 gives the day itself,
        moved forward when it is not a working day."""
        if n == 0:
            return self.next_working_day(day)
        step = timedelta(days=1 if n > 0 else -1)
        left = abs(n)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to `end` (included); negative when end < start."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working_day(start + timedelta(days=i)) for i in range(1, (end - start).days + 1))

    def hace(self, start: date, today: date) -> str:
        """Age in words and working days: "hoy", "hace 3 días hábiles"; past DIAS_CONTADOS the date, "el 3 de agosto".

        A weekend ages nothing. The year is said where it is not this one.
        """
        dias = self.working_days_between(start, today)
        if dias <= 0:
            return "hoy"
        if dias > DIAS_CONTADOS:
            return f"el {en_palabras(start, start.year != today.year)}"
        return "hace 1 día hábil" if dias == 1 else f"hace {dias} días hábiles"


def inicio_valido(fecha: date, calendario: Calendario, dias_de_inicio: tuple[int, ...] = (1, 16)) -> bool:
    """A servicio starts on the 1st or the 16th, else on the next working day."""
    if not calendario.is_working_day(fecha):
        return False
    day = fecha
    while day.day not in dias_de_inicio:
        day -= timedelta(days=1)
        if calendario.is_working_day(day):
            return False
    return True


def proximo_inicio(fecha: date, calendario: Calendario, dias_de_inicio: tuple[int, ...] = (1, 16)) -> date:
    """The first day from `fecha` on when a servicio may start."""
    while not inicio_valido(fecha, calendario, dias_de_inicio):
        fecha += timedelta(days=1)
    return fecha


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day when it has none."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))


def to_local(moment: datetime) -> datetime:
    """An aware moment in America/Mexico_City; ValueError when it carries no zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(ZONA)


def en_palabras(day: date, anio: bool = True) -> str:
    """ "5 de marzo de 2026"; without `anio` "5 de marzo"."""
    return f"{day.day} de {MESES[day.month - 1]}" + (f" de {day.year}" if anio else "")
