"""The embedded server: web and work in one process, ended by Ctrl-C without a word of complaint."""

from __future__ import annotations

import errno
import gc
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

import click
from flask import Flask

from portal.settings import Settings

THREADS = 8


def check_port(settings: Settings) -> None:
    """Say in a sentence that the port is taken, before anything else is done."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise click.ClickException(
                    f"El puerto {settings.port} ya está en uso o no se puede usar. "
                    f"Elige otro, por ejemplo: PORT={settings.port + 1} make demo"
                ) from error
            raise click.ClickException(
                f"No se puede escuchar en {settings.host}: {error.strerror}."
            ) from error


class _Stopped(SystemExit):
    """SIGINT or SIGTERM: the person or the machine wants the end, and that is no error."""


@contextmanager
def ends_quietly() -> Iterator[None]:
    """Ctrl-C and SIGTERM end what runs inside at once, with one sentence and exit code 0."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    with suppress(_Stopped):
        yield
    click.echo("\nEl portal se detuvo.")


@contextmanager
def less_collecting() -> Iterator[None]:
    """A start only makes what stays, and a demo's thousands of short transactions leave little garbage: looking for
    it less often saves a tenth of their time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def serve(app: Flask, settings: Settings) -> None:
    """Serve until the end is asked for; the outbox thread runs beside and ends with it."""
    from waitress.server import create_server

    from portal import logs

    logs.configure(settings.env)
    queue = app.extensions["portal_backends"].queue
    server = create_server(app, host=settings.host, port=settings.port, threads=THREADS, ident="portal",
                           max_request_body_size=4 * 1024**3)  # fmt: skip
    queue.start()
    try:
        server.run()
    finally:
        server.close()
        queue.stop()


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Once: a second Ctrl-C does not cut short what is being put away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Stopped(0)
