"""The carta de término: issued by the dependencia when the plan says so, signed by jefe inmediato and gerente."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.domain.access import DEPENDENCIA, SISTEMA_ACTOR, Actor, relations
from portal.domain.calendario import to_local
from portal.domain.carta import VIVAS, in_circuit
from portal.domain.machine import Refused
from portal.domain.plan import EntregaSpec, Plan, blocked_by
from portal.models import Alumno, Carta, Dependencia, Entrega, Proyecto, Servicio, db
from portal.services import cartas, effects, escuelas, firmas_avisos, servicios, valores
from portal.services.cartas import Firmante, Nueva
from portal.services.uow import NotFound, Uow, unit_of_work
from portal.services.workflow import act

AQUI = ("sistema", "dependencia")  # who "uploads" a step that this portal generates


def paso(plan: Plan) -> EntregaSpec | None:
    """The plan's carta de término when it is made here; None where the alumno uploads it or there is none."""
    return next((s for s in plan.entregas if s.tipo == "carta_termino" and s.sube in AQUI), None)


def objecion(servicio: Servicio, entregas: Iterable[Entrega], today: date) -> Refused | None:
    """Why the carta de término cannot be issued now, or None: the plan's conditions of its step, in their words."""
    plan = servicios.plan_de(servicio)
    spec = paso(plan)
    if spec is None:
        return Refused("termino.sin_paso")
    razones = blocked_by(plan, spec, servicios.situacion(servicio, entregas, today))
    return Refused("termino.no_abierto", razon=razones[0].para_otros) if razones else None


def firmantes_de(proyecto: Proyecto | None, dependencia: Dependencia) -> tuple[Firmante, Firmante]:
    """Who signs unless told otherwise: the proyecto's jefe inmediato and gerente; the representante for want of one."""
    if proyecto is None:
        d = dependencia
        gerente = Firmante("gerente", d.representante_nombre, d.representante_cargo, d.representante_correo)
        return Firmante("jefe_inmediato", "", "", ""), gerente
    p = proyecto
    return (
        Firmante("jefe_inmediato", p.jefe_nombre, p.jefe_cargo, p.jefe_correo),
        Firmante("gerente", p.gerente_nombre, p.gerente_cargo, p.gerente_correo),
    )


@cartas.valores("termino")
def valores_termino(uow: Uow, servicio: Servicio, _actor: Actor, data: Mapping[str, Any]) -> Nueva:
    """The eleven data of seed 000, annex two. `data["firmantes"]` replaces the signers of the proyecto."""
    dependencia = uow.get(Dependencia, servicio.dependencia_id)
    proyecto = uow.get(Proyecto, servicio.proyecto_id) if servicio.proyecto_id else None
    firmantes: Sequence[Firmante] = data.get("firmantes") or firmantes_de(proyecto, dependencia)
    jefe = firmantes[0]
    return Nueva(
        {
            **datos_del_servicio(uow, servicio, dependencia, proyecto),
            "horas": servicio.horas_aceptadas,  # a dependencia answers for the hours served with it
            "jefe_inmediato_nombre": jefe.nombre,
            "jefe_inmediato_cargo": jefe.cargo,
        },
        tuple(firmantes),
        alumno_id=servicio.alumno_id,
        servicio_id=servicio.id,
        dependencia_id=dependencia.id,
    )


def datos_del_servicio(
    uow: Uow, servicio: Servicio, dependencia: Dependencia, proyecto: Proyecto | None
) -> dict[str, Any]:
    """What the letters at the end of a servicio say of it: who, where, from when to when, how many hours (h)."""
    alumno = uow.get(Alumno, servicio.alumno_id)
    return {
        **(valores.del_proyecto(proyecto) if proyecto else {"proyecto_titulo": "Servicio social"}),
        **valores.del_alumno(alumno, plan=servicios.plan_de(servicio)),
        **valores.de_la_dependencia(dependencia),
        "fecha_inicio": servicio.inicio,
        "fecha_termino": servicio.termino,
        "horario": servicio.horario or (proyecto.horario if proyecto else ""),
        "horas": servicio.horas,
        "numero_registro": servicio.numero_registro,
    }


@dataclass(frozen=True)
class Preparada:
    """What the page shows before a carta de término is generated: its data, its signers, and what is in the way."""

    servicio: Servicio
    nueva: Nueva
    todos: Mapping[str, Any]
    faltan: tuple[str, ...]
    objecion: Refused | None
    anterior: Carta | None


def preparar(public_id: str, *, actor: Actor, now: datetime) -> Preparada:
    """Read what a new carta de término would carry. NotFound where the actor's dependencia has no such servicio."""
    lectura = Uow(db.session(), now)
    servicio = db.session.scalar(select(Servicio).where(Servicio.public_id == public_id))
    if servicio is None or DEPENDENCIA not in relations(actor, servicio):
        raise NotFound("Servicio")
    today = to_local(now).date()
    anterior = viva(lectura, servicio.id)
    data = {"firmantes": firmantes_de_carta(lectura, anterior)} if anterior is not None else {}
    nueva = valores_termino(lectura, servicio, actor, data)
    motivo = objecion(servicio, servicios.entregas_de(lectura, servicio), today)
    if anterior is not None and anterior.estado == "emitida":
        motivo = Refused("carta.ya_existe")
    comunes = cartas.comunes(escuelas.actual().perfil_version, "termino", today)
    faltan = tuple(cartas.faltantes("termino", nueva, today))
    return Preparada(servicio, nueva, {**comunes, **nueva.valores}, faltan, motivo, anterior)


def viva(uow: Uow, servicio_id: int) -> Carta | None:
    """The carta de término of a servicio that is not revoked, or None."""
    query = select(Carta).where(
        Carta.servicio_id == servicio_id, Carta.tipo == "termino", Carta.estado.in_(VIVAS)
    )
    return uow.session.scalars(query.order_by(Carta.id.desc()).limit(1)).first()


def firmantes_de_carta(uow: Uow, carta: Carta) -> tuple[Firmante, ...]:
    """The signers that a letter has, to begin the circuit of the one that replaces it."""
    return tuple(
        Firmante(f.papel, f.nombre, f.cargo, f.correo)
        for f in in_circuit(firmas_avisos.de_carta(uow, carta.id))
    )


def emitir(public_id: str, *, firmantes: Sequence[Firmante], actor: Actor, now: datetime) -> Carta:
    """Generate the carta de término and begin its circuit; one that is still unsigned or was refused is discarded.

    Raises NotFound, Refused("termino.no_abierto"…), Refused("carta.ya_existe"), Refused("carta.faltan_datos").
    """
    with unit_of_work(now) as uow:
        servicio = uow.lock(Servicio, public_id)
        if DEPENDENCIA not in relations(actor, servicio):
            raise NotFound("Servicio")
        motivo = objecion(servicio, servicios.entregas_de(uow, servicio), to_local(now).date())
        if motivo is not None:
            raise motivo
        anterior = viva(uow, servicio.id)
        if anterior is not None and anterior.estado == "emitida":
            raise Refused("carta.ya_existe")
        if anterior is not None:
            act(uow, anterior, "descartar", actor, {"motivo": "Se corrigió y se volvió a generar."})
        nueva = valores_termino(uow, servicio, actor, {"firmantes": tuple(firmantes)})
        anterior = anterior or _revocada_sin_reemplazo(uow, servicio.id)
        return cartas.generar(
            uow, "termino", replace(nueva, reemplaza_id=anterior.id if anterior else None), actor
        )


def _revocada_sin_reemplazo(uow: Uow, servicio_id: int) -> Carta | None:
    """The last revoked carta de término, if no other says that it replaces it: the new one will."""
    query = select(Carta).where(Carta.servicio_id == servicio_id, Carta.tipo == "termino")
    rows = list(uow.session.scalars(query.order_by(Carta.id)))
    replaced = {c.reemplaza_id for c in rows}
    return next((c for c in reversed(rows) if c.estado == "revocada" and c.id not in replaced), None)


@cartas.regenera("termino")
def regenerar(uow: Uow, carta: Carta, actor: Actor) -> Nueva:
    """The same signers, the data of today; everybody signs again."""
    servicio = uow.lock_id(Servicio, carta.servicio_id)
    return valores_termino(uow, servicio, actor, {"firmantes": firmantes_de_carta(uow, carta)})


@cartas.al_emitir("termino")
def al_emitir(uow: Uow, carta: Carta) -> None:
    """All signed: the step of the plan is fulfilled with this letter, alumno and dependencia know."""
    servicio = uow.lock_id(Servicio, carta.servicio_id)
    spec = paso(servicios.plan_de(servicio))
    effects.run("correo:carta_emitida", uow, carta, SISTEMA_ACTOR, {})
    if spec is not None and servicio.estado == "activo":
        entrega = servicios.cumplir(uow, servicio, spec.clave, SISTEMA_ACTOR)
        entrega.documento_id = carta.documento_id


@cartas.al_revocar("termino")
def al_revocar(uow: Uow, carta: Carta, actor: Actor, data: Mapping[str, Any]) -> None:
    """Without an issued letter its step is open again, and a servicio that waited for its finalización goes back."""
    spec = None
    servicio = uow.lock_id(Servicio, carta.servicio_id)
    if carta.emitida is not None:
        spec = paso(servicios.plan_de(servicio))
    if spec is None or servicio.estado not in ("activo", "terminado"):
        return
    if servicio.estado == "terminado":
        act(uow, servicio, "devolver", actor, {"motivo": data["motivo"]})
    estados = {e.clave: e.estado for e in servicios.entregas_de(uow, servicio)}
    if estados.get(spec.clave) == "aceptada":
        servicios.reabrir(uow, servicio, spec.clave, data["motivo"], actor)
