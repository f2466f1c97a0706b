"""How often one may ask: per escuela and address or account, with Redis, without it, and when it dies."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from flask_limiter._extension import get_qualified_name

from portal import create_app
from portal.models import db
from portal.services import contrasenas, escuelas
from portal.services.uow import unit_of_work
from portal.web.limites import SUBIDAS, limiter
from tests import factories
from tests.conftest import Browser, settings_for
from tests.services.test_cuentas import con_contrasena

UPLOAD = "/escom/alumno/perfil/foto"
WRONG = {"usuario": "nadie@ejemplo.test", "contrasena": "no es"}


@pytest.fixture
def limited(template_data: Path, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """`limited(redis_url=None) -> app`: a portal whose limits hold, on a fresh database."""
    opened = []

    def build(redis_url: str | None = None) -> Flask:
        data = tmp_path / "limited"
        shutil.copytree(template_data, data)
        app = create_app(replace(settings_for(data), redis_url=redis_url))
        app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=True)
        app.test_client_class = Browser
        limiter.init_app(app)
        limiter._storage_dead = False
        context = app.app_context()
        context.push()
        opened.append(context)
        return app

    yield build
    for context in opened:
        db.session.remove()
        db.engine.dispose()
        context.pop()
    limiter.enabled = False
    limiter._storage_dead = False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def own_redis(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A Redis of this test: its address, and what kills it."""
    binary = shutil.which("redis-server") or pytest.fail("redis-server is not installed", pytrace=False)
    port = free_port()
    args = [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen(args, stdout=subprocess.DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    for _ in range(100):
        try:
            redis.Redis.from_url(url).ping()
            break
        except redis.RedisError:
            time.sleep(0.05)

    def kill() -> None:
        server.kill()
        server.wait()

    try:
        yield url, kill
    finally:
        kill()


def renew(app: Flask, times: int, slug: str = "") -> list[int]:
    """The statuses of so many posts to a public form that takes ten a minute from one address."""
    client = app.test_client()
    where = f"/{slug}/registro/reenviar" if slug else "/enlace/desconocido/renovar"
    return [client.post(where).status_code for _ in range(times)]


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_too_many_requests_are_a_page_with_a_sentence_and_when_to_return(limited: Any) -> None:
    app = limited()
    assert renew(app, 10) == [404] * 10
    stopped = app.test_client().post("/enlace/desconocido/renovar")
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "60")
    assert "En un minuto se puede volver a intentar" in text(stopped)


def test_each_escuela_counts_by_itself(limited: Any) -> None:
    app = limited()
    assert renew(app, 11, "escom")[-1] == 429
    assert renew(app, 1, "esca-ust") == [302]


def test_files_are_counted_by_account_not_by_address(limited: Any) -> None:
    app, now = limited(), datetime.now(UTC)
    escom = escuelas.por_slug("escom")
    assert escom is not None
    browsers = [
        factories.sign_in(app.test_client(), factories.alumno(escom, now).usuario_id or 0, now) for _ in "ab"
    ]
    most = int(SUBIDAS.split()[0])
    assert 429 not in [browsers[0].post(UPLOAD).status_code for _ in range(most)]
    stopped = browsers[0].post(UPLOAD)
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "60")
    assert "muchos archivos" in text(stopped)
    assert browsers[1].post(UPLOAD).status_code != 429
    assert browsers[0].get("/escom/alumno/perfil").status_code == 200
    assert browsers[0].post("/cuenta/nombre", data={"nombre": "Otro"}).status_code == 302


@pytest.mark.services
def test_with_redis_the_keys_lie_there_and_carry_escuela_and_address(limited: Any, tmp_path: Path) -> None:
    with own_redis(tmp_path) as (url, _):
        app = limited(url)
        assert renew(app, 1, "escom") == [302]
        keys = [key.decode() for key in redis.Redis.from_url(url).scan_iter()]
    assert [key for key in keys if "escom|ip:127.0.0.1" in key]


@pytest.mark.services
def test_a_redis_that_dies_refuses_nobody_and_the_count_goes_on_in_memory(
    limited: Any, tmp_path: Path
) -> None:
    with own_redis(tmp_path) as (url, kill):
        app = limited(url)
        assert renew(app, 5) == [404] * 5
        kill()
        assert renew(app, 10) == [404] * 10
        assert renew(app, 1) == [429]


def test_without_its_redis_from_the_start_the_portal_answers_and_the_sign_in_throttle_holds(
    limited: Any,
) -> None:
    app = limited(f"redis://127.0.0.1:{free_port()}/0")
    client, now = app.test_client(), datetime.now(UTC)
    escom = escuelas.por_slug("escom")
    assert escom is not None
    persona = factories.coordinador(escom, now)
    con_contrasena(persona.id, now)
    data = {"usuario": persona.correo, "contrasena": "no es"}
    found = [client.post("/escom/ingresar", data=data).status_code for _ in range(5)]
    assert found == [401, 401, 401, 401, 429]
    good = {**data, "contrasena": factories.PASSWORD}
    locked = app.test_client().post("/escom/ingresar", data=good)
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "900")
    assert "demasiados intentos" in text(locked)


def _verifications(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stored hashes that are compared from now on."""
    contrasenas.coincide(None, "x")  # the hash of nobody is made once
    verified: list[str] = []
    own = contrasenas._hasher(*contrasenas._cost())

    class Counting:
        def verify(self, stored: str, given: str) -> bool:
            verified.append(stored)
            return own.verify(stored, given)

        def __getattr__(self, name: str) -> Any:
            return getattr(own, name)

    monkeypatch.setattr(contrasenas, "_hasher", lambda *_: Counting())
    return verified


def test_somebody_unknown_costs_as_much_and_reads_the_same(
    app: Flask, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    escom = escuelas.por_slug("escom")
    assert escom is not None
    known, closed = factories.coordinador(escom, now), factories.coordinador(escom, now)
    waiting, alumno = factories.coordinador(escom, now), factories.alumno(escom, now)
    for persona in (known, closed):
        con_contrasena(persona.id, now)
    with unit_of_work(now) as uow:
        uow.lock_id(type(closed), closed.id).activo = False
        uow.lock_id(type(waiting), waiting.id).contrasena_hash = None
    verified = _verifications(monkeypatch)
    pages = {}
    people = (known.correo, closed.correo, waiting.correo, alumno.boleta)
    for who in (*people, "nadie@ejemplo.test", "2021630000", "?"):
        verified.clear()
        answer = app.test_client().post("/escom/ingresar", data={"usuario": who, "contrasena": "no es"})
        assert (answer.status_code, len(verified)) == (401, 1), who
        summary = text(answer).partition("govuk-error-summary__list")[2].partition("</ul>")[0]
        pages[who] = summary
    assert len(set(pages.values())) == 1
    assert "El usuario o la contraseña no son correctos." in pages["?"]


def test_every_form_that_anybody_may_send_has_a_limit(app: Flask) -> None:
    known = limiter.limit_manager.decorated_limits
    free = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and app.view_functions[rule.endpoint].access.rol == "publico"
        and not known(get_qualified_name(app.view_functions[rule.endpoint]))
        and not hasattr(app.view_functions[rule.endpoint], "accepts_uploads")
    }
    assert free == {"acceso.salir"}  # it only ends one's own session
