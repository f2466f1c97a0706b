"""Registration: a boleta is claimed with a proven e-mail, and with the roll or the office, never alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.access import Actor
from portal.domain.machine import Forbidden, Refused
from portal.models import Alumno, Correo, Escuela, Usuario, db
from portal.services import registro
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories
from tests.services.test_cuentas import GOOD, NEW, con_contrasena, entrar, token_de

DATOS = registro.Datos(
    boleta="2021639001", nombre="Itzel", paterno="Ejemplo", materno="Ficticia", carrera="isc", semestre=7, genero="F",
    correo="itzel@ejemplo.test", contrasena=NEW,
)  # fmt: skip
OFICINA = Actor("coordinador", "Olivia Oficina", 1, permisos=frozenset({"expedientes"}))


def registrar(escuela: Escuela, now: datetime, **changes: Any) -> str:
    """Register with some other data; answers the public id, or the key of the refusal."""
    try:
        with escuela_scope(escuela.id):
            return registro.registrar(replace(DATOS, **changes), now)
    except Refused as refused:
        return refused.key


def leer(escuela: Escuela, boleta: str = DATOS.boleta) -> Alumno:
    """The alumno of a boleta, read fresh."""
    with escuela_scope(escuela.id):
        return db.session.scalars(select(Alumno).where(Alumno.boleta == boleta)).one()


def oficina(escuela: Escuela) -> Actor:
    """Somebody of the office with permission."""
    return replace(OFICINA, escuela_id=escuela.id)


def test_a_registration_waits_for_the_mail_and_then_for_the_office(escom: Escuela, now: datetime) -> None:
    public_id = registrar(escom, now)
    assert leer(escom).estado == "invitado"
    assert registro.confirmar_correo(token_de(escom), now) == "por_confirmar"
    assert entrar(DATOS.boleta, NEW, now, escom) == leer(escom).usuario_id
    with escuela_scope(escom.id):
        with pytest.raises(Forbidden):
            registro.confirmar(public_id, Actor("coordinador", "Otra", 2, escom.id), now)
        assert registro.confirmar(public_id, oficina(escom), now).estado == "activo"
        plantillas = db.session.scalars(select(Correo.plantilla).order_by(Correo.id)).all()
    assert list(plantillas) == ["registro_confirmar", "alumno_confirmado"]


def test_a_refused_registration_gives_the_reason_and_may_be_corrected(escom: Escuela, now: datetime) -> None:
    public_id = registrar(escom, now)
    registro.confirmar_correo(token_de(escom), now)
    with escuela_scope(escom.id):
        with pytest.raises(Refused, match="motivo"):
            registro.rechazar(public_id, "no", oficina(escom), now)
        registro.rechazar(public_id, "El nombre no coincide con el de la boleta.", oficina(escom), now)
        correo = db.session.scalars(select(Correo).where(Correo.plantilla == "alumno_rechazado")).one()
    assert correo.contexto["motivo"].startswith("El nombre")
    assert correo.contexto["atentamente"] == "Olivia Oficina"
    assert registrar(escom, now, nombre="Itzel María") == public_id
    assert registro.confirmar_correo(token_de(escom, DATOS.correo), now) == "por_confirmar"
    assert leer(escom).nombre == "Itzel María"


@pytest.mark.parametrize(
    ("estado_de_antes", "refusal"),
    [("sin_confirmar", "registro.por_confirmar"), ("por_confirmar", "registro.boleta_repetida")],
)
def test_the_same_boleta_twice_is_refused(
    escom: Escuela, now: datetime, estado_de_antes: str, refusal: str
) -> None:
    registrar(escom, now)
    if estado_de_antes == "por_confirmar":
        registro.confirmar_correo(token_de(escom), now)
    assert registrar(escom, now, correo="otra@ejemplo.test") == refusal
    assert registrar(escom, now) == refusal


def test_a_registration_that_nobody_confirmed_gives_the_boleta_back(escom: Escuela, now: datetime) -> None:
    registrar(escom, now, correo="equivocado@ejemplo.test")
    later = now + timedelta(days=8)
    assert not registrar(escom, later).startswith("registro.")
    assert leer(escom).correo == DATOS.correo


def test_the_same_boleta_in_another_escuela_is_another_person(
    escom: Escuela, esca: Escuela, now: datetime
) -> None:
    registrar(escom, now)
    assert not registrar(esca, now, carrera="cp").startswith("registro.")


def test_one_e_mail_is_one_alumno_of_an_escuela(escom: Escuela, now: datetime) -> None:
    registrar(escom, now)
    assert registrar(escom, now, boleta="2021639002") == "registro.correo_de_otra_boleta"


def padron(escuela: Escuela, now: datetime, correo: str = DATOS.correo) -> Alumno:
    """An alumno of the imported roll, without an account."""
    return factories.alumno(
        escuela, now, con_cuenta=False, estado="invitado", origen="padron", boleta=DATOS.boleta, correo=correo,
        nombre="Itzel del Padrón",
    )  # fmt: skip


def test_the_roll_gives_an_account_to_boleta_and_e_mail_together(escom: Escuela, now: datetime) -> None:
    padron(escom, now)
    assert registrar(escom, now, correo="otra@ejemplo.test") == "registro.correo_distinto"
    registrar(escom, now)
    assert leer(escom).usuario_id is None
    assert entrar(DATOS.boleta, NEW, now, escom) == "ingreso.fallido"
    assert registro.confirmar_correo(token_de(escom), now) == "activo"
    assert leer(escom).nombre == "Itzel del Padrón"
    assert entrar(DATOS.boleta, NEW, now, escom) == leer(escom).usuario_id


def test_a_registration_never_changes_the_password_of_an_account(escom: Escuela, now: datetime) -> None:
    persona = factories.usuario(now, correo=DATOS.correo)
    con_contrasena(persona.id, now)
    registrar(escom, now)
    assert entrar(DATOS.correo, NEW, now) == "ingreso.fallido"
    registro.confirmar_correo(token_de(escom), now)
    assert entrar(DATOS.correo, NEW, now) == "ingreso.fallido"
    assert entrar(DATOS.boleta, GOOD, now, escom) == persona.id


def test_a_second_registration_cannot_slip_its_password_under_the_first(
    escom: Escuela, esca: Escuela, now: datetime
) -> None:
    registrar(escom, now)
    registrar(esca, now, carrera="cp", contrasena="Ladera-Verde-77")
    registro.confirmar_correo(token_de(escom), now)
    assert entrar(DATOS.boleta, NEW, now, escom) == leer(escom).usuario_id
    assert entrar(DATOS.correo, "Ladera-Verde-77", now) == "ingreso.fallido"


def test_an_invited_alumno_becomes_active_with_a_password(escom: Escuela, now: datetime) -> None:
    alumno = padron(escom, now)
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        registro.invitar(uow, uow.lock(Alumno, alumno.public_id))
    token = token_de(escom)
    with pytest.raises(Refused, match="personal"):
        registro.aceptar_invitacion(token, f"Itzel-{DATOS.boleta}", now)
    usuario_id = registro.aceptar_invitacion(token, NEW, now)
    assert leer(escom).estado == "activo"
    assert entrar(DATOS.boleta, NEW, now, escom) == usuario_id
    with pytest.raises(Refused, match="usado"):
        registro.aceptar_invitacion(token, NEW, now)


def test_an_invitation_to_an_account_keeps_its_password(escom: Escuela, now: datetime) -> None:
    persona = factories.usuario(now, correo=DATOS.correo)
    con_contrasena(persona.id, now)
    alumno = padron(escom, now)
    with escuela_scope(escom.id), unit_of_work(now) as uow:
        registro.invitar(uow, uow.lock(Alumno, alumno.public_id))
    registro.aceptar_invitacion(token_de(escom), "", now)
    assert entrar(DATOS.boleta, GOOD, now, escom) == persona.id


def test_an_alumno_without_e_mail_cannot_be_invited(escom: Escuela, now: datetime) -> None:
    alumno = padron(escom, now, correo="")
    with escuela_scope(escom.id), pytest.raises(Refused, match="sin_correo"), unit_of_work(now) as uow:
        registro.invitar(uow, uow.lock(Alumno, alumno.public_id))


def test_the_confirmation_is_sent_again_only_while_it_is_awaited(escom: Escuela, now: datetime) -> None:
    public_id = registrar(escom, now)
    first = token_de(escom)
    with escuela_scope(escom.id):
        registro.reenviar(public_id, now)
    with pytest.raises(Refused, match="usado"):
        registro.confirmar_correo(first, now)
    registro.confirmar_correo(token_de(escom), now)
    with escuela_scope(escom.id):
        registro.reenviar(public_id, now)
        assert len(db.session.scalars(select(Correo)).all()) == 2


def test_an_expired_confirmation_is_renewed(escom: Escuela, now: datetime) -> None:
    registrar(escom, now)
    old, later = token_de(escom), now + timedelta(days=8)
    with pytest.raises(Refused, match="vencido"):
        registro.confirmar_correo(old, later)
    assert registro.renovar(old, later)
    assert registro.confirmar_correo(token_de(escom), later) == "por_confirmar"
    assert not registro.renovar("desconocido", later)


def test_a_weak_password_registers_nobody(escom: Escuela, now: datetime) -> None:
    assert registrar(escom, now, contrasena="12345678") == "contrasena.sin_mayuscula"
    assert db.session.scalars(select(Usuario)).all() == []
