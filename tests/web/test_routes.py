"""Every route × every kind of person × own and foreign escuela, generated from the application's own map."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from portal import create_app
from portal.models import db
from portal.services import escuelas
from tenants.profile import RESERVED_SLUGS
from tests import factories
from tests.conftest import Browser, settings_for
from tests.web import world as worlds
from tests.web.routes import ROUTES, SAMPLES, SEGMENTS, SHARED

GONE = {404}
TO_SIGN_IN = {302}
FORBIDDEN = {403}
ADMITTED = {200, 302, 303, 400, 404, 409, 413, 422, 429}
SEEN = {200, 302, 303, 400, 409, 413, 422, 429}
PEOPLE = ("nadie", "alumno", "otro_alumno", "alumno_ajeno", "dependencia", "otra_dependencia", "coordinador",
          "coordinador_sin_permiso", "coordinador_ajeno")  # fmt: skip
FOREIGN = ("alumno_ajeno", "coordinador_ajeno", "dependencia")


def _rules() -> list[tuple[str, str]]:
    """(endpoint, method) of every route of the application."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings_for(Path(folder)))
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
        return sorted((r.endpoint, m) for r in rules for m in (r.methods or set()) - {"HEAD", "OPTIONS"})


RULES = _rules()


def address(app: Flask, endpoint: str, method: str, ids: dict[str, str], slug: str) -> str:
    """The path of a route with the ids of one world."""
    rule: Rule = next(r for r in app.url_map.iter_rules(endpoint) if method in (r.methods or set()))
    path, before = "", ""
    for part in rule.rule.strip("/").split("/"):

        def fill(found: re.Match[str], before: str = before) -> str:
            if found[1]:
                return found[1].split(",")[0].strip()
            return slug if found[2] == "escuela" else _sample(found[2], before, ids)

        text = re.sub(r"<(?:any\(([^)]*)\):)?(?:\w+:)?(\w+)>", fill, part)
        before = part if text == part else before
        path += f"/{text}"
    return path if path == "/" else path + ("/" if rule.rule.endswith("/") else "")


def _sample(name: str, before: str, ids: dict[str, str]) -> str:
    if name in SAMPLES:
        return SAMPLES[name]
    if name == "documento_id" or (before == "documentos" and name != "public_id"):
        return ids["convenio_documento"]
    return ids.get(SEGMENTS.get(before, ""), "no-existe-0000000")


def expected(access: str, person: str, *, owned: bool, shared: bool) -> set[int]:
    """What the table says: by the access of the route and who asks, for a thing of this world (`owned`) or a list."""
    role, _, permisos = access.partition(":")
    if role == "publico":
        return ADMITTED - {403}
    if person == "nadie":
        return TO_SIGN_IN
    if role == "cuenta":
        return ADMITTED
    kind, _, other = person.partition("_")
    if kind in ("otro", "otra"):
        kind, other = other, "otro"
    if kind != role or other == "ajeno":
        return GONE
    if other == "sin_permiso":
        return FORBIDDEN if permisos else ADMITTED
    if other == "otro" and owned and not shared:
        return GONE
    return ADMITTED


@pytest.fixture(scope="module")
def still(
    template_data: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, worlds.World, Any]]:
    """One world for all the requests that change nothing."""
    import shutil

    data = tmp_path_factory.mktemp("still") / "data"
    shutil.copytree(template_data, data)
    application = create_app(settings_for(data))
    application.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    application.test_client_class = Browser
    with application.app_context():
        now = datetime.now(UTC).replace(microsecond=0)
        here, there = escuelas.por_slug("escom"), escuelas.por_slug("esca-ust")
        assert here is not None
        assert there is not None
        world = worlds.build(here, there, now)
        yield application, world, {p: _client(application, world.people[p], now) for p in PEOPLE}
        db.session.remove()
        db.engine.dispose()


def _client(app: Flask, usuario_id: int | None, now: datetime) -> Any:
    client = app.test_client()
    return client if usuario_id is None else factories.sign_in(client, usuario_id, now)


def _is_owned(path: str, world: worlds.World) -> bool:
    return any(part in world.ids.values() for part in path.split("/"))


def test_every_route_stands_in_the_table_and_the_table_names_no_other() -> None:
    assert {endpoint for endpoint, _ in RULES} == set(ROUTES)


def test_no_escuela_can_take_the_first_part_of_an_address_of_the_portal(still: Any) -> None:
    firsts = {rule.rule.split("/")[1] for rule in still[0].url_map.iter_rules()}
    assert {first for first in firsts if first and "<" not in first} - RESERVED_SLUGS == set()


def test_every_view_admits_whom_the_table_says(still: Any) -> None:
    app = still[0]
    for endpoint, access in ROUTES.items():
        declared = app.view_functions[endpoint].access
        words = declared.rol + (":" + "|".join(sorted(declared.permisos)) if declared.permisos else "")
        assert words == access, endpoint


@pytest.mark.parametrize(("endpoint", "method"), RULES)
def test_a_route_answers_each_person_as_the_table_says(still: Any, endpoint: str, method: str) -> None:
    app, world, clients = still
    path = address(app, endpoint, method, world.ids, "escom")
    owned = _is_owned(path, world)
    wrong = {}
    for person in PEOPLE:
        may_post = (
            method == "POST" and expected(ROUTES[endpoint], person, owned=False, shared=True) == ADMITTED
        )
        if may_post and not (owned and person.startswith("otr") and endpoint not in SHARED):
            continue  # who may post is let in by the tests of the slice; here nobody changes the world
        status = clients[person].open(path, method=method).status_code
        allowed = expected(ROUTES[endpoint], person, owned=owned, shared=endpoint in SHARED)
        if status not in allowed:
            wrong[person] = (status, sorted(allowed))
    assert not wrong, path


@pytest.mark.parametrize(
    ("endpoint", "method"), [r for r in RULES if not ROUTES.get(r[0], "").startswith(("publico", "cuenta"))]
)
def test_a_thing_of_one_escuela_does_not_exist_in_another(still: Any, endpoint: str, method: str) -> None:
    app, world, clients = still
    path = address(app, endpoint, method, world.ids, "esca-ust")
    if "/esca-ust/" not in path or not _is_owned(path, world):
        pytest.skip("this route names no thing of an escuela")
    for person in FOREIGN:
        assert clients[person].open(path, method=method).status_code == 404, (person, path)


OWN = [(e, m) for e, m in RULES if m == "GET" and not ROUTES.get(e, "").startswith(("publico", "cuenta"))]


@pytest.mark.parametrize(("endpoint", "method"), OWN)
def test_whom_a_thing_belongs_to_sees_it(still: Any, endpoint: str, method: str) -> None:
    app, world, clients = still
    path = address(app, endpoint, method, world.ids, "escom")
    if "no-existe" in path:
        pytest.skip("needs a thing that this world has none of")
    status = clients[ROUTES[endpoint].partition(":")[0]].open(path).status_code
    assert status in SEEN or (status == 404 and endpoint in ABSENT), (status, path)


# Things that this world has none of, so that even their owner reads 404.
ABSENT = frozenset({"alumno.logo_dependencia", "alumno.proyecto_actividades", "coordinador.tramite_foto"})
