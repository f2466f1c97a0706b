"""Constancias that come many at once: kept, read one by one, matched, looked at by a person, and only then loaded.

What is slow (a ZIP, the text of a PDF, the load of each) is work of the outbox; the rows keep how far it is.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select

from portal.domain.access import TERMINOS, Actor
from portal.domain.documento import PENDIENTE
from portal.domain.emision import Candidato, Pareja, boletas_en, emparejar, repetidos
from portal.domain.frases import frase
from portal.domain.machine import Forbidden, Refused
from portal.files import zips
from portal.files.check import check
from portal.files.names import display_name
from portal.files.refused import FileRefused
from portal.models import Constancia, ConstanciaArchivo, ConstanciaLote, ListaRenglon, db
from portal.services import constancias, documentos, escuelas, runtime
from portal.services.documentos import Guardado
from portal.services.uow import Uow, unit_of_work
from tenants.ids import new_public_id
from tenants.scope import current_escuela

VIGENCIA = timedelta(days=7)
MAX_SUELTOS = 40
"""Files of one upload."""
MAX_BYTES = 200_000_000
"""One file of an upload: a ZIP, or a PDF (whose own limit is the escuela's)."""
MAX_EN_ZIP = 300
MAX_TOTAL = 2_000_000_000
"""What the files of a ZIP may weigh together (bytes)."""
LEER, CARGAR = "constancia_leer", "constancia_cargar"


class SinVeredicto(RuntimeError):
    """The virus scanner does not answer: the outbox asks again later."""


def _exigir(actor: Actor) -> None:
    if actor.rol != "coordinador" or TERMINOS not in actor.permisos:
        raise Forbidden("accion.sin_permiso")


def crear(files: Sequence[tuple[Path, str]], *, actor: Actor, now: datetime) -> ConstanciaLote:
    """Keep uploaded files (path, name) as they came and have them read; nothing is a constancia yet.

    An object whose row is never written is the janitor's.
    """
    _exigir(actor)
    if not files:
        raise Refused("lote.sin_archivos")
    crudos = [(_guardar_crudo(path), nombre, path.stat().st_size) for path, nombre in files]
    with unit_of_work(now) as uow:
        lote = uow.add(ConstanciaLote(autor=actor.nombre, usuario_id=actor.usuario_id, vence=now + VIGENCIA))
        for (clave, sha256), nombre, size in crudos:
            _agregar(uow, lote.id, clave, sha256, nombre, size)
        return lote


def _guardar_crudo(path: Path) -> tuple[str, str]:
    key = f"escuela/{current_escuela()}/lotes/{new_public_id()}.bin"
    with path.open("rb") as stream:
        stored = runtime.current().backends.storage.put(key, stream, size=path.stat().st_size)
    return stored.key, stored.sha256


def _agregar(uow: Uow, lote_id: int, clave: str, sha256: str, nombre: str, size: int) -> None:
    archivo = uow.add(
        ConstanciaArchivo(
            lote_id=lote_id, nombre=display_name(nombre), clave=clave, sha256=sha256, bytes=size,
            almacen=runtime.current().backends.storage.name, avisos=[], dudas=[],
        )
    )  # fmt: skip
    uow.later(LEER, archivo.id)


# ---- reading ----


def leer(archivo_id: int, *, now: datetime) -> None:
    """Read one file of a lote: a ZIP is taken apart, a PDF cleaned and matched. Safe to run twice."""
    query = select(ConstanciaArchivo).where(ConstanciaArchivo.id == archivo_id)
    archivo = db.session.scalar(query.execution_options(populate_existing=True))
    if archivo is None or archivo.lectura != "por_leer":
        return
    with tempfile.TemporaryDirectory(prefix="portal-") as name:
        folder = Path(name)
        path = folder / "crudo"
        # A crude file is opened here only, to be checked: nobody gets it.
        with runtime.current().backends.storage.open(archivo.clave) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        try:
            if zips.is_zip(path):
                _abrir_zip(archivo, path, folder, now)
            else:
                _leer_pdf(archivo, path, folder, now)
        except FileRefused as refused:
            _cerrar(archivo.id, "ilegible", now, error=refused.sentence)


def _leer_pdf(archivo: ConstanciaArchivo, path: Path, folder: Path, now: datetime) -> None:
    guardado = documentos.guardar(check([path], documentos.un_pdf(), workdir=folder), archivo.nombre)
    if guardado.analisis == PENDIENTE:
        documentos.quitar(guardado.clave)
        raise SinVeredicto("the scanner gave no verdict")
    pareja = _pareja(archivo.nombre, guardado.texto)
    _cerrar(archivo.id, "leido", now, guardado=guardado, pareja=pareja)


def _abrir_zip(archivo: ConstanciaArchivo, path: Path, folder: Path, now: datetime) -> None:
    entradas = zips.expand(
        path, folder, max_entries=MAX_EN_ZIP, max_bytes=documentos.un_pdf().max_bytes, max_total=MAX_TOTAL
    )
    crudos = [(e, _guardar_crudo(e.path), e.path.stat().st_size) for e in entradas if e.path]
    with unit_of_work(now) as uow:
        row = uow.lock_id(ConstanciaArchivo, archivo.id)
        if row.lectura != "por_leer":
            return
        row.lectura, cruda, row.clave = "abierto", row.clave, ""
        for entrada, (clave, sha256), size in crudos:
            _agregar(uow, row.lote_id, clave, sha256, entrada.nombre, size)
        for entrada in entradas:
            if entrada.path is None:
                nombre = display_name(entrada.nombre)
                uow.add(ConstanciaArchivo(lote_id=row.lote_id, nombre=nombre, lectura="ilegible",
                                          error=entrada.problema, avisos=[], dudas=[]))  # fmt: skip
    documentos.quitar(cruda)


def _cerrar(
    archivo_id: int,
    lectura: str,
    now: datetime,
    *,
    error: str = "",
    guardado: Guardado | None = None,
    pareja: Pareja | None = None,
) -> None:
    """Write what was read; the object that is no longer needed goes."""
    with unit_of_work(now) as uow:
        row = uow.lock_id(ConstanciaArchivo, archivo_id)
        if row.lectura != "por_leer":
            sobra = guardado.clave if guardado else ""
        else:
            sobra, row.clave = row.clave, ""
            row.lectura, row.error = lectura, error
            for name, value in (guardado.columnas() if guardado else {}).items():
                setattr(row, name, value)
            if pareja is not None:
                row.renglon_id, row.dudas = pareja.renglon_id, list(pareja.dudas)
    documentos.quitar(sobra)


def _pareja(nombre: str, texto: str) -> Pareja:
    patron = escuelas.perfil().boleta.patron
    boletas = [*boletas_en(nombre, patron), *boletas_en(texto, patron)]
    return emparejar(nombre, texto, patron, _candidatos(boletas))


def _candidatos(boletas: Sequence[str]) -> dict[str, Candidato]:
    """The alumnos of any lista who have these boletas; of one who is in two, the row of the newer lista."""
    if not boletas:
        return {}
    query = (
        select(ListaRenglon.id, ListaRenglon.boleta, ListaRenglon.nombre)
        .where(ListaRenglon.boleta.in_(list(boletas)[:200]))
        .order_by(ListaRenglon.id)
    )
    return {row.boleta: Candidato(row.id, row.boleta, row.nombre) for row in db.session.execute(query)}


# ---- deciding ----


class SinAlumno(Exception):
    """Boletas of nobody who waits: `errores` has a sentence by the public id of the file. Nothing was kept."""

    def __init__(self, errores: Mapping[str, str]) -> None:
        super().__init__("boletas of nobody who waits")
        self.errores = errores


def decidir(lote: str, decisiones: Mapping[str, tuple[str, str]], *, actor: Actor, now: datetime) -> None:
    """Keep what a person chose for the files of a lote: public id -> ("cargar" | "descartar" | "", boleta as typed).

    All of it or nothing: raises SinAlumno, and Refused once the lote is confirmed.
    """
    _exigir(actor)
    with unit_of_work(now) as uow:
        _anotar(uow, _abierto(uow, lote), decisiones)


def _abierto(uow: Uow, lote: str) -> ConstanciaLote:
    found = uow.lock(ConstanciaLote, lote)
    if found.confirmado is not None:
        raise Refused("lote.ya_confirmado")
    return found


def _anotar(uow: Uow, lote: ConstanciaLote, decisiones: Mapping[str, tuple[str, str]]) -> None:
    errores: dict[str, str] = {}
    por_boleta = _candidatos([_normal(boleta) for _, boleta in decisiones.values()])
    for archivo in _archivos(uow, lote.id):
        if archivo.lectura != "leido" or archivo.public_id not in decisiones:
            continue
        que, boleta = decisiones[archivo.public_id]
        archivo.descartado = que == "descartar"
        candidato = por_boleta.get(_normal(boleta))
        if archivo.descartado:
            continue
        if boleta.strip() and candidato is None:
            errores[archivo.public_id] = frase("lote.boleta", boleta=boleta.strip())
            continue
        archivo.renglon_id = candidato.renglon_id if candidato else None
        archivo.elegido = que == "cargar" and candidato is not None
    if errores:
        raise SinAlumno(errores)  # which rolls back what was changed above


def _normal(boleta: str) -> str:
    return boleta.split(" ")[0].strip().upper() if boleta.strip() else ""


def _archivos(uow: Uow, lote_id: int) -> list[ConstanciaArchivo]:
    query = (
        select(ConstanciaArchivo).where(ConstanciaArchivo.lote_id == lote_id).order_by(ConstanciaArchivo.id)
    )
    return list(uow.session.scalars(query.execution_options(populate_existing=True)))


def confirmar(
    lote: str, decisiones: Mapping[str, tuple[str, str]] | None = None, *, actor: Actor, now: datetime
) -> int:
    """Have every decided file of a lote loaded; answers how many. Nothing is loaded while one is doubtful.

    `decisiones` are kept together with it, as `decidir` keeps them, or not at all. Raises SinAlumno, and Refused: still
    being read, doubtful, two files for one alumno, an alumno who has a constancia already.
    """
    _exigir(actor)
    with unit_of_work(now) as uow:
        found = _abierto(uow, lote)
        _anotar(uow, found, decisiones or {})
        archivos = _archivos(uow, found.id)
        if any(a.lectura == "por_leer" for a in archivos):
            raise Refused("lote.por_leer")
        van = [a for a in archivos if a.lectura == "leido" and not a.descartado]
        dudosos = [a.nombre for a in van if a.renglon_id is None or (a.dudas and not a.elegido)]
        if dudosos:
            raise Refused("lote.dudosos", cuales=", ".join(dudosos[:3]) + (" …" if len(dudosos) > 3 else ""))
        if not van:
            raise Refused("lote.nada")
        _sin_choques(uow, van)
        found.confirmado, found.autor, found.usuario_id = now, actor.nombre, actor.usuario_id
        for archivo in van:
            uow.later(CARGAR, archivo.id)
        return len(van)


def _sin_choques(uow: Uow, van: Sequence[ConstanciaArchivo]) -> None:
    ids = [a.renglon_id for a in van]
    dobles = repetidos(ids)
    query = select(ListaRenglon.id, ListaRenglon.nombre, Constancia.id.label("tiene")).outerjoin(
        Constancia, (Constancia.renglon_id == ListaRenglon.id) & Constancia.vigente
    )
    for row in uow.session.execute(query.where(ListaRenglon.id.in_(ids)).order_by(ListaRenglon.id)):
        if row.id in dobles:
            raise Refused("lote.repetida", quien=row.nombre)
        if row.tiene is not None:
            raise Refused("lote.ya_tiene", quien=row.nombre)


# ---- loading ----


def cargar(archivo_id: int, *, now: datetime) -> None:
    """Make one confirmed file the constancia of its alumno. Safe to run twice; a refusal is kept on the file."""
    try:
        with unit_of_work(now) as uow:
            archivo = uow.lock_id(ConstanciaArchivo, archivo_id)
            lote = uow.get(ConstanciaLote, archivo.lote_id)
            if archivo.cargado is not None or archivo.error or lote.confirmado is None:
                return
            actor = constancias.como_oficina(lote.autor, lote.usuario_id, current_escuela())
            guardado = Guardado(
                archivo.almacen, archivo.clave, archivo.nombre, archivo.mime, archivo.bytes, archivo.sha256,
                archivo.paginas, tuple(archivo.avisos), "", archivo.analisis,
            )  # fmt: skip
            if archivo.renglon_id is None:
                raise Refused("lote.fuera")
            constancias.poner(uow, archivo.renglon_id, guardado=guardado, actor=actor)
            archivo.cargado = now
    except Refused as refused:
        with unit_of_work(now) as uow:
            uow.lock_id(ConstanciaArchivo, archivo_id).error = frase(refused.key, **refused.values)


def limpiar(now: datetime) -> int:
    """Daily: forget the lotes whose time is over, with the files that became nobody's constancia; answers how many."""
    due = select(ConstanciaLote.id).where(ConstanciaLote.vence < now).order_by(ConstanciaLote.id)
    hechos = 0
    for lote_id in list(db.session.scalars(due)):
        with unit_of_work(now) as uow:
            lote = uow.lock_id(ConstanciaLote, lote_id)
            archivos = _archivos(uow, lote.id)
            if lote.confirmado and any(_en_camino(a) for a in archivos):
                continue
            sobran = [a.clave for a in archivos if a.clave and a.cargado is None]
            uow.session.execute(delete(ConstanciaArchivo).where(ConstanciaArchivo.lote_id == lote.id))
            uow.session.delete(lote)
            hechos += 1
        for clave in sobran:
            documentos.quitar(clave)
    return hechos


def _en_camino(archivo: ConstanciaArchivo) -> bool:
    return (
        archivo.lectura == "leido"
        and not archivo.descartado
        and archivo.renglon_id is not None
        and archivo.cargado is None
        and not archivo.error
    )
