"""The letters of a tanda together: a ZIP while it is sent, and one PDF to print, made by the outbox."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from portal.backends.interfaces import StorageError
from portal.domain.access import Actor
from portal.domain.machine import Refused
from portal.files.names import ascii_name, display_name
from portal.files.printing import for_printing
from portal.models import Carta, Documento, Tanda, TandaCarta, db
from portal.services import documentos, runtime
from portal.services.documentos import Guardado
from portal.services.envios import PIEZA, Pieza
from portal.services.tandas import exigir
from portal.services.uow import Uow, unit_of_work
from tenants.ids import new_public_id
from tenants.scope import current_escuela

IMPRIMIR = "tanda_imprimir"
CONSERVA = timedelta(days=7)
"""How long a PDF for printing is kept: it can be made again at any time."""
FALLO = "Todavía no se pudo preparar el PDF. El portal lo intenta otra vez solo."


def piezas(tanda_id: int) -> list[Pieza]:
    """The issued letters of a tanda in its order, `0003_PATERNO_…_BOLETA_FOLIO.pdf`; revoked ones stay out."""
    query = (
        select(TandaCarta.orden, TandaCarta.nombre, TandaCarta.boleta, Carta.folio, Documento.clave,
               Documento.analisis)
        .join(Carta, Carta.id == TandaCarta.carta_id)
        .join(Documento, Documento.id == Carta.documento_id)
        .where(TandaCarta.tanda_id == tanda_id, Carta.estado == "emitida")
        .order_by(TandaCarta.orden)
    )  # fmt: skip
    return [
        Pieza(f"{orden:04d}_{ascii_name(nombre, boleta, folio.replace('/', '-'))}", clave, analisis)
        for orden, nombre, boleta, folio, clave, analisis in db.session.execute(query)
    ]


def pedir(public_id: str, *, actor: Actor, now: datetime) -> None:
    """Ask for the one PDF of the letters that a tanda has now. Refused while it has none, Forbidden, NotFound."""
    with unit_of_work(now) as uow:
        tanda = uow.lock(Tanda, public_id)
        exigir(tanda.clase, actor)
        if tanda.impresion_pedida is not None:
            return
        if not piezas(tanda.id):
            raise Refused("tanda.sin_emitidas")
        tanda.impresion_pedida, tanda.impresion_error = now, ""
        uow.later(IMPRIMIR, tanda.id, clave=f"{IMPRIMIR}:{tanda.id}:{new_public_id()}")


def imprimir(tanda_id: int, *, now: datetime) -> None:
    """Make and keep that PDF; the one before it goes. Safe to run twice: what nobody waits for is not made."""
    with unit_of_work(now) as uow:
        if uow.get(Tanda, tanda_id).impresion_pedida is None:
            return
        cartas = piezas(tanda_id)
    with tempfile.TemporaryDirectory(prefix="portal-") as name:
        folder = Path(name)
        try:
            guardado = _guardar(cartas, folder)
        except StorageError:
            _cerrar(tanda_id, now, error=FALLO)
            raise
    sobra = _cerrar(tanda_id, now, guardado=guardado, cartas=len(cartas))
    documentos.quitar(sobra)


def _guardar(cartas: list[Pieza], folder: Path) -> Guardado:
    paths = []
    for n, carta in enumerate(cartas):
        path = folder / f"{n}.pdf"
        with documentos.abrir(carta) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, PIEZA)
        paths.append(path)
    out = folder / "todas.pdf"
    paginas = for_printing(paths, out)
    storage = runtime.current().backends.storage
    key = f"escuela/{current_escuela()}/tandas/{new_public_id()}.pdf"
    with out.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        stored = storage.put(key, stream, size=out.stat().st_size, content_type="application/pdf")
    return Guardado(
        storage.name, key, display_name("cartas.pdf"), "application/pdf", stored.size, sha256, paginas
    )


def _cerrar(
    tanda_id: int, now: datetime, *, guardado: Guardado | None = None, cartas: int = 0, error: str = ""
) -> str:
    """Write what came of it; answers the key of the object that is no longer needed."""
    with unit_of_work(now) as uow:
        tanda = uow.lock_id(Tanda, tanda_id)
        if guardado is None:
            tanda.impresion_error = error
            return ""
        if tanda.impresion_pedida is None:  # somebody else made it meanwhile
            return guardado.clave
        anterior = tanda.impresion_documento_id
        documento = documentos.registrar(uow, guardado, "tanda")
        tanda.impresion_documento_id, tanda.impresion_cartas = documento.id, cartas
        tanda.impresion_pedida, tanda.impresion_error = None, ""
        return _olvidar(uow, anterior)


def _olvidar(uow: Uow, documento_id: int | None) -> str:
    if documento_id is None:
        return ""
    uow.session.flush()
    return documentos.olvidar(uow, documento_id)


def limpiar(now: datetime) -> int:
    """Daily: forget the PDFs for printing that are a week old; answers how many."""
    query = (
        select(Tanda.id)
        .join(Documento, Documento.id == Tanda.impresion_documento_id)
        .where(Documento.creado < now - CONSERVA)
    )
    ids = list(db.session.scalars(query.order_by(Tanda.id)))
    for tanda_id in ids:
        with unit_of_work(now) as uow:
            tanda = uow.lock_id(Tanda, tanda_id)
            anterior, tanda.impresion_documento_id, tanda.impresion_cartas = (
                tanda.impresion_documento_id,
                None,
                0,
            )
            clave = _olvidar(uow, anterior)
        documentos.quitar(clave)
    return len(ids)
