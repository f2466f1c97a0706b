"""Leases: a row is one worker's, however long those before it took; what broke off holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.models import Escuela, Outbox, db
from portal.services import outbox, runtime
from portal.services.outbox import Claimed
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from worker import outbox as worker


def later(escuela: Escuela, now: datetime, how_many: int = 1) -> None:
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        for number in range(how_many):
            uow.later("correo", number)


def row(claimed: Claimed) -> Outbox:
    query = select(Outbox).where(Outbox.id == claimed.id).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


@pytest.fixture
def in_escom(app: Flask, escom: Escuela, now: datetime):
    later(escom, now)
    with escuela_scope(escom.id):
        yield


@pytest.mark.usefixtures("in_escom")
def test_a_row_begun_late_in_its_lease_gets_a_new_one(now: datetime) -> None:
    lease = runtime.current().lease
    (claimed,) = outbox.claim(now)
    assert outbox.keep(claimed, now + lease / 5) == claimed
    late = now + lease * 0.9
    kept = outbox.keep(claimed, late)
    assert kept is not None
    assert kept.hasta == late + lease
    assert outbox.claim(now + lease * 1.5) == []


@pytest.mark.usefixtures("in_escom")
def test_whoever_lost_the_lease_neither_begins_the_row_nor_disturbs_its_new_holder(now: datetime) -> None:
    (first,) = outbox.claim(now)
    after = now + runtime.current().lease * 1.1
    (second,) = outbox.claim(after)
    assert outbox.keep(first, after) is None
    outbox.finish(first, "MailUnavailable: too slow", now=after)
    assert (row(second).arriendo, row(second).intentos) == (second.hasta, 0)
    outbox.finish(first, "", now=after)
    assert row(second).hecho == after, "what was done is done, whoever did it"
    outbox.finish(second, "a second opinion", now=after + timedelta(minutes=1))
    assert (row(second).hecho, row(second).error) == (after, "")


@pytest.mark.usefixtures("in_escom")
def test_an_error_of_any_text_is_kept(now: datetime) -> None:
    (claimed,) = outbox.claim(now)
    outbox.finish(claimed, "ValueError: \0 in a name", now=now)
    assert row(claimed).error == "ValueError:  in a name"
    assert row(claimed).vence == now + timedelta(seconds=10)


@pytest.mark.usefixtures("in_escom")
def test_what_was_claimed_and_not_begun_is_given_back(now: datetime) -> None:
    claimed = outbox.claim(now)
    assert outbox.claim(now) == []
    outbox.release(claimed, now)
    assert [c.id for c in outbox.claim(now)] == [c.id for c in claimed]


def test_a_drain_ends_in_time_and_leaves_the_rest_to_others(
    app: Flask, escom: Escuela, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(escom, now, 5)
    monkeypatch.setitem(worker.TASKS, "correo", lambda *_: None)
    assert worker.drain_for(escom.id, lambda: now, -1) == (0, True)
    assert worker.drain_for(escom.id, lambda: now, 60) == (5, False)


def test_an_escuela_whose_drain_breaks_off_holds_up_no_other(
    app: Flask, escom: Escuela, esca: Escuela, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    drained: list[int] = []

    def drain(escuela_id: int, _clock: Callable[[], datetime]) -> int:
        drained.append(escuela_id)
        if escuela_id == escom.id:
            raise RuntimeError("the database went away")
        return 1

    monkeypatch.setattr(worker, "drain", drain)
    with pytest.raises(RuntimeError, match="went away"):
        worker.sweep(lambda: now)
    assert {escom.id, esca.id} <= set(drained)


def test_daily_work_that_an_outage_broke_is_done_by_the_next_sweep(
    app: Flask, escom: Escuela, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[datetime] = []

    def broken_once(at: datetime) -> None:
        tries.append(at)
        if len(tries) == 1:
            raise RuntimeError("the database went away")

    monkeypatch.setattr(worker, "DAILY", (broken_once,))
    monkeypatch.setattr(worker, "_last_day", {})
    for _ in range(3):
        worker.once_a_day(escom.id, now)
    assert len(tries) == 2
