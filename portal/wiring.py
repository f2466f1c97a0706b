"""Settings -> Backends: the only place that chooses a backend."""

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from portal.backends.interfaces import Backends, Mailer, Queue, Scanner, Storage
from portal.settings import FolderAt, Settings
from tenants import clock, guard, rls
from tenants.scope import current_escuela_or_none


def build(settings: Settings, *, drain: Callable[[int], None], sweep: Callable[[], None]) -> Backends:
    """The four backends that the settings ask for; nothing is connected or started yet.

    `drain(escuela_id)` serves an escuela's due outbox rows, `sweep()` wakes what nobody holds; the
    embedded queue calls both from its thread after `backends.queue.start()`. Production's
    libraries are imported only where they are chosen: the embedded portal starts without them.
    """
    return Backends(
        storage=_storage(settings),
        queue=_queue(settings, drain, sweep),
        mailer=_mailer(settings),
        scanner=_scanner(settings),
    )


def _storage(settings: Settings) -> Storage:
    at = settings.storage
    if isinstance(at, FolderAt):
        from portal.backends.folder import FolderStorage

        return FolderStorage(at.path, current_escuela_or_none)
    from portal.backends.s3 import S3Storage

    return S3Storage(
        at.endpoint,
        at.bucket,
        at.access_key,
        at.secret_key,
        current_escuela_or_none,
        secure=at.secure,
        region=at.region,
        ca_file=at.ca_file,
        now=clock.now,
    )


def _queue(settings: Settings, drain: Callable[[int], None], sweep: Callable[[], None]) -> Queue:
    if settings.redis_url is None:
        from portal.backends.thread_queue import ThreadQueue

        return ThreadQueue(drain, sweep, every=settings.sweep_seconds)
    from portal.backends.rq_queue import RqQueue

    return RqQueue(settings.redis_url, sweep, every=settings.sweep_seconds)


def _mailer(settings: Settings) -> Mailer:
    at = settings.mail
    if isinstance(at, FolderAt):
        from portal.backends.eml import FolderMailer

        return FolderMailer(at.path)
    from portal.backends.smtp import SmtpMailer

    return SmtpMailer(
        at.host,
        at.port,
        tls=at.tls,
        user=at.user,
        password=at.password,
        helo=urlsplit(settings.base_url).hostname,
        timeout=min(20.0, settings.lease_seconds / 4),
        limit=settings.lease_seconds * 0.6,
    )


def _scanner(settings: Settings) -> Scanner:
    at = settings.clamd
    if at is None:
        from portal.backends.null_scanner import NullScanner

        return NullScanner()
    from portal.backends.clamd import ClamdScanner

    return ClamdScanner(host=at.host, port=at.port, socket_path=at.socket)


def raise_walls(app: Flask, db: SQLAlchemy) -> None:
    """Set the database up as every process needs it: SQLite's pragmas, the scope on PostgreSQL, the tenant guard."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            rls.sqlite_pragmas(db.engine)
        clock.follow(db.engine)
        rls.install_rls(db.session)
    guard.install(db.session, close=db.session.close)
