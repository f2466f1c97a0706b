"""What the portal asks of the world outside its database, and the rules every backend keeps.

Four Protocols (Storage, Queue, Mailer, Scanner), the errors that callers may catch, and the two
checks that belong to the contract itself: `check_key` and `check_message`. One test suite runs
against every implementation (tests/backends).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import getaddresses
from enum import StrEnum
from typing import IO, BinaryIO, Protocol

CHUNK = 1024 * 1024
"""Bytes that a backend holds in memory while it copies a file."""

MAX_KEY = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_ID = re.compile(r"[1-9][0-9]{0,18}")
_ADDRESS = re.compile(r"[^\s@<>\",;]+@[^\s@<>\",;]+")
_OWNERS = ("escuela", "dependencia")

CurrentEscuela = Callable[[], int | None]
"""Answers the id of the escuela in whose scope the caller runs, or None outside any scope."""


class StorageError(Exception):
    """Anything that a Storage refuses or cannot do."""


class ObjectNotFound(StorageError):
    """No object is stored under this key."""


class StorageUnavailable(StorageError):
    """The storage does not answer, or is full, or lost the connection: try again later."""


class KeyRefused(StorageError):
    """The key is malformed, or belongs to another escuela than the current one."""


class SizeMismatch(StorageError):
    """The stream did not hold the number of bytes that the caller announced; nothing was stored."""


class QueueUnavailable(Exception):
    """The queue does not answer; raised by `check` only, never by `wake`."""


class MailError(Exception):
    """A mail was not handed over."""


class MailRefused(MailError):
    """Permanent: this message will never be accepted as it is. Do not repeat it."""


class MailUnavailable(MailError):
    """Temporary: the same message may be accepted later. Repeat it with the same Message-ID."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What was just written: key, size (bytes) and SHA-256 (64 hex digits) of the stored bytes."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """An object as the storage knows it: key, size (bytes), last change (UTC, aware)."""

    key: str
    size: int
    modified: datetime


class Veredicto(StrEnum):
    """What a scanner says of a file."""

    LIMPIO = "limpio"
    INFECTADO = "infectado"
    SIN_ANALISIS = "sin_analisis"
    ERROR = "error"


class Storage(Protocol):
    """Files by key. A key is `escuela/<id>/…` (owned) or `dependencia/<id>/…` (dossier, platform).

    Every method runs `check_key` first and raises KeyRefused; an escuela's keys are reachable only
    in the scope of that escuela. Raises StorageUnavailable when the storage does not answer.
    """

    @property
    def name(self) -> str:
        """Which storage this is, as a `documento` row remembers it: `folder` or `s3`."""

    def put(
        self,
        key: str,
        stream: IO[bytes],
        *,
        size: int | None = None,
        content_type: str = "application/octet-stream",
    ) -> StoredObject:
        """Store the stream up to its end; whole or not at all, memory flat, replacing what was there.

        `size` (bytes), when given, must match: SizeMismatch otherwise. What the stream itself
        raises (an upload over its limit) passes through, and nothing is stored.
        """

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """A readable stream of the bytes [start, end); close it, or use it in a `with`.

        `end` is exclusive; past the object's end there are simply no bytes. ValueError for a
        negative or reversed range; ObjectNotFound when there is no such object.
        """

    def stat(self, key: str) -> ObjectInfo:
        """Size and last change, or ObjectNotFound."""

    def exists(self, key: str) -> bool:
        """Whether an object is stored under the key."""

    def delete(self, key: str) -> None:
        """Remove the object; twice is the same as once."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """The objects below a prefix (`escuela/7/`, `escuela/7/cartas/`), by key; for the janitor."""

    def check(self) -> None:
        """Raise StorageUnavailable unless the storage answers; for /salud."""


class Queue(Protocol):
    """A wake-up for the worker; never carries a payload, because the outbox is the truth."""

    def wake(self, escuela_id: int) -> None:
        """Say that this escuela has due outbox rows. Never raises and never waits long: a lost
        wake-up is found by the sweeper. Wake-ups that nobody served yet count as one."""

    def start(self) -> None:
        """Begin to serve, where the queue serves by itself (embedded); twice is once."""

    def stop(self) -> None:
        """Finish the piece of work in hand and end; twice is once."""

    def check(self) -> None:
        """Raise QueueUnavailable unless the queue answers; for /salud."""


class Mailer(Protocol):
    """Hands a finished message to whoever delivers it."""

    def send(self, message: EmailMessage) -> None:
        """Hand it over; the same Message-ID twice is the same mail.

        MailRefused is permanent (also what `check_message` finds), MailUnavailable is temporary.
        """


class Scanner(Protocol):
    """Looks for malware in an uploaded file."""

    @property
    def active(self) -> bool:
        """False where nothing is analysed; the coordinador's page says so."""

    def scan(self, stream: IO[bytes]) -> Veredicto:
        """Read the stream to its end and judge it. A scanner that fails answers ERROR: the caller
        decides, and never takes it for LIMPIO."""


@dataclass(frozen=True, slots=True)
class Backends:
    """The four, as `portal.wiring.build` chose them."""

    storage: Storage
    queue: Queue
    mailer: Mailer
    scanner: Scanner


def check_key(key: str, escuela_id: int | None, *, prefix: bool = False) -> str:
    """The key itself, or KeyRefused: `escuela/<id>/…` in that escuela's scope, `dependencia/<id>/…`.

    Segments are ASCII letters, digits, `.`, `_`, `-`, none begins with a dot, none is empty: a key
    can never leave its folder. With `prefix=True` a closing slash and a bare owner are allowed.
    """
    segments = key.split("/")
    if prefix and segments[-1] == "":
        segments.pop()
    if len(key) > MAX_KEY or len(segments) < (2 if prefix else 3):
        raise KeyRefused(f"a key is owner/id/name, at most {MAX_KEY} characters: {key[:80]!r}")
    if segments[0] not in _OWNERS or not _ID.fullmatch(segments[1]):
        raise KeyRefused(f"a key begins with escuela/<id>/ or dependencia/<id>/: {key[:80]!r}")
    if not all(_SEGMENT.fullmatch(segment) for segment in segments):
        raise KeyRefused(f"a key holds letters, digits, '.', '_', '-': {key[:80]!r}")
    if segments[0] == "escuela" and int(segments[1]) != escuela_id:
        raise KeyRefused(f"{'/'.join(segments[:2])} is not the current escuela ({escuela_id})")
    return key


def check_range(start: int, end: int | None) -> None:
    """ValueError unless 0 <= start <= end; `end` None means to the last byte."""
    if start < 0 or (end is not None and end < start):
        raise ValueError(f"not a range of bytes: [{start}, {end})")


def check_message(message: EmailMessage) -> str:
    """The Message-ID of a message that is fit to send, or MailRefused.

    One Message-ID, one From, one To (of any number of people), every address with an `@`, and no line break or
    NUL smuggled into a header (header injection).
    """
    # Raw values: the parser of email.headerregistry raises IndexError on addresses like "ana@".
    headers: dict[str, list[str]] = {}
    for name, raw in message.raw_items():
        value = str(raw).replace("\r\n", "\n")
        if re.search(r"\r|\0|\n(?![ \t])", value):
            raise MailRefused(f"the header {name} holds a line break")
        headers.setdefault(name.lower(), []).append(value)
    for name in ("message-id", "from", "to"):
        if len(headers.get(name, [])) != 1 or not headers[name][0].strip():
            raise MailRefused(f"a mail has exactly one {name}")
    for name in ("from", "to", "cc", "bcc"):
        for _, address in getaddresses(headers.get(name, [])):
            if not _ADDRESS.fullmatch(address):
                raise MailRefused(f"not an address in {name}")
    return headers["message-id"][0].strip()
