"""One escuela of the demo while its semester is told: its office, its dependencias, its proyectos."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from portal.demo.archivos import Taller
from portal.demo.elenco import Elenco
from portal.demo.guion import Guion
from portal.demo.personas import Persona
from portal.domain.access import DEPENDENCIA, Actor
from portal.models import Escuela, Miembro, Usuario, db
from portal.services.cuentas import abrir
from portal.services.uow import Uow, unit_of_work


@dataclass
class Anfitrion:
    """A dependencia that may post proyectos, and who acts for it."""

    clave: str
    id: int
    actor: Actor


@dataclass
class Casa:
    """What the stories of one escuela share."""

    escuela: Escuela
    elenco: Elenco
    guion: Guion
    azar: random.Random
    taller: Taller
    hash: str
    gente: list[Persona]
    oficina: list[Actor] = field(default_factory=list)
    anfitriones: dict[str, Anfitrion] = field(default_factory=dict)
    proyectos: dict[str, list[str]] = field(default_factory=dict)  # estado that it will have -> public ids
    duenos: dict[str, str] = field(default_factory=dict)  # proyecto -> dependencia

    def quien(self, permiso: str) -> Actor:
        """Somebody of the office with that permission."""
        return self.azar.choice([actor for actor in self.oficina if permiso in actor.permisos])

    def persona(self) -> Persona:
        """The next person who is nobody yet."""
        return self.gente.pop()

    def contratar(self, now: datetime) -> None:
        """Open the office: its people, with their permissions and the demo's password."""
        for correo, nombre, cargo, permisos in self.elenco.oficina:
            with unit_of_work(now) as uow:
                usuario = self.cuenta(uow, correo, nombre)
                uow.add(Miembro(usuario_id=usuario.id, cargo=cargo, permisos=list(permisos)))
            self.oficina.append(
                Actor(
                    "coordinador", usuario.nombre, usuario.id, self.escuela.id, permisos=frozenset(permisos)
                )
            )

    def cuenta(self, uow: Uow, correo: str, nombre: str) -> Usuario:
        """The account of an address, open and with the demo's password."""
        usuario = abrir(uow, correo, nombre)
        if not usuario.contrasena_hash:
            usuario.contrasena_hash, usuario.contrasena_desde = self.hash, uow.now
        usuario.correo_confirmado = usuario.correo_confirmado or uow.now
        return usuario

    def recibir(self, clave: str, dependencia_id: int, correo: str) -> None:
        """A dependencia whose convenio began: its account has the demo's password, it may post proyectos."""
        usuario = db.session.scalars(select(Usuario).where(Usuario.correo == correo)).one()
        actor = Actor(DEPENDENCIA, usuario.nombre, usuario.id, dependencia_ids=frozenset({dependencia_id}))
        self.anfitriones[clave] = Anfitrion(clave, dependencia_id, actor)
