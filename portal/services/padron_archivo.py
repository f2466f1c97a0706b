"""The file of a roll between its preview and its confirmation: kept as it came, so that both read the same bytes."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from pathlib import Path

from portal.domain.access import EXPEDIENTES, Actor
from portal.domain.machine import Forbidden
from portal.files.check import CheckedFile
from portal.models import Documento
from portal.services import documentos, escuelas, padron
from portal.services.padron_csv import MAX_BYTES, plantilla_csv
from portal.services.reportes import MIMES, Archivo
from portal.services.uow import unit_of_work
from portal.services.workflow import record

__all__ = ["MAX_BYTES", "TIPO", "guardar", "plantilla", "vista"]
TIPO = "padron"


def plantilla() -> Archivo:
    """The example roll of the escuela in scope."""
    return Archivo(plantilla_csv(escuelas.perfil()), MIMES["csv"], "plantilla-padron.csv")


def guardar(path: Path, nombre: str, *, actor: Actor, now: datetime) -> Documento:
    """Keep an uploaded roll that can be read as one; Refused(padron.…) otherwise. Only the office may open it."""
    if EXPEDIENTES not in actor.permisos:
        raise Forbidden("accion.sin_permiso")
    data = path.read_bytes()
    padron.leer(data)
    checked = CheckedFile(path, "text/csv", len(data), sha256(data).hexdigest(), 1)
    with documentos.guardado_de(checked, nombre) as guardado, unit_of_work(now) as uow:
        documento = documentos.registrar(uow, guardado, TIPO)
        record(uow, documento, "subir_padron", actor)
        return documento


def vista(documento: Documento) -> padron.Vista:
    """What importing the stored roll would change now; Refused while it is in quarantine."""
    with documentos.abrir(documento) as stream:
        return padron.comparar(padron.leer(stream.read(MAX_BYTES + 1)))
