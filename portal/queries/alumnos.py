"""Alumnos as the office lists and opens them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from portal.models import Alumno, Servicio, Solicitud, Tramite, db
from portal.queries.expedientes import con_palabras
from portal.queries.paginas import Pagina, pagina

_COLUMNAS = (
    Alumno.public_id,
    Alumno.boleta,
    Alumno.nombre,
    Alumno.paterno,
    Alumno.materno,
    Alumno.correo,
    Alumno.carrera,
    Alumno.semestre,
    Alumno.estado,
    Alumno.estado_desde,
    Alumno.origen,
)


def criterios(palabras: tuple[str, ...], carrera: str, estado: str = "") -> list[ColumnElement[bool]]:
    """What an alumno must meet."""
    found = con_palabras(Alumno.busqueda, palabras)
    return found + [column == v for column, v in ((Alumno.carrera, carrera), (Alumno.estado, estado)) if v]


def lista(
    palabras: tuple[str, ...], estado: str, carrera: str, *, despues: str = "", antes: str = ""
) -> Pagina:
    """One page of 50 alumnos by name; those to confirm come oldest first."""
    query = select(*_COLUMNAS).where(*criterios(palabras, carrera, estado))
    first: Any = Alumno.estado_desde if estado == "por_confirmar" else Alumno.busqueda
    return pagina(query, Alumno, (first, Alumno.id), select(), despues=despues, antes=antes)


def cuentas(palabras: tuple[str, ...], carrera: str) -> dict[str, int]:
    """How many alumnos of each estado match the other filters."""
    query = select(Alumno.estado, func.count(Alumno.id)).where(*criterios(palabras, carrera))
    return {row[0]: row[1] for row in db.session.execute(query.group_by(Alumno.estado))}


def por_id(public_id: str) -> Alumno | None:
    """The alumno of that public id."""
    return db.session.scalar(select(Alumno).where(Alumno.public_id == public_id))


def siguiente_por_confirmar(alumno: Alumno) -> str:
    """The public id of the next registration that waits after this one, or ""."""
    query = (
        select(Alumno.public_id)
        .where(Alumno.estado == "por_confirmar", Alumno.id != alumno.id)
        .order_by(Alumno.estado_desde, Alumno.id)
        .limit(1)
    )
    return db.session.scalar(query) or ""


def servicios(alumno_id: int) -> list[Servicio]:
    """The servicios of an alumno, newest first, with their dependencia."""
    query = select(Servicio).where(Servicio.alumno_id == alumno_id).order_by(Servicio.id.desc())
    return list(db.session.scalars(query.options(joinedload(Servicio.dependencia))))


def solicitudes(alumno_id: int) -> list[Solicitud]:
    """The solicitudes of an alumno, newest first, with proyecto and dependencia."""
    query = select(Solicitud).where(Solicitud.alumno_id == alumno_id).order_by(Solicitud.id.desc()).limit(50)
    return list(
        db.session.scalars(query.options(joinedload(Solicitud.proyecto), joinedload(Solicitud.dependencia)))
    )


def tramites(alumno_id: int) -> list[Tramite]:
    """What an alumno asked the office for, newest first."""
    query = select(Tramite).where(Tramite.alumno_id == alumno_id).order_by(Tramite.id.desc()).limit(50)
    return list(db.session.scalars(query))


def public_id(alumno_id: int) -> str:
    """The public id of an alumno of the escuela in scope."""
    return db.session.scalars(select(Alumno.public_id).where(Alumno.id == alumno_id)).one()
