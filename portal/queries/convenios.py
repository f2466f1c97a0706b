"""Reads of convenios: the office's list and review, the dependencia's pages across escuelas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload

from portal.models import (
    Bitacora,
    Carta,
    Convenio,
    ConvenioDocumento,
    Dependencia,
    db,
)
from portal.queries import escuelas
from portal.queries.escuelas import EscuelaVista
from portal.queries.paginas import Pagina, pagina

PAGINA = 50


# ---- The office ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Renglon:
    """One row of the office's list. `dictamenes`: how many documents in each estado."""

    public_id: str
    estado: str
    estado_desde: datetime
    razon_social: str
    rfc: str
    desde: date | None
    hasta: date | None
    renovacion: bool
    dictamenes: dict[str, int] = field(default_factory=dict)


def cuentas_por_estado() -> dict[str, int]:
    """How many convenios there are in each estado, but for drafts: they are nobody's business yet."""
    query = select(Convenio.estado, func.count(Convenio.id)).group_by(Convenio.estado)
    return {estado: cuenta for estado, cuenta in db.session.execute(query) if estado != "borrador"}


def lista(
    estados: Collection[str], texto: str = "", *, despues: str = "", antiguos_primero: bool = False
) -> Pagina:
    """Fifty convenios in some states whose names or RFC hold every word of `texto` (folded), by how long they stand."""
    query = (
        select(Convenio, Dependencia, Convenio.public_id, Convenio.estado_desde)
        .join(Dependencia, Dependencia.id == Convenio.dependencia_id)
        .where(Convenio.estado.in_(estados))
    )
    for palabra in texto.split():
        query = query.where(Dependencia.busqueda.contains(palabra, autoescape=True))
    order = (Convenio.estado_desde, Convenio.id)
    found = pagina(query, Convenio, order, select(Convenio.id), desc=not antiguos_primero, despues=despues)
    cuentas = _dictamenes([row.Convenio.id for row in found.filas])
    return found.con(
        [_renglon(r.Convenio, r.Dependencia, cuentas.get(r.Convenio.id, {})) for r in found.filas]
    )


def _dictamenes(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    query = (
        select(ConvenioDocumento.convenio_id, ConvenioDocumento.estado, func.count(ConvenioDocumento.id))
        .where(ConvenioDocumento.convenio_id.in_(ids), ConvenioDocumento.estado != "reemplazado")
        .group_by(ConvenioDocumento.convenio_id, ConvenioDocumento.estado)
    )
    found: dict[int, dict[str, int]] = {}
    for convenio_id, estado, cuenta in db.session.execute(query):
        found.setdefault(convenio_id, {})[estado] = cuenta
    return found


def _renglon(convenio: Convenio, dependencia: Dependencia, dictamenes: dict[str, int]) -> Renglon:
    return Renglon(
        convenio.public_id,
        convenio.estado,
        convenio.estado_desde,
        dependencia.razon_social,
        dependencia.rfc,
        convenio.desde,
        convenio.hasta,
        convenio.renueva_id is not None,
        dictamenes,
    )


# ---- One convenio -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Caso:
    """One convenio with all that its pages show. `papeles`: every verdict by tipo, oldest first, with its file."""

    convenio: Convenio
    dependencia: Dependencia
    papeles: dict[str, list[ConvenioDocumento]]

    def actual(self, tipo: str) -> ConvenioDocumento | None:
        """The version that counts now, or None."""
        return next((d for d in reversed(self.papeles.get(tipo, [])) if d.estado != "reemplazado"), None)


def caso(public_id: str) -> Caso | None:
    """The convenio of that public id in the escuela in scope, with its dependencia and documents."""
    return _caso(Convenio.public_id == public_id)


def caso_por_id(convenio_id: int) -> Caso | None:
    """The same, by the internal id that a follow-up link carries."""
    return _caso(Convenio.id == convenio_id)


def _caso(criterion) -> Caso | None:  # type: ignore[no-untyped-def]
    convenio = db.session.scalar(select(Convenio).where(criterion).options(joinedload(Convenio.dependencia)))
    if convenio is None:
        return None
    query = (
        select(ConvenioDocumento)
        .where(ConvenioDocumento.convenio_id == convenio.id)
        .options(joinedload(ConvenioDocumento.archivo))
        .order_by(ConvenioDocumento.id)
    )
    papeles: dict[str, list[ConvenioDocumento]] = {}
    for documento in db.session.scalars(query):
        papeles.setdefault(documento.tipo, []).append(documento)
    return Caso(convenio, convenio.dependencia, papeles)


def documento(convenio_public_id: str, documento_public_id: str) -> ConvenioDocumento | None:
    """One verdict with its file, if it is of that convenio of the escuela in scope."""
    query = (
        select(ConvenioDocumento)
        .join(
            Convenio,
            and_(
                Convenio.id == ConvenioDocumento.convenio_id,
                Convenio.escuela_id == ConvenioDocumento.escuela_id,
            ),
        )
        .where(Convenio.public_id == convenio_public_id, ConvenioDocumento.public_id == documento_public_id)
        .options(joinedload(ConvenioDocumento.archivo))
    )
    return db.session.scalar(query)


def ultimo_dia(convenio_id: int | None) -> date | None:
    """The last day of a convenio of the escuela in scope; None for none."""
    return (
        db.session.scalar(select(Convenio.hasta).where(Convenio.id == convenio_id)) if convenio_id else None
    )


def historia(convenio: Convenio) -> list[Bitacora]:
    """What was done to a convenio, newest first."""
    query = (
        select(Bitacora)
        .where(Bitacora.noun == "convenio", Bitacora.objeto_id == convenio.id)
        .order_by(Bitacora.id.desc())
    )
    return list(db.session.scalars(query.limit(PAGINA)))


def cartas(convenio_ids: Collection[int]) -> dict[int, Carta]:
    """The convenio document of each convenio: the latest one that was not revoked, with its file."""
    query = (
        select(Carta)
        .where(Carta.convenio_id.in_(convenio_ids), Carta.tipo == "convenio", Carta.estado != "revocada")
        .options(joinedload(Carta.documento))
        .order_by(Carta.id)
    )
    return {c.convenio_id: c for c in db.session.scalars(query) if c.convenio_id is not None}


# ---- A dependencia, across escuelas -------------------------------------------------------------


@dataclass(frozen=True)
class Fila:
    """One convenio on the dependencia's list. `avisado`: its end was announced; `carta_id`: public id of its letter's
    file, or ""."""

    escuela: EscuelaVista
    dependencia_id: int
    public_id: str
    estado: str
    estado_desde: datetime
    desde: date | None
    hasta: date | None
    motivo: str
    decidio: str
    renovacion: bool
    avisado: bool
    dictamenes: dict[str, int]
    carta_id: str = ""


def de_dependencias(dependencia_ids: Iterable[int]) -> list[Fila]:
    """Every convenio of these dependencias, escuela by escuela, newest first in each."""
    ids = list(dependencia_ids)
    return escuelas.de_cada(ids, lambda escuela: _filas(escuela, ids))


def _filas(escuela: EscuelaVista, dependencia_ids: list[int]) -> list[Fila]:
    query = select(Convenio).where(Convenio.dependencia_id.in_(dependencia_ids)).order_by(Convenio.id.desc())
    found = db.session.scalars(query).all()
    ids = [c.id for c in found]
    cuentas, letters = _dictamenes(ids), cartas(ids)
    rows = []
    for c in found:
        carta = letters.get(c.id)
        rows.append(
            Fila(
                escuela,
                c.dependencia_id,
                c.public_id,
                c.estado,
                c.estado_desde,
                c.desde,
                c.hasta,
                c.motivo,
                c.decidio,
                c.renueva_id is not None,
                c.avisado is not None,
                cuentas.get(c.id, {}),
                carta.documento.public_id if carta is not None and carta.documento is not None else "",
            )
        )
    return rows
