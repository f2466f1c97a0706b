"""The WSGI entry for gunicorn: `gunicorn 'portal.wsgi:make()'`."""

from __future__ import annotations

from flask import Flask

from portal import create_app
from portal.settings import Settings


def make() -> Flask:
    """The portal of this process's environment."""
    return create_app(Settings.from_env())
