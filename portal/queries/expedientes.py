"""Servicios as the office lists, exports and opens them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import joinedload

from portal.models import (
    Alumno,
    Baja,
    Bitacora,
    Carta,
    Correo,
    Dependencia,
    DependenciaEscuela,
    Documento,
    Entrega,
    EntregaHistoria,
    Proyecto,
    Servicio,
    db,
)
from portal.models.base import UtcDateTime
from portal.queries.paginas import Pagina, pagina
from tenants.scope import current_escuela

ORDENES = ("recientes", "antiguos", "nombre")
SIN_DATO = "sin"
EN_SERVICIO = "en_servicio"
"""In place of an estado: any of an alumno who serves or has served."""
SIRVEN = ("activo", "terminado", "en_emision", "liberado")


@dataclass(frozen=True)
class Filtro:
    """What a list of servicios is narrowed to; empty values narrow nothing. `palabras` are folded words.

    `desde` and `hasta` are of the first day; some day of the servicio lies between `en_desde` and `en_hasta`.
    SIN_DATO: those of whom it is not known.
    """

    palabras: tuple[str, ...] = ()
    estado: str = ""
    carrera: str = ""
    dependencia: str = ""
    plan: str = ""
    desde: date | None = None
    hasta: date | None = None
    genero: str = ""
    semestre: str = ""
    modalidad: str = ""
    en_desde: date | None = None
    en_hasta: date | None = None

    @property
    def estados(self) -> tuple[str, ...]:
        """The estados meant: one, those of alumnos in service, or () for all."""
        return SIRVEN if self.estado == EN_SERVICIO else (self.estado,) if self.estado else ()


@dataclass(frozen=True)
class DeServicio:
    """What every list of servicios says of one and of its alumno, as plain values (COMUNES)."""

    public_id: str
    estado: str
    estado_desde: datetime
    boleta: str
    nombre: str
    carrera: str
    semestre: int | None


@dataclass(frozen=True)
class Fila(DeServicio):
    """One servicio in a list or report, as plain values."""

    correo: str
    dependencia: str
    proyecto: str
    plan: str
    numero_registro: str
    inicio: date
    termino: date
    horario: str
    horas: int
    horas_plan: int


COMUNES = (
    Servicio.public_id,
    Servicio.estado,
    Servicio.estado_desde,
    Alumno.boleta,
    (Alumno.paterno + " " + Alumno.materno + " " + Alumno.nombre).label("nombre"),
    Alumno.carrera,
    Alumno.semestre,
)
_COLUMNAS = (
    *COMUNES,
    Alumno.correo,
    Dependencia.razon_social.label("dependencia"),
    Proyecto.titulo.label("proyecto"),
    Servicio.plan_clave.label("plan"),
    Servicio.numero_registro,
    Servicio.inicio,
    Servicio.termino,
    Servicio.horario,
    (Servicio.horas_aceptadas + Servicio.horas_previas).label("horas"),
    Servicio.horas_plan,
)


def _base(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Servicio)
        .join(Alumno, Alumno.id == Servicio.alumno_id)
        .join(Dependencia, Dependencia.id == Servicio.dependencia_id)
    )


def seleccion(*criteria: ColumnElement[bool]) -> Select[Any]:
    """The SELECT of a Fila, for lists and reports alike."""
    return _base(*_COLUMNAS).outerjoin(Proyecto, Proyecto.id == Servicio.proyecto_id).where(*criteria)


def fila(row: Any) -> Fila:
    """A row of `seleccion` with its name in one piece and no None where a text is meant."""
    values = row._asdict()
    values["nombre"] = " ".join(values["nombre"].split())
    values["proyecto"] = values["proyecto"] or ""
    values["numero_registro"] = values["numero_registro"] or ""
    return Fila(**values)


def con_palabras(column: Any, palabras: Sequence[str]) -> list[ColumnElement[bool]]:
    """Every word begins a word of the folded text: "rob ana" finds "robles tapia ana sofia 2021…"."""
    return [
        or_(column.startswith(p, autoescape=True), column.contains(f" {p}", autoescape=True))
        for p in palabras
    ]


def criterios(filtro: Filtro, *, con_estado: bool = True) -> list[ColumnElement[bool]]:
    """What a servicio must meet, its alumno and dependencia joined; without its estado if that is asked."""
    found = con_palabras(Alumno.busqueda, filtro.palabras)
    if con_estado and filtro.estados:
        found.append(Servicio.estado.in_(filtro.estados))
    pairs = (
        (Alumno.carrera, filtro.carrera),
        (Dependencia.public_id, filtro.dependencia),
        (Servicio.plan_clave, filtro.plan),
        (func.coalesce(func.nullif(Alumno.genero, ""), SIN_DATO), filtro.genero),
        (func.coalesce(cast(Alumno.semestre, String), SIN_DATO), filtro.semestre),
        (func.coalesce(Proyecto.modalidad, SIN_DATO), filtro.modalidad),
    )
    found += [column == value for column, value in pairs if value]
    bounds = (
        (Servicio.inicio, filtro.desde, filtro.hasta),
        (Servicio.termino, filtro.en_desde, None),
        (Servicio.inicio, None, filtro.en_hasta),
    )
    for column, first, last in bounds:
        found += [column >= first] if first else []
        found += [column <= last] if last else []
    return found


def _orden(orden: str) -> tuple[tuple[Any, ...], bool]:
    if orden == "nombre":
        return (Alumno.busqueda, Servicio.id), False
    return (Servicio.inicio, Servicio.id), orden != "antiguos"


def lista(filtro: Filtro, orden: str, *, despues: str = "", antes: str = "") -> Pagina:
    """One page of 50 Fila in that order (recientes, antiguos, nombre)."""
    clave, desc = _orden(orden)
    query = seleccion(*criterios(filtro))
    found = pagina(query, Servicio, clave, _base(), desc=desc, despues=despues, antes=antes)
    return found.con([fila(row) for row in found.filas])


def cuentas(filtro: Filtro) -> dict[str, int]:
    """How many servicios of each estado match the other filters."""
    query = select(Servicio.estado, func.count(Servicio.id)).group_by(Servicio.estado)
    if filtro.palabras or filtro.carrera or filtro.genero or filtro.semestre:
        query = query.join(Alumno, Alumno.id == Servicio.alumno_id)
    if filtro.modalidad:
        query = query.outerjoin(Proyecto, Proyecto.id == Servicio.proyecto_id)
    if filtro.dependencia:
        query = query.join(Dependencia, Dependencia.id == Servicio.dependencia_id)
    query = query.where(*criterios(filtro, con_estado=False))
    return {row[0]: row[1] for row in db.session.execute(query)}


def exportar(filtro: Filtro, orden: str, marcados: Sequence[str] = ()) -> Iterator[Fila]:
    """Every Fila that matches, or only the marked ones, in the order shown; read 500 at a time."""
    clave, desc = _orden(orden)
    query = seleccion(*criterios(filtro))
    if marcados:
        query = query.where(Servicio.public_id.in_(list(marcados)))
    query = query.order_by(*(c.desc() if desc else c.asc() for c in clave))
    for row in db.session.execute(query.execution_options(yield_per=500)):
        yield fila(row)


def dependencias() -> list[tuple[str, str]]:
    """(public id, name) of the dependencias where somebody serves or served, for the filter."""
    here = select(Servicio.id).where(Servicio.dependencia_id == Dependencia.id).exists()
    query = (
        select(Dependencia.public_id, Dependencia.razon_social)
        .join(DependenciaEscuela, DependenciaEscuela.dependencia_id == Dependencia.id)
        .where(DependenciaEscuela.escuela_id == current_escuela(), here)
        .order_by(Dependencia.razon_social)
    )
    return [(row.public_id, row.razon_social) for row in db.session.execute(query)]


# ---- one expediente ----


@dataclass(frozen=True)
class Suceso:
    """A line of the history: something done (bitácora) or a mail written."""

    clase: str
    fecha: datetime
    public_id: str
    noun: str
    accion: str
    objeto_id: int
    autor: str
    motivo: str
    despues: str


@dataclass(frozen=True)
class Papel:
    """A letter, a file or a baja of the alumno. `extra`: folio, file name, who asked, or the entrega's name."""

    clase: str
    id: int
    public_id: str
    tipo: str
    estado: str
    fecha: datetime
    extra: str
    motivo: str
    documento_id: int | None
    paginas: int


def servicio(public_id: str) -> Servicio | None:
    """The servicio with its alumno, proyecto and dependencia."""
    query = select(Servicio).where(Servicio.public_id == public_id)
    options = (joinedload(Servicio.alumno), joinedload(Servicio.proyecto), joinedload(Servicio.dependencia))
    return db.session.scalar(query.options(*options))


def entregas(servicio_id: int) -> list[Entrega]:
    """The steps of a servicio in order."""
    query = select(Entrega).where(Entrega.servicio_id == servicio_id).order_by(Entrega.orden)
    return list(db.session.scalars(query))


def papeles(alumno_id: int, servicio_id: int = 0) -> list[Papel]:
    """Letters, files and bajas of an alumno, newest first; one statement.

    With a servicio also `version` rows: `documento_id` was once sent for the entrega named in `extra`.
    """
    cartas = select(
        literal("carta"), Carta.id, Carta.public_id, Carta.tipo, Carta.estado,
        func.coalesce(Carta.emitida, Carta.creado, type_=UtcDateTime), Carta.folio, Carta.motivo, Carta.documento_id,
        literal(0),
    ).where(Carta.alumno_id == alumno_id)  # fmt: skip
    documentos = select(
        literal("documento"), Documento.id, Documento.public_id, Documento.tipo, literal(""), Documento.creado,
        Documento.nombre, literal(""), null(), Documento.paginas,
    ).where(Documento.alumno_id == alumno_id)  # fmt: skip
    bajas = select(
        literal("baja"), Baja.id, Baja.public_id, case((Baja.cambio, "cambio"), else_="baja"), Baja.estado,
        Baja.estado_desde, Baja.pidio,
        Baja.justificacion, Baja.documento_id, literal(0),
    ).where(Baja.alumno_id == alumno_id)  # fmt: skip
    enviados = (
        select(literal("version"), EntregaHistoria.id, literal(""), Entrega.clave, literal(""), EntregaHistoria.creado,
               Entrega.nombre, literal(""), EntregaHistoria.documento_id, literal(0))
        .join(Entrega, Entrega.id == EntregaHistoria.entrega_id)
        .where(Entrega.servicio_id == servicio_id, EntregaHistoria.documento_id.is_not(None))
    )  # fmt: skip
    rows = db.session.execute(union_all(cartas, documentos, bajas, enviados))
    return sorted((Papel(*row) for row in rows), key=lambda p: (p.fecha, p.id), reverse=True)


def historia(
    alumno_id: int, usuario_id: int | None, *, servicio_id: int = 0, maximo: int = 200
) -> list[Suceso]:
    """What was done with an alumno and what was written to them, newest first; one statement."""
    del_alumno = Bitacora.alumno_id == alumno_id
    ajena = func.coalesce(Bitacora.alumno_id, 0) != alumno_id  # so that no line is told twice
    hechos = [
        select(literal("hecho").label("clase"), Bitacora.creado.label("fecha"), literal("").label("public_id"),
               Bitacora.noun.label("noun"), Bitacora.accion.label("accion"), Bitacora.objeto_id.label("objeto_id"),
               Bitacora.autor.label("autor"), Bitacora.motivo.label("motivo"), Bitacora.despues.label("despues"))
        .where(*suyas).order_by(Bitacora.id.desc()).limit(maximo).subquery()
        for suyas in (
            (del_alumno,),
            (Bitacora.noun == "alumno", Bitacora.objeto_id == alumno_id, ajena),
            (Bitacora.noun == "servicio", Bitacora.objeto_id == servicio_id, ajena),
        )
    ]  # fmt: skip
    correos = (
        select(literal("correo").label("clase"), Correo.creado.label("fecha"), Correo.public_id.label("public_id"),
               Correo.plantilla.label("noun"), _entrega_de_correo().label("accion"), Correo.id.label("objeto_id"),
               Correo.para.label("autor"), Correo.asunto.label("motivo"), literal("").label("despues"))
        .where(Correo.usuario_id == (usuario_id or 0)).order_by(Correo.id.desc()).limit(maximo)
    ).subquery()  # fmt: skip
    rows = db.session.execute(union_all(*(select(*part.c) for part in (*hechos, correos))))
    return sorted((Suceso(*row) for row in rows), key=lambda s: s.fecha, reverse=True)


def _entrega_de_correo() -> Any:
    """ "cancelado", "rechazado" or nothing of a mail, told by its columns."""
    return case((Correo.cancelado.is_not(None), "cancelado"), (Correo.rechazado != "", "rechazado"), else_="")


def correo(public_id: str, usuario_id: int) -> Correo | None:
    """A mail that was written to that account."""
    query = select(Correo).where(Correo.public_id == public_id, Correo.usuario_id == usuario_id)
    return db.session.scalar(query)
