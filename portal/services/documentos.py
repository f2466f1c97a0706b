"""Files: checked, scanned, stored, then recorded. The object is written before the transaction, removed if it fails.

A file of which the scanner says nothing is kept in quarantine: services/cuarentena.py asks again until it does.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol

from sqlalchemy import select

from portal.backends.interfaces import ObjectNotFound, StorageUnavailable, Veredicto
from portal.domain import documento as dominio
from portal.domain.machine import Refused
from portal.files.check import CheckedFile, check
from portal.files.kinds import PDF, PDF_O_FOTOS, FileKind
from portal.files.names import display_name
from portal.files.refused import FileRefused
from portal.models import Documento
from portal.services import escuelas, runtime
from portal.services.interrupciones import queda_en_duda
from portal.services.uow import Uow
from tenants.ids import new_public_id
from tenants.scope import current_escuela

log = logging.getLogger(__name__)
__all__ = [
    "FileRefused", "Guardado", "ObjectNotFound", "StorageUnavailable", "abrir", "analizar", "exigir_servibles",
    "guardado_de", "guardar", "olvidar", "pdf_o_fotos", "quitar", "recibir", "registrar", "un_pdf",
]  # fmt: skip


def un_pdf() -> FileKind:
    """One PDF, as large as the escuela in scope lets a document be."""
    return PDF.up_to(escuelas.perfil().limites.documento_mb)


def pdf_o_fotos() -> FileKind:
    """A PDF, or photos that become one, as large as the escuela in scope lets a document be."""
    return PDF_O_FOTOS.up_to(escuelas.perfil().limites.documento_mb)


@dataclass(frozen=True)
class Guardado:
    """A file that lies in the storage and waits for its row."""

    almacen: str
    clave: str
    nombre: str
    mime: str
    bytes: int
    sha256: str
    paginas: int
    avisos: tuple[str, ...] = ()
    texto: str = ""
    analisis: str = dominio.SIN_ANALISIS

    def columnas(self) -> dict[str, Any]:
        """What a row keeps of its file."""
        return {
            **{name: value for name, value in vars(self).items() if name != "texto"},
            "avisos": list(self.avisos),
        }


@contextmanager
def recibir(
    paths: Sequence[Path], nombre: str, kind: FileKind, *, dependencia_id: int | None = None
) -> Iterator[Guardado]:
    """Check uploaded files, scan them and store the clean result; yields what to record.

    The key is the escuela's in scope, or the dependencia's dossier when `dependencia_id` is given. If the body
    raises, the object is removed again. Raises FileRefused with a sentence, StorageUnavailable.
    """
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        checked = check(paths, kind, workdir=Path(folder))
        with guardado_de(checked, nombre, dependencia_id=dependencia_id) as guardado:
            yield guardado


@contextmanager
def guardado_de(
    checked: CheckedFile, nombre: str, *, dependencia_id: int | None = None, analisis: str = ""
) -> Iterator[Guardado]:
    """Scan and store one checked file; if the body raises, the object is removed again.

    `analisis` is the verdict of a file that is made of scanned ones: it is not scanned again.

    Where the database went away in the body, its commit may have arrived or not: the object stays. A row without its
    object is a lost document; an object without a row is only the janitor's work.
    """
    guardado = guardar(checked, nombre, dependencia_id=dependencia_id, analisis=analisis)
    try:
        yield guardado
    except BaseException as error:
        if not queda_en_duda(error):  # a row may have come to stand for the object: the janitor knows, later
            quitar(guardado.clave)
        raise


def guardar(
    checked: CheckedFile, nombre: str, *, dependencia_id: int | None = None, analisis: str = ""
) -> Guardado:
    """Scan and store one checked file: refused and never stored if infected, in quarantine without a verdict."""
    backends = runtime.current().backends
    with checked.path.open("rb") as stream:
        analisis = analisis or analizar(stream)
    if analisis == dominio.INFECTADO:
        raise FileRefused("archivo.infectado")
    owner = f"dependencia/{dependencia_id}" if dependencia_id else f"escuela/{current_escuela()}"
    suffix = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}.get(checked.mime, "bin")
    with checked.path.open("rb") as stream:
        stored = backends.storage.put(
            f"{owner}/{new_public_id()}.{suffix}", stream, size=checked.size, content_type=checked.mime
        )
    return Guardado(
        backends.storage.name,
        stored.key,
        display_name(nombre),
        checked.mime,
        stored.size,
        stored.sha256,
        checked.pages or 1,
        tuple(checked.notices),
        checked.text_excerpt,
        analisis,
    )


ANALISIS = {
    Veredicto.LIMPIO: dominio.LIMPIO,
    Veredicto.INFECTADO: dominio.INFECTADO,
    Veredicto.SIN_ANALISIS: dominio.SIN_ANALISIS,
    Veredicto.ERROR: dominio.PENDIENTE,
}
TAREA = "analisis"
TAREA_DOSSIER = "analisis_dossier"


def analizar(stream: IO[bytes]) -> str:
    """What the scanner says of these bytes, as a row keeps it: only its own word makes a file clean."""
    return ANALISIS[runtime.current().backends.scanner.scan(stream)]


def registrar(
    uow: Uow,
    guardado: Guardado,
    tipo: str,
    *,
    alumno_id: int | None = None,
    dependencia_id: int | None = None,
) -> Documento:
    """Record a stored file of the escuela in scope. `alumno_id` and `dependencia_id` say who may read it.

    One in quarantine is scanned again by the outbox until there is a verdict.
    """
    documento = uow.add(
        Documento(
            tipo=tipo,
            alumno_id=alumno_id,
            dependencia_id=dependencia_id,
            **guardado.columnas(),
        )
    )
    if documento.analisis == dominio.PENDIENTE:
        uow.later(TAREA, documento.id)
    return documento


def exigir_servibles(uow: Uow, *documento_ids: int | None) -> None:
    """Refused while one of these files is in quarantine: nobody has seen it, so nothing is decided on it."""
    ids = [id_ for id_ in documento_ids if id_ is not None]
    if ids:
        dominio.exigir_servibles(uow.session.scalars(select(Documento).where(Documento.id.in_(ids))))


def olvidar(uow: Uow, documento_id: int) -> str:
    """Delete the row of a file that nothing else refers to; answers the key of its object, for `quitar` after it."""
    documento = uow.get(Documento, documento_id)
    uow.session.delete(documento)
    uow.session.flush()
    return documento.clave


def quitar(clave: str) -> None:
    """Remove an object whose row is gone; a storage that is down keeps it, and nothing else is lost ("" for none)."""
    try:
        if clave:
            runtime.current().backends.storage.delete(clave)
    except StorageUnavailable:
        log.warning("an object without a row stays in the storage: %s", clave)


class Archivo(Protocol):
    """What a row says of its file: where it lies and what the scan said."""

    clave: str
    analisis: str


def abrir(archivo: Archivo, start: int = 0, end: int | None = None) -> BinaryIO:
    """The bytes of a stored file, the only way to them: Refused while it is in quarantine or infected.

    Permission is the caller's care.
    """
    key = dominio.objecion(archivo)
    if key is not None:
        raise Refused(key)
    return runtime.current().backends.storage.open(archivo.clave, start, end)
