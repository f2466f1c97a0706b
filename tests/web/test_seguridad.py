"""What every answer carries, and how the cookie travels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import create_app
from portal.models import db
from portal.settings import Settings, SettingsError
from tests.conftest import Browser, settings_for

PAGES = ("/", "/escom/", "/escom/ingresar", "/no/existe", "/cuenta/")
PRODUCTION = {
    "PORTAL_ENV": "production",
    "PORTAL_DATABASE_URL": "postgresql://app:x@servidor/portal",
    "PORTAL_STORAGE_URL": "s3://a:b@servidor:9000/cubeta",
    "PORTAL_REDIS_URL": "redis://servidor:6379/0",
    "PORTAL_MAIL_URL": "smtps://servidor",
    "PORTAL_CLAMD_URL": "no",
    "PORTAL_SECRET_KEY": "q8Zr2LwXv5TnYb7KdPf3HsJm6Gc9Ae4U",
    "PORTAL_BASE_URL": "https://servicio.escuela.test",
}


@pytest.fixture
def over_tls(template_data: Path) -> Iterator[FlaskClient]:
    """A browser at a portal that is reached over TLS."""
    base = settings_for(template_data)
    app = create_app(replace(base, base_url="https://localhost"))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=True)
    app.test_client_class = Browser
    with app.app_context():
        yield app.test_client()
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cache-Control", "private, no-store"),
    ],
)
def test_every_answer_carries_it(client: FlaskClient, path: str, header: str, value: str) -> None:
    assert client.get(path).headers[header] == value


def test_the_policy_lets_in_own_scripts_only_each_with_this_answers_nonce(client: FlaskClient) -> None:
    answers = [client.get("/escom/ingresar") for _ in range(2)]
    nonces = []
    for answer in answers:
        policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert policy["default-src"] == policy["form-action"] == "'self'"
        assert policy["object-src"] == policy["base-uri"] == "'none'"
        assert policy["frame-ancestors"] == "'self'"
        found = re.search(r"'nonce-([^']+)'", policy["script-src"])
        assert found is not None
        nonces.append(found[1])
        tags = re.findall(r"<script[^>]*>", answer.get_data(as_text=True))
        assert tags
        assert all(f'nonce="{found[1]}"' in tag for tag in tags)
    assert nonces[0] != nonces[1]


def test_pages_may_use_passkeys_and_the_camera_and_nothing_else(client: FlaskClient) -> None:
    policy = dict(part.split("=", 1) for part in client.get("/").headers["Permissions-Policy"].split(", "))
    assert {name for name, allowed in policy.items() if allowed == "(self)"} == {
        "camera",
        "publickey-credentials-get",
        "publickey-credentials-create",
    }
    assert {policy[name] for name in ("microphone", "geolocation", "payment", "usb")} == {"()"}


def cookie(answer: Any) -> list[str]:
    """The attributes of the portal's cookie, in lower case."""
    found = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith("portal=")]
    assert len(found) == 1
    return [part.strip().lower() for part in found[0].split(";")[1:]]


def test_the_cookie_is_hidden_from_scripts_and_other_sites(client: FlaskClient) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = True
    attributes = cookie(client.get("/escom/ingresar"))
    assert {"httponly", "samesite=lax"} <= set(attributes)
    assert "secure" not in attributes  # this portal is reached without TLS
    assert not [a for a in attributes if a.startswith("domain")]


def test_over_tls_the_cookie_never_travels_without_it_and_neither_does_the_browser(
    over_tls: FlaskClient,
) -> None:
    answer = over_tls.get("/escom/ingresar", base_url="https://localhost")
    assert {"secure", "httponly", "samesite=lax"} <= set(cookie(answer))
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_without_tls_no_browser_is_told_to_insist_on_it(app: Flask, client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"PORTAL_BASE_URL": "http://servicio.escuela.test"}, "https://"),
        ({"PORTAL_ALLOWED_HOSTS": "*"}, "PORTAL_ALLOWED_HOSTS"),
        ({"PORTAL_PROXIES": "todos"}, "PORTAL_PROXIES"),
    ],
)
def test_production_refuses_open_doors(changed: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        Settings.from_env({**PRODUCTION, **changed})


def test_production_answers_its_own_name_over_tls_and_trusts_no_proxy_by_itself() -> None:
    settings = Settings.from_env(PRODUCTION)
    assert settings.secure_cookies
    assert settings.allowed_hosts == ("servicio.escuela.test",)
    assert settings.proxies == 0


def test_secrets_of_providers_and_earlier_keys_come_from_the_environment_and_are_never_printed() -> None:
    settings = Settings.from_env(
        {
            **PRODUCTION,
            "PORTAL_OIDC_MI_ESCUELA_SECRET": "valor-uno",
            "PORTAL_OIDC_OTRA_SECRET": " ",
            "PORTAL_SECRET_KEYS_BEFORE": "clave-de-ayer clave-de-anteayer",
        }
    )
    assert settings.oidc_secrets == {"mi-escuela": "valor-uno"}
    assert settings.secret_keys_before == ("clave-de-ayer", "clave-de-anteayer")
    assert not [
        word for word in ("valor-uno", "de-ayer", PRODUCTION["PORTAL_SECRET_KEY"]) if word in repr(settings)
    ]
