"""Solicitudes as pages need them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload

from portal.models import Alumno, Bitacora, Documento, Proyecto, Solicitud, Tramite, db
from portal.queries import escuelas
from portal.queries.escuelas import EscuelaVista

PAGINA = 50
CONTESTADAS = ("aceptada", "rechazada", "retirada", "vencida")


@dataclass(frozen=True)
class Pendiente:
    """One solicitud in the dependencia's lists across escuelas; `desde` (UTC): since when it is in its state."""

    escuela: EscuelaVista
    public_id: str
    estado: str
    desde: datetime
    alumno: str
    carrera: str
    proyecto: str
    inicio: date | None


def pendientes_de(dependencia_ids: Collection[int], limite: int = 200) -> list[Pendiente]:
    """Solicitudes that wait for an answer of these dependencias, in every escuela, oldest first."""
    rows = _de_cada_escuela(dependencia_ids, ("enviada",), limite)
    return sorted(rows, key=lambda row: row.desde)


def contestadas_de(dependencia_ids: Collection[int], limite: int = 50) -> list[Pendiente]:
    """What was answered or ended, newest first: the last `limite` of each escuela."""
    rows = _de_cada_escuela(dependencia_ids, CONTESTADAS, limite)
    return sorted(rows, key=lambda row: row.desde, reverse=True)


def _de_cada_escuela(
    dependencia_ids: Collection[int], estados: Collection[str], limite: int
) -> list[Pendiente]:
    return escuelas.de_cada(dependencia_ids, lambda e: _de_escuela(e, dependencia_ids, estados, limite))


def _de_escuela(
    escuela: EscuelaVista, dependencia_ids: Collection[int], estados: Collection[str], limite: int
) -> list[Pendiente]:
    order = Solicitud.estado_desde if "enviada" in estados else Solicitud.estado_desde.desc()
    query = (
        select(Solicitud, Alumno, Proyecto.titulo)
        .join(Alumno, Alumno.id == Solicitud.alumno_id)
        .join(Proyecto, Proyecto.id == Solicitud.proyecto_id)
        .where(Solicitud.dependencia_id.in_(dependencia_ids), Solicitud.estado.in_(estados))
        .order_by(order, Solicitud.id)
        .limit(limite)
    )
    if "retirada" in estados:  # what was never sent is no business of the dependencia's
        query = query.where(fue_enviada())
    return [
        Pendiente(
            escuela, s.public_id, s.estado, s.estado_desde, a.nombre_completo, a.carrera, titulo, s.inicio
        )
        for s, a, titulo in db.session.execute(query)
    ]


def fue_enviada() -> ColumnElement[bool]:
    """The criterion that a solicitud has been sent: its state says so or, once withdrawn or expired, the bitácora."""
    enviada = (
        select(Bitacora.id)
        .where(Bitacora.noun == "solicitud", Bitacora.objeto_id == Solicitud.id, Bitacora.accion == "enviar")
        .correlate(Solicitud)
        .exists()
    )
    return or_(Solicitud.estado.in_(("enviada", "aceptada", "rechazada")), enviada)


def para_dependencia(public_id: str, dependencia_ids: Collection[int]) -> Solicitud | None:
    """A solicitud that these dependencias may read: it is theirs and was sent. With alumno, proyecto and papers."""
    query = (
        select(Solicitud)
        .where(Solicitud.public_id == public_id, Solicitud.dependencia_id.in_(dependencia_ids))
        .where(fue_enviada())
        .options(
            joinedload(Solicitud.alumno),
            joinedload(Solicitud.proyecto),
            joinedload(Solicitud.dependencia),
            joinedload(Solicitud.presentacion),
            joinedload(Solicitud.constancia),
        )
    )
    return db.session.scalar(query)


def siguiente_para(dependencia_id: int, solicitud: Solicitud) -> str:
    """Public id of the next solicitud of this escuela that waits after this one, or empty."""
    query = (
        select(Solicitud.public_id)
        .where(
            Solicitud.dependencia_id == dependencia_id,
            Solicitud.estado == "enviada",
            Solicitud.id != solicitud.id,
        )
        .order_by(Solicitud.estado_desde, Solicitud.id)
        .limit(1)
    )
    return db.session.scalar(query) or ""


def de_alumno(public_id: str, alumno_id: int) -> Solicitud | None:
    """The alumno's own solicitud, with proyecto, dependencia and papers."""
    return db.session.scalar(
        select(Solicitud)
        .where(Solicitud.public_id == public_id, Solicitud.alumno_id == alumno_id)
        .options(
            joinedload(Solicitud.proyecto),
            joinedload(Solicitud.dependencia),
            joinedload(Solicitud.presentacion),
            joinedload(Solicitud.constancia),
        )
    )


def lista_de_alumno(alumno_id: int) -> list[Solicitud]:
    """Every solicitud of the alumno, newest first."""
    query = (
        select(Solicitud)
        .where(Solicitud.alumno_id == alumno_id)
        .options(joinedload(Solicitud.proyecto), joinedload(Solicitud.dependencia))
        .order_by(Solicitud.id.desc())
        .limit(PAGINA)
    )
    return list(db.session.scalars(query))


def abierta_para(alumno_id: int, proyecto_id: int) -> Solicitud | None:
    """The alumno's open solicitud for a proyecto."""
    query = select(Solicitud).where(
        Solicitud.alumno_id == alumno_id,
        Solicitud.proyecto_id == proyecto_id,
        Solicitud.estado.in_(("borrador", "enviada")),
    )
    return db.session.scalar(query.limit(1))


def tramites_de(solicitud: Solicitud) -> dict[str, Tramite]:
    """The newest trámite of each kind for a solicitud; a constancia that the office still has serves all of them."""
    suya = and_(
        Tramite.alumno_id == solicitud.alumno_id,
        Tramite.tipo == "constancia_estudios",
        Tramite.estado == "pedido",
    )
    query = select(Tramite).where(or_(Tramite.solicitud_id == solicitud.id, suya)).order_by(Tramite.id)
    return {t.tipo: t for t in db.session.scalars(query)}


def papeles_pedidos(solicitudes: Collection[Solicitud]) -> set[str]:
    """Kinds of papers that the office has to issue for the first of these that is not sent yet."""
    borrador = next((s for s in solicitudes if s.estado == "borrador"), None)
    if borrador is None:
        return set()
    return {tipo for tipo, t in tramites_de(borrador).items() if t.estado in ("pedido", "atendido")}


def papeles_de(alumno_id: int, tipos: Collection[str]) -> list[Documento]:
    """Papers of these kinds that the alumno already has in the portal, newest first; the same file once."""
    query = (
        select(Documento)
        .where(Documento.alumno_id == alumno_id, Documento.tipo.in_(tipos), Documento.servible)
        .order_by(Documento.id.desc())
        .limit(10)
    )
    return list({d.sha256: d for d in reversed(list(db.session.scalars(query)))}.values())[::-1]


def foto(alumno: Alumno) -> Documento | None:
    """The alumno's photo, where there is one."""
    if alumno.foto_id is None:
        return None
    return db.session.scalar(select(Documento).where(Documento.id == alumno.foto_id))
