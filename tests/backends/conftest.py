"""Each contract suite runs once for every implementation in these tables; a new one is a new row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from uuid import uuid4

import pytest
from minio import Minio

from portal.backends.clamd import ClamdScanner
from portal.backends.eml import FolderMailer
from portal.backends.folder import FolderStorage
from portal.backends.interfaces import Mailer, Queue, Scanner, Storage
from portal.backends.null_scanner import NullScanner
from portal.backends.s3 import S3Storage
from portal.backends.smtp import SmtpMailer
from portal.backends.thread_queue import ThreadQueue
from tests.backends.peers import ClamdPeer, SmtpPeer


class Scope:
    """The current escuela of a test: a value that the test sets."""

    def __init__(self) -> None:
        self.escuela: int | None = 7

    def __call__(self) -> int | None:
        return self.escuela


REAL = pytest.mark.services
"""Marks a row that needs `scripts/services up`; the others speak to small peers inside the test."""

STORAGES = ["folder", pytest.param("s3", marks=REAL)]
MAILERS = ["folder", "smtp", pytest.param("smtp server", marks=REAL)]
SCANNERS = ["none", "clamd", pytest.param("clamd server", marks=REAL)]
QUEUES: dict[str, Callable[[Callable[[int], None], Callable[[], None]], Queue]] = {
    "thread": lambda drain, sweep: ThreadQueue(drain, sweep, every=60, backoff=0.02),
}


@pytest.fixture
def scope() -> Scope:
    return Scope()


@contextmanager
def bucket_of(at: SplitResult) -> Iterator[str]:
    """A new bucket for the length of a `with`, thrown away with what is in it."""
    client = Minio(at.netloc.rpartition("@")[2], at.username, at.password, secure=False)
    name = f"prueba-{uuid4().hex}"
    yield name
    if client.bucket_exists(name):
        for found in client.list_objects(name, recursive=True):
            client.remove_object(name, str(found.object_name))
        client.remove_bucket(name)


@pytest.fixture
def make_s3(services: dict[str, str], scope: Scope) -> Iterator[Callable[..., S3Storage]]:
    """Makes the storages of one new bucket; `secret` and `port` may be wrong on purpose."""
    at = urlsplit(services["PORTAL_STORAGE_URL"])
    with bucket_of(at) as bucket:

        def make(*, secret: str = str(at.password), port: int = at.port or 0) -> S3Storage:
            return S3Storage(f"127.0.0.1:{port}", bucket, str(at.username), secret, scope, secure=False)

        yield make


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest, tmp_path: Path, scope: Scope) -> Storage:
    if request.param == "folder":
        return FolderStorage(tmp_path / "archivos", scope)
    return request.getfixturevalue("make_s3")()


@pytest.fixture
def smtp_peer() -> Iterator[SmtpPeer]:
    with SmtpPeer() as peer:
        yield peer


@pytest.fixture(params=MAILERS)
def mailer(request: pytest.FixtureRequest, tmp_path: Path) -> Mailer:
    if request.param == "folder":
        return FolderMailer(tmp_path / "correo")
    if request.param == "smtp":
        return SmtpMailer("127.0.0.1", request.getfixturevalue("smtp_peer").port, tls="no", timeout=5)
    return request.getfixturevalue("smtp_server")


@pytest.fixture
def smtp_server(services: dict[str, str]) -> SmtpMailer:
    """The mailer of the real server; what it took is in the Maildir PORTAL_TEST_MAILDIR."""
    at = urlsplit(services["PORTAL_MAIL_URL"])
    return SmtpMailer(str(at.hostname), at.port or 25, tls="no", helo="portal.test", timeout=10)


@pytest.fixture(params=QUEUES)
def make_queue(request: pytest.FixtureRequest) -> Iterator[Callable[..., Queue]]:
    """Makes queues of one kind and stops them at the end of the test."""
    made: list[Queue] = []

    def make(drain: Callable[[int], None], sweep: Callable[[], None] = lambda: None) -> Queue:
        made.append(QUEUES[request.param](drain, sweep))
        return made[-1]

    yield make
    for queue in made:
        queue.stop()


@pytest.fixture
def clamd_peer() -> Iterator[ClamdPeer]:
    with ClamdPeer() as peer:
        yield peer


@pytest.fixture(params=SCANNERS)
def scanner(request: pytest.FixtureRequest) -> Scanner:
    if request.param == "none":
        return NullScanner()
    if request.param == "clamd":
        return ClamdScanner(host="127.0.0.1", port=request.getfixturevalue("clamd_peer").port, timeout=5)
    return request.getfixturevalue("clamd_server")


@pytest.fixture
def clamd_server(services: dict[str, str]) -> ClamdScanner:
    """The real clamd, with a base of two signatures."""
    at = urlsplit(services["PORTAL_CLAMD_URL"])
    return ClamdScanner(host=at.hostname, port=at.port or 3310, timeout=30)


@pytest.fixture
def message() -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = "<aviso-1@portal.test>"
    mail["From"] = "servicio-social@portal.test"
    mail["To"] = '"Pérez, Ana" <ana@alumnos.test>'
    mail["Subject"] = "Tu reporte de 180 horas fue aceptado"
    mail.set_content("Sigue el de 360 horas.\n\nAtentamente: la coordinación\n")
    return mail
