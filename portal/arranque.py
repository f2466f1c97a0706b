"""Whether a process may start: in production the wall between escuelas has to hold for the role of the database."""

from __future__ import annotations

import logging

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal.models import db
from portal.settings import Settings, SettingsError
from tenants.examine import examine

log = logging.getLogger(__name__)
CREAR_ROL = (
    "Cree un rol que solo lea y escriba («CREATE ROLE portal_app LOGIN … NOSUPERUSER NOBYPASSRLS»), dele permiso sobre "
    "las tablas y póngalo en PORTAL_DATABASE_URL; el dueño es solo para «portal migrar»."
)


def exigir(app: Flask, settings: Settings, *, answers: bool) -> None:
    """SettingsError, a Spanish sentence, when the database's role would see through the wall. Only in production.

    `answers`: a database that does not answer is refused too. A process that takes the place of another does not ask
    for it: an outage of the database must not keep the web from coming back.
    """
    if settings.env != "production":
        return
    with app.app_context():
        try:
            faults = examine(db.session.get_bind()).faults  # type: ignore[arg-type]
        except SQLAlchemyError as error:
            if answers:
                raise SettingsError(
                    "La base de datos de PORTAL_DATABASE_URL no responde o no acepta la clave; «portal check» dice más."
                ) from error
            log.warning("the role of the database could not be examined: %s", error)
            return
        finally:
            db.engine.dispose()
    if faults:
        raise SettingsError(f"PORTAL_DATABASE_URL: {'; '.join(faults)}. {CREAR_ROL}")
