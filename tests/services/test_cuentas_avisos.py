"""The owner of an account reads by mail that its password or its second step changed, whoever did it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain.machine import Refused
from portal.models import Correo, Escuela, Llave, Usuario, db
from portal.services import correos, cuentas, llaves, segundo_factor
from portal.services.cuentas_avisos import CAMBIOS
from tenants.scope import escuela_scope
from tests import factories
from tests.services.test_cuentas import GOOD, IP, con_contrasena
from tests.services.test_llaves import device, registrar
from tests.services.test_segundo_factor import activar, codigo

LUEGO = timedelta(minutes=5)
OTRA = "Ciruela-lenta-48-puente"


def cambiar(quien: int, now: datetime) -> None:
    cuentas.cambiar(quien, actual=GOOD, nueva=OTRA, sesion_id=0, now=now)


def quitar_aplicacion(quien: int, now: datetime) -> None:
    activar(quien, now - LUEGO)
    segundo_factor.quitar(quien, contrasena=GOOD, codigo=codigo(quien, now), ip=IP, now=now)


def renovar(quien: int, now: datetime) -> None:
    activar(quien, now - LUEGO)
    segundo_factor.renovar_codigos(quien, GOOD, now=now)


def quitar_llave(quien: int, now: datetime) -> None:
    registrar(quien, device(), now - LUEGO)
    public_id = db.session.scalars(select(Llave.public_id)).one()
    llaves.quitar(quien, public_id, GOOD, now=now)


HECHOS: dict[str, Callable[[int, datetime], object]] = {
    "contrasena": cambiar,
    "aplicacion": activar,
    "aplicacion_quitada": quitar_aplicacion,
    "codigos": renovar,
    "llave": lambda quien, now: registrar(quien, device(), now),
    "llave_quitada": quitar_llave,
    "apagado": lambda quien, now: segundo_factor.apagar(quien, now=now),
}


@pytest.fixture
def quien(escom: Escuela, now: datetime) -> int:
    """A member of the office who knows their password."""
    found = factories.coordinador(escom, now)
    con_contrasena(found.id, now)
    return found.id


def enviados(escuela: Escuela, now: datetime | None = None) -> list[Correo]:
    """The mails about an account, of one instant or all."""
    with escuela_scope(escuela.id):
        query = select(Correo).where(Correo.plantilla == "cuenta_cambio").order_by(Correo.id)
        found = [c for c in db.session.scalars(query) if now in (None, c.creado)]
        db.session.commit()
        return found


def test_every_change_is_tried() -> None:
    assert set(HECHOS) == set(CAMBIOS)


@pytest.mark.parametrize("que", sorted(CAMBIOS))
def test_a_change_is_told_to_the_owner(que: str, quien: int, escom: Escuela, now: datetime) -> None:
    HECHOS[que](quien, now)
    [correo] = enviados(escom, now)
    usuario = db.session.get(Usuario, quien)
    assert usuario
    assert (correo.para, correo.usuario_id) == (usuario.correo, quien)
    with escuela_scope(escom.id):
        text = correos.texto(correo, escom)
    assert CAMBIOS[que] in text
    assert "/escom/contrasena/olvidada" in text
    assert GOOD not in text


def test_what_is_refused_is_not_told(quien: int, escom: Escuela, now: datetime) -> None:
    with pytest.raises(Refused):
        cuentas.cambiar(quien, actual="otra", nueva=OTRA, sesion_id=0, now=now)
    with pytest.raises(Refused):
        segundo_factor.renovar_codigos(quien, GOOD, now=now)
    segundo_factor.proponer(quien, GOOD, now=now)
    with pytest.raises(Refused):
        segundo_factor.confirmar(quien, "000000", sesion_id=0, now=now)
    assert enviados(escom) == []


def test_who_acts_for_a_dependencia_is_sent_to_its_own_door(escom: Escuela, now: datetime) -> None:
    host, user = factories.dependencia(now)
    factories.convenio(escom, host, now)
    con_contrasena(user.id, now)
    cambiar(user.id, now)
    [correo] = enviados(escom)
    assert correo.contexto["ruta"] == "/dependencia/contrasena/olvidada"


def test_an_account_that_belongs_nowhere_changes_its_password_all_the_same(
    escom: Escuela, now: datetime
) -> None:
    _, user = factories.dependencia(now)
    con_contrasena(user.id, now)
    cambiar(user.id, now)
    assert cuentas.ingresar(user.correo, OTRA, ip=IP, now=now) == user.id
    assert enviados(escom) == []
