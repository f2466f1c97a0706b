"""The embedded server: web and work in one process, ended by Ctrl-C without a word of complaint."""

from __future__ import annotations

import errno
import signal
import socket
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
            raise click.ClickException(f"No se puede escuchar en {settings.host}: {error.strerror}.") from error


def serve(app: Flask, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; the outbox thread runs beside and ends with it."""
    import logging

    from waitress.server import create_server

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    queue = app.extensions["portal_backends"].queue
    server = create_server(app, host=settings.host, port=settings.port, threads=THREADS, ident="portal",
                           max_request_body_size=4 * 1024**3)  # fmt: skip
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    queue.start()
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        server.close()
        queue.stop()
        click.echo("\nEl portal se detuvo.")


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
