"""The contract of Storage, for every implementation; and what only the folder promises."""

import hashlib
import io
import os
import tracemalloc
from pathlib import Path

import pytest

from portal.backends.folder import FolderStorage
from portal.backends.interfaces import (
    KeyRefused,
    ObjectNotFound,
    SizeMismatch,
    Storage,
    StorageUnavailable,
    check_key,
)
from tests.backends.conftest import Scope

KEY = "escuela/7/documentos/a1b2c3"
MIB = 1024 * 1024


class Broken(io.RawIOBase):
    """A stream that gives `good` bytes and then fails as an interrupted upload does."""

    def __init__(self, good: int, error: Exception) -> None:
        self._good, self._error = good, error

    def read(self, amount: int = -1) -> bytes:
        if not self._good:
            raise self._error
        piece = b"x" * min(self._good, amount)
        self._good -= len(piece)
        return piece


class Zeros:
    """A stream of `size` zero bytes that never holds them."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, amount: int = -1) -> bytes:
        piece = bytes(min(self._left, amount))
        self._left -= len(piece)
        return piece


def put(storage: Storage, key: str, content: bytes) -> None:
    storage.put(key, io.BytesIO(content))


def read(storage: Storage, key: str, start: int = 0, end: int | None = None) -> bytes:
    with storage.open(key, start, end) as stream:
        return stream.read()


@pytest.mark.parametrize("content", [b"", b"x", b"convenio" * 300_000])
def test_what_was_put_is_what_is_read_and_its_sha256_is_told(storage, content):
    stored = storage.put(KEY, io.BytesIO(content), size=len(content), content_type="application/pdf")
    assert (stored.key, stored.size) == (KEY, len(content))
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert read(storage, KEY) == content
    assert storage.stat(KEY).size == len(content)
    assert storage.exists(KEY)


def test_putting_again_replaces_the_whole_object(storage):
    put(storage, KEY, b"a long first version")
    put(storage, KEY, b"short")
    assert read(storage, KEY) == b"short"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (0, 4, b"0123"),
        (3, 7, b"3456"),
        (8, 100, b"89"),
        (10, None, b""),
        (50, 60, b""),
        (4, 4, b""),
    ],
)
def test_a_range_has_an_exclusive_end_and_stops_at_the_end_of_the_object(storage, start, end, expected):
    put(storage, KEY, b"0123456789")
    assert read(storage, KEY, start, end) == expected


@pytest.mark.parametrize(("start", "end"), [(-1, None), (5, 4), (0, -1)])
def test_a_range_that_makes_no_sense_is_refused(storage, start, end):
    put(storage, KEY, b"0123456789")
    with pytest.raises(ValueError, match="not a range"):
        storage.open(KEY, start, end)


def test_a_stream_can_be_read_in_pieces(storage):
    put(storage, KEY, b"uno\ndos\ntres\n")
    with storage.open(KEY) as stream:
        assert stream.read(4) == b"uno\n"
        assert list(stream) == [b"dos\n", b"tres\n"]


@pytest.mark.parametrize("call", [Storage.open, Storage.stat])
def test_an_object_that_is_not_there_is_not_found(storage, call):
    with pytest.raises(ObjectNotFound):
        getattr(storage, call.__name__)(KEY)
    assert not storage.exists(KEY)


def test_an_empty_range_of_a_missing_object_is_not_found_either(storage):
    with pytest.raises(ObjectNotFound):
        storage.open(KEY, 0, 0)


def test_deleting_twice_is_the_same_as_once(storage):
    put(storage, KEY, b"x")
    storage.delete(KEY)
    storage.delete(KEY)
    assert not storage.exists(KEY)


@pytest.mark.parametrize("announced", [0, 9, 11])
def test_a_stream_of_another_size_than_announced_stores_nothing_and_keeps_the_old_object(storage, announced):
    put(storage, KEY, b"old")
    with pytest.raises(SizeMismatch):
        storage.put(KEY, io.BytesIO(b"0123456789"), size=announced)
    assert read(storage, KEY) == b"old"


@pytest.mark.parametrize("error", [ValueError("over the limit"), OSError("the phone lost its signal")])
def test_what_the_stream_raises_comes_through_and_nothing_is_stored(storage, error):
    with pytest.raises(type(error)) as caught:
        storage.put(KEY, Broken(3_000_000, error))
    assert caught.value is error
    assert not storage.exists(KEY)
    assert list(storage.list("escuela/7/")) == []


def test_a_list_has_the_objects_below_a_folder_in_the_order_of_their_keys(storage):
    keys = ["escuela/7/a", "escuela/7/a-b", "escuela/7/a/b", "escuela/7/a/b/c", "escuela/7/z.pdf"]
    for key in reversed(keys):
        put(storage, key, key.encode())
    found = list(storage.list("escuela/7/"))
    assert [info.key for info in found] == keys
    assert [info.size for info in found] == [len(key) for key in keys]
    assert all(info.modified.tzinfo is not None for info in found)
    assert [info.key for info in storage.list("escuela/7/a/")] == keys[2:4]
    assert list(storage.list("escuela/7/nada")) == []


REFUSED = [
    "",
    "escuela",
    "escuela/7",
    "escuela/7/",
    "escuela/07/x",
    "escuela/-7/x",
    "escuela/7x/x",
    "publico/7/x",
    "/escuela/7/x",
    "escuela/7//x",
    "escuela/7/../8/x",
    "escuela/7/./x",
    "escuela/7/.oculto",
    "escuela/7/a\\b",
    "escuela/7/a b",
    "escuela/7/a@",
    "escuela/7/a\0",
    "escuela/7/x\n",
    "escuela/7/ñ",
    "escuela/7/%2e%2e/x",
    "escuela/7/" + "a" * 129,
    "escuela/7/" + "a/" * 300 + "a",
]


@pytest.mark.parametrize("key", REFUSED)
def test_a_malformed_key_is_refused_by_every_method(storage, key):
    for call in (lambda: put(storage, key, b""), lambda: storage.open(key), lambda: storage.stat(key)):
        with pytest.raises(KeyRefused):
            call()
    for call in (lambda: storage.exists(key), lambda: storage.delete(key)):
        with pytest.raises(KeyRefused):
            call()


@pytest.mark.parametrize("escuela", [8, None])
def test_the_files_of_an_escuela_are_out_of_reach_from_another_and_from_no_scope(storage, scope, escuela):
    put(storage, KEY, b"private")
    scope.escuela = escuela
    for call in (storage.open, storage.stat, storage.exists, storage.delete):
        with pytest.raises(KeyRefused):
            call(KEY)
    with pytest.raises(KeyRefused):
        put(storage, KEY, b"other")
    with pytest.raises(KeyRefused):
        storage.list("escuela/7/")
    scope.escuela = 7
    assert read(storage, KEY) == b"private"


@pytest.mark.parametrize("escuela", [7, 8, None])
def test_the_dossier_of_a_dependencia_is_a_platform_row_and_reached_from_any_scope(storage, scope, escuela):
    scope.escuela = escuela
    put(storage, "dependencia/3/ine", b"both sides")
    assert read(storage, "dependencia/3/ine") == b"both sides"
    assert [info.key for info in storage.list("dependencia/3/")] == ["dependencia/3/ine"]


@pytest.mark.parametrize("prefix", ["", "escuela", "escuela/", "escuela/7/..", "escuela/7//", "dependencia/"])
def test_a_list_never_spans_owners(storage, prefix):
    with pytest.raises(KeyRefused):
        storage.list(prefix)


def test_a_long_file_does_not_stay_in_memory_on_its_way_in_or_out(storage):
    storage.put("escuela/7/warm", Zeros(1))
    tracemalloc.start()
    try:
        assert storage.put(KEY, Zeros(64 * MIB)).size == 64 * MIB
        with storage.open(KEY) as stream:
            assert sum(len(piece) for piece in iter(lambda: stream.read(MIB), b"")) == 64 * MIB
        assert tracemalloc.get_traced_memory()[1] < 32 * MIB
    finally:
        tracemalloc.stop()


def test_a_storage_that_works_passes_its_check_and_has_a_name(storage):
    storage.check()
    assert storage.name in ("folder", "s3")


def test_a_key_is_given_back_when_it_is_good():
    assert check_key(KEY, 7) == KEY


def test_the_folder_keeps_files_and_folders_private(tmp_path):
    storage = FolderStorage(tmp_path / "archivos", Scope())
    old = os.umask(0)
    try:
        put(storage, KEY, b"x")
    finally:
        os.umask(old)
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in (tmp_path / "archivos").rglob("*")}
    assert modes == {True: 0o700, False: 0o600}


def test_the_folder_leaves_no_draft_behind_and_sweeps_those_of_a_crash(tmp_path):
    storage = FolderStorage(tmp_path, Scope())
    with pytest.raises(RuntimeError):
        storage.put(KEY, Broken(5, RuntimeError("cut")))
    drafts = tmp_path / ".drafts"
    assert list(drafts.iterdir()) == []
    crashed, running = drafts / "crashed", drafts / "running"
    crashed.touch()
    running.touch()
    os.utime(crashed, (0, 0))
    list(storage.list("escuela/7/"))
    assert list(drafts.iterdir()) == [running]


def test_a_folder_that_cannot_be_made_is_unavailable_not_a_surprise(tmp_path):
    (tmp_path / "file").write_text("in the way")
    storage = FolderStorage(tmp_path / "file" / "archivos", Scope())
    with pytest.raises(StorageUnavailable):
        storage.check()
    with pytest.raises(StorageUnavailable):
        put(storage, KEY, b"x")


def test_a_folder_survives_the_process(tmp_path: Path):
    put(FolderStorage(tmp_path, Scope()), KEY, b"kept")
    assert read(FolderStorage(tmp_path, Scope()), KEY) == b"kept"
