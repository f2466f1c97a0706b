"""Files that arrive by pieces: each piece is an object of the storage and a row, so any web process may take the next.

A piece is kept at `escuela/<id>/subidas/<public_id>/<first byte>-<random>`, written a moment before its row in
`subida_pieza`: an object without a row is what a crash between the two leaves, and the janitor's (limpieza.py).
A whole file lies there unchecked until the form that it was sent for uses it, once; nothing else reads it.
What nobody goes on with expires VIGENCIA after its last piece; `limpiar` collects it daily.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import select

from portal.backends.interfaces import CHUNK, StorageUnavailable
from portal.domain.machine import Refused
from portal.files.names import display_name
from portal.models import Subida, SubidaPieza
from portal.services import documentos, runtime
from portal.services.uow import NotFound, Uow, unit_of_work
from tenants.ids import new_public_id
from tenants.scope import current_escuela

VIGENCIA = timedelta(hours=24)
APARTADA = timedelta(minutes=30)  # how long a form may take to check a file before another may use it
MAX_ABIERTAS = 20  # of one person in one escuela; a new one pushes out the oldest
MAX_BYTES = 7_000_000_000  # that these may weigh together
PIEZA_MINIMA = 64 * 1024  # a shorter piece that is not the last is thrown away: rows would pile up
_ID = re.compile(r"[A-Za-z0-9_-]{1,24}")


class Desfase(Exception):
    """The piece does not begin where the file stands: at `recibido`."""

    def __init__(self, recibido: int) -> None:
        super().__init__(f"the file stands at {recibido}")
        self.recibido = recibido


@dataclass(frozen=True)
class Quien:
    """Who sends, and for which form: see models.Subida."""

    titular: str
    destino: str


@dataclass(frozen=True)
class Avance:
    """How far a file has come (bytes)."""

    recibido: int
    bytes: int


@dataclass(frozen=True)
class Pieza:
    """Where a piece lies, and what its bytes must be."""

    clave: str
    sha256: str


@dataclass(frozen=True)
class Tomada:
    """A whole file that a form is using: its name, size (bytes) and pieces in order."""

    public_id: str
    nombre: str
    bytes: int
    piezas: tuple[Pieza, ...]


def crear(quien: Quien, nombre: str, tamano: int, *, now: datetime) -> str:
    """Announce a file of `tamano` bytes; answers its public id. The oldest of too many of the same person go."""
    with unit_of_work(now) as uow:
        claves = _hacer_lugar(uow, quien, tamano)
        subida = uow.add(
            Subida(
                titular=quien.titular,
                destino=quien.destino,
                nombre=display_name(nombre),
                bytes=tamano,
                vence=now + VIGENCIA,
            )
        )
    _quitar(claves)
    return subida.public_id


def _hacer_lugar(uow: Uow, quien: Quien, tamano: int) -> list[str]:
    """Forget the person's oldest files until one more fits; answers the keys of their pieces."""
    query = select(Subida).where(Subida.titular == quien.titular).order_by(Subida.id.desc())
    claves: list[str] = []
    total = tamano
    for number, subida in enumerate(uow.session.scalars(query).all(), start=1):
        total += subida.bytes
        if number >= MAX_ABIERTAS or total > MAX_BYTES:
            claves += _borrar(uow, subida)
    return claves


def consultar(quien: Quien, public_id: str, *, now: datetime) -> Avance:
    """How far the file has come; NotFound for another's, another form's, an expired one."""
    with unit_of_work(now) as uow:
        subida = _propia(uow, quien, public_id)
        return Avance(subida.recibido, subida.bytes)


def agregar(quien: Quien, public_id: str, desde: int, cuerpo: IO[bytes], *, now: datetime) -> Avance:
    """Take the bytes from `desde` on, as many as come; answers how far the file is now.

    Desfase where the file stands elsewhere (also when another request was quicker). What `cuerpo` raises passes
    through and nothing is kept; a body that simply ends early counts as far as it came.
    """
    avance = consultar(quien, public_id, now=now)
    if avance.recibido != desde:
        raise Desfase(avance.recibido)
    clave = f"escuela/{current_escuela()}/subidas/{public_id}/{desde:013d}-{new_public_id()}"
    stored = runtime.current().backends.storage.put(clave, cuerpo)
    if not stored.size or (stored.size < PIEZA_MINIMA and desde + stored.size < avance.bytes):
        documentos.quitar(clave)
        return avance
    try:
        with unit_of_work(now) as uow:
            subida = _propia(uow, quien, public_id)
            if subida.recibido != desde:
                raise Desfase(subida.recibido)
            uow.add(SubidaPieza(subida_id=subida.id, desde=desde, bytes=stored.size, sha256=stored.sha256,
                                clave=clave))  # fmt: skip
            subida.recibido += stored.size
            subida.vence = now + VIGENCIA
            return Avance(subida.recibido, subida.bytes)
    except BaseException:
        documentos.quitar(clave)
        raise


def cancelar(quien: Quien, public_id: str, *, now: datetime) -> None:
    """Forget the file and its pieces; one that is already gone is fine."""
    try:
        with unit_of_work(now) as uow:
            claves = _borrar(uow, _propia(uow, quien, public_id))
    except NotFound:
        return
    _quitar(claves)


def tomar(quien: Quien, public_id: str, *, now: datetime) -> Tomada:
    """Set a whole file aside for the form that is being sent.

    Refused: `subida.perdida` where it is not there or not whole, `subida.en_uso` while another request uses it.
    """
    try:
        with unit_of_work(now) as uow:
            subida = _propia(uow, quien, public_id)
            if subida.recibido != subida.bytes:
                raise Refused("subida.perdida")
            if subida.tomada is not None and subida.tomada > now - APARTADA:
                raise Refused("subida.en_uso")
            subida.tomada = now
            piezas = tuple(Pieza(p.clave, p.sha256) for p in _piezas(uow, subida))
            return Tomada(public_id, subida.nombre, subida.bytes, piezas)
    except NotFound:
        raise Refused("subida.perdida") from None


def juntar(tomada: Tomada, destino: Path) -> None:
    """Write the pieces to one file, CHUNK bytes in memory; StorageUnavailable where one is not what was received."""
    storage = runtime.current().backends.storage
    with destino.open("wb") as archivo:
        for pieza in tomada.piezas:
            digest = hashlib.sha256()
            with storage.open(pieza.clave) as stream:
                while data := stream.read(CHUNK):
                    digest.update(data)
                    archivo.write(data)
            if digest.hexdigest() != pieza.sha256:
                raise StorageUnavailable(f"{pieza.clave} is not what was received")


def devolver(public_id: str, *, now: datetime) -> None:
    """The form was not accepted: its file may be used again, by the same form, until it expires."""
    try:
        with unit_of_work(now) as uow:
            uow.lock(Subida, public_id).tomada = None
    except NotFound:
        return


def gastar(public_id: str, *, now: datetime) -> None:
    """The form was accepted: its file is used up."""
    try:
        with unit_of_work(now) as uow:
            claves = _borrar(uow, uow.lock(Subida, public_id))
    except NotFound:
        return
    _quitar(claves)


def limpiar(now: datetime) -> int:
    """Collect what expired in the escuela in scope; answers how many files. Daily, and safe to run twice."""
    with unit_of_work(now) as uow:
        vencidas = uow.session.scalars(select(Subida).where(Subida.vence <= now).with_for_update()).all()
        claves = [clave for subida in vencidas for clave in _borrar(uow, subida)]
    _quitar(claves)
    return len(vencidas)


def _propia(uow: Uow, quien: Quien, public_id: str) -> Subida:
    """The file of this person for this form, locked; another's does not exist."""
    if not _ID.fullmatch(public_id):
        raise NotFound("Subida")
    subida = uow.lock(Subida, public_id)
    if (subida.titular, subida.destino) != (quien.titular, quien.destino) or subida.vence <= uow.now:
        raise NotFound("Subida")
    return subida


def _piezas(uow: Uow, subida: Subida) -> list[SubidaPieza]:
    query = select(SubidaPieza).where(SubidaPieza.subida_id == subida.id).order_by(SubidaPieza.desde)
    return list(uow.session.scalars(query))


def _borrar(uow: Uow, subida: Subida) -> list[str]:
    """Delete the rows; answers the keys of the objects, which go after the commit."""
    piezas = _piezas(uow, subida)
    for row in (*piezas, subida):
        uow.session.delete(row)
    uow.session.flush()
    return [pieza.clave for pieza in piezas]


def _quitar(claves: Iterable[str]) -> None:
    for clave in claves:
        documentos.quitar(clave)
