"""gunicorn's configuration: `gunicorn -c python:portal.gunicorn_conf --workers 2 --threads 8 'portal.wsgi:make()'`.

The master refuses before it forks, so that a wrong setting is one sentence and not a loop of dying workers. There is no
access log: an address may carry a token; the portal writes a line for each request itself. What the processes count is
put together in one folder of the master's, so that /metrics answers for all of them whichever is asked.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

from gunicorn.glogging import Logger

from portal import logs
from portal.settings import Settings, SettingsError

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
accesslog = None
control_socket_disable = True


class Registro(Logger):
    """gunicorn's own lines, in the portal's form and without addresses."""

    def setup(self, cfg: Any) -> None:
        """Write as the portal writes; a setting that cannot be read is told later, by the master."""
        super().setup(cfg)
        try:
            env = Settings.from_env().env
        except SettingsError:
            env = "production"
        self.error_log.handlers = [logs.handler(env)]
        self.error_log.propagate = False

    def access(self, *_args: Any, **_kw: Any) -> None:
        """Nothing: see above."""

    def exception(self, msg: str, *_args: Any, **kw: Any) -> None:
        """The message as it is written in gunicorn, without the address that it would put in."""
        super().exception(msg.partition("%")[0].strip() or "error", **kw)

    def warning(self, msg: str, *args: Any, **kw: Any) -> None:
        """A malformed request is told without the line that was malformed."""
        super().warning("Invalid request" if msg.startswith("Invalid request") else msg, *args, **kw)


logger_class = Registro


def on_starting(_server: Any) -> None:
    """Refuse what production refuses, and make the folder of the counters."""
    from portal import create_app
    from portal.arranque import exigir

    try:
        settings = Settings.from_env()
        if settings.metrics_token:  # before anything imports the counters: they look once where they are kept
            os.environ[FOLDER] = tempfile.mkdtemp(prefix="portal-metrics-")
        exigir(create_app(settings), settings, answers=True)
    except SettingsError as error:
        on_exit(_server)
        sys.exit(str(error))


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a process that ended; its counters stay."""
    if FOLDER in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """Take the folder of the counters away."""
    if FOLDER in os.environ:
        shutil.rmtree(os.environ[FOLDER], ignore_errors=True)
