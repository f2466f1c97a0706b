"""Who is written to when a solicitud changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.access import Actor
from portal.domain.calendario import en_palabras
from portal.models import Alumno, Dependencia, Proyecto, Solicitud
from portal.services import destinatarios
from portal.services.effects import Para, aviso
from portal.services.uow import Uow


def _contexto(uow: Uow, solicitud: Solicitud) -> tuple[Alumno, dict[str, Any]]:
    alumno = uow.get(Alumno, solicitud.alumno_id)
    proyecto = uow.get(Proyecto, solicitud.proyecto_id)
    dependencia = uow.get(Dependencia, solicitud.dependencia_id)
    return alumno, {
        "proyecto": proyecto.titulo,
        "dependencia": dependencia.razon_social,
        "alumno": alumno.nombre_completo,
    }


def _al_alumno(uow: Uow, solicitud: Solicitud, **more: Any) -> Para:
    alumno, contexto = _contexto(uow, solicitud)
    ruta = f"/{destinatarios.slug(uow)}/alumno/solicitudes/{solicitud.public_id}"
    return Para(alumno.correo, ruta, alumno.usuario_id, {"nombre": alumno.nombre, **contexto, **more})


def _a_la_dependencia(uow: Uow, solicitud: Solicitud, **more: Any) -> Iterable[Para]:
    _, contexto = _contexto(uow, solicitud)
    ruta = f"/dependencia/{destinatarios.slug(uow)}/solicitudes/{solicitud.public_id}"
    for persona in destinatarios.de_dependencia(uow, solicitud.dependencia_id):
        yield Para(persona.correo, ruta, persona.id, {"nombre": persona.nombre, **contexto, **more})


@aviso("solicitud_recibida")
def recibida(uow: Uow, solicitud: Solicitud, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia has somebody to answer."""
    yield from _a_la_dependencia(uow, solicitud)


@aviso("solicitud_retirada")
def retirada(uow: Uow, solicitud: Solicitud, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The dependencia need not answer any more."""
    yield from _a_la_dependencia(uow, solicitud)


@aviso("solicitud_aceptada")
def aceptada(uow: Uow, solicitud: Solicitud, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno begins: from when to when, at which hours."""
    yield _al_alumno(
        uow,
        solicitud,
        inicio=en_palabras(data["inicio"]),
        termino=en_palabras(data["termino"]),
        horario=data["horario"],
        atentamente=actor.nombre,
    )


@aviso("solicitud_rechazada")
def rechazada(uow: Uow, solicitud: Solicitud, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno reads why, and who says so."""
    yield _al_alumno(uow, solicitud, motivo=data["motivo"], atentamente=actor.nombre)


@aviso("solicitud_vencida")
def vencida(uow: Uow, solicitud: Solicitud, _actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno may look for another place."""
    yield _al_alumno(uow, solicitud, motivo=data.get("motivo", ""))
