"""The alumnos of the demo: the roll, their accounts, those who are still looking for a place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select

from portal.demo.casa import Casa
from portal.demo.elenco import CONTRASENA
from portal.demo.personas import Persona
from portal.domain.access import EXPEDIENTES, SISTEMA_ACTOR, Actor
from portal.models import Alumno, Correo, db
from portal.services import contrasenas, documentos, enlaces, escuelas, padron, registro
from portal.services.padron_csv import Padron, Renglon
from portal.services.uow import unit_of_work
from portal.services.workflow import act

PADRON = 428  # days ago


@dataclass
class Estudiante:
    """One alumno of the demo; `actor` once the account is open."""

    n: int
    boleta: str
    persona: Persona
    correo: str
    carrera: str
    actor: Actor | None = None

    @property
    def yo(self) -> Actor:
        """The alumno, signed in."""
        if self.actor is None:
            raise LookupError(f"{self.boleta} has no account yet")
        return self.actor


def inscribir(casa: Casa, cuantos: int) -> list[Estudiante]:
    """So many alumnos, with the escuela's boletas in order and its carreras by turns."""
    carreras = [c.clave for c in escuelas.perfil().carreras]
    found = []
    for n in range(1, cuantos + 1):
        persona = casa.persona()
        correo = persona.correo(casa.elenco.dominio, n)
        found.append(
            Estudiante(n, casa.elenco.boleta.format(n), persona, correo, carreras[n % len(carreras)])
        )
    return found


def importar(casa: Casa, estudiantes: list[Estudiante], abren: list[Estudiante]) -> None:
    """The office imports the roll; everybody in it is invited by e-mail, and most open their account in two weeks."""
    renglones = tuple(
        Renglon(
            e.n, e.boleta, e.persona.nombre, e.persona.paterno, e.persona.materno, e.correo, e.carrera,
            6 + e.n % 3 if e.n % 9 else None, 70 + e.n * 7 % 31,
        )
        for e in estudiantes
    )  # fmt: skip

    def aplicar(now: datetime) -> None:
        padron.aplicar(padron.comparar(Padron(renglones, ())), casa.quien(EXPEDIENTES), now)
        for estudiante in abren:
            casa.guion.tras(now, 1 + estudiante.n % 8, partial(abrir_cuenta, casa, estudiante))

    casa.guion.hace(PADRON, aplicar)


def abrir_cuenta(casa: Casa, estudiante: Estudiante, now: datetime) -> None:
    """Accept the invitation: the alumno is active; most add a photo."""
    with unit_of_work(now) as uow:
        alumno = uow.session.scalars(select(Alumno).where(Alumno.boleta == estudiante.boleta)).one()
        alumno = uow.lock_id(Alumno, alumno.id)
        usuario = casa.cuenta(uow, estudiante.correo, estudiante.persona.completo)
        enlaces.anular(uow, "invitacion", usuario_id=usuario.id)
        alumno.usuario_id, alumno.genero = usuario.id, estudiante.persona.genero
        act(uow, alumno, "activar", SISTEMA_ACTOR)
        estudiante.actor = Actor("alumno", alumno.nombre_completo, usuario.id, casa.escuela.id, alumno.id)
    if estudiante.n % 3:
        foto = casa.taller.retrato(estudiante.n)
        with unit_of_work(now) as uow:
            alumno = uow.lock_id(Alumno, estudiante.yo.alumno_id)
            alumno.foto_id = documentos.registrar(uow, foto, "foto", alumno_id=alumno.id).id


def registrar_se(
    casa: Casa, estudiante: Estudiante, now: datetime, *, confirma: bool = True, rechaza: bool = False
) -> None:
    """Somebody who is not in the roll registers; most confirm their e-mail the same day; one is not an alumno."""
    p = estudiante.persona
    datos = registro.Datos(
        estudiante.boleta, p.nombre, p.paterno, p.materno, estudiante.carrera, 7, p.genero, estudiante.correo,
        CONTRASENA,
    )  # fmt: skip
    registro.registrar(datos, now)
    if confirma:
        casa.guion.tras(now, 0, lambda later: confirmar_correo(estudiante, later))
    if rechaza:
        casa.guion.tras(now, 2, lambda later: rechazar_registro(casa, estudiante, later))


def confirmar_correo(estudiante: Estudiante, now: datetime) -> None:
    """Open the link of the registration's mail."""
    query = select(Correo).where(Correo.para == estudiante.correo, Correo.plantilla == "registro_confirmar")
    ruta = enlaces.expand(db.session.scalars(query).one().contexto["ruta"])
    registro.confirmar_correo(ruta.rpartition("/")[2], now)


def rechazar_registro(casa: Casa, estudiante: Estudiante, now: datetime) -> None:
    """The office does not find the boleta."""
    public_id = db.session.scalars(select(Alumno.public_id).where(Alumno.boleta == estudiante.boleta)).one()
    motivo = escuelas.perfil().motivos["alumno"][0]
    registro.rechazar(public_id, motivo, casa.quien(EXPEDIENTES), now)


def un_hash() -> str:
    """The demo's password, hashed once."""
    return contrasenas.hash_contrasena(CONTRASENA)
