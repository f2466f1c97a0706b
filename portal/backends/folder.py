"""Files in a folder of this machine: the embedded Storage."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, BinaryIO

from portal.backends.atomic import atomic_file, private_folder
from portal.backends.interfaces import (
    CurrentEscuela,
    ObjectInfo,
    ObjectNotFound,
    StorageUnavailable,
    StoredObject,
    check_key,
    check_range,
)
from portal.backends.streams import Measured, bounded

_MARK = "@"
"""Ends every file's name and cannot stand in a key: `a/b` and `a/b/c` may both be objects."""

_DRAFT_AGE = 24 * 3600


class FolderStorage:
    """Key `escuela/7/x` is the file `escuela/7/x@`; folders 0700, files 0600, writes atomic."""

    name = "folder"

    def __init__(self, root: Path, current_escuela: CurrentEscuela) -> None:
        self._root = root
        self._drafts = root / ".drafts"
        self._current_escuela = current_escuela

    def put(
        self,
        key: str,
        stream: IO[bytes],
        *,
        size: int | None = None,
        content_type: str = "application/octet-stream",
    ) -> StoredObject:
        """See Storage.put; the type of the content is the `documento` row's business here."""
        path = self._path(key)
        measured = Measured(stream, size)
        try:
            with atomic_file(path, self._drafts) as target:
                while piece := measured.read():
                    target.write(piece)
        except OSError as error:
            if error is measured.failure:
                raise
            raise StorageUnavailable(f"cannot write {key}: {error.strerror}") from error
        return measured.stored(key)

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """See Storage.open."""
        path = self._path(key)
        check_range(start, end)
        try:
            stream = path.open("rb", buffering=0)
        except FileNotFoundError:
            raise ObjectNotFound(key) from None
        except OSError as error:
            raise StorageUnavailable(f"cannot read {key}: {error.strerror}") from error
        stream.seek(start)
        return bounded(stream.read, None if end is None else end - start, stream.close)

    def stat(self, key: str) -> ObjectInfo:
        """See Storage.stat."""
        try:
            return _info(key, self._path(key).stat())
        except FileNotFoundError:
            raise ObjectNotFound(key) from None
        except OSError as error:
            raise StorageUnavailable(f"cannot read {key}: {error.strerror}") from error

    def exists(self, key: str) -> bool:
        """See Storage.exists."""
        try:
            self.stat(key)
        except ObjectNotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        """See Storage.delete."""
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise StorageUnavailable(f"cannot delete {key}: {error.strerror}") from error

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See Storage.list; drafts that a crash left a day ago are swept on the way."""
        folder = check_key(prefix, self._current_escuela(), prefix=True).rstrip("/")
        self._sweep_drafts()
        return self._walk(folder)

    def check(self) -> None:
        """See Storage.check: the folder can be made and written."""
        try:
            private_folder(self._root)
        except OSError as error:
            raise StorageUnavailable(f"cannot make the folder: {error.strerror}") from error
        if not os.access(self._root, os.R_OK | os.W_OK | os.X_OK):
            raise StorageUnavailable("the folder cannot be written")

    def _path(self, key: str) -> Path:
        return self._root / f"{check_key(key, self._current_escuela())}{_MARK}"

    def _walk(self, folder: str) -> Iterator[ObjectInfo]:
        """Depth first in the order of keys; a file that vanishes meanwhile is passed over."""
        try:
            with os.scandir(self._root / folder) as entries:
                found = sorted(entries, key=_by_key)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise StorageUnavailable(f"cannot list {folder}: {error.strerror}") from error
        for entry in found:
            key = f"{folder}/{entry.name.removesuffix(_MARK)}"
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(key)
            elif entry.name.endswith(_MARK):
                with suppress(FileNotFoundError):
                    yield _info(key, entry.stat(follow_symlinks=False))

    def _sweep_drafts(self) -> None:
        with suppress(FileNotFoundError), os.scandir(self._drafts) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.stat().st_mtime < time.time() - _DRAFT_AGE:
                        os.unlink(entry.path)


def _by_key(entry: "os.DirEntry[str]") -> str:
    """Orders a folder as the whole keys below it order, which is what S3 does."""
    return f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name.removesuffix(_MARK)


def _info(key: str, status: os.stat_result) -> ObjectInfo:
    return ObjectInfo(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))
