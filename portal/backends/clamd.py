"""Virus scan by a clamd (INSTREAM over TCP or a unix socket): the production Scanner."""

import logging
import socket
import struct
import time
from pathlib import Path
from typing import IO

from portal.backends.interfaces import Veredicto

log = logging.getLogger(__name__)

_PIECE = 256 * 1024
_MAX_REPLY = 4096


class ClamdScanner:
    """Asks a clamd; whatever goes wrong on the way is ERROR, never LIMPIO. `timeout` (s) is for all of it."""

    active = True

    def __init__(
        self,
        *,
        host: str | None = None,
        port: int = 3310,
        socket_path: Path | None = None,
        timeout: float = 60.0,
    ) -> None:
        if (host is None) == (socket_path is None):
            raise ValueError("a clamd has either a host or a unix socket")
        self._host = host
        self._port = port
        self._socket_path = socket_path
        self._timeout = timeout

    def scan(self, stream: IO[bytes]) -> Veredicto:
        """See Scanner.scan; what the stream itself raises passes through, unless it is an OSError."""
        deadline = time.monotonic() + self._timeout
        try:
            with self._connect() as peer:
                reply = self._ask(peer, stream, deadline)
        except OSError as error:
            log.warning("clamd did not answer: %s", error)
            return Veredicto.ERROR
        return _verdict(reply)

    def _connect(self) -> socket.socket:
        if self._host is not None:
            return socket.create_connection((self._host, self._port), timeout=min(self._timeout, 5.0))
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            peer.settimeout(self._timeout)
            peer.connect(str(self._socket_path))
        except OSError:
            peer.close()
            raise
        return peer

    def _ask(self, peer: socket.socket, stream: IO[bytes], deadline: float) -> bytes:
        try:
            _send(peer, b"zINSTREAM\0", deadline)
            while piece := stream.read(_PIECE):
                _send(peer, struct.pack("!L", len(piece)) + piece, deadline)
            _send(peer, struct.pack("!L", 0), deadline)
        except (BrokenPipeError, ConnectionResetError):
            # A file over clamd's own limit: it says so and hangs up while we still send.
            log.warning("clamd hung up before the end of the file")
        return _receive(peer, deadline)


def _send(peer: socket.socket, data: bytes, deadline: float) -> None:
    peer.settimeout(_left(deadline))
    peer.sendall(data)


def _receive(peer: socket.socket, deadline: float) -> bytes:
    """The reply up to its NUL (or the end of the connection)."""
    reply = b""
    while b"\0" not in reply and len(reply) < _MAX_REPLY:
        peer.settimeout(_left(deadline))
        piece = peer.recv(_MAX_REPLY)
        if not piece:
            break
        reply += piece
    return reply.split(b"\0", 1)[0]


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("time is over")
    return left


def _verdict(reply: bytes) -> Veredicto:
    text = reply.decode("ascii", "replace").strip()
    if text == "stream: OK":
        return Veredicto.LIMPIO
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        log.warning("clamd found %s", text[len("stream: ") : -len(" FOUND")][:200])
        return Veredicto.INFECTADO
    log.warning("clamd answered %r", text[:200])
    return Veredicto.ERROR
