"""Whose name a request may carry, and whose word of the client's address is taken."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from portal import create_app
from tests.conftest import settings_for


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1", 200), ("mala.test", 400), ("localhost.mala.test", 400)],
)
def test_only_known_host_names_are_answered(client: FlaskClient, host: str, status: int) -> None:
    assert client.get("/ayuda", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")])
def test_only_as_many_proxies_are_believed_as_the_settings_say(
    template_data, proxies: int, seen: str
) -> None:  # type: ignore[no-untyped-def]
    from dataclasses import replace

    from flask import request

    app = create_app(replace(settings_for(template_data), proxies=proxies))
    app.add_url_rule("/quien", "quien", lambda: request.remote_addr or "")
    answer = app.test_client().get("/quien", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"})
    assert answer.text == seen
