"""Proyectos as pages need them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.models import Convenio, Dependencia, DossierDocumento, Proyecto, Servicio, Solicitud, db
from portal.queries import escuelas
from portal.queries.escuelas import EscuelaVista
from portal.queries.paginas import Pagina, pagina_de

_LOGO = (DossierDocumento.tipo == "logo", DossierDocumento.servible)
ENTERO = (joinedload(Proyecto.dependencia), joinedload(Proyecto.convenio), joinedload(Proyecto.archivo))
VISIBLES = ("publicado", "pausado", "cerrado")


@dataclass(frozen=True)
class Filtro:
    """What an alumno looks for. `terminos` are folded words, all of which must occur."""

    terminos: Sequence[str] = ()
    carrera: str = ""
    modalidad: str = ""
    zona: str = ""
    con_lugares: bool = False
    con_honorarios: bool = False


@dataclass(frozen=True)
class Renglon:
    """A proyecto in the dependencia's list across escuelas."""

    escuela: EscuelaVista
    public_id: str
    titulo: str
    estado: str
    desde: datetime
    cupo: int
    ocupados: int
    solicitudes: int
    dependencia: str


@dataclass(frozen=True)
class Lugar:
    """An escuela in which a dependencia (by its public id) may publish, until its convenio ends."""

    escuela: EscuelaVista
    dependencia: str
    razon_social: str
    hasta: date


def buscar(filtro: Filtro, hoy: date, cursor: str = "") -> Pagina:
    """Published proyectos under a convenio in force that meet the filter."""
    query = (
        select(Proyecto)
        .join(Convenio, Convenio.id == Proyecto.convenio_id)
        .where(Proyecto.estado == "publicado", Convenio.estado == "vigente", Convenio.hasta >= hoy)
        .options(joinedload(Proyecto.dependencia))
    )
    for termino in filtro.terminos:
        query = query.where(Proyecto.busqueda.contains(termino, autoescape=True))
    if filtro.carrera:
        query = query.where(Proyecto.carreras.contains(f"|{filtro.carrera}|", autoescape=True))
    if filtro.modalidad:
        query = query.where(Proyecto.modalidad == filtro.modalidad)
    if filtro.zona:
        query = query.where(Proyecto.zona == filtro.zona)
    if filtro.con_lugares:
        query = query.where(Proyecto.ocupados < Proyecto.cupo)
    if filtro.con_honorarios:
        query = query.where(Proyecto.honorarios != "")
    return pagina_de(query, Proyecto, (Proyecto.id,), desc=True, despues=cursor)


def con_logo(dependencia_ids: Collection[int]) -> dict[int, str]:
    """Public id of each dependencia that has a logo in its dossier -> version of it, for the address of the image."""
    if not dependencia_ids:
        return {}
    query = (
        select(DossierDocumento.dependencia_id, func.max(DossierDocumento.version))
        .where(DossierDocumento.dependencia_id.in_(dependencia_ids), *_LOGO)
        .group_by(DossierDocumento.dependencia_id)
    )
    return {dependencia_id: str(version) for dependencia_id, version in db.session.execute(query)}


def logo(dependencia_public_id: str) -> DossierDocumento | None:
    """The newest logo of a dependencia that has a proyecto or a convenio in the escuela in scope."""
    aqui = select(Convenio.id).where(Convenio.dependencia_id == Dependencia.id).exists()
    return db.session.scalar(
        select(DossierDocumento)
        .join(Dependencia, Dependencia.id == DossierDocumento.dependencia_id)
        .where(Dependencia.public_id == dependencia_public_id, *_LOGO, aqui)
        .order_by(DossierDocumento.version.desc())
        .limit(1)
    )


def visible(public_id: str) -> Proyecto | None:
    """A proyecto that an alumno may see: it is or was published. With its dependencia and convenio."""
    return db.session.scalar(
        select(Proyecto)
        .where(Proyecto.public_id == public_id, Proyecto.estado.in_(VISIBLES))
        .options(*ENTERO)
    )


def tiene_servicio(alumno_id: int, cerrados: Collection[str]) -> bool:
    """Whether the alumno has a servicio in a state that is not one of `cerrados`."""
    query = select(Servicio.id).where(Servicio.alumno_id == alumno_id, Servicio.estado.not_in(cerrados))
    return db.session.scalar(query.limit(1)) is not None


def de(public_id: str, dependencia_ids: Collection[int]) -> Proyecto | None:
    """A proyecto of one of these dependencias, with its dependencia and convenio."""
    return db.session.scalar(
        select(Proyecto)
        .where(Proyecto.public_id == public_id, Proyecto.dependencia_id.in_(dependencia_ids))
        .options(*ENTERO)
    )


def ultimo_de(dependencia_id: int) -> Proyecto | None:
    """The newest proyecto of a dependencia in this escuela: its people are proposed for the next one."""
    return db.session.scalar(
        select(Proyecto)
        .where(Proyecto.dependencia_id == dependencia_id)
        .order_by(Proyecto.id.desc())
        .limit(1)
    )


def convenio_vigente(dependencia_ids: Collection[int], hoy: date) -> Convenio | None:
    """A convenio in force of one of these dependencias with the escuela in scope."""
    return db.session.scalar(
        select(Convenio)
        .where(
            Convenio.dependencia_id.in_(dependencia_ids), Convenio.estado == "vigente", Convenio.hasta >= hoy
        )
        .options(joinedload(Convenio.dependencia))
        .order_by(Convenio.hasta.desc())
        .limit(1)
    )


def donde_publicar(dependencia_ids: Collection[int], hoy: date) -> list[Lugar]:
    """Every escuela and dependencia between which a convenio is in force."""
    query = (
        select(Dependencia.public_id, Dependencia.razon_social, func.max(Convenio.hasta))
        .join(Convenio, Convenio.dependencia_id == Dependencia.id)
        .where(Dependencia.id.in_(dependencia_ids), Convenio.estado == "vigente", Convenio.hasta >= hoy)
        .group_by(Dependencia.public_id, Dependencia.razon_social)
        .order_by(Dependencia.razon_social)
    )
    return escuelas.de_cada(dependencia_ids, lambda e: [Lugar(e, *row) for row in db.session.execute(query)])


def de_dependencias(dependencia_ids: Collection[int], estado: str = "", limite: int = 200) -> list[Renglon]:
    """The proyectos of these dependencias in every escuela, newest first within each."""
    return escuelas.de_cada(dependencia_ids, lambda e: _renglones(e, dependencia_ids, estado, limite))


def _renglones(
    escuela: EscuelaVista, dependencia_ids: Collection[int], estado: str, limite: int
) -> list[Renglon]:
    enviadas = (
        select(func.count(Solicitud.id))
        .where(Solicitud.proyecto_id == Proyecto.id, Solicitud.estado == "enviada")
        .correlate(Proyecto)
        .scalar_subquery()
    )
    query = (
        select(Proyecto, Dependencia.razon_social, enviadas)
        .join(Dependencia, Dependencia.id == Proyecto.dependencia_id)
        .where(Proyecto.dependencia_id.in_(dependencia_ids))
        .order_by(Proyecto.id.desc())
        .limit(limite)
    )
    query = query.where(Proyecto.estado == estado) if estado else query
    return [
        Renglon(escuela, p.public_id, p.titulo, p.estado, p.estado_desde, p.cupo, p.ocupados, cuenta, nombre)
        for p, nombre, cuenta in db.session.execute(query)
    ]


def solicitudes_abiertas(proyecto_id: int) -> dict[str, int]:
    """How many solicitudes of a proyecto are in each open state."""
    query = (
        select(Solicitud.estado, func.count(Solicitud.id))
        .where(Solicitud.proyecto_id == proyecto_id, Solicitud.estado.in_(("borrador", "enviada")))
        .group_by(Solicitud.estado)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def por_estado() -> dict[str, int]:
    """How many proyectos of this escuela are in each state."""
    query = select(Proyecto.estado, func.count(Proyecto.id)).group_by(Proyecto.estado)
    return {row[0]: row[1] for row in db.session.execute(query)}


def lista(estado: str, terminos: Sequence[str] = (), cursor: str = "") -> Pagina:
    """The office's list of one state: what waits oldest first, everything else newest first."""
    query = select(Proyecto).where(Proyecto.estado == estado).options(joinedload(Proyecto.dependencia))
    for termino in terminos:
        query = query.where(Proyecto.busqueda.contains(termino, autoescape=True))
    if estado != "enviado":
        return pagina_de(query, Proyecto, (Proyecto.id,), desc=True, despues=cursor)
    return pagina_de(query, Proyecto, (Proyecto.estado_desde, Proyecto.id), despues=cursor)


def para_revisar(public_id: str) -> Proyecto | None:
    """A proyecto of this escuela that has been sent at least once, with its dependencia and convenio."""
    return db.session.scalar(
        select(Proyecto)
        .where(Proyecto.public_id == public_id, Proyecto.estado != "borrador")
        .options(*ENTERO)
    )


def siguiente_por_revisar(proyecto: Proyecto) -> str:
    """Public id of the next proyecto that waits after this one, or empty."""
    after = (Proyecto.estado_desde > proyecto.estado_desde) | (
        (Proyecto.estado_desde == proyecto.estado_desde) & (Proyecto.id > proyecto.id)
    )
    query = select(Proyecto.public_id).where(Proyecto.estado == "enviado", Proyecto.id != proyecto.id, after)
    return db.session.scalar(query.order_by(Proyecto.estado_desde, Proyecto.id).limit(1)) or ""
