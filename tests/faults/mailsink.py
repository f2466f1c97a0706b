"""An SMTP server that can refuse and be slow, and counts what it took by Message-ID."""

from __future__ import annotations

import re
import socketserver
import threading
import time
from collections import Counter
from contextlib import suppress

from tests.backends.peers import SmtpPeer

_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.IGNORECASE | re.MULTILINE)


class Sink(SmtpPeer):
    """`delay` s before a mail is accepted; `refusing()` turns everybody away, at the door or after the address."""

    def __init__(self) -> None:
        super().__init__()
        self.delay = 0.0
        self.taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def refusing(self, *, at_the_door: bool) -> None:
        """From now on nobody's mail is taken; both answers mean "later"."""
        self.replies = {"CONNECT": "421 not now"} if at_the_door else {"RCPT": "451 not now"}

    def willing(self, delay: float = 0.0) -> None:
        """From now on every mail is taken, after `delay` s."""
        self.delay, self.replies = delay, {}

    def serve(self, connection: socketserver.StreamRequestHandler) -> None:
        """One SMTP session; a client that was killed in it is no matter."""
        with suppress(OSError):
            super().serve(connection)

    def _take(self, connection: socketserver.StreamRequestHandler, recipients: list[str]) -> None:
        content = b""
        while (line := connection.rfile.readline()) != b".\r\n":
            if not line:
                return  # the client died in the middle: nothing was handed over
            content += line
        time.sleep(self.delay)
        found = _ID.search(content)
        with self._lock:
            self.taken[found[1].decode() if found else "?"] += 1
        try:
            connection.wfile.write(b"250 taken\r\n")
        except OSError:
            return  # it died before it heard: the mail will come again
