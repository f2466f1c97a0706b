"""What is kept outside the rows carries its escuela: keys of objects, caches, wake-ups, limits, work to do.

Generated from the code: a new key, cache or limit that carries none fails here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g

from portal.backends.interfaces import KeyRefused
from portal.models import Documento, Escuela, db
from portal.services import cuarentena, documentos, subidas
from portal.services.subidas import Pieza, Tomada
from portal.web import limites
from tenants.guard import owned_tables
from tenants.scope import escuela_scope
from tests.police import calls, dotted, files, functions, read, tree_of

CODE = files("portal/**/*.py", "worker/**/*.py")
SWEEPERS = ("portal/services/limpieza.py", "portal/services/respaldo.py", "portal/services/restauracion.py")
"""They go from owner to owner, and say whose scope they open."""


def texts(path: str) -> Iterator[ast.JoinedStr]:
    return (node for node in ast.walk(tree_of(read(path))) if isinstance(node, ast.JoinedStr))


# ---- objects ----


def test_a_key_is_made_for_the_escuela_in_scope_and_for_no_other() -> None:
    made = [
        (path, ast.unparse(node.values[1].value))
        for path in CODE
        for node in texts(path)
        if isinstance(node.values[0], ast.Constant) and node.values[0].value == "escuela/"
        and isinstance(node.values[1], ast.FormattedValue)
    ]  # fmt: skip
    assert len(made) >= 5
    assert [(p, of) for p, of in made if of != "current_escuela()" and p not in SWEEPERS] == []


def test_nobody_reaches_the_storage_but_through_the_one_that_asks_for_the_scope() -> None:
    """Every use is a method of `backends.storage`; what a folder or S3 do by themselves is only in backends."""
    used = [
        (path, name)
        for path in CODE
        if not path.startswith(("portal/backends/", "portal/wiring.py"))
        for _, name in calls(read(path))
        if name.rpartition(".")[2] in ("fput_object", "put_object", "get_object", "presigned_get_object")
        or name in ("FolderStorage", "S3Storage")
    ]
    assert used == []


def of_key(clave: str) -> Documento:
    return Documento(clave=clave, analisis="limpio", bytes=1, nombre="x.pdf")


def by_pieces(clave: str, folder: Path) -> None:
    tomada = Tomada("x", "x.pdf", 1, (Pieza(clave, "0" * 64),))
    subidas.juntar(tomada, folder / "whole")


READERS: dict[str, Callable[[str, Path], Any]] = {
    "a document": lambda clave, _: documentos.abrir(of_key(clave)),
    "a document in quarantine": lambda clave, _: cuarentena._analizar(of_key(clave)),
    "the pieces of an upload": by_pieces,
}


@pytest.mark.parametrize("what", sorted(READERS))
def test_a_row_that_names_an_object_of_another_escuela_reads_nothing(
    what: str, app: Flask, escom: Escuela, esca: Escuela, tmp_path: Path
) -> None:
    with escuela_scope(escom.id), pytest.raises(KeyRefused):
        READERS[what](f"escuela/{esca.id}/secreto.pdf", tmp_path)


def test_every_reader_of_an_object_is_tried_above_or_makes_its_own_key() -> None:
    reading = {
        (path, function.name)
        for path in files("portal/services/*.py", "portal/queries/*.py", "portal/web/*.py")
        for function in functions(read(path))
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and dotted(node.func).endswith("storage.open")
    }
    assert {f"{Path(path).stem}.{name}" for path, name in reading if path not in SWEEPERS} == {
        "documentos.abrir", "cuarentena._analizar", "subidas.juntar",
        "lotes.leer",  # a row of the escuela in scope, read under its own guard
    }  # fmt: skip


# ---- caches ----


def cached(path: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for function in functions(read(path)):
        names = {dotted(d.func if isinstance(d, ast.Call) else d) for d in function.decorator_list}
        if names & {"cache", "lru_cache", "functools.cache", "functools.lru_cache"}:
            yield function


LOOKS = re.compile(r"\bdb\.session|current_escuela|current_actor|\bg\.[a-z]|\b(perfil|_cargado|actual)\(")
"""What a function says that asks for rows, or for who is asking."""


@pytest.mark.parametrize("path", [p for p in CODE if any(cached(p))])
def test_what_is_remembered_of_an_escuela_is_remembered_under_its_id(path: str) -> None:
    for function in cached(path):
        said = ast.unparse(function)
        first = function.args.args[0].arg.lstrip("_") if function.args.args else ""
        looks = LOOKS.findall(said)
        assert not looks or first == "escuela_id", f"{path}: {function.name} asks {looks}"


def test_what_a_process_remembers_by_hand_is_under_an_id_too() -> None:
    """Dictionaries of modules that fill up while the portal runs: registries are filled by decorators at its start."""
    found = {
        f"{path}:{node.target.id}": ast.unparse(node.annotation)
        for path in files("portal/services/*.py", "portal/queries/*.py", "portal/web/*.py", "worker/*.py")
        for node in tree_of(read(path)).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None
        and ast.unparse(node.value) == "{}" and node.target.id.islower()
    }  # fmt: skip
    assert found
    of_the_web = {"portal/services/oidc_cliente.py:_conocidos"}  # what a provider publishes, by its address
    assert {n: a for n, a in found.items() if n not in of_the_web and "[int" not in a} == {}


# ---- limits, work ----


@pytest.mark.parametrize("key", [limites.por_direccion, limites.por_cuenta])
def test_a_limit_of_one_escuela_counts_nothing_of_another(app: Flask, key: Callable[[], str]) -> None:
    told = []
    for slug in ("escom", "esca-ust", None):
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": "192.0.2.7"}):
            g.slug = slug
            told.append(key())
    assert len(set(told)) == 3
    assert [text.split("|")[0] for text in told] == ["escom", "esca-ust", "-"]


def test_what_is_limited_inside_a_view_names_the_escuela() -> None:
    spent = [
        (path, ast.unparse(call))
        for path in files("portal/*/*.py", "portal/*/views/*.py")
        for call, name in calls(read(path))
        if name == "gastar" and path.startswith("portal/web/")
    ]
    assert spent
    assert [found for found in spent if "current_escuela_or_none()" not in found[1]] == []


def test_work_to_do_mails_and_what_is_counted_are_rows_of_an_escuela() -> None:
    owned = {table.name for table in owned_tables(db.metadata)}
    assert {"outbox", "correo", "folio_contador", "subida", "subida_pieza", "bitacora"} <= owned


def test_a_wake_up_is_for_one_escuela() -> None:
    """The job's argument and the key under which it waits; tests/backends/test_rq.py runs them."""
    source = read("portal/backends/rq_queue.py")
    assert "_WAITING.format(escuela_id)" in source
    [drain] = [f for f in functions(read("worker/jobs.py")) if f.name == "drain"]
    assert [a.arg for a in drain.args.args] == ["escuela_id"]
