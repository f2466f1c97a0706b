"""The production worker: `python -m worker` serves wake-ups from Redis and sweeps until it is told to stop."""

from __future__ import annotations

import sys

from portal import create_app, logs
from portal.arranque import exigir
from portal.settings import Settings, SettingsError


def main() -> None:
    """Run until SIGTERM or SIGINT; the row in hand is finished first. Any number of workers may run."""
    try:
        settings = Settings.from_env()
    except SettingsError as error:
        sys.exit(str(error))
    if settings.redis_url is None:
        sys.exit(
            "Falta PORTAL_REDIS_URL: sin Redis, el propio proceso web hace este trabajo y no hace falta otro."
        )
    logs.configure(settings.env)
    app = create_app(settings)
    try:
        exigir(app, settings, answers=True)
    except SettingsError as error:
        sys.exit(str(error))
    with app.app_context():
        app.extensions["portal_backends"].queue.work()


if __name__ == "__main__":
    main()
