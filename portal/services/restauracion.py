"""Restoring a backup into an empty installation, which may stand on other services than the one it was made of."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table

from portal.backends.interfaces import CHUNK, StorageError
from portal.models import db
from portal.services import runtime
from portal.services.respaldo import (
    Archivo,
    Manifiesto,
    RespaldoInvalido,
    alcance,
    huella_de_llave,
    leer,
    lineas,
    lugar,
)
from tenants import volcado
from tenants.examine import revision

log = logging.getLogger(__name__)


@dataclass
class Restaurado:
    """What was put back and found again. `misma_llave`: links in mails, and what the key sealed, still hold."""

    renglones: int = 0
    objetos: int = 0
    bytes: int = 0
    misma_llave: bool = True
    sumas: dict[str, str] = field(default_factory=dict)


def revisar(origen: Path) -> Manifiesto:
    """Read a whole backup and compare it with its manifest; RespaldoInvalido names the first thing that differs."""
    manifiesto = leer(origen)
    for archivo in (*manifiesto.tablas, manifiesto.objetos):
        _revisar_archivo(origen, archivo)
    for objeto in _objetos(origen, manifiesto):
        path = lugar(origen, objeto["clave"])
        if not path.is_file() or _sha256(path) != objeto["sha256"]:
            raise RespaldoInvalido(f"{path} falta o cambió después de hecho el respaldo.")
    return manifiesto


def restaurar(origen: Path) -> Restaurado:
    """Put a backup into this installation, which must be migrated and empty, and read all of it again to compare.

    The backup is read whole before anything is written; objects come first, then all rows in one transaction. What
    fails on the way leaves the installation empty. RespaldoInvalido, StorageUnavailable.
    """
    manifiesto = revisar(origen)
    engine = db.session.get_bind()
    engine = engine if isinstance(engine, Engine) else engine.engine
    _exigir_vacio(origen, manifiesto, engine)
    done = Restaurado(misma_llave=manifiesto.llave == huella_de_llave())
    try:
        for objeto in _objetos(origen, manifiesto):
            _poner(origen, objeto)
            done.objetos += 1
            done.bytes += objeto["bytes"]
        with volcado.escribiendo(engine) as connection:
            _llenar(origen, manifiesto, connection, done)
    except BaseException:
        _quitar(origen, manifiesto, done.objetos + 1)
        raise
    _comprobar(origen, manifiesto, engine, done)
    return done


def _revisar_archivo(origen: Path, archivo: Archivo) -> None:
    path = origen / archivo.archivo
    if not path.is_file() or _sha256(path) != archivo.sha256:
        raise RespaldoInvalido(f"{path} falta o cambió después de hecho el respaldo.")
    if sum(1 for _ in lineas(origen, archivo)) != archivo.renglones:
        raise RespaldoInvalido(f"{path} no tiene los {archivo.renglones} renglones que dice el manifiesto.")


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _objetos(origen: Path, manifiesto: Manifiesto) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in lineas(origen, manifiesto.objetos))


def _exigir_vacio(origen: Path, manifiesto: Manifiesto, engine: Engine) -> None:
    """A restore never mixes with what is there. Owned rows hang on an escuela: without one there are none."""
    with volcado.leyendo(engine) as connection:
        here = revision(connection)
        if here != manifiesto.migracion:
            raise RespaldoInvalido(
                f"El respaldo es de la migración {manifiesto.migracion or 'ninguna'} y esta base está en "
                f"{here or 'ninguna'}; lleve la base vacía a esa migración con «portal migrar» y la misma versión."
            )
        for table in volcado.tablas(db.metadata)[0]:
            if volcado.cuantos(connection, table):
                raise RespaldoInvalido(
                    f"La base ya tiene renglones en {table.name}; se restaura en una base vacía."
                )
    owners = {"/".join(objeto["clave"].split("/")[:2]) for objeto in _objetos(origen, manifiesto)}
    for owner in sorted(owners):
        with alcance(owner):
            first = next(runtime.current().backends.storage.list(f"{owner}/"), None)
        if first is not None:
            raise RespaldoInvalido(f"El almacén ya tiene archivos bajo {owner}; se restaura en uno vacío.")


def _poner(origen: Path, objeto: dict[str, Any]) -> None:
    clave = objeto["clave"]
    storage = runtime.current().backends.storage
    kind = objeto.get("mime") or "application/octet-stream"
    with alcance(clave), lugar(origen, clave).open("rb") as stream:
        stored = storage.put(clave, stream, size=objeto["bytes"], content_type=kind)
    if stored.sha256 != objeto["sha256"]:
        raise RespaldoInvalido(f"El objeto {clave} cambió mientras se restauraba.")


def _quitar(origen: Path, manifiesto: Manifiesto, count: int) -> None:
    """Take back the objects that a failed restore put; what a dead storage keeps, the operator empties."""
    for objeto in islice(_objetos(origen, manifiesto), count):
        with suppress(StorageError), alcance(objeto["clave"]):
            runtime.current().backends.storage.delete(objeto["clave"])


def _llenar(origen: Path, manifiesto: Manifiesto, connection: Connection, done: Restaurado) -> None:
    """All rows, parents first: the platform, then escuela by escuela."""
    known = {(archivo.tabla, archivo.escuela): archivo for archivo in manifiesto.tablas}
    platform, owned = volcado.tablas(db.metadata)
    escuelas: list[int | None] = [*manifiesto.escuelas]
    for tables, owners in ((platform, [None]), (owned, escuelas)):
        for escuela_id in owners:
            for table in tables:
                archivo = known.pop((table.name, escuela_id), None)
                if archivo is not None:
                    suma = volcado.Suma()
                    volcado.meter(connection, table, _renglones(origen, archivo, table, suma), escuela_id)
                    done.sumas[archivo.archivo] = suma.hex
                    done.renglones += suma.renglones
            volcado.cerrar(connection)
    if known:
        raise RespaldoInvalido(f"El respaldo tiene tablas que aquí no existen: {sorted(known)[0][0]}.")


def _renglones(origen: Path, archivo: Archivo, table: Table, suma: volcado.Suma) -> Iterator[dict[str, Any]]:
    """The rows of a file as they belong here: a row remembers which storage has its object, now this one."""
    for line in lineas(origen, archivo):
        row = volcado.renglon(table, line)
        if "almacen" in row:
            row["almacen"] = runtime.current().backends.storage.name
        suma.mas(volcado.linea(table, row))
        yield row


def _comprobar(origen: Path, manifiesto: Manifiesto, engine: Engine, done: Restaurado) -> None:
    """Read every row and every object back from where they are now."""
    tables = db.metadata.tables
    with volcado.leyendo(engine) as connection:
        for archivo in manifiesto.tablas:
            found = volcado.Suma()
            for line in volcado.lineas(connection, tables[archivo.tabla], archivo.escuela):
                found.mas(line)
            if (found.renglones, found.hex) != (archivo.renglones, done.sumas[archivo.archivo]):
                raise RespaldoInvalido(f"Lo que quedó en {archivo.tabla} no es lo que dice el respaldo.")
    storage = runtime.current().backends.storage
    for objeto in _objetos(origen, manifiesto):
        digest = hashlib.sha256()
        with alcance(objeto["clave"]), storage.open(objeto["clave"]) as stream:
            while piece := stream.read(CHUNK):
                digest.update(piece)
        if digest.hexdigest() != objeto["sha256"]:
            raise RespaldoInvalido(f"El objeto {objeto['clave']} no quedó como dice el respaldo.")
