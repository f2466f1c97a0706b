"""A backup: one instant of the database as lines of JSON, every object that its rows name, and a manifest of hashes.

    DESTINO/manifiesto.json            what there is: tables, rows, hashes; written last: without it, no backup
    DESTINO/manifiesto.json.sha256
    DESTINO/base/<tabla>.jsonl         a platform table
    DESTINO/base/<escuela>/<tabla>.jsonl
    DESTINO/objetos.jsonl              key, bytes and SHA-256 of each object
    DESTINO/objetos/<clave>@           the objects, named as a folder storage names them

Objects are written before their rows and never change, so those of one instant's rows are all there when they are
copied afterwards, outside the transaction. Memory is flat: rows and bytes pass through a page at a time.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, Table

from portal.backends.interfaces import CHUNK, ObjectNotFound, check_key
from portal.models import db
from portal.services import limpieza, runtime
from tenants import volcado
from tenants.examine import revision
from tenants.scope import escuela_scope

FORMATO = 1
MANIFIESTO = "manifiesto.json"


class RespaldoInvalido(Exception):
    """Why a backup cannot be made or restored: a Spanish sentence for the operator."""


@dataclass(frozen=True)
class Archivo:
    """A file of the backup: its path inside it, lines and SHA-256; which table of which escuela (None: platform)."""

    archivo: str
    renglones: int
    sha256: str
    tabla: str = ""
    escuela: int | None = None


@dataclass
class Manifiesto:
    """What a backup holds. `llave` tells whether the installation's secret key is the same, and nothing about it."""

    formato: int
    creado: str
    migracion: str | None
    llave: str
    tablas: list[Archivo] = field(default_factory=list)
    objetos: Archivo = Archivo("objetos.jsonl", 0, "")
    bytes: int = 0
    faltan: list[str] = field(default_factory=list)
    distintos: list[str] = field(default_factory=list)

    @property
    def renglones(self) -> int:
        """How many rows of all tables."""
        return sum(archivo.renglones for archivo in self.tablas)

    @property
    def escuelas(self) -> list[int]:
        """The escuelas that have rows."""
        return sorted({archivo.escuela for archivo in self.tablas if archivo.escuela is not None})


def crear(destino: Path, *, now: datetime) -> Manifiesto:
    """Back everything up into a folder that is new or empty.

    `faltan` names objects that rows still name and the storage no longer has, `distintos` those whose bytes are not
    those of their row; both are in the manifest and never hidden. RespaldoInvalido, StorageUnavailable, OSError: then
    nothing is left behind.
    """
    if destino.exists() and (not destino.is_dir() or any(destino.iterdir())):
        raise RespaldoInvalido(f"{destino} no está vacía; escriba el nombre de una carpeta nueva.")
    destino.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        manifiesto = Manifiesto(FORMATO, now.isoformat(), None, huella_de_llave())
        _base(destino, manifiesto, _engine())
        _objetos(destino, manifiesto, now)
        with escribir(destino / MANIFIESTO) as file:
            file.escribe(json.dumps(asdict(manifiesto), indent=1, ensure_ascii=False))
        with escribir(destino / f"{MANIFIESTO}.sha256") as seal:
            seal.escribe(f"{file.sha256}  {MANIFIESTO}\n")
    except BaseException:
        shutil.rmtree(destino, ignore_errors=True)
        raise
    return manifiesto


def leer(origen: Path) -> Manifiesto:
    """The manifest of a backup; RespaldoInvalido where there is none, it was changed, or is of another format."""
    path = origen / MANIFIESTO
    try:
        text = path.read_bytes()
        seal = (origen / f"{MANIFIESTO}.sha256").read_text().split()[0]
        data = json.loads(text)
        tables = [Archivo(**archivo) for archivo in data.pop("tablas")]
        found = Manifiesto(**{**data, "tablas": tables, "objetos": Archivo(**data["objetos"])})
    except (OSError, ValueError, TypeError, KeyError, IndexError) as error:
        raise RespaldoInvalido(
            f"{origen} no es un respaldo completo: no se entiende {MANIFIESTO}."
        ) from error
    if hashlib.sha256(text).hexdigest() != seal:
        raise RespaldoInvalido(f"{path} cambió después de hecho el respaldo.")
    if found.formato != FORMATO:
        raise RespaldoInvalido(f"El respaldo es del formato {found.formato}; esta versión lee el {FORMATO}.")
    for archivo in (*found.tablas, found.objetos):
        if PurePosixPath(archivo.archivo).is_absolute() or ".." in PurePosixPath(archivo.archivo).parts:
            raise RespaldoInvalido(f"{path} nombra un archivo fuera del respaldo.")
    return found


def huella_de_llave() -> str:
    """A word by which two installations know that they have the same secret key."""
    key = runtime.current().secret_key.encode()
    return hmac.new(key, b"respaldo", hashlib.sha256).hexdigest()[:16]


def lugar(origen: Path, clave: str) -> Path:
    """Where the object of a key lies in a backup. The key is checked as a storage does: it cannot leave the folder."""
    escuela = clave.split("/")[1] if clave.startswith("escuela/") else ""
    return origen / "objetos" / f"{check_key(clave, int(escuela) if escuela.isdigit() else None)}@"


def alcance(clave: str) -> Any:
    """The scope in which the storage gives the object of a key."""
    owner, id_, *_ = clave.split("/")
    return escuela_scope(int(id_)) if owner == "escuela" else nullcontext()


def lineas(origen: Path, archivo: Archivo) -> Iterator[str]:
    """The lines of a file of a backup."""
    with (origen / archivo.archivo).open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield line.rstrip("\n")


class Escrito:
    """A new file, private, whose hash and lines are counted while it is written."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.renglones = 0
        self.bytes = 0

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._hash.hexdigest()

    def escribe(self, piece: str | bytes) -> None:
        """Add text or bytes."""
        data = piece.encode() if isinstance(piece, str) else piece
        self._stream.write(data)
        self._hash.update(data)
        self.bytes += len(data)

    def linea(self, line: str) -> None:
        """Add a line."""
        self.escribe(f"{line}\n")
        self.renglones += 1


@contextmanager
def escribir(path: Path) -> Iterator[Escrito]:
    """Make a file of mode 0600 with its folders; on disk, not only in memory, when the `with` ends."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        yield Escrito(stream)
        stream.flush()
        os.fsync(stream.fileno())


def _engine() -> Engine:
    bind = db.session.get_bind()
    return bind if isinstance(bind, Engine) else bind.engine


def _base(destino: Path, manifiesto: Manifiesto, engine: Engine) -> None:
    """Every row of one instant, and beside them the list of the objects that they name."""
    platform, owned = volcado.tablas(db.metadata)
    with (
        volcado.leyendo(engine) as connection,
        escribir(destino / "nombrados.jsonl") as named,
    ):
        manifiesto.migracion = revision(connection)
        for table in platform:
            _tabla(destino, manifiesto, connection, table, None, named)
        for escuela_id in volcado.escuelas(connection, db.metadata):
            for table in owned:
                _tabla(destino, manifiesto, connection, table, escuela_id, named)


def _tabla(
    destino: Path,
    manifiesto: Manifiesto,
    connection: Connection,
    table: Table,
    escuela_id: int | None,
    named: Escrito,
) -> None:
    """One table, or one escuela's part of it; a table without rows leaves no file."""
    names_objects = {model.__table__ for model in limpieza.con_archivo()}
    rows = volcado.renglones(connection, table, escuela_id)
    first = next(rows, None)
    if first is None:
        return
    folder = "base" if escuela_id is None else f"base/{escuela_id}"
    name = f"{folder}/{table.name}.jsonl"
    with escribir(destino / name) as file:
        for row in chain([first], rows):
            _renglon(file, named, table, row, table in names_objects)
    manifiesto.tablas.append(Archivo(name, file.renglones, file.sha256, table.name, escuela_id))


def _renglon(file: Escrito, named: Escrito, table: Table, row: dict[str, Any], has_object: bool) -> None:
    file.linea(volcado.linea(table, row))
    if has_object:
        keep = {"clave": row["clave"], "sha256": row["sha256"], "mime": row.get("mime", "")}
        named.linea(json.dumps(keep))


def _objetos(destino: Path, manifiesto: Manifiesto, now: datetime) -> None:
    """Copy every named object; outside the transaction that named it."""
    named = destino / "nombrados.jsonl"
    gone: dict[str, None] = {}
    with named.open() as lines, escribir(destino / manifiesto.objetos.archivo) as index:
        for line in lines:
            asked = json.loads(line)
            path = lugar(destino, asked["clave"])
            if asked["clave"] in gone or path.exists():  # two rows may name one object
                continue
            copied = _copiar(asked["clave"], path)
            if copied is None:
                gone[asked["clave"]] = None
                continue
            manifiesto.bytes += copied.bytes
            if copied.sha256 != asked["sha256"]:
                manifiesto.distintos.append(asked["clave"])
            index.linea(json.dumps({**asked, "sha256": copied.sha256, "bytes": copied.bytes}, sort_keys=True))
    named.unlink()
    manifiesto.objetos = Archivo(manifiesto.objetos.archivo, index.renglones, index.sha256)
    for clave in gone:  # a file that somebody replaced meanwhile is nobody's loss
        with alcance(clave):
            manifiesto.faltan += limpieza.con_renglon([clave], now)


def _copiar(clave: str, path: Path) -> Escrito | None:
    """Copy one object out of the storage; None where it is gone."""
    try:
        with alcance(clave), runtime.current().backends.storage.open(clave) as stream, escribir(path) as file:
            while piece := stream.read(CHUNK):
                file.escribe(piece)
    except ObjectNotFound:
        path.unlink(missing_ok=True)
        return None
    return file
