"""The session's cookie, signed by the database's clock: web machines whose clocks differ take each other's cookies."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from tenants import clock

LEEWAY = 5  # s that two machines may know the database's time differently: a cookie is never from the future


class _Signer(TimestampSigner):
    """Counts ages by the clock that all machines share, from `LEEWAY` seconds ago."""

    _signing = False

    def get_timestamp(self) -> int:
        """Seconds since 1970."""
        return int(clock.now().timestamp()) - (LEEWAY if self._signing else 0)

    def sign(self, value: str | bytes) -> bytes:
        """The value with its age, which begins at `LEEWAY`."""
        self._signing = True
        try:
            return super().sign(value)
        finally:
            self._signing = False


class SharedClockSession(SecureCookieSessionInterface):
    """Flask's cookie session; only the clock is another."""

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Flask's serializer with our signer; a new one each time, so that no two threads share a signer."""
        found: Any = super().get_signing_serializer(app)
        if found is not None:
            found.signer = _Signer
        return found  # type: ignore[no-any-return]
