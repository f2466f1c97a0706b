"""The contract of Scanner; and that a clamd in trouble never means a clean file."""

import io
import socket
import threading

import pytest

from portal.backends.clamd import ClamdScanner
from portal.backends.interfaces import Veredicto

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"x" * 1_000_000])
def test_a_harmless_file_is_clean_where_it_is_analysed_and_unanalysed_where_it_is_not(scanner, content):
    expected = Veredicto.LIMPIO if scanner.active else Veredicto.SIN_ANALISIS
    assert scanner.scan(io.BytesIO(content)) is expected


def test_a_virus_is_never_called_clean(scanner):
    expected = Veredicto.INFECTADO if scanner.active else Veredicto.SIN_ANALISIS
    assert scanner.scan(io.BytesIO(b"x" * 700_000 + EICAR)) is expected


@pytest.mark.services
@pytest.mark.parametrize("virus", [EICAR, b"PORTAL-ARCHIVO-INFECTADO-DE-PRUEBA"])
def test_the_real_clamd_finds_a_virus_anywhere_in_a_pdf(clamd_server, virus):
    assert clamd_server.scan(io.BytesIO(b"%PDF-1.7\n" + virus + b"\n%%EOF")) is Veredicto.INFECTADO


@pytest.mark.services
def test_the_real_clamd_calls_nothing_clean_that_is_over_its_limit(clamd_server):
    assert clamd_server.scan(io.BytesIO(bytes(101 * 1024 * 1024))) is Veredicto.ERROR


def clamd(port: int, timeout: float = 5) -> ClamdScanner:
    return ClamdScanner(host="127.0.0.1", port=port, timeout=timeout)


def test_every_byte_reaches_clamd(clamd_peer):
    clamd(clamd_peer.port).scan(io.BytesIO(b"x" * 700_001))
    assert clamd_peer.received == 700_001


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\0",
        b"UNKNOWN COMMAND\0",
        b"stream: ERROR\0",
        b"stream: OK and more\0",
        b"FOUND\0",
        b"stream: x lstat() failed. ERROR\0",
        b"\xff\xfe\0",
    ],
)
def test_an_answer_that_is_not_understood_is_an_error(clamd_peer, reply):
    clamd_peer.reply = reply
    assert clamd(clamd_peer.port).scan(io.BytesIO(b"x")) is Veredicto.ERROR


def test_a_file_over_the_limit_of_clamd_is_an_error(clamd_peer):
    clamd_peer.limit = 1000
    assert clamd(clamd_peer.port).scan(io.BytesIO(b"x" * 5_000_000)) is Veredicto.ERROR


def test_a_clamd_that_does_not_answer_in_time_is_an_error(clamd_peer):
    clamd_peer.silent.set()
    assert clamd(clamd_peer.port, timeout=0.2).scan(io.BytesIO(b"x")) is Veredicto.ERROR


def test_a_clamd_that_is_not_there_is_an_error(tmp_path):
    assert clamd(1).scan(io.BytesIO(b"x")) is Veredicto.ERROR
    missing = ClamdScanner(socket_path=tmp_path / "clamd.ctl")
    assert missing.scan(io.BytesIO(b"x")) is Veredicto.ERROR


def test_a_clamd_on_a_unix_socket_is_asked_too(tmp_path):
    path = tmp_path / "c"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                while not connection.recv(65536).endswith(b"\0\0\0\0"):
                    pass
                connection.sendall(b"stream: OK\0")

        threading.Thread(target=answer, daemon=True).start()
        assert ClamdScanner(socket_path=path, timeout=5).scan(io.BytesIO(b"x")) is Veredicto.LIMPIO
