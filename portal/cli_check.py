"""`portal check`: what is configured, what answers, what is migrated and what can be written, in a table."""

from __future__ import annotations

import io
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import click
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal.backends.interfaces import Backends, Veredicto
from portal.settings import FolderAt, Settings

ROOT = Path(__file__).resolve().parents[1]
PROBE = "dependencia/1/revision"
"""No dependencia has such a small id."""


class Row(NamedTuple):
    """A part of the installation: how it is set, and whether it works, in words."""

    part: str
    configured: str
    works: bool
    note: str


def check(app: Flask, settings: Settings) -> None:
    """Print the table; exit with 1 when a part does not work. The current application context is `app`'s."""
    backends: Backends = app.extensions["portal_backends"]
    rows = [
        _row("base de datos", settings.database_url.split(":", 1)[0].split("+")[0], _database),
        _row("archivos", backends.storage.name, lambda: _files(backends)),
        _row("cola", "redis" if settings.redis_url else "proceso web", lambda: _queue(backends, settings)),
        _row("correo", _mail_kind(settings), lambda: _mail(settings)),
        _row("antivirus", "clamd" if settings.clamd else "ninguno", lambda: _scanner(backends)),
        _row("clave", "propia" if settings.own_secret else "hecha aquí", lambda: _secret(settings)),
        _row("métricas", "con ficha" if settings.metrics_token else "cerradas", lambda: _metrics(settings)),
        _row(
            "OpenID", f"{len(settings.oidc_secrets)} claves" if settings.oidc_secrets else "sin claves", _oidc
        ),
        _row("hora de sellos", "TSA" if settings.tsa_url else "propia", lambda: _times(settings)),
    ]
    for row in rows:
        click.echo(f"{row.part:<14} {row.configured:<12} {'bien' if row.works else 'MAL':<5} {row.note}")
    if not all(row.works for row in rows):
        sys.exit(1)


def _row(part: str, configured: str, look: Callable[[], str]) -> Row:
    try:
        return Row(part, configured, True, look())
    except Exception as error:  # whatever is wrong with a part is what the operator came to read
        return Row(part, configured, False, str(error).split("\n", 1)[0] or type(error).__name__)


def _database() -> str:
    from portal.models import db
    from tenants.examine import examine

    found = examine(db.session.get_bind())
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    newest = ScriptDirectory.from_config(config).get_current_head()
    if found.faults:
        raise RuntimeError("; ".join(found.faults))
    if found.revision != newest:
        raise RuntimeError(
            f"está en la migración {found.revision or 'ninguna'} y falta llegar a {newest}: portal migrar"
        )
    if not found.writable:
        raise RuntimeError("solo se puede leer")
    return f"responde, migrada ({newest}), se puede escribir"


def _files(backends: Backends) -> str:
    backends.storage.put(PROBE, io.BytesIO(b"revision"))
    with backends.storage.open(PROBE) as stream:
        same = stream.read() == b"revision"
    backends.storage.delete(PROBE)
    if not same:
        raise RuntimeError("lo leído no es lo escrito")
    return "responde, se puede escribir, leer y borrar"


def _queue(backends: Backends, settings: Settings) -> str:
    if settings.redis_url is None:
        return "trabaja en el propio proceso web"
    backends.queue.check()
    return "responde"


def _secret(settings: Settings) -> str:
    if settings.own_secret:
        return "PORTAL_SECRET_KEY, la misma en todos los procesos"
    return f"en {settings.data / 'secret_key'}; solo para una máquina"


def _metrics(settings: Settings) -> str:
    return (
        "/metrics responde a quien trae la ficha"
        if settings.metrics_token
        else "/metrics no existe para nadie"
    )


def _oidc() -> str:
    """Every escuela whose profile asks for OpenID has its secret here, and its provider answers."""
    from portal.models import db
    from portal.services import oidc

    try:
        cuantas, faltas = oidc.faltas()
    except SQLAlchemyError:
        db.session.rollback()
        return "se sabrá cuando la base de datos responda y esté migrada"
    if faltas:
        raise RuntimeError("; ".join(faltas))
    return f"{cuantas} escuelas entran con su propio servicio" if cuantas else "ninguna escuela lo pide"


def _times(settings: Settings) -> str:
    if not settings.tsa_url:
        return "la de esta máquina; PORTAL_TSA_URL la pide a un tercero"
    at = urlsplit(settings.tsa_url)
    with socket.create_connection(
        (at.hostname or "", at.port or (443 if at.scheme == "https" else 80)), timeout=5
    ):
        return "el servicio de tiempo acepta conexiones"


def _mail_kind(settings: Settings) -> str:
    return "carpeta" if isinstance(settings.mail, FolderAt) else "smtp"


def _mail(settings: Settings) -> str:
    at = settings.mail
    if isinstance(at, FolderAt):
        at.path.mkdir(parents=True, exist_ok=True)
        return "la carpeta existe"
    with socket.create_connection((at.host, at.port), timeout=5):
        return "acepta conexiones (no se envió ningún correo)"


def _scanner(backends: Backends) -> str:
    if not backends.scanner.active:
        return "los archivos se marcan «sin análisis»"
    if backends.scanner.scan(io.BytesIO(b"revision")) is not Veredicto.LIMPIO:
        raise RuntimeError("no dio un veredicto")
    return "responde"
