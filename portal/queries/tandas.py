"""Tandas as pages need them: what may go in one, how far each is, and its letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from portal.models import Alumno, Carta, Firma, Servicio, Tanda, TandaCarta, Tramite, db
from portal.queries import alumnos, expedientes
from portal.queries.expedientes import Filtro
from portal.queries.paginas import Pagina, pagina

# ---- what may go in one ----


@dataclass(frozen=True)
class Candidato:
    """One alumno who would get a letter. `para` is the public id of what is chosen, `carta` the kind of letter."""

    para: str
    nombre: str
    boleta: str
    carta: str


_NOMBRE = (Alumno.paterno + " " + Alumno.materno + " " + Alumno.nombre).label("nombre")


def _select(*columns: Any) -> Select[Any]:
    return select(*columns)


def _candidatos(query: Select[Any], maximo: int, carta: str = "") -> list[Candidato]:
    """In the order of the alumnos' names; one more than `maximo` says that there are too many."""
    query = query.order_by(Alumno.busqueda).limit(maximo + 1)
    return [
        Candidato(row.public_id, " ".join(row.nombre.split()), row.boleta, carta or row.tipo)
        for row in db.session.execute(query)
    ]


def tramites(marcados: Sequence[str], tipo: str, corte: datetime, maximo: int) -> list[Candidato]:
    """Trámites that wait: the marked ones, or all of a tipo ("" for both) that were there at `corte`."""
    query = (
        _select(Tramite.public_id, _NOMBRE, Alumno.boleta, Tramite.tipo)
        .join(Alumno, Alumno.id == Tramite.alumno_id)
        .where(Tramite.estado == "pedido")
    )
    if marcados:
        return _candidatos(query.where(Tramite.public_id.in_(list(marcados))), maximo)
    query = query.where(Tramite.estado_desde <= corte)
    return _candidatos(query.where(Tramite.tipo == tipo) if tipo else query, maximo)


def finalizaciones(marcados: Sequence[str], filtro: Filtro, corte: datetime, maximo: int) -> list[Candidato]:
    """Servicios that wait for their carta de finalización: the marked ones, or all that match and waited at `corte`."""
    query = expedientes.seleccion(Servicio.estado == "terminado", Servicio.emision.is_(False))
    if marcados:
        query = query.where(Servicio.public_id.in_(list(marcados)))
    else:
        query = query.where(Servicio.estado_desde <= corte, *expedientes.criterios(filtro))
    return _candidatos(query, maximo, "finalizacion")


def constancias(
    marcados: Sequence[str], palabras: tuple[str, ...], carrera: str, corte: datetime, maximo: int
) -> list[Candidato]:
    """Alumnos with an open account: the marked ones, or all that match and were there at `corte`."""
    query = _select(Alumno.public_id, _NOMBRE, Alumno.boleta).where(Alumno.estado == "activo")
    if marcados:
        query = query.where(Alumno.public_id.in_(list(marcados)))
    else:
        query = query.where(Alumno.creado <= corte, *alumnos.criterios(palabras, carrera))
    return _candidatos(query, maximo, "constancia_estudios")


def servicios(public_ids: Sequence[str]) -> list[Servicio]:
    """These servicios, to be revised."""
    return list(db.session.scalars(select(Servicio).where(Servicio.public_id.in_(list(public_ids)))))


# ---- how far one is ----


@dataclass(frozen=True)
class Cuentas:
    """How many letters of a tanda stand how. `firma`: issued here, they still wait for somebody's signature."""

    total: int = 0
    espera: int = 0
    camino: int = 0
    firma: int = 0
    emitidas: int = 0
    problema: int = 0
    revocadas: int = 0
    fuera: int = 0

    @property
    def hechas(self) -> int:
        """Those with which the portal has nothing more to do."""
        return self.total - self.espera - self.camino

    @property
    def trabaja(self) -> bool:
        """Whether the portal still works on it by itself."""
        return bool(self.espera or self.camino)


_SIN_EMITIR = and_(Carta.fallo != "", Carta.emitida.is_(None))
_EN_CIRCUITO = (
    select(Firma.id).where(Firma.carta_id == Carta.id, Firma.correo != "", Firma.estado != "firmada").exists()
)
_COMO = case(
    (TandaCarta.estado == "fallida", "problema"),
    (TandaCarta.estado == "fuera", "fuera"),
    (TandaCarta.estado == "pendiente", "espera"),
    (Carta.estado == "emitida", "emitidas"),
    (Carta.estado == "revocada", "revocadas"),
    (or_(Carta.estado == "detenida", _SIN_EMITIR), "problema"),
    (_EN_CIRCUITO, "firma"),
    else_="camino",
)
COMO = tuple(f.name for f in fields(Cuentas) if f.name != "total")


def cuentas(tanda_ids: Sequence[int]) -> dict[int, Cuentas]:
    """How far each of these tandas is; one statement."""
    query = (
        select(TandaCarta.tanda_id, _COMO.label("como"), func.count(TandaCarta.id).label("cuantas"))
        .outerjoin(Carta, Carta.id == TandaCarta.carta_id)
        .where(TandaCarta.tanda_id.in_(list(tanda_ids)))
        .group_by(TandaCarta.tanda_id, "como")
    )
    found: dict[int, dict[str, int]] = {id_: {} for id_ in tanda_ids}
    for row in db.session.execute(query):
        found[row.tanda_id][row.como] = row.cuantas
    return {id_: Cuentas(sum(each.values()), **each) for id_, each in found.items()}


def lista(clases: Sequence[str], despues: str = "", antes: str = "") -> Pagina:
    """Tandas of these kinds, newest first, with their counts: rows (tanda, Cuentas); two statements."""
    query = _select(Tanda, Tanda.public_id).where(Tanda.clase.in_(list(clases)))
    found = pagina(query, Tanda, (Tanda.id,), select(), desc=True, despues=despues, antes=antes)
    tandas = [row[0] for row in found.filas]
    avances = cuentas([t.id for t in tandas])
    return found.con([(t, avances[t.id]) for t in tandas])


def una(public_id: str) -> Tanda | None:
    """The tanda of that public id, with its PDF for printing."""
    query = select(Tanda).where(Tanda.public_id == public_id).options(joinedload(Tanda.impresion))
    return db.session.scalar(query)


@dataclass(frozen=True)
class Fila:
    """One letter of a tanda in its list. `como` is one of COMO; `motivo` says why where there is a problem."""

    public_id: str
    orden: int
    nombre: str
    boleta: str
    como: str
    motivo: str
    reintenta: bool
    carta: str
    folio: str
    titulo: str
    tramite: str
    servicio: str


def filas(tanda_id: int, como: str = "", *, despues: str = "", antes: str = "") -> Pagina:
    """The letters of a tanda in its order, in pages of 50, of one kind if `como` names it; one statement."""
    query = (
        _select(
            TandaCarta.public_id, TandaCarta.orden, TandaCarta.nombre, TandaCarta.boleta, _COMO.label("como"),
            TandaCarta.motivo, TandaCarta.estado, Carta.public_id.label("carta"), Carta.folio, Carta.titulo,
            Carta.fallo, Carta.motivo.label("de_carta"), Tramite.public_id.label("tramite"),
            Servicio.public_id.label("servicio"),
        )
        .outerjoin(Carta, Carta.id == TandaCarta.carta_id)
        .outerjoin(Tramite, Tramite.id == TandaCarta.tramite_id)
        .outerjoin(Servicio, Servicio.id == TandaCarta.servicio_id)
        .where(TandaCarta.tanda_id == tanda_id)
    )  # fmt: skip
    query = query.where(_COMO.op("=")(como)) if como else query
    clave = (TandaCarta.orden, TandaCarta.id)
    found = pagina(query, TandaCarta, clave, select(), despues=despues, antes=antes)
    return found.con([_fila(row) for row in found.filas])


def _fila(row: Any) -> Fila:
    falla = row.fallo if row.como == "problema" else ""
    return Fila(
        public_id=row.public_id,
        orden=row.orden,
        nombre=row.nombre,
        boleta=row.boleta,
        como=row.como,
        motivo=row.motivo or falla or (row.de_carta if row.como in ("problema", "revocadas") else ""),
        reintenta=row.estado == "fallida" or bool(falla),
        carta=row.carta or "",
        folio=row.folio or "",
        titulo=row.titulo or "",
        tramite=row.tramite or "",
        servicio=row.servicio or "",
    )
