"""Files that appear whole or not at all; shared by the folder backends."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_file(path: Path, drafts: Path) -> Iterator[BinaryIO]:
    """Write a draft (0600) in `drafts`; on leaving without an error it is on disk under `path`.

    Folders on the way are made (0700). `drafts` is on the same file system. On any error the
    draft is removed and what stood under `path` stays.
    """
    private_folder(drafts)
    draft = drafts / secrets.token_hex(16)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        private_folder(path.parent)
        draft.rename(path)
        _sync_folder(path.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def private_folder(path: Path) -> None:
    """Make a folder and its missing parents, each 0700 and known to the disk."""
    if path.is_dir():
        return
    private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    """A name is safe only when its folder is on disk too."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
