"""One line in the log for each request, under an id that the answer repeats."""

from __future__ import annotations

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
log = logging.getLogger(__name__)


def request_id() -> str:
    """The id of this request: the proxy's if it is sane (8 to 64 letters, digits, `.`, `_`, `-`), else a new one."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _SANE.fullmatch(given) else secrets.token_hex(8)
    return str(g.request_id)


def seconds() -> float:
    """How long this request has taken so far."""
    return time.perf_counter() - g.get("began", time.perf_counter())


def init_peticiones(app: Flask) -> None:
    """To be installed before everything else: its clock starts first and its line is written last."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        request_id()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        level = logging.ERROR if response.status_code == 500 else logging.INFO
        log.log(
            level,
            "request",
            extra={
                "method": request.method if request.method in METHODS else "OTHER",
                "status": response.status_code,
                "ms": round(seconds() * 1000, 1),
            },
        )
        return response


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
