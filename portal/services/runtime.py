"""What services need from the installation: backends and settings, put here once by create_app."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from portal.backends.interfaces import Backends


@dataclass
class Runtime:
    """The installation as services see it. `base_url` has no trailing slash; `secret_key` signs links.

    `argon2` is the cost of a password hash: memory (KiB) and rounds [OWASP: 19 MiB, 2]. `lease` is how long a row of
    the outbox belongs to whoever claimed it. `secret_keys_before`: earlier ones, to read what they encrypted.
    `oidc_secrets`: by the slug of an escuela, what the portal proves itself with to that escuela's provider.
    `tsa_url` is the RFC 3161 service that dates the seals of letters, or "". `efirma_autoridades`: a file or folder
    with the certificates of who issues e.firmas; without it nobody signs with one.
    """

    backends: Backends
    base_url: str
    secret_key: str
    mail_from: str
    max_upload_bytes: int
    argon2: tuple[int, int] = (19_456, 2)
    secret_keys_before: tuple[str, ...] = ()
    oidc_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    lease: timedelta = timedelta(minutes=2)
    tsa_url: str = ""
    efirma_autoridades: Path | None = None


_current: Runtime | None = None


def configure(runtime: Runtime) -> None:
    """Install the runtime; called once per process by create_app (and by tests)."""
    global _current
    _current = runtime


def current() -> Runtime:
    """The installed runtime; RuntimeError before create_app."""
    if _current is None:
        raise RuntimeError("the portal is not configured: call create_app first")
    return _current
