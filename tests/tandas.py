"""Tandas, for tests: alumnos who ask for a constancia de estudios, and what became of the letters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portal.models import Alumno, Carta, Escuela, Tanda, TandaCarta, Tramite, db
from portal.services import escuelas, tandas
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories

SIN_CARRERA = ""
"""Whoever has no carrera gets no letter: it must be named."""


def pedidos(escuela: Escuela, now: datetime, cuantos: int, *, malo: int = -1) -> list[str]:
    """So many alumnos with a constancia asked for, in the order of their names; that of `malo` cannot be issued."""
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        carrera = escuelas.perfil(escuela.perfil_version).carreras[0].clave
        made = []
        for n in range(cuantos):
            alumno = uow.add(
                Alumno(
                    boleta=f"20266{n:05d}", nombre="Ximena", paterno="Tanda", materno=f"Ficticia {n:04d}",
                    correo=f"tanda{n}@alumno.test", carrera=SIN_CARRERA if n == malo else carrera, semestre=7,
                    genero="F", creditos_pct=80, estado="activo",
                )
            )  # fmt: skip
            made.append(uow.add(Tramite(tipo="constancia_estudios", alumno_id=alumno.id)))
        uow.session.flush()
        return [tramite.public_id for tramite in made]


def ordenada(
    escuela: Escuela, now: datetime, ids: list[str], clase: str = "tramites", clave: str = ""
) -> Tanda:
    """A tanda of these, ordered by somebody of the office."""
    with escuela_scope(escuela.id):
        return tandas.crear(clase, ids, clave=clave, actor=factories.como_coordinador(escuela), now=now)


def renglones(escuela: Escuela, tanda: Tanda) -> list[TandaCarta]:
    """The rows of a tanda in its order, read fresh."""
    with escuela_scope(escuela.id):
        query = select(TandaCarta).where(TandaCarta.tanda_id == tanda.id).order_by(TandaCarta.orden)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))


def cartas(escuela: Escuela) -> list[Carta]:
    """Every letter of the escuela by its number, read fresh."""
    with escuela_scope(escuela.id):
        query = select(Carta).order_by(Carta.tipo, Carta.numero)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))


def corregir(escuela: Escuela, now: datetime, boleta: str) -> None:
    """Give an alumno a carrera of the escuela."""
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        alumno = uow.session.scalars(select(Alumno).where(Alumno.boleta == boleta)).one()
        alumno.carrera = escuelas.perfil(escuela.perfil_version).carreras[0].clave


def pedidos_de(escuela: Escuela, now: datetime, paterno: str) -> str:
    """One whose constancia cannot be issued."""
    with escuela_scope(escuela.id), unit_of_work(now) as uow:
        alumno = uow.add(
            Alumno(
                boleta="2026699999", nombre="Ximena", paterno=paterno, materno="", correo="otra@alumno.test",
                carrera=SIN_CARRERA, semestre=7, genero="F", creditos_pct=80, estado="activo",
            )
        )  # fmt: skip
        return uow.add(Tramite(tipo="constancia_estudios", alumno_id=alumno.id)).public_id
