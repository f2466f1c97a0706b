"""Exceptions: the office allows for one alumno what the plan does not, and what it let begin keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from portal.domain.access import EXPEDIENTES, Actor, relations
from portal.domain.calendario import en_palabras
from portal.domain.excepcion import REGLAS, que_permite, texto_de_valor
from portal.domain.machine import Forbidden, Refused, has_motivo
from portal.domain.personas import limpiar
from portal.domain.plan import Razon
from portal.domain.servicio import ABIERTOS
from portal.models import Alumno, Excepcion, Servicio, db
from portal.services import correos, destinatarios
from portal.services.effects import Para
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import record

DURACION = REGLAS["duracion"].llaves


def autorizar(
    alumno_public_id: str, regla: str, valor: str, motivo: str, *, actor: Actor, now: datetime
) -> Excepcion:
    """Allow one alumno what a rule of the plan does not; the alumno is told. Needs the permission `expedientes`.

    `valor`: the day (ISO) or the hours (h) that are allowed, where the rule asks for one. Raises Refused with the
    sentence for a reason that is too short, a value that is none, or a rule that is about a servicio in course (or
    its beginning) where there is none (or one already).
    """
    if regla not in REGLAS:
        raise Refused("excepcion.sin_regla")
    with unit_of_work(now) as uow:
        alumno = uow.lock(Alumno, alumno_public_id)
        if EXPEDIENTES not in relations(actor, alumno):
            raise Forbidden("accion.sin_permiso")
        servicio = _en_curso(uow, alumno)
        if REGLAS[regla].en_servicio != (servicio is not None):
            raise Refused("excepcion.sin_servicio" if servicio is None else "excepcion.con_servicio")
        found = anotar(uow, alumno, regla, texto_de_valor(regla, valor), motivo, actor, servicio)
        _avisar(uow, found, alumno)
        return found


def anotar(
    uow: Uow, alumno: Alumno, regla: str, valor: str, motivo: str, actor: Actor, servicio: Servicio | None
) -> Excepcion:
    """Write an exception for a locked alumno, in the name of who allows it."""
    key = has_motivo(None, {"motivo": motivo})
    if key is not None:
        raise Refused(key)
    found = uow.add(
        Excepcion(
            alumno_id=alumno.id,
            servicio_id=servicio.id if servicio else None,
            regla=regla,
            valor=valor,
            motivo=limpiar(motivo),
            autor=actor.nombre,
        )
    )
    record(uow, found, "autorizar", actor, motivo=f"{en_frase(found)}. {found.motivo}")
    return found


def anular(public_id: str, *, actor: Actor, now: datetime) -> Excepcion:
    """Take an exception back, as long as no servicio began with it."""
    with unit_of_work(now) as uow:
        found = uow.lock(Excepcion, public_id)
        if EXPEDIENTES not in relations(actor, found):
            raise Forbidden("accion.sin_permiso")
        if found.anulada is not None or (found.servicio_id and not REGLAS[found.regla].en_servicio):
            raise Refused("excepcion.ya_obliga")
        found.anulada = now
        record(uow, found, "anular", actor, motivo=en_frase(found))
        return found


def en_frase(excepcion: Any) -> str:
    """What an exception allows, in words; anything with its `regla` and `valor`."""
    regla, valor = REGLAS[excepcion.regla], excepcion.valor
    return regla.permite.format(
        valor=en_palabras(date.fromisoformat(valor)) if regla.pide == "fecha" else valor
    )


def _en_curso(uow: Uow, alumno: Alumno) -> Servicio | None:
    query = select(Servicio).where(Servicio.alumno_id == alumno.id, Servicio.estado.in_(ABIERTOS))
    return uow.session.scalar(query.order_by(Servicio.id.desc()).limit(1))


def vigentes(alumno_id: int | None, servicio_id: int | None = None) -> list[Excepcion]:
    """The exceptions of an alumno that count now: those of the servicio, or those that none began with yet."""
    mine: ColumnElement[bool] = Excepcion.servicio_id.is_(None)
    if servicio_id is not None:
        mine = or_(mine, Excepcion.servicio_id == servicio_id)
    query = select(Excepcion).where(Excepcion.alumno_id == alumno_id, Excepcion.anulada.is_(None), mine)
    return list(db.session.scalars(query.order_by(Excepcion.id)))


def dejar_pasar(
    objeciones: Iterable[Refused], permitidas: Iterable[Excepcion], datos: Mapping[str, Any]
) -> list[Excepcion]:
    """The exceptions that lift every one of these refusals; raises the first that none lifts."""
    used, permitidas = [], list(permitidas)
    for objecion in objeciones:
        found = que_permite(permitidas, objecion.key, datos)
        if found is None:
            raise objecion
        used.append(found)
    return used


def ligar(servicio: Servicio, usadas: Iterable[Excepcion]) -> None:
    """The servicio began with these exceptions: they are its own from now on."""
    for excepcion in usadas:
        excepcion.servicio_id = servicio.id


def horas_permitidas(servicio: Servicio) -> int:
    """Most hours (h) in one period that were allowed for a servicio; 0 where the plan alone counts."""
    query = select(Excepcion.valor).where(
        Excepcion.servicio_id == servicio.id, Excepcion.regla == "horas", Excepcion.anulada.is_(None)
    )
    return max((int(valor) for valor in db.session.scalars(query)), default=0)


def sin_lo_permitido(razones: Mapping[int, tuple[Razon, ...]]) -> dict[int, tuple[Razon, ...]]:
    """What lacks, by servicio id, without the lengths that were allowed; one statement, where one is in question."""
    largos = [id_ for id_, found in razones.items() if any(r.key in DURACION for r in found)]
    if not largos:
        return dict(razones)
    query = select(Excepcion.servicio_id).where(
        Excepcion.servicio_id.in_(largos), Excepcion.regla == "duracion", Excepcion.anulada.is_(None)
    )
    allowed = set(db.session.scalars(query))
    return {
        id_: tuple(r for r in found if r.key not in DURACION) if id_ in allowed else found
        for id_, found in razones.items()
    }


def de_alumno(alumno_id: int) -> list[Excepcion]:
    """Every exception of an alumno, newest first, taken back ones too."""
    query = select(Excepcion).where(Excepcion.alumno_id == alumno_id).order_by(Excepcion.id.desc())
    return list(db.session.scalars(query.limit(50)))


def _avisar(uow: Uow, excepcion: Excepcion, alumno: Alumno) -> None:
    permite = en_frase(excepcion).replace(
        "Puede ", "puedes ", 1
    )  # the office reads of the alumno, the alumno is told
    contexto = {"nombre": alumno.nombre, "permite": permite, "motivo": excepcion.motivo}
    contexto["atentamente"] = excepcion.autor
    ruta = f"/{destinatarios.slug(uow)}/alumno/"
    correos.escribir(uow, "excepcion_autorizada", Para(alumno.correo, ruta, alumno.usuario_id, contexto))
