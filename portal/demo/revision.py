"""The office's review in the demo: entregas given to somebody, marks of the SISS, an evaluación that was asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.demo.casa import Casa
from portal.domain.access import REPORTES, Actor
from portal.domain.calendario import to_local
from portal.models import Entrega, Servicio, Usuario, db
from portal.services import entregas_reparto, evaluaciones, servicios, siss

MARCADAS = 8
REPARTIDAS = 3


def preparar(casa: Casa) -> None:
    """Yesterday: what waits is shared out, what was accepted is in the SISS, and somebody was asked to evaluate."""
    ayer = casa.guion.ahora - timedelta(hours=20)
    for paso in (lambda now: _repartir(casa, now), _marcar, _pedir):
        casa.guion.cuando(ayer, paso)


def _repartir(casa: Casa, now: datetime) -> None:
    """The oldest ones go to the reviewers in turn; the others stay everybody's."""
    revisores = [actor for actor in casa.oficina if REPORTES in actor.permisos]
    query = select(Entrega.public_id).where(
        Entrega.estado == "en_revision", Entrega.revisor_en_turno == "coordinador"
    )
    esperan = db.session.scalars(query.order_by(Entrega.estado_desde, Entrega.id).limit(REPARTIDAS)).all()
    for n, public_id in enumerate(esperan):
        quien = revisores[n % len(revisores)]
        usuario = db.session.scalars(select(Usuario).where(Usuario.id == quien.usuario_id)).one()
        entregas_reparto.asignar([public_id], a=usuario.public_id, actor=quien, now=now)


def _alumno(entrega: Entrega) -> Actor:
    alumno = entrega.alumno
    return Actor("alumno", alumno.nombre_completo, alumno.usuario_id, entrega.escuela_id, alumno.id)


def _marcar(now: datetime) -> None:
    """Some alumnos loaded what was accepted, two days after."""
    query = select(Entrega).where(Entrega.estado == "aceptada", Entrega.pide_siss)
    query = query.options(joinedload(Entrega.alumno)).order_by(Entrega.estado_desde, Entrega.id)
    for entrega in db.session.scalars(query.limit(MARCADAS)).all():
        dia = min(to_local(entrega.estado_desde + timedelta(days=2)).date(), to_local(now).date())
        siss.marcar(entrega.public_id, dia, actor=_alumno(entrega), now=now)


def _pedir(now: datetime) -> None:
    """The first whose evaluación may be a form asks for it."""
    query = select(Entrega).where(Entrega.tipo == "evaluacion", Entrega.estado == "habilitada")
    query = query.options(
        joinedload(Entrega.alumno),
        joinedload(Entrega.dependencia),
        joinedload(Entrega.servicio).joinedload(Servicio.proyecto),
    )
    for entrega in db.session.scalars(query.order_by(Entrega.id)).all():
        servicio = entrega.servicio
        if "formulario" in servicios.plan_de(servicio).entrega(entrega.clave).formas:
            nombre, cargo, correo = evaluaciones.propuesta(servicio.proyecto, entrega.dependencia)
            evaluaciones.pedir(
                entrega.public_id, nombre=nombre, cargo=cargo, correo=correo, actor=_alumno(entrega), now=now
            )
            return
