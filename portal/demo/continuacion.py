"""After a baja, an alumno of the demo goes on elsewhere: the hours go along, and a shorter servicio is allowed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from portal.demo.solicitudes import Postulacion
from portal.domain.access import EXPEDIENTES
from portal.domain.calendario import add_months, proximo_inicio, to_local
from portal.domain.proyecto import has_seat
from portal.models import Alumno, Proyecto, db
from portal.services import excepciones

if TYPE_CHECKING:
    from portal.demo.servicios import Prestador

MESES = 4
MOTIVO = "Ya tiene horas aceptadas de su servicio anterior: lo que le falta cabe en cuatro meses."


class Continuacion:
    """The second servicio of somebody whose first one ended in a baja."""

    def __init__(self, prestador: Prestador) -> None:
        self.casa, self.estudiante = prestador.casa, prestador.estudiante
        self.antes = prestador.anfitrion.clave
        self.postulacion: Postulacion | None = None

    def buscar(self, now: datetime) -> None:
        """Ask for a place with another dependencia, where one is free."""
        alumno = db.session.scalars(select(Alumno).where(Alumno.id == self.estudiante.yo.alumno_id)).one()
        publicados = self.casa.proyectos["publicado"]
        query = select(Proyecto).where(Proyecto.public_id.in_(publicados), Proyecto.estado == "publicado")
        libre = next(
            (
                p.public_id
                for p in db.session.scalars(query.order_by(Proyecto.id))
                if self.casa.duenos[p.public_id] != self.antes
                and has_seat(p) is None
                and alumno.carrera in p.carreras
            ),
            None,
        )
        if libre is not None:
            self.postulacion = Postulacion(self.casa, self.estudiante, libre, self.esperar)
            self.postulacion.postular(now)

    def esperar(self, now: datetime) -> None:
        """The dependencia answers two days later."""
        self.casa.guion.tras(now, 2, self.empezar)

    def empezar(self, now: datetime) -> None:
        """The office allows the end that was agreed; the dependencia accepts."""
        if self.postulacion is None:
            return
        inicio = proximo_inicio(to_local(now).date(), self.casa.guion.calendario)
        termino = add_months(inicio, MESES)
        query = select(Alumno.public_id).where(Alumno.id == self.estudiante.yo.alumno_id)
        excepciones.autorizar(
            db.session.scalars(query).one(),
            "duracion",
            termino.isoformat(),
            MOTIVO,
            actor=self.casa.quien(EXPEDIENTES),
            now=now,
        )
        self.postulacion.aceptar(inicio, termino, now)
