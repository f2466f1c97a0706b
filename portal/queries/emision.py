"""Listas de emisión and constancias as pages read them: plain rows, few statements whatever their number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, case, func, literal, select
from sqlalchemy.orm import joinedload

from portal.models import (
    Bitacora,
    Carta,
    Constancia,
    ConstanciaArchivo,
    ConstanciaLote,
    Documento,
    Entrega,
    ListaEmision,
    ListaRenglon,
    Servicio,
    db,
)
from portal.queries.paginas import Pagina, pagina

PAGINA_LISTAS = 20
CASI = 20
OPCIONES = 600
SALIDAS = 100
CERRADAS = ("lista_emision", "constancia")  # tipos of entrega that the office fulfils


def por_emitir(despues: str = "") -> Pagina:
    """Servicios of which every step is accepted and whose constancia is not asked for, oldest first; one statement."""
    query = (
        select(Servicio, Servicio.public_id, Servicio.estado_desde)
        .where(Servicio.estado == "terminado", Servicio.emision)
        .options(joinedload(Servicio.alumno), joinedload(Servicio.dependencia))
    )
    clave = (Servicio.estado_desde, Servicio.id)
    found = pagina(query, Servicio, clave, select(Servicio.id), despues=despues)
    return found.con([row[0] for row in found.filas])


def cuantos_por_emitir() -> int:
    """How many wait for a lista."""
    query = select(func.count(Servicio.id)).where(Servicio.estado == "terminado", Servicio.emision)
    return int(db.session.scalar(query) or 0)


def ids_por_emitir(maximo: int) -> list[str]:
    """The public ids of those who wait longest."""
    query = select(Servicio.public_id).where(Servicio.estado == "terminado", Servicio.emision)
    return list(db.session.scalars(query.order_by(Servicio.estado_desde, Servicio.id).limit(maximo)))


def casi_listos(hasta: date) -> list[Servicio]:
    """Servicios in course that end by then and lack at most two steps of the alumno's; one statement."""
    faltan = (
        select(func.count(Entrega.id))
        .where(
            Entrega.servicio_id == Servicio.id,
            Entrega.estado != "aceptada",
            Entrega.tipo.not_in(CERRADAS),
        )
        .correlate(Servicio)
        .scalar_subquery()
    )
    query = (
        select(Servicio)
        .where(Servicio.estado == "activo", Servicio.emision, Servicio.termino <= hasta, faltan <= 2)
        .options(joinedload(Servicio.alumno), joinedload(Servicio.dependencia))
        .order_by(Servicio.termino, Servicio.id)
        .limit(CASI)
    )
    return list(db.session.scalars(query))


# ---- listas ----


def listas(hoy: date, despues: str = "") -> list[ListaEmision]:
    """The listas that still wait, overdue ones first, then those that do not, newest first, in pages of 20.

    `despues` is the number on which the last page of these ended; the waiting ones are on the first page only.
    """
    esperan: list[ListaEmision] = []
    query = select(ListaEmision).where(ListaEmision.estado.in_(("completa", "anulada")))
    if despues.isdigit():
        query = query.where(ListaEmision.numero < int(despues))
    else:
        tarde = case((ListaEmision.hasta < bindparam("hoy", type_=Date), 0), else_=1)
        espera = select(ListaEmision).where(ListaEmision.estado == "emitida")
        esperan = list(
            db.session.scalars(
                espera.order_by(tarde, ListaEmision.hasta, ListaEmision.numero).limit(50), {"hoy": hoy}
            )
        )
    return [
        *esperan,
        *db.session.scalars(query.order_by(ListaEmision.numero.desc()).limit(PAGINA_LISTAS + 1)),
    ]


def lista(public_id: str) -> ListaEmision | None:
    """One lista with its relación."""
    query = select(ListaEmision).where(ListaEmision.public_id == public_id)
    return db.session.scalar(query.options(joinedload(ListaEmision.carta).joinedload(Carta.documento)))


@dataclass(frozen=True)
class Renglon:
    """One alumno of a lista: what the relación says (`datos`), and the constancia that came, if one did."""

    id: int
    public_id: str
    orden: int
    boleta: str
    nombre: str
    datos: dict[str, Any]
    servicio: str
    lista: str
    numero: int
    desde: date
    hasta: date
    fecha: date
    constancia: Constancia | None
    liberado: bool

    @property
    def publicado(self) -> bool:
        """Liberado by a published list: no constancia is waited for."""
        return self.liberado and self.constancia is None

    @property
    def documento(self) -> Documento | None:
        """The file of the constancia; None for a link or none."""
        return self.constancia.documento if self.constancia is not None else None

    @property
    def columnas(self) -> dict[str, Any]:
        """The values of a row of the spreadsheet, by key."""
        c = self.constancia
        return {
            **self.datos,
            "numero": self.orden,
            "lista": self.numero,
            "constancia": c.creado if c is not None else None,
            "descargada": c.descargada if c is not None else None,
        }


def _renglones() -> Select[Any]:
    return (
        select(ListaRenglon, Servicio.public_id.label("servicio"), Servicio.estado, ListaEmision, Constancia)
        .select_from(ListaRenglon)
        .join(Servicio, Servicio.id == ListaRenglon.servicio_id)
        .join(ListaEmision, ListaEmision.id == ListaRenglon.lista_id)
        .outerjoin(Constancia, and_(Constancia.renglon_id == ListaRenglon.id, Constancia.vigente))
        .options(joinedload(Constancia.documento))
    )


def _renglon(row: Any) -> Renglon:
    r, lista_ = row.ListaRenglon, row.ListaEmision
    return Renglon(
        r.id, r.public_id, r.orden, r.boleta, r.nombre, r.datos, row.servicio, lista_.public_id, lista_.numero,
        lista_.desde, lista_.hasta, lista_.fecha, row.Constancia, row.estado == "liberado",
    )  # fmt: skip


def renglones(lista_id: int) -> list[Renglon]:
    """The alumnos of a lista in their order; one statement."""
    query = _renglones().where(ListaRenglon.lista_id == lista_id).order_by(ListaRenglon.orden)
    return [_renglon(row) for row in db.session.execute(query)]


def salieron(lista_id: int) -> list[Bitacora]:
    """Who was taken out of a lista, by whom and why (its `motivo` names the alumno), newest first."""
    query = select(Bitacora).where(
        Bitacora.noun == "lista_emision", Bitacora.objeto_id == lista_id, Bitacora.accion == "sacar"
    )
    return list(db.session.scalars(query.order_by(Bitacora.id.desc()).limit(SALIDAS)))


def renglon(public_id: str) -> Renglon | None:
    """One row of a lista."""
    row = db.session.execute(_renglones().where(ListaRenglon.public_id == public_id)).one_or_none()
    return _renglon(row) if row is not None else None


_DE_SERVICIO = _renglones().where(ListaRenglon.servicio_id == bindparam("servicio_id"))


def de_servicio(servicio_id: int) -> Renglon | None:
    """The row of a servicio, whose constancia may have come; None while it is in no lista. One statement."""
    row = db.session.execute(_DE_SERVICIO, {"servicio_id": servicio_id}).one_or_none()
    return _renglon(row) if row is not None else None


def versiones(renglon_id: int) -> list[Constancia]:
    """Every constancia that a row had, newest first."""
    query = select(Constancia).where(Constancia.renglon_id == renglon_id)
    return list(
        db.session.scalars(
            query.options(joinedload(Constancia.documento)).order_by(Constancia.version.desc())
        )
    )


def de_alumno(alumno_id: int) -> Constancia | None:
    """The constancia that an alumno may download: the newest that counts."""
    query = (
        select(Constancia)
        .where(Constancia.alumno_id == alumno_id, Constancia.vigente)
        .options(joinedload(Constancia.documento))
        .order_by(Constancia.id.desc())
    )
    return db.session.scalars(query.limit(1)).first()


def pasos_de(servicio: str) -> list[Entrega]:
    """The steps of a servicio (its public id), for its row of boxes."""
    query = (
        select(Entrega)
        .join(Servicio, Servicio.id == Entrega.servicio_id)
        .where(Servicio.public_id == servicio)
    )
    return list(db.session.scalars(query.options(joinedload(Entrega.documento)).order_by(Entrega.orden)))


# ---- lotes ----


@dataclass(frozen=True)
class Archivo:
    """A file of a lote with the row that it is for, if one is known."""

    archivo: ConstanciaArchivo
    renglon: Renglon | None


def lote(public_id: str) -> ConstanciaLote | None:
    """One lote."""
    return db.session.scalar(select(ConstanciaLote).where(ConstanciaLote.public_id == public_id))


def lotes_abiertos(now: datetime) -> list[tuple[ConstanciaLote, int]]:
    """Lotes that nobody has confirmed, newest first, with how many files they hold."""
    cuantos = (
        select(func.count(ConstanciaArchivo.id))
        .where(ConstanciaArchivo.lote_id == ConstanciaLote.id, ConstanciaArchivo.lectura != "abierto")
        .correlate(ConstanciaLote)
        .scalar_subquery()
    )
    query = (
        select(ConstanciaLote, cuantos.label("cuantos"))
        .where(ConstanciaLote.vence >= now, ConstanciaLote.confirmado.is_(None))
        .order_by(ConstanciaLote.vence.desc())
        .limit(10)
    )
    return [(row.ConstanciaLote, row.cuantos) for row in db.session.execute(query)]


def archivos(lote_id: int) -> list[Archivo]:
    """The files of a lote in the order in which they came, each with its row; two statements."""
    query = select(ConstanciaArchivo).where(
        ConstanciaArchivo.lote_id == lote_id, ConstanciaArchivo.lectura != "abierto"
    )
    found = list(db.session.scalars(query.order_by(ConstanciaArchivo.nombre, ConstanciaArchivo.id)))
    ids = {a.renglon_id for a in found if a.renglon_id is not None}
    rows = db.session.execute(_renglones().where(ListaRenglon.id.in_(ids))) if ids else ()
    por_id = {row.ListaRenglon.id: _renglon(row) for row in rows}
    return [Archivo(a, por_id.get(a.renglon_id or 0)) for a in found]


def archivo(lote_id: int, public_id: str) -> ConstanciaArchivo | None:
    """One file of a lote."""
    query = select(ConstanciaArchivo).where(
        ConstanciaArchivo.lote_id == lote_id, ConstanciaArchivo.public_id == public_id
    )
    return db.session.scalar(query)


def sin_constancia() -> list[Any]:
    """Everybody in a lista whose constancia has not come, at most 600; one statement."""
    query = (
        select(
            ListaRenglon.id, ListaRenglon.boleta, ListaRenglon.nombre, ListaEmision.numero.label("numero"),
            ListaEmision.id.label("lista_id"),
        )
        .join(ListaEmision, ListaEmision.id == ListaRenglon.lista_id)
        .outerjoin(Constancia, and_(Constancia.renglon_id == ListaRenglon.id, Constancia.vigente))
        .where(ListaEmision.estado == "emitida", Constancia.id.is_(None))
        .order_by(ListaEmision.numero, ListaRenglon.orden)
        .limit(OPCIONES)
    )  # fmt: skip
    return list(db.session.execute(query))


def avance(lote_id: int) -> dict[str, int]:
    """How many files of a lote are in each state of reading; and "cargado", how many became constancias."""
    lectura = case(
        (ConstanciaArchivo.cargado.is_not(None), literal("cargado")), else_=ConstanciaArchivo.lectura
    )
    query = (
        select(lectura.label("lectura"), func.count(ConstanciaArchivo.id).label("cuantos"))
        .where(ConstanciaArchivo.lote_id == lote_id)
        .group_by(lectura)
    )
    return {row.lectura: row.cuantos for row in db.session.execute(query)}
