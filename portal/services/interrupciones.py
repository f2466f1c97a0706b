"""Telling an outage, which passes, from a defect, which does not: what the database says when it is not there."""

from __future__ import annotations

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, PendingRollbackError, TimeoutError

from portal.backends.interfaces import StorageUnavailable

__all__ = ["StorageUnavailable", "es_interrupcion", "queda_en_duda"]

_PASAJERAS = ("08", "40", "53", "55P03", "57P", "58")
"""Classes of SQLSTATE: connection, conflict, lack of disk, memory or connections, waited too long, shutdown, I/O."""

_SQLITE = ("locked", "busy", "disk is full", "disk i/o", "unable to open", "readonly")
_DISCO = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


def es_interrupcion(error: BaseException) -> bool:
    """Whether the database, the storage or the disk is away or full, so that the same may work in a while."""
    if isinstance(error, (StorageUnavailable, TimeoutError, PendingRollbackError)):
        return True
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _pasa(error.orig)
    return isinstance(error, OSError) and error.errno in _DISCO


def queda_en_duda(error: BaseException) -> bool:
    """Whether a transaction that ended with this may have been committed all the same: its answer was lost."""
    return isinstance(error, (DBAPIError, PendingRollbackError)) and es_interrupcion(error)


def _pasa(orig: BaseException | None) -> bool:
    if isinstance(orig, sqlite3.Error):
        return any(words in str(orig).lower() for words in _SQLITE)
    state = getattr(orig, "sqlstate", None)
    if state is None:  # psycopg never reached a server, or lost it
        return type(orig).__name__ in ("OperationalError", "ConnectionTimeout", "InterfaceError")
    return str(state).startswith(_PASAJERAS)
