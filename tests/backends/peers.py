"""Small servers that speak just enough of a protocol to stand in for the peer of a backend."""

import socketserver
import struct
import threading
from types import TracebackType
from typing import Self


class Peer:
    """A TCP server on a free port of this machine, for the length of a `with`."""

    def __init__(self) -> None:
        peer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                peer.serve(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port: int = self._server.server_address[1]

    def serve(self, connection: socketserver.StreamRequestHandler) -> None:
        """One connection of a client."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class ClamdPeer(Peer):
    """Speaks INSTREAM: EICAR in the bytes is found, more than `limit` bytes is refused; `reply` overrides."""

    def __init__(self, limit: int = 8 * 1024 * 1024) -> None:
        super().__init__()
        self.limit = limit
        self.reply: bytes | None = None
        self.silent = threading.Event()
        self.received = 0

    def serve(self, connection: socketserver.StreamRequestHandler) -> None:
        """One INSTREAM session."""
        if connection.rfile.read(10) != b"zINSTREAM\0":
            connection.wfile.write(b"UNKNOWN COMMAND\0")
            return
        seen = b""
        while length := struct.unpack("!L", connection.rfile.read(4))[0]:
            seen += connection.rfile.read(length)
            if len(seen) > self.limit:
                connection.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.received = len(seen)
        if self.silent.is_set():
            threading.Event().wait(2)
        found = b"stream: Eicar-Test-Signature FOUND\0" if b"EICAR" in seen else b"stream: OK\0"
        connection.wfile.write(found if self.reply is None else self.reply)


class SmtpPeer(Peer):
    """Speaks SMTP without TLS; `replies` overrides the answer to a verb, `received` keeps (rcpts, content)."""

    def __init__(self) -> None:
        super().__init__()
        self.replies: dict[str, str] = {}
        self.received: list[tuple[list[str], bytes]] = []

    def serve(self, connection: socketserver.StreamRequestHandler) -> None:
        """One SMTP session."""
        say = connection.wfile.write
        say(self.replies.get("CONNECT", "220 portal.test").encode() + b"\r\n")
        recipients: list[str] = []
        while line := connection.rfile.readline().decode().strip():
            verb = line[:4].upper()
            usual = {"DATA": "354 go on", "QUIT": "221 bye", "AUTH": "235 welcome"}.get(verb, "250 OK")
            if verb == "EHLO":
                usual = "250-portal.test\r\n250 AUTH PLAIN"
            answer = self.replies.get(line.upper(), self.replies.get(verb, usual))
            say(answer.encode() + b"\r\n")
            if verb == "RCPT" and answer.startswith("250"):
                recipients.append(line)
            if verb == "DATA" and answer.startswith("354"):
                self._take(connection, recipients)
            if verb == "QUIT":
                return

    def _take(self, connection: socketserver.StreamRequestHandler, recipients: list[str]) -> None:
        content = b""
        while (line := connection.rfile.readline()) != b".\r\n":
            content += line
        end = self.replies.get("CONTENT", "250 taken")
        if end.startswith("250"):
            self.received.append((recipients, content))
        connection.wfile.write(end.encode() + b"\r\n")
