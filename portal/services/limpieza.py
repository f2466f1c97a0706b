"""The janitor: what nothing refers to any more is collected, what is missing is told. Safe to run twice, also at once.

An object without a row is what a crash between the two leaves; it is collected once it is older than `EDAD`, so that
no running upload is hit, not even where the clocks of two machines differ by hours. A row without its object is only
told: somebody has to look for the file in a backup.
"""

from __future__ import annotations

import hashlib
import logging
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.exc import IntegrityError

from portal.backends.interfaces import ObjectInfo
from portal.domain.calendario import to_local
from portal.models import Dependencia, Enlace, Escuela, IntentoIngreso, Outbox, Sesion, db
from portal.models.base import Base
from portal.services import runtime
from portal.services.uow import unit_of_work
from tenants.guard import EscuelaOwned
from tenants.scope import current_escuela, escuela_scope

log = logging.getLogger(__name__)
T = TypeVar("T")

EDAD = timedelta(hours=24)
"""How old an object without a row must be; longer than any upload lasts and than two clocks differ."""
HECHO = timedelta(days=30)  # done work of the outbox
ENLACE = timedelta(days=180)  # after it expired: until then its page still says so and offers a new one
SESION = timedelta(days=30)  # since it was last seen or ended; an idle one is closed after 12 hours anyway
INTENTO = timedelta(days=1)  # since the last failure was counted; a lock lasts 15 minutes
PAGINA = 500


@dataclass
class Archivos:
    """What storage and rows say of each other. `sin_renglon`: collected, or to be. `sin_objeto`: keys that are gone."""

    objetos: int = 0
    recientes: int = 0
    sin_renglon: int = 0
    bytes: int = 0
    sin_objeto: list[str] = field(default_factory=list)

    def mas(self, other: Archivos) -> None:
        """Add the counts of another part of the storage."""
        self.objetos += other.objetos
        self.recientes += other.recientes
        self.sin_renglon += other.sin_renglon
        self.bytes += other.bytes
        self.sin_objeto += other.sin_objeto


class _Claves:
    """A set of keys at eight bytes a key; a chance of error of 1 in 10^19 is why nothing is done on its word alone."""

    def __init__(self, digests: Iterable[int]) -> None:
        self._digests = array("Q", sorted(digests))

    def __contains__(self, clave: str) -> bool:
        digest = _digest(clave)
        at = bisect_left(self._digests, digest)
        return at < len(self._digests) and self._digests[at] == digest


def _digest(clave: str) -> int:
    return int.from_bytes(hashlib.blake2b(clave.encode(), digest_size=8).digest(), "big")


def archivos(now: datetime, *, simular: bool = False, edad: timedelta = EDAD) -> Archivos:
    """Collect the objects of the escuela in scope that have no row; `simular` only counts. StorageUnavailable."""
    models = [model for model in con_archivo() if issubclass(model, EscuelaOwned)]
    criteria = [(model, model.clave.startswith(_propias())) for model in models]
    return _revisar(_propias(), criteria, now - edad, con_renglon, now, simular)


def dossiers(now: datetime, *, simular: bool = False, edad: timedelta = EDAD) -> Archivos:
    """The same for the dossier of every dependencia, which belongs to no escuela."""
    found = Archivos()
    models = [model for model in con_archivo() if not issubclass(model, EscuelaOwned)]
    for pagina in _paginas(_ids(Dependencia.id, Dependencia.id > 0, now)):
        for dependencia_id in pagina:
            prefix = f"dependencia/{dependencia_id}/"
            criteria = [(model, model.dependencia_id == dependencia_id) for model in models]
            found.mas(_revisar(prefix, criteria, now - edad, _con_renglon_en_alguna, now, simular))
    return found


def trabajo_hecho(now: datetime, *, simular: bool = False) -> int:
    """Forget the work of the escuela in scope that was done more than 30 days ago; returns how many rows."""
    return _podar(Outbox, Outbox.hecho < now - HECHO, now, simular)


def cuentas(now: datetime, *, simular: bool = False) -> dict[str, int]:
    """Forget links 180 days after they expired, sessions 30 days after they were last seen, failures of yesterday."""
    cold = or_(IntentoIngreso.bloqueado_hasta.is_(None), IntentoIngreso.bloqueado_hasta < now)
    return {
        "enlaces": _podar(Enlace, Enlace.vence < now - ENLACE, now, simular),
        "sesiones": _podar(Sesion, Sesion.vista < now - SESION, now, simular),
        "intentos": _podar(IntentoIngreso, (IntentoIngreso.desde < now - INTENTO) & cold, now, simular),
    }


def escuelas_todas() -> list[tuple[int, str]]:
    """(id, slug) of every escuela, closed ones too."""
    return [
        (id_, slug) for id_, slug in db.session.execute(select(Escuela.id, Escuela.slug).order_by(Escuela.id))
    ]


def diaria(now: datetime) -> None:
    """What the worker does once a day for the escuela in scope, whichever process comes first."""
    if _me_toca("limpieza", now):
        _decir(archivos(now), f"escuela/{current_escuela()}")
        trabajo_hecho(now)


def diaria_plataforma(now: datetime) -> None:
    """What the worker does once a day for what belongs to no escuela; the first escuela keeps the note of it."""
    first = next(iter(escuelas_todas()), None)
    if first is None:
        return
    with escuela_scope(first[0]):
        mine = _me_toca("limpieza-plataforma", now)
    if mine:
        _decir(dossiers(now), "dependencia")
        cuentas(now)


def _me_toca(que: str, now: datetime) -> bool:
    """Whether this process is today's first: it writes a finished row of the outbox, whose key is unique."""
    clave = f"{que}:{to_local(now).date():%Y-%m-%d}"
    if db.session.scalar(select(Outbox.id).where(Outbox.clave == clave)) is not None:
        return False
    try:
        with unit_of_work(now) as uow:
            uow.add(Outbox(tipo=que, clave=clave, objeto_id=current_escuela(), vence=now, hecho=now))
    except IntegrityError:
        return False
    return True


def _decir(found: Archivos, donde: str) -> None:
    if found.sin_renglon:
        log.info("objects without a row collected below %s: %s", donde, found.sin_renglon)
    if found.sin_objeto:
        log.error("rows without their object below %s: %s", donde, len(found.sin_objeto))


def con_archivo() -> list[Any]:
    """Every class whose rows name an object of the storage: they have its `clave`, `bytes` and `sha256`."""
    classes = (mapper.class_ for mapper in Base.registry.mappers)
    named = [c for c in classes if all(hasattr(c, name) for name in ("clave", "bytes", "sha256"))]
    return sorted(named, key=lambda c: str(c.__name__))


def _propias() -> str:
    return f"escuela/{current_escuela()}/"


def _revisar(
    prefix: str,
    criteria: list[tuple[Any, ColumnElement[bool]]],
    before: datetime,
    nombradas: Callable[[list[str], datetime], set[str]],
    now: datetime,
    simular: bool,
) -> Archivos:
    """Rows first, objects after, rows again: what was written meanwhile is never taken for lost."""
    storage = runtime.current().backends.storage
    known = _Claves(
        _digest(clave) for model, criterion in criteria for clave in _claves(model, criterion, now)
    )
    found, seen = Archivos(), array("Q")
    for page in _paginas(storage.list(prefix)):
        seen.extend(_digest(info.key) for info in page)
        found.objetos += len(page)
        unknown = [info for info in page if info.key not in known]
        old = [info for info in unknown if info.modified < before]
        used = nombradas([info.key for info in old], now) if old else set()
        found.recientes += len(unknown) - len(old)
        _recoger([info for info in old if info.key not in used], found, simular)
    stored = _Claves(seen)
    for model, criterion in criteria:
        missing = (clave for clave in _claves(model, criterion, now) if clave not in stored)
        for claves in _paginas(missing):
            gone = [clave for clave in claves if not storage.exists(clave)]
            found.sin_objeto += sorted(nombradas(gone, now)) if gone else []
    return found


def _recoger(orphans: list[ObjectInfo], found: Archivos, simular: bool) -> None:
    for info in orphans:
        if not simular:
            runtime.current().backends.storage.delete(info.key)
        found.sin_renglon += 1
        found.bytes += info.size


def con_renglon(claves: list[str], now: datetime) -> set[str]:
    """Which of these keys a row of the escuela in scope, or of the platform, names."""
    named: set[str] = set()
    with unit_of_work(now) as uow:
        for model in con_archivo():
            named.update(uow.session.scalars(select(model.clave).where(model.clave.in_(claves))))
    return named


def _con_renglon_en_alguna(claves: list[str], now: datetime) -> set[str]:
    """Which of these keys a row of any escuela, or of the platform, names."""
    named: set[str] = set()
    for escuela_id, _ in escuelas_todas():
        with escuela_scope(escuela_id):
            named |= con_renglon(claves, now)
    return named


def _claves(model: Any, criterion: ColumnElement[bool], now: datetime) -> Iterator[str]:
    return (clave for _, clave in _filas((model.id, model.clave), criterion, now))


def _ids(column: Any, criterion: ColumnElement[bool], now: datetime) -> Iterator[int]:
    return (id_ for (id_,) in _filas((column,), criterion, now))


def _filas(columns: tuple[Any, ...], criterion: ColumnElement[bool], now: datetime) -> Iterator[Any]:
    """Rows by id (the first column), each page in a transaction of its own: none is open while the storage answers."""
    last = 0
    while True:
        page = select(*columns).where(columns[0] > last, criterion).order_by(columns[0]).limit(PAGINA)
        with unit_of_work(now) as uow:
            rows = uow.session.execute(page).all()
        yield from rows
        if len(rows) < PAGINA:
            return
        last = rows[-1][0]


def _paginas(things: Iterator[T]) -> Iterator[list[T]]:
    while page := list(islice(things, PAGINA)):
        yield page


def _podar(model: Any, criterion: ColumnElement[bool], now: datetime, simular: bool) -> int:
    """Delete what meets the criterion, a page at a time; returns how many rows."""
    if simular:
        with unit_of_work(now) as uow:
            return uow.session.scalar(select(func.count(model.id)).where(criterion)) or 0
    gone = 0
    while True:
        with unit_of_work(now) as uow:
            ids = uow.session.scalars(select(model.id).where(criterion).limit(PAGINA)).all()
            uow.session.execute(
                delete(model).where(model.id.in_(ids)).execution_options(synchronize_session=False)
            )
        gone += len(ids)
        if len(ids) < PAGINA:
            return gone
