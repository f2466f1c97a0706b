"""Proyectos: written by a dependencia, published by the office, closed with their open solicitudes [seed 002]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from portal.domain.access import DEPENDENCIA, SISTEMA_ACTOR, Actor, relations
from portal.domain.calendario import to_local
from portal.domain.machine import Forbidden, Refused
from portal.domain.proyecto import busqueda
from portal.models import Convenio, Dependencia, Proyecto, Solicitud, Usuario
from portal.services import destinatarios, documentos, escuelas
from portal.services.effects import Para, aviso, effect
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act, record

PERSONAS = tuple(
    f"{papel}_{dato}"
    for papel in ("responsable", "jefe", "gerente")
    for dato in ("nombre", "cargo", "correo")
)
EDITABLES = (
    "titulo", "proposito", "actividades", "carreras", "cupo", "modalidad", "lugar", "zona", "horario", "honorarios",
    *PERSONAS,
)  # fmt: skip
AJUSTABLES = ("cupo", "horario", "lugar", "honorarios")
BORRADORES = ("borrador", "rechazado")


def convenio_vigente(uow: Uow, dependencia_id: int) -> Convenio | None:
    """The dependencia's convenio that is in force today in the escuela in scope, the longest one."""
    return uow.session.scalar(
        select(Convenio)
        .where(
            Convenio.dependencia_id == dependencia_id,
            Convenio.estado == "vigente",
            Convenio.hasta >= _hoy(uow),
        )
        .order_by(Convenio.hasta.desc())
        .limit(1)
    )


def _hoy(uow: Uow) -> date:
    return to_local(uow.now).date()


def _propio(uow: Uow, public_id: str, actor: Actor) -> Proyecto:
    """A proyecto of one of the actor's dependencias, locked; another's does not exist (NotFound)."""
    proyecto = uow.lock(Proyecto, public_id)
    if DEPENDENCIA not in relations(actor, proyecto):
        raise NotFound("Proyecto")
    return proyecto


def _escribir(uow: Uow, proyecto: Proyecto, datos: Mapping[str, Any]) -> None:
    """Put typed values on a proyecto and fold what is searched."""
    for field in EDITABLES:
        if field in datos:
            setattr(proyecto, field, datos[field])
    dependencia = uow.get(Dependencia, proyecto.dependencia_id)
    zonas = {z.clave: z.nombre for z in escuelas.perfil().zonas}
    proyecto.busqueda = busqueda(
        proyecto.titulo,
        dependencia.razon_social,
        dependencia.nombre_corto,
        proyecto.proposito,
        proyecto.actividades,
        zonas.get(proyecto.zona, ""),
        proyecto.lugar,
    )


def crear(dependencia_id: int, datos: Mapping[str, Any], *, actor: Actor, now: datetime) -> Proyecto:
    """Begin a proyecto as a draft, complete or not, under the vigente convenio with the escuela in scope.

    `datos` by the names in EDITABLES. Raises Refused("proyecto.sin_convenio"), Forbidden for another's dependencia.
    """
    if dependencia_id not in actor.dependencia_ids:
        raise Forbidden("accion.sin_permiso")
    with unit_of_work(now) as uow:
        return _crear(uow, dependencia_id, datos, actor)


def _crear(uow: Uow, dependencia_id: int, datos: Mapping[str, Any], actor: Actor) -> Proyecto:
    convenio = convenio_vigente(uow, dependencia_id)
    if convenio is None:
        raise Refused("proyecto.sin_convenio")
    proyecto = Proyecto(
        dependencia_id=dependencia_id, convenio_id=convenio.id, titulo="", actividades=[], carreras=[], proposito="",
        cupo=1, modalidad="presencial", zona="", lugar="", horario="", honorarios="", ocupados=0,
    )  # fmt: skip
    _escribir(uow, proyecto, datos)
    uow.add(proyecto)
    record(uow, proyecto, "crear", actor)
    return proyecto


def guardar(public_id: str, datos: Mapping[str, Any], *, actor: Actor, now: datetime) -> Proyecto:
    """Save a draft (or a rejected proyecto that is being corrected), complete or not."""
    with unit_of_work(now) as uow:
        proyecto = _propio(uow, public_id, actor)
        if proyecto.estado not in BORRADORES:
            raise Refused("proyecto.no_editable")
        _escribir(uow, proyecto, datos)
        record(uow, proyecto, "guardar", actor)
        return proyecto


def ajustar(public_id: str, datos: Mapping[str, Any], *, actor: Actor, now: datetime) -> Proyecto:
    """Change cupo, horario, lugar or honorarios of a published or paused proyecto: no new review.

    The cupo never goes below the seats that are taken: Refused("proyecto.cupo_menor").
    """
    with unit_of_work(now) as uow:
        proyecto = _propio(uow, public_id, actor)
        if proyecto.estado not in ("publicado", "pausado"):
            raise Refused("proyecto.no_editable")
        if datos.get("cupo", proyecto.cupo) < proyecto.ocupados:
            raise Refused("proyecto.cupo_menor", ocupados=proyecto.ocupados)
        _escribir(uow, proyecto, {k: v for k, v in datos.items() if k in AJUSTABLES})
        record(uow, proyecto, "ajustar", actor)
        return proyecto


def duplicar(public_id: str, *, actor: Actor, now: datetime) -> Proyecto:
    """Copy a proyecto as a new draft under the convenio in force."""
    with unit_of_work(now) as uow:
        origen = _propio(uow, public_id, actor)
        datos = {field: getattr(origen, field) for field in EDITABLES}
        datos["titulo"] = f"{origen.titulo} (copia)"[:200]
        copia = _crear(uow, origen.dependencia_id, datos, actor)
        copia.actividades_documento_id = origen.actividades_documento_id
        return copia


def adjuntar_actividades(
    public_id: str, paths: Sequence[Path], nombre: str, *, actor: Actor, now: datetime
) -> Proyecto:
    """Attach the list of activities as a PDF to a draft, instead of or beside the typed one. Raises FileRefused."""
    with documentos.recibir(paths, nombre, documentos.un_pdf()) as guardado, unit_of_work(now) as uow:
        proyecto = _propio(uow, public_id, actor)
        if proyecto.estado not in BORRADORES:
            raise Refused("proyecto.no_editable")
        documento = documentos.registrar(uow, guardado, "actividades", dependencia_id=proyecto.dependencia_id)
        proyecto.actividades_documento_id = documento.id
        record(uow, proyecto, "adjuntar", actor)
        return proyecto


def quitar_actividades(public_id: str, *, actor: Actor, now: datetime) -> Proyecto:
    """Leave a draft without its file of activities."""
    with unit_of_work(now) as uow:
        proyecto = _propio(uow, public_id, actor)
        if proyecto.estado not in BORRADORES:
            raise Refused("proyecto.no_editable")
        proyecto.actividades_documento_id = None
        return proyecto


def cambiar(public_id: str, accion: str, *, actor: Actor, now: datetime, motivo: str = "") -> Proyecto:
    """Do one of the machine's actions that need nothing typed but a reason: enviar, publicar, rechazar, pausar,
    reanudar, retomar, descartar or cerrar. Raises what act() raises; another dependencia's proyecto is NotFound."""
    with unit_of_work(now) as uow:
        proyecto = uow.lock(Proyecto, public_id)
        if not relations(actor, proyecto):
            raise NotFound("Proyecto")
        convenio = convenio_vigente(uow, proyecto.dependencia_id)
        if convenio is not None and accion in ("enviar", "publicar", "reanudar"):
            proyecto.convenio_id = convenio.id
        data = {
            "motivo": motivo,
            "convenio_vigente": convenio is not None,
            "solicitudes_enviadas": _enviadas(uow, proyecto),
        }
        if accion == "publicar":
            documentos.exigir_servibles(uow, proyecto.actividades_documento_id)
        act(uow, proyecto, accion, actor, data)
        return proyecto


def _enviadas(uow: Uow, proyecto: Proyecto) -> int:
    query = select(func.count(Solicitud.id)).where(
        Solicitud.proyecto_id == proyecto.id, Solicitud.estado == "enviada"
    )
    return uow.session.scalar(query) or 0


@effect("vencer_solicitudes")
def vencer_solicitudes(uow: Uow, proyecto: Proyecto, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """A closed proyecto answers nobody any more: its open solicitudes expire, and their alumnos are told."""
    query = (
        select(Solicitud)
        .where(Solicitud.proyecto_id == proyecto.id, Solicitud.estado.in_(("borrador", "enviada")))
        .order_by(Solicitud.id)
        .with_for_update()
    )
    for solicitud in uow.session.scalars(query).all():
        act(uow, solicitud, "vencer", SISTEMA_ACTOR, {"motivo": "El proyecto se cerró."})


@effect("liberar_lugar")
def liberar_lugar(uow: Uow, thing: Any, _actor: Actor, _data: Mapping[str, Any]) -> None:
    """A servicio that ended early gives its seat back to its proyecto; one without a proyecto had none."""
    if thing.proyecto_id is not None:
        proyecto = uow.lock_id(Proyecto, thing.proyecto_id)
        proyecto.ocupados = max(0, proyecto.ocupados - 1)


def _para(persona: Usuario, ruta: str, **contexto: Any) -> Para:
    return Para(
        persona.correo, ruta=ruta, usuario_id=persona.id, contexto={"nombre": persona.nombre, **contexto}
    )


@aviso("proyecto_por_revisar")
def avisar_por_revisar(
    uow: Uow, proyecto: Proyecto, _actor: Actor, _data: Mapping[str, Any]
) -> Iterable[Para]:
    """The office's people for convenios know that a proyecto waits."""
    dependencia = uow.get(Dependencia, proyecto.dependencia_id)
    ruta = f"/{destinatarios.slug(uow)}/coordinador/proyectos/{proyecto.public_id}"
    for persona in destinatarios.de_oficina(uow, "convenios"):
        yield _para(persona, ruta, proyecto=proyecto.titulo, dependencia=dependencia.razon_social)


@aviso("proyecto_publicado")
def avisar_publicado(uow: Uow, proyecto: Proyecto, actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia knows that alumnos see its proyecto."""
    ruta = f"/dependencia/{destinatarios.slug(uow)}/proyectos/{proyecto.public_id}"
    for persona in destinatarios.de_dependencia(uow, proyecto.dependencia_id):
        yield _para(persona, ruta, proyecto=proyecto.titulo, cupo=proyecto.cupo, atentamente=actor.nombre)


@aviso("proyecto_rechazado")
def avisar_rechazado(uow: Uow, proyecto: Proyecto, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia reads what to correct, and who says so."""
    ruta = f"/dependencia/{destinatarios.slug(uow)}/proyectos/{proyecto.public_id}"
    for persona in destinatarios.de_dependencia(uow, proyecto.dependencia_id):
        yield _para(persona, ruta, proyecto=proyecto.titulo, motivo=data["motivo"], atentamente=actor.nombre)
