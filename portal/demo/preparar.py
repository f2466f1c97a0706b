"""A first start that is interrupted leaves nothing half done: the demo is made aside and put in place at its end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from portal import create_app
from portal.models import db
from portal.settings import FolderAt, Settings

APARTE = ".preparando"
BASE = "portal.db"


class Interrumpida(Exception):
    """The data folder holds rows of a demo that was not finished; the message says what to do, in Spanish."""


def embedded(settings: Settings) -> bool:
    """Whether database, files and mail are all where the data folder has them by default."""
    data = settings.data
    return (
        settings.database_url == f"sqlite:///{data}/{BASE}"
        and settings.storage == FolderAt(data / "archivos")
        and settings.mail == FolderAt(data / "correo")
    )


def first_time(settings: Settings) -> bool:
    """Whether the data folder has no database yet, so that the demo can be made aside."""
    return embedded(settings) and not (settings.data / BASE).exists()


def make_aside(
    settings: Settings, ready: Callable[[], None], now: datetime, say: Callable[[str], None]
) -> None:
    """Make the whole demo in a folder beside its place, then move it there; the database last.

    What an interrupted start left aside is thrown away. `ready` migrates and loads the escuelas.
    """
    from portal.demo.sembrar import seed

    aparte = settings.data / APARTE
    shutil.rmtree(aparte, ignore_errors=True)
    aparte.mkdir(parents=True)
    app = create_app(
        replace(
            settings,
            database_url=f"sqlite:///{aparte}/{BASE}",
            storage=FolderAt(aparte / "archivos"),
            mail=FolderAt(aparte / "correo"),
        )
    )
    with app.app_context():
        ready()
        seed(now, say=say)
        db.session.remove()
        db.engine.dispose()  # the last connection writes the log back into the database file
    date_mails(aparte / "correo")
    for name in ("archivos", "correo", BASE):
        target = settings.data / name
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(aparte / name, target)
    shutil.rmtree(aparte)


def make_in_place(settings: Settings, now: datetime, say: Callable[[str], None]) -> None:
    """Fill a database that has no account yet, wherever it is; a mark in the data folder tells of an interruption."""
    from portal.models import Usuario

    mark = settings.data / f"{APARTE}.marca"
    if mark.exists():
        raise Interrumpida(
            f"La preparación de los datos de ejemplo se interrumpió. Para empezar de nuevo, borre la carpeta "
            f"{settings.data} (y vacíe la base de datos y el almacén, si están en otro lugar), o use otra: "
            "PORTAL_DATA=otra-carpeta make demo"
        )
    if db.session.scalar(db.select(Usuario.id).limit(1)) is not None:
        return
    from portal.demo.sembrar import seed

    settings.data.mkdir(parents=True, exist_ok=True)
    mark.touch()
    seed(now, say=say)
    mark.unlink()


def date_mails(folder: Path) -> None:
    """Give each mail file the time that its mail has, so that lists by time are right."""
    for path in folder.glob("*.eml"):
        with path.open("rb") as stream:
            sent = parsedate_to_datetime(BytesHeaderParser().parse(stream)["Date"]).timestamp()
        os.utime(path, (sent, sent))
