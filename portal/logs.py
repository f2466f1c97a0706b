"""What the processes write to stderr: one JSON object a line in production, key=value for eyes elsewhere.

A line says who (a number), where (the name of a page, never an address with a token in it), which escuela and how long.
It never carries what people wrote: messages of exceptions are left out in production, because a database repeats in
them the values that it refused.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from types import FrameType, TracebackType
from typing import Any, TextIO

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter

Event = MutableMapping[str, Any]
OURS = ("portal", "worker", "tenants")
FIELDS = ("method", "status", "ms", "done")
"""What a record may bring besides its message: nothing else gets into a line by accident."""
FRAMES = 12


def configure(env: str, stream: TextIO | None = None) -> None:
    """Write the lines of this process to `stream` (stderr); twice is once. `env` is Settings.env.

    The demo tells only what goes wrong: its accounts and addresses stay on the screen.
    """
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler.formatter, ProcessorFormatter)]:
        root.removeHandler(old)
    root.addHandler(handler(env, stream))
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.WARNING if env == "demo" else logging.INFO)


def handler(env: str, stream: TextIO | None = None) -> logging.Handler:
    """What writes one line for a record."""
    made = logging.StreamHandler(stream or sys.stderr)
    made.addFilter(_hide_errors)
    production = env == "production"
    renderer: list[Any] = [_where, structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
    if not production:
        renderer = [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]
    made.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                ExtraAdder(FIELDS),
                _request,
            ],
            processors=[ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    return made


def _hide_errors(record: logging.LogRecord) -> bool:
    """An exception among the arguments of a message is told by its class alone."""
    if isinstance(record.args, tuple):
        record.args = tuple(_name(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
    return True


def _request(_logger: object, _method: str, event: Event) -> Event:
    """During a request: its id, page, escuela and actor."""
    from flask import g, has_request_context, request

    if has_request_context():
        event["request_id"] = g.get("request_id", "")
        event["endpoint"] = request.endpoint or ""
        if g.get("escuela") is not None and g.get("slug"):
            event["escuela"] = g.slug
        event["actor"] = _actor()
    return event


def _actor() -> str:
    """The role and the account's number: "alumno:4559…", "cuenta:4559…", or ""."""
    from flask import g

    actor = g.get("actor")
    if actor is not None and actor.usuario_id:
        return f"{actor.rol}:{actor.usuario_id}"
    abierta = getattr(g.get("_login_user"), "abierta", None)
    return f"cuenta:{abierta.usuario_id}" if abierta is not None else ""


def _where(_logger: object, _method: str, event: Event) -> Event:
    """The class of an exception and the lines of ours that it passed, without its message."""
    info = event.pop("exc_info", None)
    if info and info[0] is not None:
        event["exception"] = " <- ".join(_name(error) for error in _chain(info[1]))
        event["stack"] = _frames(info[2])
    event.pop("stack_info", None)
    return event


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found and len(found) < 5:
        found.append(error)
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__
    return found


def _name(error: BaseException) -> str:
    return type(error).__name__


def _frames(trace: TracebackType | None) -> list[str]:
    """ "file:line function", the innermost last."""
    found: list[str] = []
    while trace is not None:
        frame: FrameType = trace.tb_frame
        module = frame.f_globals.get("__name__", "?")
        found.append(f"{module}:{trace.tb_lineno} {frame.f_code.co_name}")
        trace = trace.tb_next
    return found[-FRAMES:]


bound: Callable[..., Any] = structlog.contextvars.bound_contextvars
"""`with bound(escuela=…, task=…):` puts these values into every line written inside."""
