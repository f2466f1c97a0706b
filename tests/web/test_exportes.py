"""Every file that the portal makes for a spreadsheet: what a person typed is text there, never a formula.

The names of people, dependencias and proyectos begin with what a spreadsheet would run; every address of the URL map
that answers a spreadsheet, a CSV or a ZIP of them is asked for.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator

import pytest
from sqlalchemy import String, Text, update

from portal.models import Alumno, Dependencia, Proyecto, Servicio, Usuario, db
from portal.services import reportes
from tenants.scope import escuela_scope
from tests.web.terreno import Ground, ground_on, on_databases
from tests.web.test_routes import RULES

FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "\uff1d1+1",
    "\ufeff=1",
)
PELIGRO = re.compile(r"[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
CIFRA = re.compile(r"-?\d+(\.\d+)?")
ESCRITO = {
    Alumno: ("nombre", "paterno", "materno", "horario"),
    Dependencia: ("razon_social", "nombre_comercial"),
    Proyecto: ("titulo", "horario"),
    Servicio: ("horario",),
    Usuario: ("nombre",),
}
"""What people type and lists show."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """On the databases that --database names."""
    on_databases(metafunc)


@pytest.fixture(scope="module")
def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The portal with one of everything, whose people have formulas for names."""
    with ground_on(request.param, request, tmp_path_factory.mktemp("exportes")) as found:
        yield found


def rename(ground: Ground, formula: str) -> None:
    """Everybody and everything that people name begins with a formula."""
    with escuela_scope(ground.world.escuela.id):
        for model, names in ESCRITO.items():
            columns = {n: model.__table__.columns[n] for n in names if n in model.__table__.columns}
            texts = {n: f"{formula}{n}"[: c.type.length or 200] for n, c in columns.items()
                     if isinstance(c.type, String | Text)}  # fmt: skip
            db.session.execute(update(model).values(**texts).execution_options(synchronize_session=False))
        db.session.commit()
    db.session.remove()


def sheets_first(formats: Iterable[str]) -> list[str]:
    """The formats, with the one that no spreadsheet opens at the end."""
    return sorted(formats, key=lambda name: name == "pdf")


def addresses(ground: Ground) -> Iterator[tuple[str, list[str]]]:
    """Every GET route, and the addresses at which it may answer a file for a spreadsheet: all of them do, or none."""
    for endpoint, method in RULES:
        if method != "GET":
            continue
        rule = next(r for r in ground.app.url_map.iter_rules(endpoint) if "GET" in (r.methods or set()))
        path = ground.path(endpoint, "GET")
        choices = re.search(r"<any\(([^)]*)\):formato>", rule.rule)
        if choices:
            formats = [f.strip() for f in choices[1].split(",")]
            yield endpoint, [re.sub(rf"\b{formats[0]}$", chosen, path) for chosen in sheets_first(formats)]
        else:
            yield endpoint, [path]
            yield endpoint, [f"{path}?formato={chosen}" for chosen in sheets_first(reportes.MIMES)]


def cells(name: str, content: bytes) -> list[str]:
    """The cells of a file that a spreadsheet opens, as it would read them; a formula raises."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                return [c for n in archive.namelist() for c in cells(n, archive.read(n))]
            sheets = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/worksheets/")]
        assert sheets, name
        assert not [s for s in sheets if "<f>" in s or "<f " in s or "<hyperlink" in s], name
        return []
    if content[:4] == b"%PDF":
        return []
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]


@pytest.fixture(scope="module")
def exports(ground: Ground) -> dict[str, str]:
    """Those that did, with who may ask."""
    found = {}
    for endpoint, paths in addresses(ground):
        for path in paths:
            answer = ground.client(endpoint).get(path)
            if is_sheet := answer.status_code == 200 and (answer.mimetype or "").endswith(
                ("csv", "sheet", "zip")
            ):
                found[path] = endpoint
            answer.close()
            if not is_sheet and path == paths[0]:
                break
    return found


def test_exports_of_every_kind_are_asked_for(exports: dict[str, str]) -> None:
    assert len(set(exports.values())) >= 5, exports
    assert {"csv", "xlsx", "zip"} <= {re.split(r"[.=]", path)[-1] for path in exports}, exports


def test_an_export_is_named_after_its_escuela(ground: Ground, exports: dict[str, str]) -> None:
    for path, endpoint in exports.items():
        answer = ground.client(endpoint).get(path)
        assert 'filename="escom-' in answer.headers["Content-Disposition"], path
        answer.close()


@pytest.mark.parametrize("formula", FORMULAS, ids=ascii)
def test_no_cell_of_any_export_is_a_formula(ground: Ground, exports: dict[str, str], formula: str) -> None:
    rename(ground, formula)
    for path, endpoint in exports.items():
        answer = ground.client(endpoint).get(path)
        assert answer.status_code == 200, path
        found = cells(path, answer.data)
        assert not [c for c in found if PELIGRO.match(c) and not CIFRA.fullmatch(c)], (path, found)
        answer.close()


@pytest.mark.parametrize("formula", FORMULAS, ids=ascii)
def test_the_csv_writer_keeps_a_text_a_text(formula: str) -> None:
    assert not PELIGRO.match(str(reportes._segura(f"{formula}x")))
