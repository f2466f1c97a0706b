"""Avisos as pages read them: what each person sees today, what the office wrote, who has read it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from portal.models import (
    Alumno,
    Aviso,
    AvisoArchivo,
    AvisoLectura,
    Convenio,
    Dependencia,
    DependenciaUsuario,
    Servicio,
    Usuario,
    db,
)
from portal.queries import escuelas
from portal.queries.escuelas import EscuelaVista
from portal.queries.paginas import Pagina, pagina_de

A_LA_VISTA = 50
VIVOS = ("borrador", "publicado")
ABIERTOS = ("prerregistrado", "activo", "terminado", "en_emision")  # servicios
POR_PAGINA = 50


@dataclass(frozen=True)
class Renglon:
    """An aviso in a list: `leido` whether this person opened it."""

    public_id: str
    titulo: str
    desde: date
    fijado: bool
    leido: bool
    escuela: EscuelaVista | None = None


def _a_la_vista(hoy: date) -> list[ColumnElement[bool]]:
    return [Aviso.estado == "publicado", Aviso.desde <= hoy, or_(Aviso.hasta.is_(None), Aviso.hasta >= hoy)]


def _para_alumno(carrera: str, plan: str) -> list[ColumnElement[bool]]:
    """Those for alumnos, narrowed to a carrera or plan only if it is this one."""
    return [
        Aviso.para != "dependencias",
        or_(Aviso.carreras == [], Aviso.carreras.contains(f"|{carrera}|", autoescape=True)),
        or_(Aviso.planes == [], Aviso.planes.contains(f"|{plan}|", autoescape=True))
        if plan
        else Aviso.planes == [],
    ]


def _renglones(
    usuario_id: int | None, donde: list[ColumnElement[bool]], limite: int, escuela: EscuelaVista | None = None
) -> list[Renglon]:
    leida = and_(AvisoLectura.aviso_id == Aviso.id, AvisoLectura.usuario_id == usuario_id)
    query = (
        select(Aviso.public_id, Aviso.titulo, Aviso.desde, Aviso.fijado, AvisoLectura.id)
        .outerjoin(AvisoLectura, leida)
        .where(*donde)
        .order_by(Aviso.fijado.desc(), Aviso.desde.desc(), Aviso.id.desc())
        .limit(limite)
    )
    return [
        Renglon(r.public_id, r.titulo, r.desde, r.fijado, r[4] is not None, escuela)
        for r in db.session.execute(query)
    ]


def de_alumno(alumno: Alumno, plan: str, hoy: date, limite: int = A_LA_VISTA) -> list[Renglon]:
    """What an alumno sees today, pinned ones first; `plan` is the clave of their servicio's, "" without one."""
    return _renglones(alumno.usuario_id, [*_a_la_vista(hoy), *_para_alumno(alumno.carrera, plan)], limite)


def plan_de_alumno(alumno_id: int) -> str:
    """The clave of the plan of an alumno's open servicio, "" without one."""
    query = select(Servicio.plan_clave).where(Servicio.alumno_id == alumno_id, Servicio.estado.in_(ABIERTOS))
    return db.session.scalar(query.order_by(Servicio.id.desc()).limit(1)) or ""


def publicos(hoy: date, limite: int = 10) -> list[Renglon]:
    """What anybody sees today on the escuela's page."""
    return _renglones(None, [*_a_la_vista(hoy), Aviso.publico], limite)


def de_dependencias(dependencia_ids: Collection[int], usuario_id: int, hoy: date) -> list[Renglon]:
    """What these dependencias see today in every escuela, newest first."""

    def read(escuela: EscuelaVista) -> list[Renglon]:
        return en_escuela(escuela, usuario_id, hoy)

    found = escuelas.de_cada(dependencia_ids, read)
    return sorted(found, key=lambda r: (r.fijado, r.desde), reverse=True)


def en_escuela(escuela: EscuelaVista, usuario_id: int, hoy: date, limite: int = A_LA_VISTA) -> list[Renglon]:
    """What a dependencia's person sees today in the escuela in scope."""
    return _renglones(usuario_id, [*_a_la_vista(hoy), Aviso.para != "alumnos"], limite, escuela)


def uno(public_id: str) -> Aviso | None:
    """One aviso in whatever state."""
    return db.session.scalar(select(Aviso).where(Aviso.public_id == public_id))


def a_la_vista(public_id: str, hoy: date, *donde: ColumnElement[bool]) -> Aviso | None:
    """One aviso that is shown today."""
    return db.session.scalar(select(Aviso).where(Aviso.public_id == public_id, *_a_la_vista(hoy), *donde))


def para_alumno(public_id: str, alumno: Alumno, plan: str, hoy: date) -> Aviso | None:
    """One that this alumno sees today."""
    return a_la_vista(public_id, hoy, *_para_alumno(alumno.carrera, plan))


def para_dependencia(public_id: str, hoy: date) -> Aviso | None:
    """One that dependencias see today."""
    return a_la_vista(public_id, hoy, Aviso.para != "alumnos")


def publico(public_id: str, hoy: date) -> Aviso | None:
    """One that anybody sees today."""
    return a_la_vista(public_id, hoy, Aviso.publico)


def archivos(aviso_id: int) -> list[AvisoArchivo]:
    """The formats of an aviso in their order, with their files."""
    query = select(AvisoArchivo).where(AvisoArchivo.aviso_id == aviso_id).order_by(AvisoArchivo.orden)
    return list(db.session.scalars(query.options(joinedload(AvisoArchivo.documento))))


def archivo(aviso: Aviso, public_id: str) -> AvisoArchivo | None:
    """One format of an aviso, with its file."""
    query = select(AvisoArchivo).where(AvisoArchivo.aviso_id == aviso.id, AvisoArchivo.public_id == public_id)
    return db.session.scalar(query.options(joinedload(AvisoArchivo.documento)))


def lista(*, anteriores: bool = False, despues: str = "") -> Pagina:
    """The office's avisos, newest first: drafts and published ones, or what is over; pages of 50."""
    query = select(Aviso).where(Aviso.estado.not_in(VIVOS) if anteriores else Aviso.estado.in_(VIVOS))
    return pagina_de(query, Aviso, (Aviso.estado_desde, Aviso.id), desc=True, despues=despues)


def versiones(aviso: Aviso) -> list[Aviso]:
    """All versions of an aviso, newest first."""
    return list(
        db.session.scalars(select(Aviso).where(Aviso.serie == aviso.serie).order_by(Aviso.version.desc()))
    )


@dataclass(frozen=True)
class Cuenta:
    """How many have read an aviso, of how many whom it is for."""

    leidos: int
    total: int


def _alumnos(aviso: Aviso) -> Any:
    query = select(Alumno).where(Alumno.estado == "activo", Alumno.usuario_id.is_not(None))
    if aviso.carreras:
        query = query.where(Alumno.carrera.in_(aviso.carreras))
    if aviso.planes:
        en_plan = select(Servicio.id).where(
            Servicio.alumno_id == Alumno.id,
            Servicio.estado.in_(ABIERTOS),
            Servicio.plan_clave.in_(aviso.planes),
        )
        query = query.where(en_plan.exists())
    return query


def _representantes() -> Any:
    vigente = select(Convenio.id).where(
        Convenio.dependencia_id == DependenciaUsuario.dependencia_id, Convenio.estado == "vigente"
    )
    return (
        select(DependenciaUsuario)
        .join(Usuario, Usuario.id == DependenciaUsuario.usuario_id)
        .where(DependenciaUsuario.activo, Usuario.activo, vigente.exists())
    )


def cuentas(aviso: Aviso) -> dict[str, Cuenta]:
    """By audience ("alumnos", "dependencias"): how many read it, of how many; one statement each."""
    found = {}
    if aviso.para != "dependencias":
        found["alumnos"] = _contar(_alumnos(aviso), Alumno.usuario_id, aviso)
    if aviso.para != "alumnos":
        found["dependencias"] = _contar(_representantes(), DependenciaUsuario.usuario_id, aviso)
    return found


def _contar(query: Any, usuario_id: Any, aviso: Aviso) -> Cuenta:
    leida = and_(AvisoLectura.aviso_id == aviso.id, AvisoLectura.usuario_id == usuario_id)
    counted = query.outerjoin(AvisoLectura, leida).with_only_columns(
        func.count(func.distinct(AvisoLectura.usuario_id)), func.count(func.distinct(usuario_id))
    )
    return Cuenta(*db.session.execute(counted).one())


@dataclass(frozen=True)
class Lector:
    """A person whom an aviso is for; `leido` is when they opened it (UTC), None if they have not."""

    id: int
    nombre: str
    detalle: str
    leido: datetime | None


def lectores(aviso: Aviso, quien: str, *, leidos: bool, despues: int = 0) -> list[Lector]:
    """Those of one audience who have read it, or have not, by id; 51 at most: one more than a page."""
    if quien == "dependencias":
        columns = (DependenciaUsuario.id, Usuario.nombre, Dependencia.razon_social)
        query = _representantes().join(Dependencia, Dependencia.id == DependenciaUsuario.dependencia_id)
        usuario_id, orden = DependenciaUsuario.usuario_id, DependenciaUsuario.id
    else:
        nombre = func.trim(Alumno.paterno + " " + Alumno.materno + " " + Alumno.nombre)
        columns = (Alumno.id, nombre, Alumno.boleta)  # type: ignore[assignment]
        query, usuario_id, orden = _alumnos(aviso), Alumno.usuario_id, Alumno.id  # type: ignore[assignment]
    leida = and_(AvisoLectura.aviso_id == aviso.id, AvisoLectura.usuario_id == usuario_id)
    query = query.outerjoin(AvisoLectura, leida).with_only_columns(*columns, AvisoLectura.creado)
    query = query.where(
        AvisoLectura.id.is_not(None) if leidos else AvisoLectura.id.is_(None), orden > despues
    )
    rows = db.session.execute(query.order_by(orden).limit(POR_PAGINA + 1))
    return [Lector(*row) for row in rows]
