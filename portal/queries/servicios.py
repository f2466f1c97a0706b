"""Servicios as pages read them: the alumno's own, a whole expediente, a dependencia's prestadores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, and_, bindparam, select
from sqlalchemy.orm import joinedload

from portal.models import Alumno, Baja, Carta, Correo, Documento, Entrega, Servicio, Solicitud, db
from portal.queries import escuelas
from portal.queries.cartas import EN_FIRMA
from portal.queries.escuelas import EscuelaVista

POR_PAGINA = 50


@dataclass(frozen=True)
class Expediente:
    """Everything of one servicio. `servicio` has alumno, proyecto and dependencia loaded, each entrega its documento,
    each carta its documento and firmas."""

    servicio: Servicio
    entregas: Sequence[Entrega]
    cartas: Sequence[Carta]
    bajas: Sequence[Baja]

    def entrega(self, clave: str) -> Entrega | None:
        """The step of that clave, or None."""
        return next((e for e in self.entregas if e.clave == clave), None)


def _con_personas(query: Any) -> Any:
    return query.options(
        joinedload(Servicio.alumno), joinedload(Servicio.proyecto), joinedload(Servicio.dependencia)
    )


def por_id(public_id: str) -> Servicio | None:
    """One servicio with its alumno, proyecto and dependencia."""
    return db.session.scalar(_con_personas(select(Servicio).where(Servicio.public_id == public_id)))  # type: ignore[no-any-return]


def expediente(public_id: str) -> Expediente | None:
    """Everything of a servicio in five statements; None when this escuela has no such servicio."""
    servicio = por_id(public_id)
    if servicio is None:
        return None
    return Expediente(servicio, entregas_de(servicio.id), cartas_de(servicio.id), bajas_de(servicio.id))


_ENTREGAS = (
    select(Entrega)
    .where(Entrega.servicio_id == bindparam("servicio_id"))
    .options(joinedload(Entrega.documento))
    .order_by(Entrega.orden)
)


def entregas_de(servicio_id: int) -> list[Entrega]:
    """The steps of a servicio in order, each with the file that was sent."""
    return list(db.session.scalars(_ENTREGAS, {"servicio_id": servicio_id}))


def cartas_de(servicio_id: int) -> list[Carta]:
    """The letters of a servicio with their files and signers, newest first."""
    query = (
        select(Carta)
        .where(Carta.servicio_id == servicio_id)
        .options(joinedload(Carta.documento), joinedload(Carta.firmas))
        .order_by(Carta.id.desc())
    )
    return list(db.session.scalars(query).unique())


def bajas_de(servicio_id: int) -> list[Baja]:
    """The bajas that were asked for a servicio, newest first."""
    return list(
        db.session.scalars(select(Baja).where(Baja.servicio_id == servicio_id).order_by(Baja.id.desc()))
    )


@dataclass(frozen=True)
class Inicio:
    """What the alumno's home needs beside the alumno: the latest servicio and what belongs to it.

    Without an open servicio `solicitudes` are the open ones, with their proyecto; `foto` is a public id.
    """

    servicio: Servicio | None
    entregas: Sequence[Entrega]
    solicitudes: Sequence[Solicitud]
    cartas: Sequence[Carta]
    mensajes: Sequence[Correo]
    foto: str | None


_INICIO = (
    select(Servicio, Documento.public_id)
    .select_from(Alumno)
    .outerjoin(Servicio, Servicio.alumno_id == Alumno.id)
    .outerjoin(Documento, and_(Documento.id == Alumno.foto_id, Documento.servible))
    .where(Alumno.id == bindparam("alumno_id"))
    .options(joinedload(Servicio.proyecto), joinedload(Servicio.dependencia))
    .order_by(Servicio.id.desc())
    .limit(1)
)
_CARTAS = (
    select(Carta)
    .where(Carta.alumno_id == bindparam("alumno_id"), Carta.estado == "emitida")
    .options(joinedload(Carta.documento))
    .order_by(Carta.id.desc())
    .limit(3)
)


def inicio(alumno: Alumno) -> Inicio:
    """The alumno's home, in at most five statements."""
    row = db.session.execute(_INICIO, {"alumno_id": alumno.id}).one()
    servicio: Servicio | None = row[0]
    abierto = servicio if servicio is not None and servicio.estado not in ("baja", "rechazado") else None
    cartas = db.session.scalars(_CARTAS, {"alumno_id": alumno.id})
    return Inicio(
        servicio,
        entregas_de(abierto.id) if abierto else (),
        () if abierto else solicitudes_abiertas(alumno.id),
        list(cartas),
        mensajes(alumno.usuario_id, 3),
        row[1],
    )


def solicitudes_abiertas(alumno_id: int) -> list[Solicitud]:
    """The solicitudes of an alumno that are still to be sent or answered, newest first."""
    query = (
        select(Solicitud)
        .where(Solicitud.alumno_id == alumno_id, Solicitud.estado.in_(("borrador", "enviada")))
        .options(joinedload(Solicitud.proyecto), joinedload(Solicitud.dependencia))
        .order_by(Solicitud.id.desc())
    )
    return list(db.session.scalars(query))


_CORREOS = (
    select(Correo)
    .where(
        Correo.usuario_id == bindparam("usuario_id"),
        Correo.usuario_id.is_not(None),
        Correo.cancelado.is_(None),
    )
    .order_by(Correo.id.desc())
    .limit(bindparam("limite", type_=Integer))
)


def mensajes(usuario_id: int | None, limite: int = POR_PAGINA, antes: int | None = None) -> list[Correo]:
    """The mails that the escuela wrote to this account, newest first; `antes` is the id that the last page ended at."""
    query = _CORREOS if antes is None else _CORREOS.where(Correo.id < antes)
    return list(db.session.scalars(query, {"usuario_id": usuario_id, "limite": limite}))


def mensaje(usuario_id: int | None, public_id: str) -> Correo | None:
    """One mail of this account."""
    return db.session.scalar(
        select(Correo).where(
            Correo.usuario_id == usuario_id, Correo.public_id == public_id, Correo.cancelado.is_(None)
        )
    )


@dataclass(frozen=True)
class Prestador:
    """One row of a dependencia's list of prestadores, as plain values."""

    escuela: EscuelaVista
    id: int
    public_id: str
    nombre: str
    boleta: str
    proyecto: str
    estado: str
    horas: int
    total: int
    inicio: Any
    termino: Any
    entrega: str = ""
    entrega_estado: str = ""
    entrega_turno: str = ""
    en_firma: str = ""  # the estado of the carta de término that this step waits for, while it is not issued


ABIERTO = ("activo", "terminado", "en_emision")
CERRADO = ("liberado", "baja")


def prestadores(
    dependencia_ids: Collection[int], *, abiertos: bool = True, antes: int | None = None
) -> list[Prestador]:
    """Who serves (or served) with these dependencias, in every escuela: newest first, 51 rows at most.

    Two statements per escuela. `antes` is the id that the last page ended at; the 51st row says that there are more.
    """
    estados = ABIERTO if abiertos else CERRADO
    rows = escuelas.de_cada(dependencia_ids, lambda e: _prestadores_de(e, dependencia_ids, estados, antes))
    return sorted(rows, key=lambda p: p.id, reverse=True)[: POR_PAGINA + 1]


def _prestadores_de(
    escuela: EscuelaVista, dependencia_ids: Collection[int], estados: Sequence[str], antes: int | None
) -> list[Prestador]:
    query = _con_personas(
        select(Servicio).where(Servicio.dependencia_id.in_(dependencia_ids), Servicio.estado.in_(estados))
    )
    if antes is not None:
        query = query.where(Servicio.id < antes)
    servicios = list(db.session.scalars(query.order_by(Servicio.id.desc()).limit(POR_PAGINA + 1)))
    siguientes = _siguientes([s.id for s in servicios])
    return [_prestador(escuela, s, siguientes.get(s.id)) for s in servicios]


def _siguientes(servicio_ids: Sequence[int]) -> dict[int, tuple[Entrega, str]]:
    """Per servicio the first step that is open or in review, and the estado of the letter that is signed for it."""
    en_firma = (
        select(Carta.estado)
        .where(
            Carta.servicio_id == Entrega.servicio_id,
            Carta.tipo == "termino",
            Carta.estado.in_((*EN_FIRMA, "detenida")),
            Entrega.tipo == "carta_termino",
        )
        .order_by(Carta.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(Entrega, en_firma)
        .where(
            Entrega.servicio_id.in_(servicio_ids),
            Entrega.estado.in_(("habilitada", "en_revision", "rechazada")),
        )
        .order_by(Entrega.orden.desc())
    )
    return {e.servicio_id: (e, estado or "") for e, estado in db.session.execute(query)}


def _prestador(escuela: EscuelaVista, s: Servicio, sigue: tuple[Entrega, str] | None) -> Prestador:
    siguiente, en_firma = sigue or (None, "")
    return Prestador(
        escuela,
        s.id,
        s.public_id,
        s.alumno.nombre_completo,
        s.alumno.boleta,
        s.proyecto.titulo if s.proyecto else "",
        s.estado,
        s.horas,
        s.horas_plan,
        s.inicio,
        s.termino,
        siguiente.nombre if siguiente else "",
        siguiente.estado if siguiente else "",
        (siguiente.revisor_en_turno or "") if siguiente else "",
        en_firma,
    )
