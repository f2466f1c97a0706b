"""Each contract suite runs once for every implementation in these tables; a new one is a new row."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from portal.backends.clamd import ClamdScanner
from portal.backends.eml import FolderMailer
from portal.backends.folder import FolderStorage
from portal.backends.interfaces import Mailer, Queue, Scanner, Storage
from portal.backends.null_scanner import NullScanner
from portal.backends.smtp import SmtpMailer
from portal.backends.thread_queue import ThreadQueue
from tests.backends.peers import ClamdPeer, SmtpPeer


class Scope:
    """The current escuela of a test: a value that the test sets."""

    def __init__(self) -> None:
        self.escuela: int | None = 7

    def __call__(self) -> int | None:
        return self.escuela


STORAGES: dict[str, Callable[[Path, Scope], Storage]] = {
    "folder": lambda tmp, scope: FolderStorage(tmp / "archivos", scope),
}
MAILERS: dict[str, Callable[[Path, SmtpPeer], Mailer]] = {
    "folder": lambda tmp, peer: FolderMailer(tmp / "correo"),
    "smtp": lambda tmp, peer: SmtpMailer("127.0.0.1", peer.port, tls="no", helo="portal.test", timeout=5),
}
QUEUES: dict[str, Callable[[Callable[[int], None], Callable[[], None]], Queue]] = {
    "thread": lambda drain, sweep: ThreadQueue(drain, sweep, every=60, backoff=0.02),
}
SCANNERS: dict[str, Callable[[ClamdPeer], Scanner]] = {
    "none": lambda peer: NullScanner(),
    "clamd": lambda peer: ClamdScanner(host="127.0.0.1", port=peer.port, timeout=5),
}


@pytest.fixture
def scope() -> Scope:
    return Scope()


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest, tmp_path: Path, scope: Scope) -> Storage:
    return STORAGES[request.param](tmp_path, scope)


@pytest.fixture
def smtp_peer() -> Iterator[SmtpPeer]:
    with SmtpPeer() as peer:
        yield peer


@pytest.fixture(params=MAILERS)
def mailer(request: pytest.FixtureRequest, tmp_path: Path, smtp_peer: SmtpPeer) -> Mailer:
    return MAILERS[request.param](tmp_path, smtp_peer)


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
def scanner(request: pytest.FixtureRequest, clamd_peer: ClamdPeer) -> Scanner:
    return SCANNERS[request.param](clamd_peer)


@pytest.fixture
def message() -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"] = "<aviso-1@portal.test>"
    mail["From"] = "servicio-social@portal.test"
    mail["To"] = '"Pérez, Ana" <ana@alumnos.test>'
    mail["Subject"] = "Tu reporte de 180 horas fue aceptado"
    mail.set_content("Sigue el de 360 horas.\n\nAtentamente: la coordinación\n")
    return mail
