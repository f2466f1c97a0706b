"""Streams that the storages share: one that counts and hashes, one that ends early."""

import hashlib
import io
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from portal.backends.interfaces import CHUNK, SizeMismatch, StoredObject

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Measured:
    """Reads a stream once, counting and hashing; SizeMismatch as soon as `size` cannot be met."""

    def __init__(self, stream: IO[bytes], size: int | None) -> None:
        self._stream = stream
        self._expected = size
        self._hash = hashlib.sha256()
        self._read = 0
        self.failure: BaseException | None = None
        """What the stream raised, to tell it from an error of the storage that reads it."""

    def read(self, amount: int = CHUNK) -> bytes:
        """Up to `amount` bytes; empty at the end."""
        try:
            piece = self._stream.read(amount if amount > 0 else CHUNK)
            self._hash.update(piece)
            self._read += len(piece)
            expected = self._expected
            if expected is not None and (self._read > expected or (not piece and self._read < expected)):
                raise SizeMismatch(f"announced {expected} bytes, read {self._read}")
        except BaseException as error:
            self.failure = error
            raise
        return piece

    def stored(self, key: str) -> StoredObject:
        """What went through, as the answer of `put`."""
        return StoredObject(key, self._read, self._hash.hexdigest())


class Bounded(io.RawIOBase):
    """The next `length` bytes of a stream (None: all), then the end; `done` runs once on close."""

    def __init__(self, read: Callable[[int], bytes], length: int | None, done: Callable[[], None]) -> None:
        self._source = read
        self._left = length
        self._done: Callable[[], None] | None = done

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        amount = len(view) if self._left is None else min(len(view), self._left)
        piece = self._source(amount) if amount else b""
        view[: len(piece)] = piece
        if self._left is not None:
            self._left -= len(piece)
        return len(piece)

    def close(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            done()
        super().close()


def bounded(read: Callable[[int], bytes], length: int | None, done: Callable[[], None]) -> BinaryIO:
    """A buffered `Bounded`, which is what `Storage.open` answers."""
    return cast(BinaryIO, io.BufferedReader(Bounded(read, length, done), buffer_size=64 * 1024))
