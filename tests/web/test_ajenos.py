"""What a form never asked for changes nothing: ids of another escuela and of other people in every field that might
take one, and columns that no form has.

Every POST of the URL map is sent as its page would send it, twice; then once more with the strange fields. What the
three wrote must be the same: `estado`, `escuela_id`, `permisos` and the like are nobody's to post.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.access import PERMISOS
from portal.models import Dependencia, db
from tests.files import samples
from tests.web.hostil import Formulario
from tests.web.terreno import POSTS, Ground, Rows, ground_on, on_databases, tables

MARCADOS = ("alumno", "tramite", "ids", "m", "entrega", "servicio", "solicitud", "carta", "documento")
"""Fields by which a page of this portal, or one like it, names the rows that are marked."""
COLUMNAS = {
    "estado": "autorizado",
    "rol": "coordinador",
    "numero": "777",
    "folio": "ESCOM/0000/2026",
    "horas_aceptadas": "480",
    "horas_plan": "1",
    "perfil_version": "9",
    "verificada": "2026-01-01",
    "activo": "0",
    "decidio": "Nadie",
    "creado": "2001-01-01",
    "estado_desde": "2001-01-01",
    "analisis": "limpio",
    "contrasena_hash": "$argon2id$",
    "revisor_en_turno": "coordinador",
}
"""Columns that no form has, with values that their rows could hold."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On the databases that --database names."""
    on_databases(metafunc)


@pytest.fixture(scope="module")
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The portal with one of everything."""
    with ground_on(request.param, request, tmp_path_factory.mktemp("ajenos")) as found:
        yield found


@cache
def papel() -> bytes:
    """A good PDF; the same bytes each time, which one made anew would not have."""
    return samples.pdf_bytes(samples.pdf_of("Documento ficticio de prueba"))


def as_a_person(form: Formulario) -> dict[str, Any]:
    """The form as its page shows it, what is empty filled in, a good PDF for each file."""
    sent: dict[str, Any] = {}
    for name, values in form.valores.items():
        if name != "csrf_token":
            sent[name] = next((v for v in reversed(values) if v), "Texto de prueba para este campo")
    for name in form.archivos:
        sent[name] = (io.BytesIO(papel()), "documento.pdf")
    return sent


def send(ground: Ground, endpoint: str, strange: dict[str, Any]) -> tuple[int, Rows]:
    """Send the form with strange fields besides; its status, and the rows afterwards (put back as they were)."""
    path = ground.path(endpoint)
    form = ground.forms.get(path, Formulario())
    sent = as_a_person(form)
    extra = {name: value for name, value in strange.items() if name not in sent}
    kind = "multipart/form-data" if form.archivos else "application/x-www-form-urlencoded"
    answer = ground.client(endpoint).post(path, data={**extra, **sent}, content_type=kind)
    status = int(answer.status_code)
    answer.close()
    assert status < 500, (path, status)
    return status, ground.changed() or ground.rows


def strangers(ground: Ground) -> dict[str, str]:
    """Ids of the other escuela and of another dependencia, by every name that a form might read them from."""
    ids = ground.other.ids
    found = {name: ids.get(name, ids["servicio"]) for name in MARCADOS}
    found |= {f"{noun}_id": public_id for noun, public_id in ids.items()}
    found |= {"subida_archivo": ids["documento"], "escuela": ground.other.escuela.slug}
    return {**found, "dependencia": other_host(ground), "siguiente": ids["servicio"], "id": ids["alumno"]}


def numbers(ground: Ground) -> dict[str, Any]:
    """Keys of rows of the other escuela and of other people, by the name of each column that holds one; COLUMNAS."""
    alumno = next(row for row in named(ground, "alumno") if row["escuela_id"] == ground.other.escuela.id)
    found = {
        column.name: str(ground.other.rows["servicio"].id)
        for table in tables()
        for column in table.columns
        if column.name.endswith("_id")
    }
    mine = {
        "escuela_id": ground.other.escuela.id,
        "alumno_id": alumno["id"],
        "usuario_id": alumno["usuario_id"],
    }
    return {**found, **{name: str(n) for name, n in mine.items()}, **COLUMNAS, "permisos": sorted(PERMISOS)}


def named(ground: Ground, name: str) -> list[dict[str, Any]]:
    """The rows of a table with their columns' names."""
    columns = list(db.metadata.tables[name].columns.keys())
    return [dict(zip(columns, row, strict=True)) for row in ground.rows[name]]


def other_host(ground: Ground) -> str:
    """The public id of a dependencia for which the person of the tests does not act."""
    query = select(Dependencia.public_id).where(Dependencia.public_id != ground.world.ids["dependencia"])
    found = str(db.session.scalars(query.order_by(Dependencia.id)).first())
    db.session.remove()
    return found


def told(rows: Rows, ground: Ground, twin: Rows) -> dict[str, list[tuple[str, ...]]]:
    """The rows that were added or changed, without what is another each time (compare with `twin`, the same request):
    new ids, instants, hashes."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for name, now in rows.items():
        before = set(map(repr, ground.rows[name]))
        mine = sorted(map(_words, (r for r in now if repr(r) not in before)))
        other = sorted(map(_words, (r for r in twin[name] if repr(r) not in before)))
        columns = len(mine[0]) if mine else 0
        steady = [
            n for n in range(columns)
            if len(mine) == len(other) and sorted(r[n] for r in mine) == sorted(r[n] for r in other)
        ]  # fmt: skip
        if mine:
            found[name] = [tuple(sorted(r[n] for r in mine)) for n in steady]
    return found


def _words(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(map(repr, row))


@pytest.mark.parametrize("endpoint", sorted(set(POSTS)))
@pytest.mark.parametrize("kind", [strangers, numbers], ids=["ids", "columns"])
def test_what_the_form_does_not_ask_for_changes_nothing(ground: Ground, endpoint: str, kind: Any) -> None:
    _, first = send(ground, endpoint, {})
    _, again = send(ground, endpoint, {})
    status, after = send(ground, endpoint, kind(ground))
    if status >= 400 and after is ground.rows:
        return  # refused for what came besides, and nothing written
    here = told(after, ground, again)
    assert {n: len(after[n]) for n in after} == {n: len(first[n]) for n in first}, (endpoint, status)
    steady = told(first, ground, again)
    assert set(here) == set(steady), (endpoint, status)
    for name, columns in steady.items():
        lost = [c for c in columns if c not in here[name]]
        assert not lost, (endpoint, name, lost)


@pytest.mark.parametrize("other", ["another escuela", "nobody"])
def test_a_marked_row_that_is_not_there_is_left_alone(ground: Ground, other: str) -> None:
    ids = ground.other.ids if other == "another escuela" else dict.fromkeys(ground.other.ids, "x" * 16)
    of_fields = {"tramite": ids["tramite"], "alumno": ids["alumno"], "ids": ids["servicio"],
                 "m": ids["servicio"], "dependencia": ids["dependencia"]}  # fmt: skip
    tried = 0
    for path, endpoint in {ground.path(e): e for e in POSTS}.items():
        form = ground.forms.get(path, Formulario())
        for name in set(of_fields) & set(form.valores):
            sent = {**as_a_person(form), name: of_fields[name]}
            answer = ground.client(endpoint).post(path, data=sent, content_type="multipart/form-data")
            tried += 1
            assert ground.changed() is None, (path, name)
            assert answer.status_code < 500
            answer.close()
    assert tried >= 3


def test_many_forms_are_accepted_as_a_person_sends_them(ground: Ground) -> None:
    """Otherwise the tests above would prove little."""
    accepted = [e for e in POSTS if send(ground, e, {})[1] is not ground.rows]
    assert len(accepted) >= 15, accepted
