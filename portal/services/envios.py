"""Envíos in batches (lotes): files of several servicios picked, downloaded together and marked as sent once [seed 001].

What a batch may carry is a TipoLote: another kind of file is another entry of TIPOS.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, BinaryIO, cast

from sqlalchemy import Select, select

from portal.domain.access import EXPEDIENTES, Actor
from portal.domain.calendario import en_palabras, to_local
from portal.domain.machine import Forbidden, Refused
from portal.files.names import ascii_name
from portal.models import (
    Alumno,
    Dependencia,
    Documento,
    Entrega,
    Lote,
    LoteServicio,
    Prerregistro,
    Servicio,
    db,
)
from portal.services import contadores, correos, destinatarios, documentos
from portal.services.effects import Para, effect
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record
from tenants.scope import current_escuela, escuela_scope

MAXIMO = 500
PIEZA = 1 << 20
_POR_REVISAR = ("prerregistrado", "rechazado")


def _expedientes() -> Select[int, int]:
    """(servicio id, documento id) of accepted expedientes, sent or not."""
    return (
        select(Servicio.id, Prerregistro.documento_id)
        .join(Prerregistro, Prerregistro.servicio_id == Servicio.id)
        .where(Servicio.estado.not_in(_POR_REVISAR))
    )


def _fechar_expedientes(uow: Uow, lote: Lote, servicios: Sequence[int]) -> None:
    """Fecha de envío of all; the batch's number is the lista of those that have none."""
    rows = select(Prerregistro).where(Prerregistro.servicio_id.in_(servicios)).with_for_update()
    for pre in uow.session.scalars(rows):
        pre.fecha_envio = lote.enviado
        pre.lista = pre.lista or str(lote.numero)


def _favorables() -> Select[int, int]:
    """(servicio id, documento id) of expedientes de liberación with their visto bueno [seed 000]."""
    query = (
        select(Servicio.id, Entrega.documento_id)
        .join(Entrega, Entrega.servicio_id == Servicio.id)
        .where(Entrega.tipo == "expediente", Entrega.estado == "aceptada", Entrega.documento_id.is_not(None))
        .where(Servicio.estado != "baja")
    )
    return cast("Select[int, int]", query)  # an accepted one has its file


def _avisar_enviados(uow: Uow, lote: Lote, servicios: Sequence[int]) -> None:
    """Each alumno hears that the expediente went, and where the list will be [seed 000]."""
    query = select(Alumno).join(Servicio, Servicio.alumno_id == Alumno.id).where(Servicio.id.in_(servicios))
    ruta = f"/{destinatarios.slug(uow)}/liberaciones"
    dia = en_palabras(lote.enviado) if lote.enviado else ""
    for alumno in uow.session.scalars(query.order_by(Alumno.id)):
        contexto = {"nombre": alumno.nombre, "fecha": dia}
        correos.escribir(uow, "expediente_enviado", Para(alumno.correo, ruta, alumno.usuario_id, contexto))


@dataclass(frozen=True)
class TipoLote:
    """A kind of batch: its name, who may handle it, what may go in it, and what sending it brings about."""

    nombre: str
    permiso: str
    elegibles: Callable[[], Select[int, int]]
    al_enviar: Callable[[Uow, Lote, Sequence[int]], None]


TIPOS: dict[str, TipoLote] = {
    "prerregistro": TipoLote("Expedientes de prerregistro", EXPEDIENTES, _expedientes, _fechar_expedientes),
    "liberacion": TipoLote("Expedientes de liberación", EXPEDIENTES, _favorables, _avisar_enviados),
}


def _tipo(clave: str, actor: Actor) -> TipoLote:
    tipo = TIPOS.get(clave)
    if tipo is None:
        raise NotFound("TipoLote")
    if actor.rol != "coordinador" or tipo.permiso not in actor.permisos:
        raise Forbidden("accion.sin_permiso")
    return tipo


def por_enviar(clave: str, marcados: Sequence[str] = ()) -> Select[int, int]:
    """The eligible whose file no batch of this tipo has, oldest acceptance first; only the marked ones if any are
    named."""
    query = TIPOS[clave].elegibles()
    documento_id = query.selected_columns[1]
    enviado = select(LoteServicio.id).where(
        LoteServicio.tipo == clave,
        LoteServicio.servicio_id == Servicio.id,
        LoteServicio.documento_id == documento_id,
    )
    query = query.where(~enviado.exists())
    if marcados:
        query = query.where(Servicio.public_id.in_(list(marcados)))
    return query.order_by(Servicio.estado_desde, Servicio.id)


def armar(clave: str, marcados: Sequence[str], *, actor: Actor, now: datetime) -> Lote:
    """Put all that is eligible (at most 500), or just the marked ones, into a new batch. Raises Refused.

    Nothing is in two batches: one transaction after another takes from an escuela.
    """
    _tipo(clave, actor)
    with unit_of_work(now) as uow:
        numero = contadores.siguiente(uow, f"lote_{clave}")  # its lock lets nobody else pick meanwhile
        rows = uow.session.execute(por_enviar(clave, marcados).limit(MAXIMO)).all()
        if not rows:
            raise Refused("lote.vacio")
        if marcados and len(rows) != len(set(marcados)):
            raise Refused("lote.no_elegible")
        lote = uow.add(Lote(tipo=clave, numero=numero, cuantos=len(rows), armo=actor.nombre))
        for orden, (servicio_id, documento_id) in enumerate(rows, 1):
            uow.session.add(
                LoteServicio(
                    lote_id=lote.id,
                    tipo=clave,
                    orden=orden,
                    servicio_id=servicio_id,
                    documento_id=documento_id,
                    creado=now,
                )
            )
        record(uow, lote, "armar", actor)
        return lote


def enviar(public_id: str, fecha: date | None, *, actor: Actor, now: datetime) -> Lote:
    """Mark a batch as sent on a day; a second time changes nothing. Raises Refused, NotFound."""
    with unit_of_work(now) as uow:
        lote = uow.lock(Lote, public_id)
        _tipo(lote.tipo, actor)
        if lote.estado != "enviado":
            hechos = {"fecha": fecha, "hoy": to_local(now).date(), "cambiados": _cambiados(uow, lote)}
            act(uow, lote, "enviar", actor, hechos)
        return lote


def _cambiados(uow: Uow, lote: Lote) -> int:
    """How many of a batch are no longer accepted with the file that it holds."""
    va = select(LoteServicio.servicio_id, LoteServicio.documento_id).where(LoteServicio.lote_id == lote.id)
    dentro = {(row[0], row[1]) for row in uow.session.execute(va)}
    ahora = TIPOS[lote.tipo].elegibles().where(Servicio.id.in_([servicio_id for servicio_id, _ in dentro]))
    return len(dentro - {(row[0], row[1]) for row in uow.session.execute(ahora)})


def descartar(public_id: str, *, actor: Actor, now: datetime) -> Lote:
    """Take apart a batch that was not sent: what was in it may go in another."""
    with unit_of_work(now) as uow:
        lote = uow.lock(Lote, public_id)
        _tipo(lote.tipo, actor)
        act(uow, lote, "descartar", actor)
        return lote


@effect("fechar_envio")
def fechar_envio(uow: Uow, lote: Lote, _actor: Actor, data: Mapping[str, Any]) -> None:
    """The day is the batch's and that of everything in it."""
    lote.enviado = data["fecha"]
    servicios = select(LoteServicio.servicio_id).where(LoteServicio.lote_id == lote.id)
    TIPOS[lote.tipo].al_enviar(uow, lote, list(uow.session.scalars(servicios)))


@effect("vaciar_lote")
def vaciar_lote(uow: Uow, lote: Lote, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """What a discarded batch held is free again."""
    for row in uow.session.scalars(select(LoteServicio).where(LoteServicio.lote_id == lote.id)):
        uow.session.delete(row)


# ---- the files ----


@dataclass
class Pieza:
    """A file of a batch: its name in the ZIP, where it lies, what the scan said."""

    nombre: str
    clave: str
    analisis: str


def piezas(lote: Lote) -> list[Pieza]:
    """The files of a batch in its order, `003_PATERNO_MATERNO_NOMBRE_BOLETA.pdf`; one statement."""
    query = (
        select(LoteServicio.orden, Alumno, Documento.clave, Documento.analisis)
        .join(Servicio, Servicio.id == LoteServicio.servicio_id)
        .join(Alumno, Alumno.id == Servicio.alumno_id)
        .join(Documento, Documento.id == LoteServicio.documento_id)
        .where(LoteServicio.lote_id == lote.id)
        .order_by(LoteServicio.orden)
    )
    return [
        Pieza(f"{orden:03d}_{ascii_name(a.paterno, a.materno, a.nombre, a.boleta)}", clave, analisis)
        for orden, a, clave, analisis in db.session.execute(query)
    ]


@dataclass(frozen=True)
class Renglon:
    """One line of a batch's relación, as plain values."""

    orden: int
    public_id: str
    boleta: str
    nombre: str
    carrera: str
    semestre: int | None
    genero: str
    dependencia: str
    inicio: date
    termino: date
    correo: str
    numero_registro: str
    lista: str
    fecha_envio: date | None
    paginas: int


def relacion(lote: Lote) -> list[Renglon]:
    """The lines of a batch in its order; one statement."""
    query = (
        select(
            LoteServicio.orden,
            Servicio,
            Alumno,
            Dependencia.razon_social,
            Prerregistro.lista,
            Documento.paginas,
        )
        .join(Servicio, Servicio.id == LoteServicio.servicio_id)
        .join(Alumno, Alumno.id == Servicio.alumno_id)
        .join(Dependencia, Dependencia.id == Servicio.dependencia_id)
        .join(Documento, Documento.id == LoteServicio.documento_id)
        .outerjoin(Prerregistro, Prerregistro.servicio_id == Servicio.id)
        .where(LoteServicio.lote_id == lote.id)
        .order_by(LoteServicio.orden)
    )
    return [
        Renglon(
            orden, s.public_id, a.boleta, a.nombre_de_lista, a.carrera, a.semestre, a.genero, host, s.inicio,
            s.termino, a.correo, s.numero_registro or "", lista or "", lote.enviado, paginas,
        )
        for orden, s, a, host, lista, paginas in db.session.execute(query)
    ]  # fmt: skip


class _Tubo:
    """What zipfile writes to: it cannot seek, and whoever reads takes the bytes away."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._told = 0

    def write(self, data: Any) -> int:
        """Keep the bytes until they are taken."""
        self._bytes += data
        self._told += len(data)
        return len(data)

    def tell(self) -> int:
        """How many bytes came through."""
        return self._told

    def flush(self) -> None:
        """Nothing waits behind."""

    def tomar(self) -> bytes:
        """The bytes since the last time."""
        taken = bytes(self._bytes)
        self._bytes.clear()
        return taken


def zip_de(archivos: Sequence[Pieza], hechos: Mapping[str, bytes], fecha: datetime) -> Iterator[bytes]:
    """A ZIP as it is made: `hechos` (name -> content) first, then the stored files, a MB in memory at a time.

    PDFs are compressed already, so they are only stored. The same files and `fecha` give the same bytes. The escuela
    in scope now owns the files: the pieces are made after the request has left its scope.
    """
    return _piezas_de_zip(archivos, hechos, fecha, current_escuela())


def _piezas_de_zip(
    archivos: Sequence[Pieza], hechos: Mapping[str, bytes], fecha: datetime, escuela_id: int
) -> Iterator[bytes]:
    tubo = _Tubo()
    cuando = to_local(fecha).timetuple()[:6]
    with zipfile.ZipFile(cast(IO[bytes], tubo), "w", zipfile.ZIP_STORED) as salida:
        for nombre, content in hechos.items():
            salida.writestr(zipfile.ZipInfo(nombre, cuando), content)
            yield tubo.tomar()
        for pieza in archivos:
            with (
                _abrir(pieza, escuela_id) as origen,
                salida.open(zipfile.ZipInfo(pieza.nombre, cuando), "w", force_zip64=True) as destino,
            ):
                while chunk := origen.read(PIEZA):
                    destino.write(chunk)
                    yield tubo.tomar()
    yield tubo.tomar()


def _abrir(pieza: Pieza, escuela_id: int) -> BinaryIO:
    """A stored file; the answer's pieces are made after the request has left its scope."""
    with escuela_scope(escuela_id):
        return documentos.abrir(pieza)
