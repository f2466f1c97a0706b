"""The expediente de liberación is gathered of what the portal has and what the alumno uploads, and merged in order.

[seed 000, point 3] The result is the draft of its entrega: the alumno looks at it and sends it as any other file.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.domain.access import Actor
from portal.domain.documento import LIMPIO, SIN_ANALISIS, exigir_servibles
from portal.domain.liberacion import Parte
from portal.domain.machine import Refused
from portal.files.check import CheckedFile
from portal.files.kinds import PDF_MIME
from portal.files.merge import merge
from portal.files.names import ascii_name
from portal.files.refused import FileRefused, human_size
from portal.models import Alumno, Carta, Documento, Entrega, ExpedienteParte, ExpedienteUnion, Servicio, db
from portal.services import documentos, entregas, servicios
from portal.services.documentos import Guardado
from portal.services.uow import NotFound, Uow, unit_of_work

TAREA = "union"
DE_CARTA = "Ya está en tus cartas"
DE_ENTREGA = "Ya la entregaste"
SUBIDA = "La subiste"


@dataclass(frozen=True)
class Pieza:
    """One part as it stands: the file that will go in (None while it lacks) and where it is from.

    `de_portal`: the portal has it, and nothing is uploaded. `alternativa`: which of its papers was uploaded.
    """

    parte: Parte
    documento: Documento | None = None
    de_portal: bool = False
    alternativa: str = ""
    origen: str = ""

    @property
    def nombre(self) -> str:
        """The part, or the alternative that was chosen."""
        return self.parte.llamada(self.alternativa)


@dataclass(frozen=True)
class Armado:
    """An expediente on its way: its parts in order, its merge, and the draft that is there to be sent."""

    piezas: tuple[Pieza, ...]
    union: ExpedienteUnion | None
    borrador: Documento | None
    archivo: str
    """The name that the merged file gets [seed 000]."""

    @property
    def faltan(self) -> tuple[str, ...]:
        """The names of the parts that are not there yet."""
        return tuple(p.parte.nombre for p in self.piezas if p.documento is None)

    @property
    def uniendo(self) -> datetime | None:
        """Since when the outbox has it; None when nothing is being merged."""
        return self.union.pedida if self.union else None

    @property
    def unido(self) -> bool:
        """Whether the draft is the merge of these parts, not a file that the alumno joined."""
        return es_union(self.union, self.borrador)

    @property
    def error(self) -> str:
        """Why the last merge could not be made, in a sentence."""
        return self.union.error if self.union else ""


def es_union(union: ExpedienteUnion | None, documento: Documento | None) -> bool:
    """Whether a file is the result of that merge."""
    return union is not None and documento is not None and union.sha256 == documento.sha256


def nombre_de(alumno: Alumno) -> str:
    """`PATERNO_MATERNO_NOMBRE_BOLETA.pdf` [seed 000]."""
    return ascii_name(alumno.paterno, alumno.materno, alumno.nombre, alumno.boleta)


def partes_de(servicio: Servicio, entrega: Entrega) -> tuple[Parte, ...]:
    """What the plan says that this step is merged of; empty where it is one file."""
    return servicios.plan_de(servicio).entrega(entrega.clave).partes


def armado(entrega: Entrega, servicio: Servicio, alumno: Alumno, pasos: Sequence[Entrega]) -> Armado:
    """How the expediente of an entrega stands; three statements. `pasos` have their files loaded."""
    session = db.session()
    partes = partes_de(servicio, entrega)
    subidas = _subidas(session, entrega.id)
    cartas = _cartas(session, servicio.id, [p.de[1] for p in partes if p.de[0] == "carta"])
    entregados = {e.clave: e.documento for e in pasos if e.estado == "aceptada"}
    query = (
        select(ExpedienteUnion, Documento)
        .select_from(Entrega)
        .outerjoin(ExpedienteUnion, ExpedienteUnion.entrega_id == Entrega.id)
        .outerjoin(Documento, Documento.id == Entrega.borrador_documento_id)
        .where(Entrega.id == entrega.id)
    )
    union, borrador = session.execute(query.execution_options(populate_existing=True)).one()
    piezas = tuple(_pieza(p, subidas.get(p.clave), cartas, entregados) for p in partes)
    return Armado(piezas, union, borrador, nombre_de(alumno))


def _subidas(session: Session, entrega_id: int) -> dict[str, ExpedienteParte]:
    query = select(ExpedienteParte).where(ExpedienteParte.entrega_id == entrega_id)
    query = query.options(joinedload(ExpedienteParte.documento)).execution_options(populate_existing=True)
    return {s.clave: s for s in session.scalars(query)}


def _cartas(session: Session, servicio_id: int, tipos: Sequence[str]) -> dict[str, Documento | None]:
    """The issued letters of a servicio by their kind; the newest where there are several."""
    if not tipos:
        return {}
    query = select(Carta).where(
        Carta.servicio_id == servicio_id, Carta.tipo.in_(tipos), Carta.estado == "emitida"
    )
    query = query.options(joinedload(Carta.documento)).order_by(Carta.id)
    return {c.tipo: c.documento for c in session.scalars(query)}


def _pieza(
    parte: Parte,
    subida: ExpedienteParte | None,
    cartas: Mapping[str, Documento | None],
    entregados: Mapping[str, Documento | None],
) -> Pieza:
    donde, cual = parte.de
    tiene = {"carta": cartas, "entrega": entregados}.get(donde, {}).get(cual)
    if tiene is not None:
        return Pieza(parte, tiene, True, origen=DE_CARTA if donde == "carta" else DE_ENTREGA)
    if subida is None:
        return Pieza(parte)
    return Pieza(parte, subida.documento, alternativa=subida.alternativa, origen=SUBIDA)


# ---- what the alumno does ----


def poner(
    public_id: str, clave: str, alternativa: str, guardado: Guardado, *, actor: Actor, now: datetime
) -> None:
    """Keep an uploaded file as a part; it takes the place of the one before. Refused, Stale, NotFound.

    What was merged of other parts is thrown away: nobody has seen it.
    """
    with unit_of_work(now) as uow:
        entrega, parte = _abrir(uow, public_id, clave, actor)
        if not parte.acepta(alternativa):
            raise Refused("expediente.alternativa")
        documento = documentos.registrar(
            uow, guardado, f"expediente_{clave}"[:40], alumno_id=entrega.alumno_id
        )
        subida = _subidas(uow.session, entrega.id).get(clave)
        sobran = [_olvidar_union(uow, entrega)]
        if subida is None:
            uow.add(
                ExpedienteParte(
                    entrega_id=entrega.id, clave=clave, alternativa=alternativa, documento_id=documento.id
                )
            )
        else:
            anterior, subida.documento_id, subida.alternativa = (
                subida.documento_id,
                documento.id,
                alternativa,
            )
            uow.session.flush()
            sobran.append(documentos.olvidar(uow, anterior))
    for sobra in sobran:
        documentos.quitar(sobra)


def quitar(public_id: str, clave: str, *, actor: Actor, now: datetime) -> None:
    """Take an uploaded part away again; without one nothing happens."""
    with unit_of_work(now) as uow:
        entrega, _ = _abrir(uow, public_id, clave, actor)
        subida = _subidas(uow.session, entrega.id).get(clave)
        if subida is None:
            return
        sobran = [_olvidar_union(uow, entrega)]
        anterior = subida.documento_id
        uow.session.delete(subida)
        uow.session.flush()
        sobran.append(documentos.olvidar(uow, anterior))
    for sobra in sobran:
        documentos.quitar(sobra)


def _abrir(uow: Uow, public_id: str, clave: str, actor: Actor) -> tuple[Entrega, Parte]:
    entrega, servicio = entregas.por_enviar(uow, public_id, actor)
    parte = next((p for p in partes_de(servicio, entrega) if p.clave == clave), None)
    if parte is None:
        raise NotFound("Parte")
    return entrega, parte


def _union_de(uow: Uow, entrega: Entrega) -> ExpedienteUnion | None:
    """The merge of a locked entrega; its row changes only under that lock."""
    query = select(ExpedienteUnion).where(ExpedienteUnion.entrega_id == entrega.id)
    return uow.session.scalar(query.execution_options(populate_existing=True))


def _olvidar_union(uow: Uow, entrega: Entrega) -> str:
    """Other parts: a merge on its way is of no use, and one that was made is no draft; answers its object's key."""
    union = _union_de(uow, entrega)
    if union is None:
        return ""
    union.pedida, union.error = None, ""
    union.vez += 1
    borrador = uow.get(Documento, entrega.borrador_documento_id) if entrega.borrador_documento_id else None
    return entregas.cambiar_borrador(uow, entrega, None) if es_union(union, borrador) else ""


def unir(public_id: str, *, actor: Actor, now: datetime) -> None:
    """Have the parts merged. Asking again while they are being merged is the same as once.

    Raises Refused with what lacks, with what weighs too much, or while a file waits for its scan.
    """
    with unit_of_work(now) as uow:
        entrega, servicio = entregas.por_enviar(uow, public_id, actor)
        alumno = uow.get(Alumno, entrega.alumno_id)
        hecho = armado(entrega, servicio, alumno, _pasos(uow.session, servicio.id))
        if not hecho.piezas:
            raise Refused("expediente.sin_partes")
        if hecho.faltan:
            raise Refused("expediente.faltan", faltan=", ".join(hecho.faltan))
        cuales = [p.documento for p in hecho.piezas if p.documento is not None]
        exigir_servibles(cuales)
        limite = entregas.kind_de(entrega)
        if sum(d.bytes for d in cuales) > limite.max_bytes:
            raise Refused("expediente.pesa", limite=human_size(limite.max_bytes))
        if sum(d.paginas for d in cuales) > limite.max_pages:
            raise Refused("expediente.paginas", maximo=limite.max_pages)
        union = hecho.union or uow.add(ExpedienteUnion(entrega_id=entrega.id, vez=0, indice=[]))
        if union.pedida is not None:
            return
        union.vez, union.pedida, union.error = union.vez + 1, now, ""
        uow.later(TAREA, union.id, clave=f"{TAREA}:{union.id}:{union.vez}")


def _pasos(session: Session, servicio_id: int) -> list[Entrega]:
    query = select(Entrega).where(Entrega.servicio_id == servicio_id).options(joinedload(Entrega.documento))
    return list(session.scalars(query.order_by(Entrega.orden)))


# ---- the work of the outbox ----


@dataclass(frozen=True)
class _Pedido:
    """What is to be merged, as it was when it was read: if any of it changed meanwhile, the result is nobody's."""

    vez: int
    borrador_id: int | None
    archivo: str
    documentos: tuple[Documento, ...]
    indice: list[dict[str, Any]]


def producir(union_id: int, *, now: datetime) -> None:
    """Merge the parts of an expediente into the draft of its entrega. Safe to run twice: a made one is left alone.

    Whatever the parts weigh, a MB of them is in memory at a time; the joining is a process of its own.
    """
    pedido = _leer(union_id)
    if pedido is None:
        return
    with tempfile.TemporaryDirectory(prefix="portal-") as name:
        folder = Path(name)
        try:
            unido = merge(
                [_bajar(d, folder / f"{n:02d}.pdf") for n, d in enumerate(pedido.documentos)],
                folder / "unido.pdf",
            )
        except FileRefused as refused:
            _fallar(union_id, pedido.vez, refused.sentence, now)
            return
        paginas = sum(d.paginas for d in pedido.documentos)
        hecho = CheckedFile(unido, PDF_MIME, unido.stat().st_size, "", paginas)
        limpios = all(d.analisis == LIMPIO for d in pedido.documentos)
        analisis = LIMPIO if limpios else SIN_ANALISIS
        with documentos.guardado_de(hecho, pedido.archivo, analisis=analisis) as guardado:
            sobra = _poner_unido(union_id, pedido, guardado, now)
    documentos.quitar(sobra)


def _leer(union_id: int) -> _Pedido | None:
    session = db.session()
    union = session.scalar(
        select(ExpedienteUnion)
        .where(ExpedienteUnion.id == union_id)
        .execution_options(populate_existing=True)
    )
    if union is None or union.pedida is None:
        return None
    row = session.execute(
        select(Entrega, Servicio, Alumno)
        .join(Servicio, Servicio.id == Entrega.servicio_id)
        .join(Alumno, Alumno.id == Entrega.alumno_id)
        .where(Entrega.id == union.entrega_id)
        .execution_options(populate_existing=True)
    ).one()
    hecho = armado(*row, _pasos(session, row[1].id))
    if hecho.faltan:
        return None
    cuales = tuple(p.documento for p in hecho.piezas if p.documento is not None)
    return _Pedido(union.vez, row[0].borrador_documento_id, hecho.archivo, cuales, _indice(hecho.piezas))


def _indice(piezas: Sequence[Pieza]) -> list[dict[str, Any]]:
    """Which part has which pages of the result, and where it came from."""
    found, antes = [], 0
    for pieza in piezas:
        paginas = pieza.documento.paginas if pieza.documento else 0
        origen = "portal" if pieza.de_portal else "subida"
        found.append({"nombre": pieza.nombre, "origen": origen, "desde": antes + 1, "hasta": antes + paginas})
        antes += paginas
    return found


def _bajar(documento: Documento, path: Path) -> Path:
    with documentos.abrir(documento) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    return path


def _poner_unido(union_id: int, pedido: _Pedido, guardado: Guardado, now: datetime) -> str:
    """Make the result the draft; answers the key of the object that is nobody's: the older draft, or this one."""
    with unit_of_work(now) as uow:
        known = uow.get(ExpedienteUnion, union_id)
        servicio_id = uow.get(Entrega, known.entrega_id).servicio_id
        uow.lock_id(Servicio, servicio_id)  # the order that every service keeps: servicio first
        entrega = uow.lock_id(Entrega, known.entrega_id)
        union = uow.lock_id(ExpedienteUnion, union_id)
        if union.vez != pedido.vez or union.pedida is None:
            return guardado.clave
        union.pedida = None
        cambio = entrega.borrador_documento_id != pedido.borrador_id
        if cambio or entrega.estado not in entregas.ENVIABLE:
            return guardado.clave
        union.sha256, union.indice = guardado.sha256, pedido.indice
        return entregas.cambiar_borrador(uow, entrega, replace(guardado, nombre=pedido.archivo))


def _fallar(union_id: int, vez: int, sentence: str, now: datetime) -> None:
    with unit_of_work(now) as uow:
        union = uow.lock_id(ExpedienteUnion, union_id)
        if union.vez == vez and union.pedida is not None:
            union.pedida, union.error = None, sentence


def devolver_parte(uow: Uow, documento_id: int) -> Entrega | None:
    """A part proved infected: it is no part any more; answers the entrega, if it was one."""
    query = select(ExpedienteParte).where(ExpedienteParte.documento_id == documento_id)
    subida = uow.session.scalar(query)
    if subida is None:
        return None
    entrega = uow.get(Entrega, subida.entrega_id)
    uow.session.delete(subida)
    uow.session.flush()
    return entrega


def indice_de(entrega: Entrega, documento: Documento | None) -> list[dict[str, Any]]:
    """Which pages of a sent file are which part; empty where it was not merged here."""
    query = select(ExpedienteUnion).where(ExpedienteUnion.entrega_id == entrega.id)
    union = db.session.scalar(query)
    return list(union.indice) if union is not None and es_union(union, documento) else []
