"""The dossier of a dependencia: one version after another of each paper, and what each escuela makes of it.

Files are platform rows (one dossier for all escuelas); the verdict on a version is the row of one escuela.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.domain.access import Actor
from portal.domain.convenio import RECIBE_DOCUMENTOS
from portal.domain.documento import INFECTADO, PENDIENTE
from portal.domain.machine import Forbidden, Refused
from portal.files.kinds import LOGO, MB, FileKind
from portal.files.text import find_rfcs
from portal.models import Convenio, ConvenioDocumento, Dependencia, DependenciaEscuela, DossierDocumento, db
from portal.services import documentos, escuelas
from portal.services.documentos import Guardado
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act, record
from tenants.scope import escuela_scope

CONSTANCIA = "constancia_fiscal"
DOS_CARAS = "ine"
MAX_SUBIDA = 100 * MB  # what is received where no escuela is in scope; each place then has its own limit
FALTA_UNA_CARA = "Solo llegó una página: revise que estén el frente y la vuelta."


@dataclass(frozen=True)
class Pedido:
    """A paper that escuelas ask for, and what its place accepts."""

    clave: str
    nombre: str
    ayuda: str
    kind: FileKind


def pedido(tipo: str) -> Any:
    """What the escuela in scope asks under that name; Refused where it asks no such thing."""
    for documento in escuelas.perfil().documentos_dependencia:
        if documento.clave == tipo:
            return documento
    raise Refused("documento.no_se_pide")


def kind_de(documento: Any) -> FileKind:
    """What a place of the dossier accepts, by the escuela's profile."""
    if documento.kind == "imagen":
        return LOGO.up_to(min(LOGO.max_bytes // MB, escuelas.perfil().limites.documento_mb))
    if documento.kind == "pdf_o_imagenes":
        return replace(documentos.pdf_o_fotos(), max_images=documento.imagenes_max)
    return documentos.un_pdf()


def agregar(uow: Uow, dependencia_id: int, tipo: str, guardado: Guardado) -> DossierDocumento:
    """Add the next version of a paper. The RFCs of a constancia are kept in `leido` as they were read.

    One in quarantine is scanned again by the outbox of the escuela in scope.
    """
    uow.lock_id(Dependencia, dependencia_id)
    last = select(func.max(DossierDocumento.version)).where(
        DossierDocumento.dependencia_id == dependencia_id, DossierDocumento.tipo == tipo
    )
    avisos = list(guardado.avisos)
    if tipo == DOS_CARAS and guardado.paginas < 2:
        avisos.append(FALTA_UNA_CARA)
    archivo = uow.add(
        DossierDocumento(
            dependencia_id=dependencia_id,
            tipo=tipo,
            version=(uow.session.scalar(last) or 0) + 1,
            **{**guardado.columnas(), "avisos": avisos},
            leido={"rfcs": list(find_rfcs(guardado.texto))} if tipo == CONSTANCIA else {},
        )
    )
    if archivo.analisis == PENDIENTE:
        uow.later(documentos.TAREA_DOSSIER, archivo.id)
    return archivo


def actuales(session: Session, convenio_id: int) -> dict[str, ConvenioDocumento]:
    """The verdict in force on each paper of a convenio, by tipo: the one that no newer version replaced."""
    query = (
        select(ConvenioDocumento)
        .where(ConvenioDocumento.convenio_id == convenio_id, ConvenioDocumento.estado != "reemplazado")
        .options(joinedload(ConvenioDocumento.archivo))
        .order_by(ConvenioDocumento.id)
    )
    return {documento.tipo: documento for documento in session.scalars(query)}


def faltantes(presentes: Iterable[str]) -> list[str]:
    """The claves of the papers that the escuela in scope asks for and that are not among `presentes`."""
    known = set(presentes)
    return [d.clave for d in escuelas.perfil().documentos_dependencia if d.requerido and d.clave not in known]


def presentar(uow: Uow, convenio: Convenio, archivo: DossierDocumento, actor: Actor) -> ConvenioDocumento:
    """Put a version before the escuela in scope, in the place of the one it had; `convenio` is locked.

    Raises Refused where the convenio takes no documents now, or the paper is already accepted.
    """
    old = actuales(uow.session, convenio.id).get(archivo.tipo)
    if old is not None:
        if old.estado == "aceptado":
            raise Refused("documento.ya_aceptado")
        _reemplazar(uow, convenio, old, actor)
    return _veredicto(uow, convenio, archivo, actor)


def _veredicto(uow: Uow, convenio: Convenio, archivo: DossierDocumento, actor: Actor) -> ConvenioDocumento:
    nuevo = uow.add(
        ConvenioDocumento(
            convenio_id=convenio.id,
            dependencia_id=convenio.dependencia_id,
            tipo=archivo.tipo,
            dossier_documento_id=archivo.id,
        )
    )
    record(uow, nuevo, "presentar", actor)
    return nuevo


def _reemplazar(uow: Uow, convenio: Convenio, old: ConvenioDocumento, actor: Actor) -> None:
    """The old version keeps the reason and the name of whoever refused it."""
    decidio = old.decidio
    act(uow, old, "reemplazar", actor, {"convenio_estado": convenio.estado, "motivo": old.motivo})
    old.decidio = decidio


def subir(
    convenio_public_id: str, tipo: str, paths: Sequence[Path], nombre: str, *, actor: Actor, now: datetime
) -> DossierDocumento:
    """Receive a paper for one convenio: check, store, add the version, put it before the escuela in scope.

    Raises FileRefused (a sentence), Refused (not asked for, already accepted, not the dependencia's turn).
    """
    kind = kind_de(pedido(tipo))
    dependencia_id = _puede_subir(convenio_public_id, tipo, actor, now)
    with (
        documentos.recibir(paths, nombre, kind, dependencia_id=dependencia_id) as guardado,
        unit_of_work(now) as uow,
    ):
        convenio = uow.lock(Convenio, convenio_public_id)
        archivo = agregar(uow, convenio.dependencia_id, tipo, guardado)
        presentar(uow, convenio, archivo, actor)
        return archivo


def _puede_subir(convenio_public_id: str, tipo: str, actor: Actor, now: datetime) -> int:
    """Refuse before a file is checked and stored for nothing; answers whose dossier it is."""
    with unit_of_work(now) as uow:
        convenio = uow.lock(Convenio, convenio_public_id)
        if convenio.dependencia_id not in actor.dependencia_ids:
            raise Forbidden("accion.sin_permiso")
        if convenio.estado not in RECIBE_DOCUMENTOS:
            raise Refused("convenio.no_recibe_documentos")
        old = actuales(uow.session, convenio.id).get(tipo)
        if old is not None and old.estado == "aceptado":
            raise Refused("documento.ya_aceptado")
        return convenio.dependencia_id


def rechazados(dependencia_id: int) -> set[int]:
    """The versions that some escuela refused, by id; opens the scope of each escuela in turn, outside any unit."""
    refused: set[int] = set()
    for escuela_id in escuelas_de(db.session(), dependencia_id):
        with escuela_scope(escuela_id):
            query = select(ConvenioDocumento.dossier_documento_id).where(
                ConvenioDocumento.dependencia_id == dependencia_id, ConvenioDocumento.motivo != ""
            )
            refused |= set(db.session.scalars(query))
    return refused


def escuelas_de(session: Session, dependencia_id: int) -> list[int]:
    """The escuelas with which a dependencia has, or had, a convenio, oldest first."""
    query = select(DependenciaEscuela.escuela_id).where(DependenciaEscuela.dependencia_id == dependencia_id)
    return list(session.scalars(query.order_by(DependenciaEscuela.id)))


def reutilizables(
    session: Session, dependencia_id: int, rechazados: Iterable[int]
) -> dict[str, DossierDocumento]:
    """Per tipo, the newest version that no escuela has refused (`rechazados`: ids): what goes along elsewhere."""
    refused = set(rechazados)
    query = (
        select(DossierDocumento)
        .where(DossierDocumento.dependencia_id == dependencia_id, DossierDocumento.analisis != INFECTADO)
        .order_by(DossierDocumento.tipo, DossierDocumento.version)
    )
    return {a.tipo: a for a in session.scalars(query) if a.id not in refused}


def acompanar(
    uow: Uow, convenio: Convenio, archivos: Iterable[DossierDocumento], actor: Actor
) -> list[ConvenioDocumento]:
    """Put versions of the dossier before the escuela in scope, those that it asks for."""
    asked = {d.clave for d in escuelas.perfil().documentos_dependencia}
    return [_veredicto(uow, convenio, archivo, actor) for archivo in archivos if archivo.tipo in asked]


def heredar(uow: Uow, convenio: Convenio, anterior: Convenio) -> None:
    """A renewal takes over what this escuela accepted: nothing accepted is asked for twice [product.md]."""
    for old in actuales(uow.session, anterior.id).values():
        if old.estado == "aceptado":
            uow.add(
                ConvenioDocumento(
                    convenio_id=convenio.id,
                    dependencia_id=convenio.dependencia_id,
                    tipo=old.tipo,
                    dossier_documento_id=old.dossier_documento_id,
                    estado="aceptado",
                    decidio=old.decidio,
                )
            )


def faltarian(dependencia_id: int, escuela_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """By escuela, the names of the papers that a dependencia would have to upload before it may ask there."""
    refused = rechazados(dependencia_id)
    presentes = set(reutilizables(db.session(), dependencia_id, refused))
    found: dict[int, tuple[str, ...]] = {}
    for escuela_id in escuela_ids:
        with escuela_scope(escuela_id):
            nombres = {d.clave: d.nombre for d in escuelas.perfil().documentos_dependencia}
            found[escuela_id] = tuple(nombres[clave] for clave in faltantes(presentes))
    return found


def pedidos_de(dependencia_id: int) -> dict[str, Pedido]:
    """Every paper that some escuela of this dependencia asks for, by clave, in the order of the first that asks."""
    found: dict[str, Pedido] = {}
    for escuela_id in escuelas_de(db.session(), dependencia_id):
        with escuela_scope(escuela_id):
            for d in escuelas.perfil().documentos_dependencia:
                found.setdefault(d.clave, Pedido(d.clave, d.nombre, d.ayuda, kind_de(d)))
    return found
