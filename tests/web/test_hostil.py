"""Every form of the portal under hostile hands: never a 500, never a row changed by what was refused, never a
foreign escuela's row, never a field that the form does not have.

The forms are those that the portal's own pages show, found by walking every page as each role; every POST of the
URL map is tried. SQLite refuses less than PostgreSQL: what PostgreSQL would refuse is refused here too.
`HYPOTHESIS_PROFILE=largo` tries ten times as much.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tests.web.hostil import CUERPOS, MARCA, SOBREPUESTOS, Formulario, envios, partes, textos
from tests.web.terreno import GETS, POSTS, Ground, foreign, ground_on, on_databases, without_drafts
from tests.web.test_routes import RULES, address

WIDE = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=max(settings().max_examples // 25, 4),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.large_base_example,
    ],
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On the databases that --database names."""
    on_databases(metafunc)


@pytest.fixture(scope="module")
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The portal with one of everything."""
    with ground_on(request.param, request, tmp_path_factory.mktemp("hostil")) as found:
        yield found


def names(ground: Ground) -> tuple[str, ...]:
    """The name of every field that some form has."""
    return tuple(sorted({name for form in ground.forms.values() for name in form.valores} - {"csrf_token"}))


def attack(ground: Ground, endpoint: str, path: str = "", **request: Any) -> int:
    """Send one request and hold the rows against what must be true of them; the portal is as before afterwards."""
    path = path or ground.path(endpoint)
    answer = ground.client(endpoint).post(path, **request)
    status = int(answer.status_code)
    answer.close()
    assert status < 500, (status, path)
    assert not any("\n" in str(value) or "\r" in str(value) for _, value in answer.headers)
    hold(ground, path, status)
    return status


def hold(ground: Ground, path: str, status: int) -> None:
    """What must be true of the rows after a request; then they are as before."""
    after = ground.changed()
    if after is None:
        return
    if status >= 400:
        left, before = without_drafts(after), without_drafts(ground.rows)
        assert not [name for name in left if left[name] != before[name]], (status, path)
    here = ground.world.escuela.id
    assert foreign(after, here) == foreign(ground.rows, here), path
    assert MARCA not in repr(after), path


@pytest.mark.parametrize("endpoint", POSTS)
@WIDE
@given(data=st.data())
def test_a_form_bears_hostile_fields(ground: Ground, endpoint: str, data: st.DataObject) -> None:
    path = ground.path(endpoint)
    sent = data.draw(envios(ground.forms.get(path, Formulario()), names(ground)))
    extra = {name: [MARCA] for name in SOBREPUESTOS if name not in sent}
    attack(ground, endpoint, data=MultiDict({**extra, **sent}))


@pytest.mark.parametrize("endpoint", POSTS)
def test_a_form_bears_a_body_that_is_none(ground: Ground, endpoint: str) -> None:
    for number, (mime, body) in enumerate(CUERPOS):
        if (
            number + len(endpoint)
        ) % 3 == 0:  # a third of them at each form; all of them at all forms together
            attack(ground, endpoint, data=body, content_type=mime)


UPLOADS = pytest.mark.parametrize("endpoint", [e for e in POSTS if not e.startswith("acceso.")])


@UPLOADS
def test_a_form_bears_hostile_files(ground: Ground, endpoint: str) -> None:
    path = ground.path(endpoint)
    form = ground.forms.get(path, Formulario())
    for number, (field_name, name, content) in enumerate(partes(form)):
        values = {n: (v or [""])[-1] for n, v in form.valores.items() if n != "csrf_token"}
        attack(
            ground,
            endpoint,
            data={**values, field_name: (io.BytesIO(content), name)},
            content_type="multipart/form-data",
        )
        if number > 2 and (number + len(endpoint)) % 2:
            break


def test_files_are_tried_at_many_forms(ground: Ground) -> None:
    with_files = [path for path, form in ground.forms.items() if form.archivos]
    assert len(with_files) >= 5, with_files
    seen = {ground.path(e) for e in POSTS}
    assert len([path for path in ground.forms if path in seen]) > len(POSTS) // 3


@pytest.mark.parametrize("endpoint", sorted({e for e, _ in RULES if e != "static"}))
@settings(WIDE, max_examples=max(WIDE.max_examples // 3, 3))
@given(query=st.dictionaries(st.sampled_from(("q", "cursor", "estado", "desde", "hasta", "n", "todos", "ver", "orden",
                                              "carrera", "zona", "modalidad", "cola", "clase", "sha256", "volver")),
                             textos(), min_size=1, max_size=5))  # fmt: skip
def test_an_address_bears_a_hostile_query(ground: Ground, endpoint: str, query: dict[str, str]) -> None:
    if endpoint not in GETS:
        return
    path = ground.path(endpoint, "GET")
    answer = ground.client(endpoint).get(path, query_string=query)
    assert answer.status_code < 500, (answer.status_code, path, query)
    answer.close()


@pytest.mark.parametrize("endpoint", sorted({e for e, _ in RULES}))
def test_an_address_bears_a_hostile_id(ground: Ground, endpoint: str) -> None:
    method = "POST" if endpoint in POSTS else "GET"
    for piece in ("%00", "..%2f..%2fetc", "a" * 3000, "%ff%fe", "%e2%80%ae", "' OR 1=1", "-1"):
        ids = dict.fromkeys(ground.world.ids, "IDMALO")
        path = address(ground.app, endpoint, method, ids, "escom").replace("IDMALO", piece)
        answer = ground.client(endpoint).open(path, method=method)
        assert answer.status_code < 500, (answer.status_code, path)
        answer.close()
        hold(ground, path, answer.status_code)
