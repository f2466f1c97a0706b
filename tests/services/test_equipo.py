"""Who of the office may do what: given, taken, at once, in the bitácora, and never so that nobody administers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.machine import Forbidden, Refused
from portal.models import Bitacora, Correo, Miembro, Usuario, db
from portal.services import equipo
from portal.services.uow import NotFound, unit_of_work
from tenants.scope import escuela_scope
from tests import factories

TODO = ["convenios", "expedientes", "reportes", "terminos", "administracion"]


@pytest.fixture
def jefa(escom, now):
    """Somebody with every permission."""
    return factories.coordinador(escom, now, nombre="Jefa de Prueba")


@pytest.fixture
def otra(escom, now):
    """Somebody who reviews."""
    return factories.coordinador(escom, now, "reportes", nombre="Revisora de Prueba")


def como(usuario: Usuario, escuela, *permisos: str) -> Actor:
    return replace(
        factories.como_coordinador(escuela, *permisos), usuario_id=usuario.id, nombre=usuario.nombre
    )


def permisos_de(usuario: Usuario) -> list[str]:
    return db.session.scalar(select(Miembro).where(Miembro.usuario_id == usuario.id)).permisos


def test_permissions_are_given_and_taken_and_the_bitacora_says_which(escom, now, jefa, otra):
    with escuela_scope(escom.id):
        said = equipo.cambiar(
            otra.public_id, cargo="Términos", permisos=["terminos"], actor=como(jefa, escom), now=now
        )
        assert said == ["se da terminos", "se quita reportes", "cargo: Términos"]
        assert permisos_de(otra) == ["terminos"]
        line = db.session.scalar(select(Bitacora).where(Bitacora.noun == "miembro"))
        assert (line.autor, line.accion) == ("Jefa de Prueba", "cambiar_permisos")
        assert line.motivo == f"{otra.correo}: se da terminos; se quita reportes; cargo: Términos"


def test_the_last_who_administers_remains(escom, now, jefa, otra):
    actor = como(jefa, escom)
    with escuela_scope(escom.id):
        with pytest.raises(Refused, match=r"equipo\.ultima"):
            equipo.quitar(jefa.public_id, actor=actor, now=now)
        with pytest.raises(Refused, match=r"equipo\.ultima"):
            equipo.cambiar(jefa.public_id, cargo="", permisos=["reportes"], actor=actor, now=now)
        equipo.cambiar(otra.public_id, cargo="", permisos=["administracion"], actor=actor, now=now)
        equipo.quitar(jefa.public_id, actor=actor, now=now)
        with pytest.raises(Refused, match=r"equipo\.ultima"):
            equipo.quitar(otra.public_id, actor=como(otra, escom), now=now)


def test_somebody_whose_account_is_closed_does_not_count_as_who_administers(escom, now, jefa):
    closed = factories.coordinador(escom, now, "administracion")
    with escuela_scope(escom.id):
        with unit_of_work(now) as uow:
            uow.lock_id(Usuario, closed.id).activo = False
        with pytest.raises(Refused, match=r"equipo\.ultima"):
            equipo.quitar(jefa.public_id, actor=como(jefa, escom), now=now)


def test_nobody_gives_themselves_what_they_lack(escom, now, jefa):
    admin = factories.coordinador(escom, now, "administracion")
    with escuela_scope(escom.id):
        with pytest.raises(Refused, match=r"equipo\.propio"):
            equipo.cambiar(
                admin.public_id, cargo="", permisos=TODO, actor=como(admin, escom, "administracion"), now=now
            )
        equipo.cambiar(admin.public_id, cargo="", permisos=TODO, actor=como(jefa, escom), now=now)
        assert permisos_de(admin) == TODO


def test_a_permission_is_one_of_those_there_are_and_at_least_one(escom, now, jefa, otra):
    with escuela_scope(escom.id), pytest.raises(Refused, match=r"equipo\.sin_permiso_alguno"):
        equipo.cambiar(otra.public_id, cargo="", permisos=["todo"], actor=como(jefa, escom), now=now)


@pytest.mark.parametrize(("tiene_cuenta", "plantilla"), [(False, "invitacion"), (True, "oficina_acceso")])
def test_who_is_invited_reads_it_in_a_mail(escom, now, jefa, tiene_cuenta, plantilla):
    correo = factories.usuario(now, "Nora Prueba").correo if tiene_cuenta else "nora.prueba@ejemplo.test"
    values = {"correo": correo, "nombre": "Nora Prueba", "cargo": "Apoyo", "permisos": ["reportes"]}
    with escuela_scope(escom.id):
        nora = equipo.invitar(**values, actor=como(jefa, escom), now=now)
        assert permisos_de(nora) == ["reportes"]
        assert db.session.scalar(select(Correo.plantilla).where(Correo.para == correo)) == plantilla
        with pytest.raises(Refused, match=r"equipo\.ya_esta"):
            equipo.invitar(**values, actor=como(jefa, escom), now=now)
        equipo.quitar(nora.public_id, actor=como(jefa, escom), now=now)
        equipo.invitar(**values, actor=como(jefa, escom), now=now)


def test_only_administracion_of_this_escuela_changes_its_office(escom, esca, now, jefa, otra):
    ajena = factories.coordinador(esca, now)
    with escuela_scope(escom.id):
        for actor in (como(otra, escom, "reportes"), factories.como_coordinador(esca)):
            with pytest.raises(Forbidden):
                equipo.quitar(otra.public_id, actor=actor, now=now)
        with pytest.raises(NotFound):
            equipo.quitar(ajena.public_id, actor=como(jefa, escom), now=now)
