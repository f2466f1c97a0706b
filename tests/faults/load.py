"""People at their browsers while something breaks: they read pages and send files, and remember what they were told."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from tests import factories
from tests.faults.ground import Ground, csrf_field, pdf

SENTENCE = "En unos minutos se puede volver a intentar"
LONGEST = 12.0  # s after which somebody is told that something is away


@dataclass
class Said:
    """What the browsers were told: statuses by page, the slowest answer, and what broke the agreement."""

    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    slowest: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Load:
    """Readers of `pages` (name -> path), of a stored file ("archivo"), and uploaders of drafts, for a `with`."""

    def __init__(
        self, ground: Ground, pages: dict[str, str], *, uploaders: int = 2, pause: float = 0.05
    ) -> None:
        self.ground, self.pages, self.pause = ground, pages, pause
        self.said = Said()
        self.confirmed: dict[int, str] = {}
        self.uploads = 0
        self._stop = threading.Event()
        self._drafts = [ground.draft() for _ in range(uploaders)]
        token = csrf_field(ground.app)
        self._threads = [
            threading.Thread(target=self._read, args=item, daemon=True) for item in pages.items()
        ]
        now = datetime.now(UTC)
        reader = factories.alumno(ground.escuela, now)
        stored = factories.documento(ground.escuela, now, de=reader)
        item = (
            "archivo",
            f"/escom/alumno/documentos/{stored.public_id}",
            ground.browser(reader.usuario_id or 0),
        )
        self._threads.append(threading.Thread(target=self._read, args=item, daemon=True))
        for alumno, solicitud in self._drafts:
            browser = ground.browser(alumno.usuario_id or 0)
            address = f"{ground.base}/escom/alumno/solicitudes/{solicitud.public_id}/presentacion/subir"
            args = (browser, address, solicitud.id, token)
            self._threads.append(threading.Thread(target=self._upload, args=args, daemon=True))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def forget(self) -> Said:
        """What was said so far; begins a new page."""
        before, self.said = self.said, Said()
        return before

    def _read(self, name: str, path: str, browser: requests.Session | None = None) -> None:
        browser = browser or requests.Session()
        # As a browser does: a kept connection that the server closed in the same moment is asked again, once.
        again = Retry(connect=0, read=1, status=0, allowed_methods={"GET"}, respect_retry_after_header=False)
        browser.mount("http://", HTTPAdapter(max_retries=again))
        while not self._stop.wait(self.pause):
            self._ask(name, lambda: browser.get(self.ground.base + path, timeout=30))

    def _upload(self, browser: requests.Session, address: str, solicitud_id: int, token: str) -> None:
        number = 0
        while not self._stop.wait(self.pause):
            number += 1
            nombre, content = f"carta-{number}.pdf", pdf(f"Carta ficticia {solicitud_id} {number}")
            answer = self._ask(
                "subir",
                lambda sent=content, nombre=nombre: browser.post(
                    address,
                    data={"csrf_token": token},
                    files={"archivo": (nombre, sent, "application/pdf")},
                    timeout=30,
                    allow_redirects=False,
                ),
            )
            if answer is not None and answer.status_code in (302, 303):
                self.confirmed[solicitud_id] = nombre
                self.uploads += 1
                if "solicitudes" not in answer.headers["Location"]:
                    self.said.wrong.append(f"subir: sent to {answer.headers['Location']}")
            elif solicitud_id in self.confirmed:
                self.confirmed[solicitud_id] = (
                    ""  # the answer was lost: the file before it or this one is kept
                )

    def _ask(self, name: str, ask) -> requests.Response | None:  # type: ignore[no-untyped-def]
        begun = time.monotonic()
        said = self.said
        try:
            answer: requests.Response = ask()
        except requests.RequestException as error:
            said.statuses.setdefault(name, Counter())[0] += 1
            said.wrong.append(f"{name}: {type(error).__name__}")
            return None
        took = time.monotonic() - begun
        said.slowest = max(said.slowest, took)
        said.statuses.setdefault(name, Counter())[answer.status_code] += 1
        if answer.status_code >= 400 and answer.status_code != 503:
            said.wrong.append(f"{name}: {answer.status_code}")
        if answer.status_code == 503 and not (answer.headers.get("Retry-After") and SENTENCE in answer.text):
            said.wrong.append(f"{name}: a 503 without its sentence or Retry-After")
        if took > LONGEST and answer.status_code == 503:
            said.wrong.append(f"{name}: {took:.0f} s")
        return answer
