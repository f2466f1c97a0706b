"""Who is written to when an entrega is sent or decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.access import Actor
from portal.domain.calendario import en_palabras
from portal.models import Alumno, Dependencia, Entrega, Servicio, Usuario
from portal.services import destinatarios, escuelas, servicios
from portal.services.effects import Para, aviso
from portal.services.uow import Uow


def _contexto(uow: Uow, entrega: Entrega) -> tuple[Alumno, dict[str, Any]]:
    alumno = uow.get(Alumno, entrega.alumno_id)
    spec = servicios.plan_de(uow.get(Servicio, entrega.servicio_id)).entrega(entrega.clave)
    return alumno, {
        "alumno": alumno.nombre_completo,
        "boleta": alumno.boleta,
        "entrega": spec.con_articulo,
        "titulo": entrega.nombre,
        "femenino": spec.articulo == "la",
        "reporte": entrega.tipo in ("reporte", "global"),
        "siss": entrega.pide_siss,
        "visto_bueno": entrega.tipo == "expediente",
        "horas": entrega.horas if entrega.pide_horas else 0,
        "desde": en_palabras(entrega.periodo_desde) if entrega.periodo_desde else "",
        "hasta": en_palabras(entrega.periodo_hasta) if entrega.periodo_hasta else "",
        "dependencia": uow.get(Dependencia, entrega.dependencia_id).nombre_visible,
    }


def _al_alumno(uow: Uow, entrega: Entrega, **mas: Any) -> Para:
    alumno, contexto = _contexto(uow, entrega)
    ruta = f"/{destinatarios.slug(uow)}/alumno/entregas/{entrega.public_id}"
    return Para(alumno.correo, ruta, alumno.usuario_id, {**contexto, "nombre": alumno.nombre, **mas})


@aviso("entrega_por_revisar")
def avisar_por_revisar(uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """Whoever has the turn: the dependencia's people; of the office, whom it was given to, or all with `reportes`.

    Nobody where the escuela tells them once a day what waits (services/recordatorios.py).
    """
    avisan = escuelas.perfil().recordatorios
    if avisan.activo and avisan.por_revisar == "diario":
        return
    _, contexto = _contexto(uow, entrega)
    slug = destinatarios.slug(uow)
    personas: list[Usuario]
    if entrega.revisor_en_turno == "dependencia":
        personas = destinatarios.de_dependencia(uow, entrega.dependencia_id)
        ruta = f"/dependencia/{slug}/entregas/{entrega.public_id}"
    else:
        personas = destinatarios.de_oficina(uow, "reportes")
        personas = [p for p in personas if p.id == entrega.asignada_id] or personas
        ruta = f"/{slug}/coordinador/entregas/{entrega.public_id}"
    for persona in personas:
        yield Para(persona.correo, ruta, persona.id, {**contexto, "nombre": persona.nombre})


@aviso("entrega_validada")
def avisar_validada(uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno knows that the first reviewer agreed and who has it now."""
    yield _al_alumno(
        uow, entrega, sigue="tu escuela" if entrega.revisor_en_turno == "coordinador" else "tu dependencia"
    )


@aviso("entrega_aceptada")
def avisar_aceptada(uow: Uow, entrega: Entrega, _actor: Actor, _data: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno knows that it is accepted and how many hours count now."""
    servicio = uow.get(Servicio, entrega.servicio_id)
    yield _al_alumno(uow, entrega, acumuladas=servicio.horas, total=servicio.horas_plan)


@aviso("entrega_rechazada")
def avisar_rechazada(uow: Uow, entrega: Entrega, actor: Actor, data: Mapping[str, Any]) -> Iterable[Para]:
    """The alumno reads the reason as it was written, and the name of who wrote it [seed 001 §2]."""
    yield _al_alumno(uow, entrega, motivo=data["motivo"].strip(), atentamente=actor.nombre)
