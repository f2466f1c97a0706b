"""The embedded portal as one process, without a demo: waitress and the outbox's thread, as `portal demo` serves it."""

from __future__ import annotations

from portal import create_app
from portal.serve import ends_quietly, serve
from portal.settings import Settings

if __name__ == "__main__":
    settings = Settings.from_env()
    with ends_quietly():
        serve(create_app(settings), settings)
