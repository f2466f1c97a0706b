"""What waits for a dependencia, escuela by escuela: two statements in each, however much waits."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, String, and_, bindparam, cast, func, literal, select, union_all

from portal.models import (
    Alumno,
    Carta,
    Convenio,
    ConvenioDocumento,
    Entrega,
    Firma,
    Proyecto,
    Servicio,
    Solicitud,
    db,
)
from portal.models.base import UtcDateTime
from portal.queries.cartas import EN_FIRMA
from portal.queries.escuelas import EscuelaVista

AVISO_CONVENIO = 60  # days before its end that a convenio asks to be renewed
POR_CLASE = 50
_IDS = bindparam("ids", expanding=True)
_NOMBRE = Alumno.nombre + " " + Alumno.paterno + " " + Alumno.materno


@dataclass(frozen=True)
class Pendiente:
    """One thing to attend to: its kind, the escuela, its public id, what it is, since (or until) when."""

    clase: str
    escuela: EscuelaVista
    public_id: str
    titulo: str
    detalle: str
    desde: datetime
    fecha: date | None = None


@dataclass(frozen=True)
class Resumen:
    """What a dependencia has in one escuela."""

    escuela: EscuelaVista
    convenios: int
    proyectos: int
    prestadores: int


def resumen(escuela: EscuelaVista, dependencia_ids: Collection[int]) -> Resumen:
    """Vigente convenios, published proyectos and active prestadores in the escuela in scope; one statement."""
    found = {row.noun: row.n for row in db.session.execute(_RESUMEN, {"ids": list(dependencia_ids)})}
    return Resumen(escuela, found["convenio"], found["proyecto"], found["servicio"])


def _resumen() -> Any:
    legs = (
        (Convenio, Convenio.estado.in_(("vigente", "autorizado"))),
        (Proyecto, Proyecto.estado == "publicado"),
        (Servicio, Servicio.estado == "activo"),
    )
    return union_all(
        *(
            select(literal(model.__tablename__).label("noun"), func.count(model.id).label("n")).where(
                model.dependencia_id.in_(_IDS), criterion
            )
            for model, criterion in legs
        )
    )


def pendientes(escuela: EscuelaVista, dependencia_ids: Collection[int], hoy: date) -> list[Pendiente]:
    """What waits for the dependencia in the escuela in scope, oldest first; one statement, 50 of each kind."""
    values = {"ids": list(dependencia_ids), "pronto": hoy + timedelta(days=AVISO_CONVENIO)}
    found = [
        Pendiente(r.clase, escuela, r.public_id, " ".join((r.titulo or "").split()), r.detalle or "", r.desde,
                  date.fromisoformat(str(r.fecha)) if r.fecha else None)
        for r in db.session.execute(_PENDIENTES, values)
    ]  # fmt: skip
    return sorted(found, key=lambda p: p.desde)


def _columnas(
    clase: str, public_id: Any, titulo: Any, detalle: Any, desde: Any, fecha: Any = None
) -> tuple[Any, ...]:
    fecha = literal("") if fecha is None else cast(fecha, String)
    return (literal(clase).label("clase"), public_id.label("public_id"), titulo.label("titulo"),
            detalle.label("detalle"), desde.label("desde"), fecha.label("fecha"))  # fmt: skip


def _de_personas() -> Iterator[Any]:
    """Solicitudes to answer, reports to validate, letters whose signature is to be followed."""
    yield (
        select(*_columnas("solicitud", Solicitud.public_id, _NOMBRE, Proyecto.titulo, Solicitud.estado_desde))
        .select_from(Solicitud)
        .join(Alumno, Alumno.id == Solicitud.alumno_id)
        .join(Proyecto, Proyecto.id == Solicitud.proyecto_id)
        .where(Solicitud.dependencia_id.in_(_IDS), Solicitud.estado == "enviada")
    )
    yield (
        select(*_columnas("entrega", Entrega.public_id, _NOMBRE, Entrega.nombre, Entrega.estado_desde))
        .select_from(Entrega)
        .join(Alumno, Alumno.id == Entrega.alumno_id)
        .where(
            Entrega.dependencia_id.in_(_IDS),
            Entrega.estado == "en_revision",
            Entrega.revisor_en_turno == "dependencia",
        )
    )
    por_firmar = (
        select(Firma.id)
        .where(Firma.carta_id == Carta.id, Firma.estado == "pendiente", Firma.correo != "")
        .exists()
    )
    for clase, criterion in (
        ("carta", and_(Carta.estado.in_(EN_FIRMA), por_firmar)),
        ("carta_detenida", Carta.estado == "detenida"),
    ):
        yield (
            select(*_columnas(clase, Carta.public_id, func.coalesce(_NOMBRE, Carta.folio), Carta.titulo,
                              Carta.estado_desde))
            .select_from(Carta)
            .join(Alumno, Alumno.id == Carta.alumno_id, isouter=True)
            .where(Carta.dependencia_id.in_(_IDS), criterion)
        )  # fmt: skip


def _de_tramite() -> Iterator[Any]:
    """Rejected documents, convenios that end or were returned, rejected proyectos."""
    yield (
        select(*_columnas("documento", Convenio.public_id, func.min(ConvenioDocumento.tipo),
                          cast(func.count(ConvenioDocumento.id), String),
                          func.min(ConvenioDocumento.estado_desde, type_=UtcDateTime)))
        .select_from(ConvenioDocumento)
        .join(Convenio, Convenio.id == ConvenioDocumento.convenio_id)
        .where(ConvenioDocumento.dependencia_id.in_(_IDS), ConvenioDocumento.estado == "rechazado",
               Convenio.estado.in_(("enviado", "observado")))
        .group_by(Convenio.id, Convenio.public_id)
    )  # fmt: skip
    renovado = select(Convenio.renueva_id).where(
        Convenio.dependencia_id.in_(_IDS), Convenio.renueva_id.is_not(None), Convenio.estado != "cancelado"
    )
    yield (
        select(
            *_columnas(
                "convenio",
                Convenio.public_id,
                literal(""),
                literal(""),
                Convenio.estado_desde,
                Convenio.hasta,
            )
        ).where(
            Convenio.dependencia_id.in_(_IDS),
            Convenio.estado == "vigente",
            Convenio.hasta <= bindparam("pronto", type_=Date),
            Convenio.id.not_in(renovado),
        )
    )
    yield (
        select(
            *_columnas(
                "proyecto", Proyecto.public_id, Proyecto.titulo, Proyecto.motivo, Proyecto.estado_desde
            )
        ).where(Proyecto.dependencia_id.in_(_IDS), Proyecto.estado == "rechazado")
    )


def _pendientes() -> Any:
    legs = (*_de_personas(), *_de_tramite())
    parts = [leg.order_by("desde").limit(POR_CLASE).subquery() for leg in legs]
    return union_all(
        *(select(p.c.clase, p.c.public_id, p.c.titulo, p.c.detalle, p.c.desde, p.c.fecha) for p in parts)
    )


_RESUMEN, _PENDIENTES = _resumen(), _pendientes()  # written once: the inbox asks them in each escuela
