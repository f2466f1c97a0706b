"""Prerregistros as the office lists, reviews and sends them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from portal.models import (
    Alumno,
    Bitacora,
    Dependencia,
    Documento,
    Lote,
    LoteServicio,
    Prerregistro,
    Servicio,
    db,
)
from portal.models.base import UtcDateTime
from portal.queries.expedientes import COMUNES, DeServicio, con_palabras
from portal.queries.paginas import Pagina, pagina, pagina_de

VISIBLES = ("por_confirmar", "activo")  # an alumno whose e-mail is proven
SIN_ACEPTAR = ("prerregistrado", "rechazado")
POR_ENVIAR = "por_enviar"
SITUACIONES = ("por_revisar", "rechazados", "aceptados", "sin_numero", POR_ENVIAR)
ORDENES = ("espera", "recientes", "nombre", "boleta", "inicio")


@dataclass(frozen=True)
class Filtro:
    """What the list is narrowed to; empty values narrow nothing. `palabras` are folded words, `plan` a clave."""

    palabras: tuple[str, ...] = ()
    situacion: str = ""
    carrera: str = ""
    plan: str = ""


@dataclass(frozen=True)
class Fila(DeServicio):
    """One prerregistro in the list [seed 001 §3], as plain values."""

    genero: str
    dependencia: str
    inicio: date
    termino: date
    correo: str
    documento: str
    numero_registro: str
    lista: str
    fecha_envio: date | None


_COLUMNAS = (
    *COMUNES,
    Alumno.genero,
    Dependencia.razon_social.label("dependencia"),
    Servicio.inicio,
    Servicio.termino,
    Alumno.correo,
    Documento.public_id.label("documento"),
    Servicio.numero_registro,
    Prerregistro.lista,
    Prerregistro.fecha_envio,
)


def _base(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Servicio)
        .join(Prerregistro, Prerregistro.servicio_id == Servicio.id)
        .join(Alumno, Alumno.id == Servicio.alumno_id)
    )


def _seleccion() -> Select[Any]:
    return (
        _base(*_COLUMNAS)
        .join(Dependencia, Dependencia.id == Servicio.dependencia_id)
        .join(Documento, Documento.id == Prerregistro.documento_id)
    )


def _fila(row: Any) -> Fila:
    values = row._asdict()
    values["nombre"] = " ".join(values["nombre"].split())
    values["numero_registro"] = values["numero_registro"] or ""
    return Fila(**values)


def _en_lote() -> ColumnElement[bool]:
    sent = select(LoteServicio.id).where(
        LoteServicio.tipo == "prerregistro", LoteServicio.servicio_id == Servicio.id
    )
    return sent.exists()


def _situacion(situacion: str) -> list[ColumnElement[bool]]:
    accepted = Servicio.estado.not_in(SIN_ACEPTAR)
    return {
        "por_revisar": [Servicio.estado == "prerregistrado"],
        "rechazados": [Servicio.estado == "rechazado"],
        "aceptados": [accepted],
        "sin_numero": [accepted, Servicio.numero_registro.is_(None)],
        POR_ENVIAR: [accepted, ~_en_lote()],
    }.get(situacion, [])


def _criterios(filtro: Filtro, *, con_situacion: bool = True) -> list[ColumnElement[bool]]:
    found = [Alumno.estado.in_(VISIBLES), *con_palabras(Alumno.busqueda, filtro.palabras)]
    if filtro.carrera:
        found.append(Alumno.carrera == filtro.carrera)
    if filtro.plan:
        found.append(Servicio.plan_clave == filtro.plan)
    return found + (_situacion(filtro.situacion) if con_situacion else [])


def _orden(orden: str) -> tuple[tuple[Any, ...], bool]:
    return {
        "nombre": ((Alumno.busqueda, Servicio.id), False),
        "boleta": ((Alumno.boleta, Servicio.id), False),
        "inicio": ((Servicio.inicio, Servicio.id), True),
        "recientes": ((Servicio.estado_desde, Servicio.id), True),
    }.get(orden, ((Servicio.estado_desde, Servicio.id), False))


def lista(filtro: Filtro, orden: str, *, despues: str = "", antes: str = "") -> Pagina:
    """One page of 50 Fila in that order (ORDENES)."""
    clave, desc = _orden(orden)
    query = _seleccion().where(*_criterios(filtro))
    found = pagina(query, Servicio, clave, _base(), desc=desc, despues=despues, antes=antes)
    return found.con([_fila(row) for row in found.filas])


def cuentas(filtro: Filtro) -> dict[str, int]:
    """How many match the other filters in each situación, and "" for all; one statement."""
    sums = [func.count(Servicio.id)]
    for situacion in SITUACIONES:
        sums.append(func.count(Servicio.id).filter(*_situacion(situacion)))
    row = db.session.execute(_base(*sums).where(*_criterios(filtro, con_situacion=False))).one()
    return dict(zip(("", *SITUACIONES), (int(n or 0) for n in row), strict=True))


def elegidos(filtro: Filtro) -> list[str]:
    """Public ids of what matches and may go in a batch, oldest first, at most 500."""
    query = _base(Servicio.public_id).where(*_criterios(filtro), *_situacion(POR_ENVIAR))
    return list(db.session.scalars(query.order_by(Servicio.estado_desde, Servicio.id).limit(500)))


# ---- one ----


@dataclass(frozen=True)
class Uno:
    """A servicio (with alumno and dependencia), its prerregistro (with its file), and its batch ("" for none)."""

    servicio: Servicio
    pre: Prerregistro
    lote: str


def por_id(public_id: str) -> Uno | None:
    """The prerregistro of that servicio; None where there is none."""
    query = (
        select(Servicio, Prerregistro, Lote.public_id)
        .join(Prerregistro, Prerregistro.servicio_id == Servicio.id)
        .outerjoin(
            LoteServicio,
            and_(LoteServicio.servicio_id == Servicio.id, LoteServicio.tipo == "prerregistro"),
        )
        .outerjoin(Lote, Lote.id == LoteServicio.lote_id)
        .where(Servicio.public_id == public_id)
        .options(
            joinedload(Servicio.alumno),
            joinedload(Servicio.dependencia),
            joinedload(Prerregistro.documento),
        )
    )
    row = db.session.execute(query).one_or_none()
    return Uno(row[0], row[1], row[2] or "") if row is not None else None


@dataclass(frozen=True)
class Suceso:
    """Something done with a prerregistro, and the file that was sent at that instant."""

    accion: str
    fecha: datetime
    autor: str
    motivo: str
    documento: Documento | None


ACCIONES = ("prerregistrar", "reenviar", "rechazar", "activar", "exceptuar", "registrar_numero")


def historia(servicio: Servicio) -> list[Suceso]:
    """What was sent and decided, newest first; two statements."""
    lines = select(Bitacora).where(
        Bitacora.noun == "servicio", Bitacora.objeto_id == servicio.id, Bitacora.accion.in_(ACCIONES)
    )
    files = select(Documento).where(
        Documento.alumno_id == servicio.alumno_id, Documento.tipo == "prerregistro"
    )
    sent = {d.creado: d for d in db.session.scalars(files)}
    rows = db.session.scalars(lines.order_by(Bitacora.id.desc()).limit(100))
    return [Suceso(b.accion, b.creado, b.autor, b.motivo, sent.get(b.creado)) for b in rows]


@dataclass(frozen=True)
class Vecinos:
    """Where a prerregistro stands in the queue: place (from 1), length, and the public ids beside it."""

    posicion: int
    total: int
    anterior: str | None
    siguiente: str | None


def vecinos(servicio: Servicio, filtro: Filtro) -> Vecinos:
    """The queue of what matches around a prerregistro, whether it still waits or was just decided; one statement."""
    row = db.session.execute(_vecinos(filtro), {"desde": servicio.estado_desde, "id": servicio.id}).one()
    return Vecinos(row[0] + 1, row[1], row[2], row[3])


@lru_cache(maxsize=64)
def _vecinos(filtro: Filtro) -> Any:
    este, id_ = Servicio.estado_desde, bindparam("id")
    desde: Any = bindparam("desde", type_=UtcDateTime)
    before = or_(este < desde, and_(este == desde, Servicio.id < id_))
    after = or_(este > desde, and_(este == desde, Servicio.id > id_))
    up, down = (este, Servicio.id), (este.desc(), Servicio.id.desc())
    return select(
        _cola(filtro, func.count(Servicio.id)).where(before).scalar_subquery(),
        _cola(filtro, func.count(Servicio.id)).scalar_subquery(),
        _cola(filtro, Servicio.public_id).where(before).order_by(*down).limit(1).scalar_subquery(),
        _cola(filtro, Servicio.public_id).where(after).order_by(*up).limit(1).scalar_subquery(),
    )


def _cola(filtro: Filtro, what: Any) -> Select[Any]:
    """What waits for a decision and matches, in whatever situación the list is narrowed to."""
    criterios = _criterios(filtro, con_situacion=False)
    return _base(what).where(*_situacion("por_revisar"), *criterios)


def primero(filtro: Filtro) -> str | None:
    """The public id of the oldest that waits and matches: where a review begins."""
    query = _cola(filtro, Servicio.public_id).order_by(Servicio.estado_desde, Servicio.id)
    return db.session.scalar(query.limit(1))


# ---- batches ----


def lotes(tipo: str = "", *, despues: str = "") -> Pagina:
    """One page of 50 batches, newest first."""
    query = select(Lote)
    if tipo:
        query = query.where(Lote.tipo == tipo)
    return pagina_de(query, Lote, (Lote.id,), desc=True, despues=despues)


def lote(public_id: str) -> Lote | None:
    """The batch of that public id."""
    return db.session.scalar(select(Lote).where(Lote.public_id == public_id))
