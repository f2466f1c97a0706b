"""What an alumno keeps of themselves: the photo and the telephone. Name and boleta are the escuela's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from portal.domain.access import Actor
from portal.files.kinds import FOTO, FileKind
from portal.models import Alumno
from portal.services import documentos, escuelas
from portal.services.uow import unit_of_work
from portal.services.workflow import record


def kind_foto() -> FileKind:
    """What is accepted as a photo in the escuela in scope."""
    return FOTO.up_to(escuelas.perfil().limites.foto_mb)


def cambiar_foto(paths: Sequence[Path], nombre: str, *, actor: Actor, now: datetime) -> None:
    """Keep a new photo of the acting alumno: a square JPEG without EXIF; the earlier one stays in the expediente.

    Raises FileRefused with a sentence, StorageUnavailable.
    """
    with documentos.recibir(paths, nombre, kind_foto()) as guardado, unit_of_work(now) as uow:
        alumno = uow.lock_id(Alumno, actor.alumno_id)
        alumno.foto_id = documentos.registrar(uow, guardado, "foto", alumno_id=alumno.id).id
        record(uow, alumno, "foto", actor)


def quitar_foto(*, actor: Actor, now: datetime) -> None:
    """Show no photo of the acting alumno."""
    with unit_of_work(now) as uow:
        alumno = uow.lock_id(Alumno, actor.alumno_id)
        alumno.foto_id = None
        record(uow, alumno, "quitar_foto", actor)


def cambiar_telefono(telefono: str, *, actor: Actor, now: datetime) -> None:
    """Keep the acting alumno's telephone (ten digits, or "" for none)."""
    with unit_of_work(now) as uow:
        uow.lock_id(Alumno, actor.alumno_id).telefono = telefono
