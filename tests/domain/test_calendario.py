"""Working days leave out weekends, statutory holidays and the escuela's own calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.calendario import (
    Calendario,
    add_months,
    en_palabras,
    inicio_valido,
    proximo_inicio,
    to_local,
)

PLAIN = Calendario()
OWN = Calendario(frozenset({date(2026, 5, 15)} | {date(2026, 12, 16) + timedelta(days=i) for i in range(22)}))

days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
calendars = st.frozensets(days, max_size=12).map(Calendario)


@pytest.mark.parametrize(
    ("calendario", "day", "works"),
    [
        (PLAIN, date(2026, 3, 13), True),
        (PLAIN, date(2026, 3, 14), False),  # Saturday
        (PLAIN, date(2026, 3, 16), False),  # Juárez, moved to the third Monday
        (PLAIN, date(2026, 2, 2), False),  # Constitución, moved to the first Monday
        (PLAIN, date(2026, 9, 16), False),
        (PLAIN, date(2024, 10, 1), False),  # change of federal government
        (PLAIN, date(2026, 5, 15), True),
        (OWN, date(2026, 5, 15), False),  # the escuela's own
        (OWN, date(2027, 1, 6), False),
    ],
)
def test_a_working_day_is_none_of_the_days_off(calendario, day, works):
    assert calendario.is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 3, 13), 1, date(2026, 3, 17)),
        (date(2026, 3, 17), -1, date(2026, 3, 13)),
        (date(2026, 3, 14), 0, date(2026, 3, 17)),
        (date(2026, 3, 13), 0, date(2026, 3, 13)),
        (date(2026, 9, 1), 45, date(2026, 11, 4)),
    ],
)
def test_working_days_are_added(day, n, expected):
    assert PLAIN.add_working_days(day, n) == expected


@given(calendars, days, st.integers(1, 60))
def test_going_n_working_days_ahead_and_counting_them_agree(calendario, day, n):
    end = calendario.add_working_days(day, n)
    assert calendario.is_working_day(end)
    assert calendario.working_days_between(day, end) == n
    assert calendario.working_days_between(end, day) == -n


@given(calendars, days, st.integers(-30, 30).filter(bool))
def test_there_and_back_is_home_from_a_working_day(calendario, day, n):
    start = calendario.next_working_day(day)
    assert calendario.add_working_days(calendario.add_working_days(start, n), -n) == start


@given(calendars, days, days, days)
def test_intervals_add_up(calendario, a, b, c):
    total = calendario.working_days_between(a, b) + calendario.working_days_between(b, c)
    a_to_c = calendario.working_days_between(a, c)
    assert total == a_to_c or not a <= b <= c


@given(calendars, days)
def test_the_next_working_day_skips_no_working_day(calendario, day):
    found = calendario.next_working_day(day)
    assert calendario.is_working_day(found)
    assert not any(calendario.is_working_day(day + timedelta(days=i)) for i in range((found - day).days))


@pytest.mark.parametrize(
    ("calendario", "day", "valid"),
    [
        (PLAIN, date(2026, 4, 1), True),
        (PLAIN, date(2026, 4, 16), True),
        (PLAIN, date(2026, 4, 2), False),
        (PLAIN, date(2026, 2, 1), False),  # a Sunday, and Monday the 2nd is a holiday
        (PLAIN, date(2026, 2, 2), False),
        (PLAIN, date(2026, 2, 3), True),
        (PLAIN, date(2026, 2, 4), False),
        (PLAIN, date(2026, 8, 3), True),  # the 1st was a Saturday
        (PLAIN, date(2026, 1, 2), True),
        (OWN, date(2027, 1, 7), True),  # the 16th of December fell in vacations
        (OWN, date(2027, 1, 8), False),
    ],
)
def test_a_servicio_starts_on_the_1st_or_the_16th_else_on_the_next_working_day(calendario, day, valid):
    assert inicio_valido(day, calendario) is valid


@pytest.mark.parametrize(
    ("day", "dias", "expected"),
    [
        (date(2026, 1, 20), (1, 16), date(2026, 2, 3)),
        (date(2026, 4, 1), (1, 16), date(2026, 4, 1)),
        (date(2026, 4, 2), (1, 16), date(2026, 4, 16)),
        (date(2026, 4, 2), (10,), date(2026, 4, 10)),
    ],
)
def test_the_next_start_is_found(day, dias, expected):
    assert proximo_inicio(day, PLAIN, dias) == expected


@pytest.mark.parametrize(
    ("start", "today", "text"),
    [
        (date(2026, 8, 5), date(2026, 8, 3), "hoy"),
        (date(2026, 8, 3), date(2026, 8, 3), "hoy"),
        (date(2026, 8, 3), date(2026, 8, 4), "hace 1 día hábil"),
        (date(2026, 8, 3), date(2026, 8, 6), "hace 3 días hábiles"),
        (date(2026, 8, 3), date(2026, 8, 31), "hace 20 días hábiles"),
        (date(2026, 8, 3), date(2026, 9, 1), "el 3 de agosto"),
        (date(2025, 11, 24), date(2026, 1, 5), "el 24 de noviembre de 2025"),
    ],
)
def test_an_age_is_told_in_working_days_and_what_is_old_by_its_date(start, today, text):
    assert PLAIN.hace(start, today) == text


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (date(2026, 3, 17), "hoy"),
        (date(2026, 3, 15), "hace 1 día hábil"),
        (date(2026, 3, 13), "hace 1 día hábil"),
        (date(2026, 3, 12), "hace 2 días hábiles"),
    ],
)
def test_a_weekend_ages_nothing(start, text):
    assert PLAIN.hace(start, date(2026, 3, 17)) == text


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 8, 16), 6, date(2027, 2, 16)),
        (date(2026, 3, 1), -3, date(2025, 12, 1)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_are_added_without_leaving_the_month(day, months, expected):
    assert add_months(day, months) == expected


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        (datetime(2026, 7, 1, 5, 59, tzinfo=UTC), (2026, 6, 30, 23, 59)),
        (datetime(2026, 12, 1, 6, 0, tzinfo=UTC), (2026, 12, 1, 0, 0)),
    ],
)
def test_mexico_city_is_six_hours_behind_all_year(utc, local):
    assert to_local(utc).timetuple()[:5] == local


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        to_local(datetime(2026, 7, 1, 5, 59))  # noqa: DTZ001


def test_dates_are_written_in_words():
    assert en_palabras(date(2026, 3, 5)) == "5 de marzo de 2026"
