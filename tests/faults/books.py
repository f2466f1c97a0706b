"""The same books at the end of every fault: letters, mails, files, and nothing half done."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from portal.models import Carta, Correo, Documento, FolioContador, Huella, Outbox, db
from portal.services import documentos, limpieza, runtime
from tests.faults.ground import Ground


@dataclass
class Books:
    """What is there and what is not. `lost` says each loss in words: it must be empty."""

    letters: int = 0
    mails: int = 0
    uploads: int = 0
    repeated: int = 0
    due: int = 0
    orphans: int = 0
    lost: list[str] = field(default_factory=list)


def close(
    ground: Ground, *, letters: int, uploads: dict[int, str] | None = None, mails: bool = True
) -> Books:
    """Count everything. `uploads` is, by solicitud, the name of the last file whose arrival was confirmed."""
    books = Books(letters=letters, uploads=len(uploads or {}))
    with ground.scope():
        _letters(books, letters)
        _mails(books, ground, letters if mails else 0)
        _uploads(books, uploads or {})
        _files(books)
        _janitor(books)
    return books


def _letters(books: Books, expected: int) -> None:
    rows = db.session.scalars(select(Carta).order_by(Carta.numero)).all()
    numbers = [c.numero for c in rows]
    if numbers != list(range(1, expected + 1)) or len({c.folio for c in rows}) != expected:
        books.lost.append(
            f"folios are not 1..{expected}: {len(numbers)} of them, {len(set(numbers))} different"
        )
    last = db.session.scalar(select(FolioContador.ultimo)) or 0
    if last != expected:
        books.lost.append(f"the series says {last} letters")
    pending = {
        (o.tipo, o.objeto_id) for o in db.session.scalars(select(Outbox).where(Outbox.hecho.is_(None)))
    }
    shas = {h.codigo: h.sha256 for h in db.session.scalars(select(Huella))}
    files = Counter(c.documento_id for c in rows if c.documento_id is not None)
    for carta in rows:
        if carta.estado == "emitida" and carta.documento_id is not None and carta.emitida is not None:
            if files[carta.documento_id] != 1 or not shas.get(carta.codigo):
                books.lost.append(f"letter {carta.folio} is half issued")
        elif carta.documento_id is not None or ("carta", carta.id) not in pending:
            books.lost.append(f"letter {carta.folio} is {carta.estado} and nobody is to make it")
        else:
            books.due += 1


def _mails(books: Books, ground: Ground, expected: int) -> None:
    query = select(Outbox.objeto_id).where(Outbox.hecho.is_(None), Outbox.tipo == "correo")
    pending = set(db.session.scalars(query))
    rows = db.session.scalars(select(Correo)).all()
    books.mails = len(rows)
    if expected and len(rows) != expected:
        books.lost.append(f"{len(rows)} mails were written for {expected} letters")
    for mail in rows:
        times = ground.sink.taken[mail.message_id]
        if mail.rechazado or (mail.enviado is None and mail.id not in pending):
            books.lost.append(f"mail {mail.message_id} is neither sent nor due: {mail.rechazado}")
        elif mail.enviado is not None and times == 0:
            books.lost.append(f"mail {mail.message_id} counts as sent and never arrived")
        books.due += mail.enviado is None
        books.repeated += max(times - 1, 0)
    strangers = set(ground.sink.taken) - {m.message_id for m in rows}
    if strangers:
        books.lost.append(f"{len(strangers)} mails went out that no row knows")


def _uploads(books: Books, uploads: dict[int, str]) -> None:
    """What was confirmed is there, or gave way to a later file of the same draft whose answer was lost."""
    from portal.models import Solicitud

    for solicitud_id, nombre in uploads.items():
        query = select(Documento).join(Solicitud, Solicitud.presentacion_documento_id == Documento.id)
        found = db.session.scalar(query.where(Solicitud.id == solicitud_id))
        if found is None:
            books.lost.append(f"a confirmed upload has no row (solicitud {solicitud_id})")
        elif nombre and found.nombre != nombre:
            books.lost.append(f"a confirmed upload gave way to {found.nombre} ({nombre})")


def _files(books: Books) -> None:
    storage = runtime.current().backends.storage
    for row in db.session.scalars(select(Documento)).all():
        digest = hashlib.sha256()
        try:
            with storage.open(row.clave) as stream:
                while piece := stream.read(1 << 20):
                    digest.update(piece)
        except documentos.ObjectNotFound:
            books.lost.append(f"{row.tipo} {row.id} has a row and no object")
            continue
        if digest.hexdigest() != row.sha256:
            books.lost.append(f"{row.tipo} {row.id} is not the file that was recorded")


def _janitor(books: Books) -> None:
    """Objects without a row are what a crash may leave; the janitor collects all of them, once they are old enough."""
    later = datetime.now(UTC) + timedelta(hours=25)
    books.orphans = limpieza.archivos(later).sin_renglon
    left = limpieza.archivos(later, simular=True)
    if left.sin_renglon or left.sin_objeto:
        books.lost.append(f"the janitor leaves {left.sin_renglon} objects and misses {len(left.sin_objeto)}")
