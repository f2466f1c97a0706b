"""The WSGI entry for gunicorn: `gunicorn -c python:portal.gunicorn_conf 'portal.wsgi:make()'`."""

from __future__ import annotations

import sys

from flask import Flask

from portal import create_app, logs
from portal.arranque import exigir
from portal.settings import Settings, SettingsError

NO_BOOT = 3
"""gunicorn's code of a worker that cannot start: its master ends too instead of starting another."""


def make() -> Flask:
    """The portal of this process's environment; refused in a sentence, with exit code 3, where it may not start."""
    try:
        settings = Settings.from_env()
        logs.configure(settings.env)
        app = create_app(settings)
        exigir(app, settings, answers=False)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(NO_BOOT) from error
    return app
