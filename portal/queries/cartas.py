"""Letters as pages read them: an alumno's own, a dependencia's across escuelas, the office's list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from portal.models import Alumno, Carta, Dependencia, Documento, Firma, Servicio, db
from portal.queries import escuelas
from portal.queries.escuelas import EscuelaVista
from portal.queries.paginas import Pagina, pagina

EN_FIRMA = ("generada", "firmada")  # made, and neither issued nor stopped
POR_ESCUELA = 100  # the newest letters of a dependencia in one escuela
_NOMBRE = Alumno.paterno + " " + Alumno.materno + " " + Alumno.nombre


@dataclass(frozen=True)
class FilaCarta:
    """A letter as a dependencia lists it. `turno` is who must sign next ("" when nobody); `firmadas` of `firmantes`."""

    escuela: EscuelaVista
    public_id: str
    tipo: str
    titulo: str
    folio: str
    estado: str
    estado_desde: datetime
    emitida: datetime | None
    alumno: str
    motivo: str
    turno: str = ""
    turno_cargo: str = ""
    turno_avisada: datetime | None = None
    firmadas: int = 0
    firmantes: int = 0


def una(public_id: str) -> Carta | None:
    """One letter of the escuela in scope with its alumno, file and circuit (in order); two statements."""
    query = select(Carta).where(Carta.public_id == public_id)
    options = (joinedload(Carta.alumno), joinedload(Carta.documento), selectinload(Carta.firmas))
    return db.session.scalar(query.options(*options))


def vecinas(carta: Carta) -> tuple[Carta | None, Carta | None]:
    """The letter that this one replaces and the one that replaces it; one statement."""
    query = select(Carta).where(or_(Carta.id == carta.reemplaza_id, Carta.reemplaza_id == carta.id))
    found = list(db.session.scalars(query.order_by(Carta.id)))
    anterior = next((c for c in found if c.id == carta.reemplaza_id), None)
    return anterior, next((c for c in reversed(found) if c.reemplaza_id == carta.id), None)


def dependencia_de(carta: Carta) -> Dependencia | None:
    """Whose letterhead or whose addressee it is, or None."""
    if carta.dependencia_id is None:
        return None
    return db.session.scalar(select(Dependencia).where(Dependencia.id == carta.dependencia_id))


def escaneos_de(carta: Carta) -> dict[int, Documento]:
    """The scans of a letter's circuit by the id of their file; asked only where there is one."""
    ids = [f.escaneo_documento_id for f in carta.firmas if f.escaneo_documento_id is not None]
    if not ids:
        return {}
    return {d.id: d for d in db.session.scalars(select(Documento).where(Documento.id.in_(ids)))}


def servicio_de(carta: Carta) -> str:
    """The public id of the servicio that a letter belongs to, or ""."""
    if carta.servicio_id is None:
        return ""
    return db.session.scalar(select(Servicio.public_id).where(Servicio.id == carta.servicio_id)) or ""


def de_alumno(alumno_id: int, tipos: Collection[str]) -> list[Carta]:
    """The letters of an alumno that were issued, newest first, with their files; revoked ones too."""
    query = (
        select(Carta)
        .where(Carta.alumno_id == alumno_id, Carta.tipo.in_(tipos), Carta.emitida.is_not(None))
        .options(joinedload(Carta.documento))
        .order_by(Carta.id.desc())
        .limit(POR_ESCUELA)
    )
    return list(db.session.scalars(query))


def en_firma_de(alumno_id: int, tipos: Collection[str]) -> list[Carta]:
    """The letters of an alumno that still wait for signatures, with their circuits."""
    firman = select(Firma.id).where(Firma.carta_id == Carta.id, Firma.correo != "")
    query = select(Carta).where(
        Carta.alumno_id == alumno_id,
        Carta.tipo.in_(tipos),
        Carta.estado.in_((*EN_FIRMA, "detenida")),
        firman.exists(),
    )
    return list(db.session.scalars(query.options(selectinload(Carta.firmas)).order_by(Carta.id.desc())))


def de_dependencias(
    dependencia_ids: Collection[int], tipos: Collection[str], *criterios: ColumnElement[bool]
) -> list[FilaCarta]:
    """The letters of these dependencias in all their escuelas, newest first; two statements in each escuela."""
    filas = escuelas.de_cada(dependencia_ids, lambda e: _en_escuela(e, dependencia_ids, tipos, criterios))
    return sorted(filas, key=lambda f: f.estado_desde, reverse=True)


def _en_escuela(
    escuela: EscuelaVista,
    dependencia_ids: Collection[int],
    tipos: Collection[str],
    criterios: Sequence[ColumnElement[bool]],
) -> list[FilaCarta]:
    query = (
        select(Carta)
        .where(Carta.dependencia_id.in_(dependencia_ids), Carta.tipo.in_(tipos), *criterios)
        .options(joinedload(Carta.alumno), selectinload(Carta.firmas))
        .order_by(Carta.id.desc())
        .limit(POR_ESCUELA)
    )
    return [_fila(escuela, carta) for carta in db.session.scalars(query)]


def _fila(escuela: EscuelaVista, carta: Carta) -> FilaCarta:
    circuito = [f for f in carta.firmas if f.correo]
    turno = _turno(circuito) if carta.estado in EN_FIRMA else None
    return FilaCarta(
        escuela=escuela,
        public_id=carta.public_id,
        tipo=carta.tipo,
        titulo=carta.titulo,
        folio=carta.folio,
        estado=carta.estado,
        estado_desde=carta.estado_desde,
        emitida=carta.emitida,
        alumno=carta.alumno.nombre_completo if carta.alumno else "",
        motivo=carta.motivo,
        turno=turno.nombre if turno else "",
        turno_cargo=turno.cargo if turno else "",
        turno_avisada=turno.avisada if turno else None,
        firmadas=sum(1 for f in circuito if f.estado == "firmada"),
        firmantes=len(circuito),
    )


def _turno(circuito: Sequence[Firma]) -> Firma | None:
    """The first who may sign now: somebody of the first group that is not complete."""
    abiertas = sorted((f for f in circuito if f.estado != "firmada"), key=lambda f: (f.grupo, f.orden))
    return next((f for f in abiertas if f.grupo == abiertas[0].grupo and f.estado == "pendiente"), None)


def pendientes_de(dependencia_ids: Collection[int]) -> list[FilaCarta]:
    """What a dependencia must look after: letters that wait for a signature and those that somebody refused."""
    return de_dependencias(dependencia_ids, ("termino", "convenio"), _por_atender())


def _por_atender() -> ColumnElement[bool]:
    espera = select(Firma.id).where(
        Firma.carta_id == Carta.id, Firma.estado == "pendiente", Firma.correo != ""
    )
    return or_(Carta.estado == "detenida", and_(Carta.estado.in_(EN_FIRMA), espera.exists()))


@dataclass(frozen=True)
class Fila:
    """A letter in the office's list."""

    public_id: str
    tipo: str
    titulo: str
    folio: str
    estado: str
    estado_desde: datetime
    creado: datetime
    emitida: datetime | None
    fallo: str
    boleta: str
    nombre: str
    dependencia: str
    en_firma: bool


_PENDIENTE = select(Firma.id).where(Firma.carta_id == Carta.id, Firma.estado == "pendiente").correlate(Carta)
_COLUMNAS = (
    Carta.public_id,
    Carta.tipo,
    Carta.titulo,
    Carta.folio,
    Carta.estado,
    Carta.estado_desde,
    Carta.creado,
    Carta.emitida,
    Carta.fallo,
    Alumno.boleta,
    _NOMBRE.label("nombre"),
    Dependencia.razon_social.label("dependencia"),
    _PENDIENTE.exists().label("en_firma"),
)


def lista(
    *, tipo: str = "", estado: str = "", palabras: Sequence[str] = (), despues: str = "", antes: str = ""
) -> Pagina:
    """The letters of the escuela, newest first, in pages of 50; one statement.

    Every word must occur in the folio, in the alumno's folded name or boleta, or in the dependencia's name.
    """
    base = (
        select(*_COLUMNAS)
        .select_from(Carta)
        .outerjoin(Alumno, Alumno.id == Carta.alumno_id)
        .outerjoin(Servicio, Servicio.id == Carta.servicio_id)
        .outerjoin(
            Dependencia, Dependencia.id == func.coalesce(Carta.dependencia_id, Servicio.dependencia_id)
        )
    )
    query = base
    if tipo:
        query = query.where(Carta.tipo == tipo)
    if estado == "fallo":
        query = query.where(Carta.estado.in_(EN_FIRMA), Carta.fallo != "")
    elif estado:
        query = query.where(Carta.estado.in_(EN_FIRMA) if estado == "en_firma" else Carta.estado == estado)
    for palabra in palabras:
        query = query.where(_dice(palabra))
    found = pagina(
        query,
        Carta,
        (Carta.id,),
        select(Carta.id).select_from(Carta),
        desc=True,
        despues=despues,
        antes=antes,
    )
    return found.con([_fila_oficina(row) for row in found.filas])


def _dice(palabra: str) -> ColumnElement[bool]:
    return or_(
        func.lower(Carta.folio).contains(palabra, autoescape=True),
        Alumno.busqueda.contains(palabra, autoescape=True),
        Alumno.boleta.startswith(palabra, autoescape=True),
        func.lower(Dependencia.razon_social).contains(palabra, autoescape=True),
    )


def _fila_oficina(row: Any) -> Fila:
    values = row._asdict()
    for name in ("boleta", "nombre", "dependencia"):
        values[name] = " ".join((values[name] or "").split())
    return Fila(**values)


def turno_de(token_firma_id: int) -> tuple[Firma, Carta, list[Firma]] | None:
    """A signature with its letter (alumno loaded) and the whole circuit in order; None when there is none here."""
    firma = db.session.scalar(select(Firma).where(Firma.id == token_firma_id))
    if firma is None:
        return None
    query = select(Carta).where(Carta.id == firma.carta_id)
    carta = db.session.scalar(query.options(joinedload(Carta.alumno), selectinload(Carta.firmas)))
    return (firma, carta, list(carta.firmas)) if carta is not None else None
