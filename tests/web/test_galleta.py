"""The session's cookie between machines whose clocks differ."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from itsdangerous import SignatureExpired

from tenants import clock

WORN = {"_user_id": "a-token"}


def cookies(app: Flask):
    return app.session_interface.get_signing_serializer(app)


@pytest.mark.parametrize("off", [-3600, 3600])
def test_a_machine_an_hour_off_takes_the_cookies_of_the_others(
    app: Flask, monkeypatch: pytest.MonkeyPatch, off: int
) -> None:
    worn = cookies(app).dumps(WORN)
    real = time.time
    fixed = clock.now()
    monkeypatch.setattr(clock, "now", lambda: fixed)  # what the database says
    monkeypatch.setattr(time, "time", lambda: real() + off)
    assert cookies(app).loads(worn, max_age=600) == WORN


def test_a_cookie_is_taken_in_the_second_before_it_was_signed_and_not_after_its_life(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = datetime.now(UTC)
    monkeypatch.setattr(clock, "now", lambda: begun)
    worn = cookies(app).dumps(WORN)
    monkeypatch.setattr(clock, "now", lambda: begun - timedelta(seconds=2))
    assert cookies(app).loads(worn, max_age=600) == WORN
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(seconds=601))
    with pytest.raises(SignatureExpired):
        cookies(app).loads(worn, max_age=600)
