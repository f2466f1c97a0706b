"""Avisos: the office announces something, with formats to download, to whom it concerns, and sees who read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from portal.domain.access import SISTEMA_ACTOR, Actor, relations
from portal.domain.aviso import ARCHIVOS_MAX, ESCRIBEN, objecion_dias
from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused, Stale
from portal.models import Aviso, AvisoArchivo, AvisoLectura, db
from portal.services import documentos
from portal.services.documentos import Guardado
from portal.services.effects import effect
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record
from tenants.ids import new_id

TIPO = "aviso"  # of the documento


@dataclass(frozen=True)
class Contenido:
    """What the office writes of an aviso; `carreras` and `planes` are claves, empty for all."""

    titulo: str
    texto: str
    para: str
    desde: date
    hasta: date | None = None
    publico: bool = False
    fijado: bool = False
    carreras: tuple[str, ...] = ()
    planes: tuple[str, ...] = ()

    def columnas(self) -> dict[str, Any]:
        """As the row keeps it: what narrows the alumnos narrows nobody else, and what is public is for everybody."""
        narrowed = bool(self.carreras or self.planes)
        return {
            **vars(self),
            "titulo": " ".join(self.titulo.split())[:160],
            "texto": self.texto.strip(),
            "para": "alumnos" if narrowed else self.para,
            "publico": self.publico and not narrowed,
            "carreras": list(self.carreras),
            "planes": list(self.planes),
        }


def escribir(
    contenido: Contenido,
    archivos: Sequence[tuple[Path, str]] = (),
    *,
    public_id: str = "",
    actor: Actor,
    now: datetime,
) -> Aviso:
    """Keep a draft, new or (`public_id`) changed, with PDFs that are added to it (path, name).

    Raises Refused for days that make no sense or too many files, FileRefused for a file that is none.
    """
    refusal = objecion_dias(contenido.desde, contenido.hasta, to_local(now).date())
    if refusal is not None:
        raise Refused(refusal)
    if len(archivos) > ARCHIVOS_MAX:
        raise Refused("aviso.muchos_archivos", maximo=ARCHIVOS_MAX)
    with ExitStack() as stack:
        guardados = [
            stack.enter_context(documentos.recibir([path], nombre, documentos.un_pdf()))
            for path, nombre in archivos
        ]
        return escribir_guardados(contenido, guardados, public_id=public_id, actor=actor, now=now)


def escribir_guardados(
    contenido: Contenido, guardados: Sequence[Guardado], *, public_id: str = "", actor: Actor, now: datetime
) -> Aviso:
    """The same with files that are stored already."""
    with unit_of_work(now) as uow:
        return _guardar(uow, contenido, guardados, public_id, actor)


def _guardar(
    uow: Uow, contenido: Contenido, guardados: Sequence[Guardado], public_id: str, actor: Actor
) -> Aviso:
    if public_id:
        aviso = _borrador(uow, public_id, actor)
        for name, value in contenido.columnas().items():
            setattr(aviso, name, value)
    else:
        numero = new_id()
        aviso = Aviso(id=numero, serie=numero, version=1, **contenido.columnas())
        uow.add(aviso)
        _exigir(actor, aviso)
        record(uow, aviso, "crear", actor)
    aviso.autor = actor.nombre
    ultimo = uow.session.scalar(_ultimo_orden(aviso)) or 0
    cuantos = uow.session.scalar(select(func.count(AvisoArchivo.id)).where(AvisoArchivo.aviso_id == aviso.id))
    if (cuantos or 0) + len(guardados) > ARCHIVOS_MAX:
        raise Refused("aviso.muchos_archivos", maximo=ARCHIVOS_MAX)
    for orden, guardado in enumerate(guardados, ultimo + 1):
        documento = documentos.registrar(uow, guardado, TIPO)
        uow.add(AvisoArchivo(aviso_id=aviso.id, documento_id=documento.id, orden=orden))
    uow.session.flush()
    return aviso


def _ultimo_orden(aviso: Aviso) -> Any:
    return select(func.max(AvisoArchivo.orden)).where(AvisoArchivo.aviso_id == aviso.id)


def _exigir(actor: Actor, aviso: Aviso) -> None:
    if not relations(actor, aviso) & set(ESCRIBEN):
        raise Forbidden("accion.sin_permiso")


def _borrador(uow: Uow, public_id: str, actor: Actor) -> Aviso:
    aviso = uow.lock(Aviso, public_id)
    _exigir(actor, aviso)
    if aviso.estado != "borrador":
        raise Stale("aviso.ya_no_es_borrador")
    return aviso


def quitar_archivo(public_id: str, archivo: str, *, actor: Actor, now: datetime) -> Aviso:
    """Take a format off a draft; the file stays with the versions that have it."""
    with unit_of_work(now) as uow:
        aviso = _borrador(uow, public_id, actor)
        found = uow.lock(AvisoArchivo, archivo)
        if found.aviso_id != aviso.id:
            raise NotFound("AvisoArchivo")
        uow.session.delete(found)
        return aviso


def publicar(public_id: str, *, actor: Actor, now: datetime) -> Aviso:
    """Show it to those whom it is for, from its day on; the version before it is replaced."""
    with unit_of_work(now) as uow:
        aviso = uow.lock(Aviso, public_id)
        ids = select(AvisoArchivo.documento_id).where(AvisoArchivo.aviso_id == aviso.id)
        documentos.exigir_servibles(uow, *uow.session.scalars(ids))
        act(uow, aviso, "publicar", actor, {"hoy": to_local(now).date()})
        return aviso


@effect("reemplazar_aviso")
def reemplazar(uow: Uow, aviso: Aviso, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """Of the versions of an aviso only the newest is shown."""
    query = select(Aviso).where(Aviso.serie == aviso.serie, Aviso.estado == "publicado", Aviso.id != aviso.id)
    for anterior in uow.session.scalars(query.with_for_update()).all():
        act(uow, anterior, "reemplazar", SISTEMA_ACTOR)


def retirar(public_id: str, *, actor: Actor, now: datetime) -> Aviso:
    """Nobody sees it any more."""
    return _hacer("retirar", public_id, actor, now)


def descartar(public_id: str, *, actor: Actor, now: datetime) -> Aviso:
    """A draft is not wanted."""
    return _hacer("descartar", public_id, actor, now)


def _hacer(accion: str, public_id: str, actor: Actor, now: datetime) -> Aviso:
    with unit_of_work(now) as uow:
        aviso = uow.lock(Aviso, public_id)
        act(uow, aviso, accion, actor)
        return aviso


def nueva_version(public_id: str, *, actor: Actor, now: datetime) -> Aviso:
    """A draft of the next version, with the same words and files; the one that waits, where there is one."""
    with unit_of_work(now) as uow:
        anterior = uow.lock(Aviso, public_id)
        _exigir(actor, anterior)
        if anterior.estado == "borrador":
            return anterior
        versiones = select(Aviso).where(Aviso.serie == anterior.serie).with_for_update()
        serie = list(uow.session.scalars(versiones))
        borrador = next((a for a in serie if a.estado == "borrador"), None)
        return borrador or _copiar(uow, anterior, max(a.version for a in serie) + 1, actor)


_COPIA = ("titulo", "texto", "para", "publico", "carreras", "planes", "fijado")


def _copiar(uow: Uow, anterior: Aviso, version: int, actor: Actor) -> Aviso:
    hoy = to_local(uow.now).date()
    hasta = anterior.hasta if anterior.hasta is None or anterior.hasta >= hoy else None
    aviso = uow.add(
        Aviso(
            id=new_id(),
            serie=anterior.serie,
            version=version,
            desde=max(anterior.desde, hoy),
            hasta=hasta,
            autor=actor.nombre,
            **{name: getattr(anterior, name) for name in _COPIA},
        )
    )
    archivos = select(AvisoArchivo).where(AvisoArchivo.aviso_id == anterior.id).order_by(AvisoArchivo.orden)
    for archivo in uow.session.scalars(archivos).all():
        uow.add(AvisoArchivo(aviso_id=aviso.id, documento_id=archivo.documento_id, orden=archivo.orden))
    record(uow, aviso, "corregir", actor)
    return aviso


def leer(aviso: Aviso, usuario_id: int | None, *, now: datetime) -> None:
    """Note that a signed-in person opened this version; only the first time counts."""
    if usuario_id is None or aviso.estado != "publicado":
        return
    mine = select(AvisoLectura.id).where(
        AvisoLectura.aviso_id == aviso.id, AvisoLectura.usuario_id == usuario_id
    )
    if db.session.scalar(mine) is not None:
        return
    with unit_of_work(now) as uow:
        uow.lock_id(Aviso, aviso.id)  # two openings at once leave one mark
        if uow.session.scalar(mine) is None:
            uow.add(AvisoLectura(aviso_id=aviso.id, usuario_id=usuario_id))


def archivar(now: datetime) -> int:
    """Daily: what its last day is over is shown no more. Returns how many; safe to run twice."""
    hoy = to_local(now).date()
    query = select(Aviso.id).where(Aviso.estado == "publicado", Aviso.hasta < hoy).order_by(Aviso.id)
    vencidos = list(db.session.scalars(query))
    for aviso_id in vencidos:
        with unit_of_work(now) as uow:
            aviso = uow.lock_id(Aviso, aviso_id)
            if aviso.estado == "publicado":
                act(uow, aviso, "archivar", SISTEMA_ACTOR)
    return len(vencidos)
