"""The second step: an app's codes, codes for an emergency, how often one may try, and what a new secret key changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.domain.machine import Refused
from portal.models import CodigoRespaldo, Escuela, Factor, Sesion, Usuario, db
from portal.services import cifrado, cuentas, intentos, runtime, segundo_factor, sesiones
from portal.services.uow import unit_of_work
from tests import factories
from tests.services.test_cuentas import GOOD, IP, con_contrasena

PASO = timedelta(seconds=30)


@pytest.fixture
def quien(escom: Escuela, now: datetime) -> int:
    """A member of the office who knows their password."""
    persona = factories.coordinador(escom, now)
    con_contrasena(persona.id, now)
    return persona.id


def secreto(usuario_id: int) -> str:
    """The secret that the person's app has."""
    stored = db.session.scalar(select(Factor.secreto).where(Factor.usuario_id == usuario_id))
    assert stored is not None
    return cifrado.descifrar(stored)


def codigo(usuario_id: int, at: datetime) -> str:
    """What the person's app shows at that instant."""
    return pyotp.TOTP(secreto(usuario_id)).at(at)


def activar(usuario_id: int, now: datetime, sesion_id: int = 0) -> list[str]:
    """Turn the app on; returns the recovery codes. The code of this instant is used up."""
    segundo_factor.proponer(usuario_id, GOOD, now=now)
    return segundo_factor.confirmar(usuario_id, codigo(usuario_id, now), sesion_id=sesion_id, now=now)


def intentar(usuario_id: int, escrito: str, now: datetime, ip: str = IP) -> str:
    """ "app" or "respaldo" for a code that is right, else the key of the refusal."""
    try:
        return "respaldo" if segundo_factor.comprobar(usuario_id, escrito, ip=ip, now=now) else "app"
    except Refused as refused:
        return refused.key


def test_the_app_is_on_only_after_its_first_code(quien: int, now: datetime) -> None:
    segundo_factor.proponer(quien, GOOD, now=now)
    propuesta = segundo_factor.propuesta(quien)
    assert propuesta is not None
    assert propuesta.secreto.replace(" ", "") == secreto(quien)
    assert propuesta.qr.startswith("data:image/svg+xml;base64,")
    assert not segundo_factor.exige(quien)
    with pytest.raises(Refused, match=r"segundo\.codigo"):
        segundo_factor.confirmar(quien, "000000", sesion_id=0, now=now)
    assert not segundo_factor.exige(quien)
    codes = segundo_factor.confirmar(quien, codigo(quien, now), sesion_id=0, now=now)
    assert len(set(codes)) == 10
    assert segundo_factor.exige(quien)
    assert segundo_factor.propuesta(quien) is None
    with pytest.raises(Refused, match=r"segundo\.ya_activo"):
        segundo_factor.proponer(quien, GOOD, now=now)


def test_the_password_is_asked_for_before_anything_that_locks_the_owner_out(
    quien: int, now: datetime
) -> None:
    with pytest.raises(Refused, match=r"cuenta\.contrasena_actual"):
        segundo_factor.proponer(quien, "otra", now=now)
    activar(quien, now)
    with pytest.raises(Refused, match=r"cuenta\.contrasena_actual"):
        segundo_factor.renovar_codigos(quien, "otra", now=now)
    with pytest.raises(Refused, match=r"cuenta\.contrasena_actual"):
        segundo_factor.quitar(quien, contrasena="otra", codigo="000000", ip=IP, now=now)
    assert segundo_factor.exige(quien)


def test_the_database_holds_neither_the_secret_nor_a_recovery_code(quien: int, now: datetime) -> None:
    codes = activar(quien, now)
    factor = db.session.scalars(select(Factor)).one()
    assert secreto(quien) not in factor.secreto
    hashes = "".join(db.session.scalars(select(CodigoRespaldo.huella)))
    assert not [code for code in codes if code in hashes or code.replace("-", "") in hashes]


@pytest.mark.parametrize(
    ("steps", "answer"),
    [(-2, "segundo.codigo"), (-1, "app"), (0, "app"), (1, "app"), (2, "segundo.codigo")],
)
def test_a_code_is_good_one_step_before_and_after(quien: int, now: datetime, steps: int, answer: str) -> None:
    activar(quien, now)
    later = now + 10 * PASO
    assert intentar(quien, codigo(quien, later + steps * PASO), later) == answer


def test_a_used_code_and_the_ones_before_it_never_serve_again(quien: int, now: datetime) -> None:
    activar(quien, now)
    assert intentar(quien, codigo(quien, now), now) == "segundo.codigo"  # it turned the app on
    later = now + 10 * PASO
    shown = codigo(quien, later)
    assert intentar(quien, f"{shown[:3]} {shown[3:]}", later) == "app"
    assert intentar(quien, shown, later) == "segundo.codigo"
    assert intentar(quien, codigo(quien, later - PASO), later) == "segundo.codigo"
    assert intentar(quien, codigo(quien, later + PASO), later) == "app"


def test_a_recovery_code_serves_once_however_it_is_typed(quien: int, now: datetime) -> None:
    codes = activar(quien, now)
    assert intentar(quien, codes[0].upper().replace("-", " "), now) == "respaldo"
    assert intentar(quien, codes[0], now) == "segundo.codigo"
    assert intentar(quien, codes[1], now) == "respaldo"


def test_new_recovery_codes_end_the_old_ones(quien: int, now: datetime) -> None:
    old = activar(quien, now)
    new = segundo_factor.renovar_codigos(quien, GOOD, now=now)
    assert set(old).isdisjoint(new)
    assert intentar(quien, old[0], now) == "segundo.codigo"
    assert intentar(quien, new[0], now) == "respaldo"


def test_a_code_of_somebody_else_opens_nothing(quien: int, escom: Escuela, now: datetime) -> None:
    codes = activar(quien, now)
    other = factories.coordinador(escom, now).id
    con_contrasena(other, now)
    activar(other, now)
    assert intentar(other, codes[0], now) == "segundo.codigo"


def test_five_tries_and_no_password_clears_them(quien: int, now: datetime) -> None:
    activar(quien, now)
    correo = db.session.scalar(select(Usuario.correo).where(Usuario.id == quien))
    later = now + 10 * PASO
    for n in range(5):
        assert intentar(quien, "000000", later, ip=f"198.51.100.{n}") == "segundo.codigo"
    assert cuentas.ingresar(str(correo), GOOD, ip=IP, now=later) == quien
    assert intentar(quien, codigo(quien, later), later) == "segundo.bloqueado"
    after = later + intentos.BLOQUEO + PASO
    assert intentar(quien, codigo(quien, after), after) == "app"


def test_a_good_code_forgets_the_bad_ones(quien: int, now: datetime) -> None:
    activar(quien, now)
    at = now + 10 * PASO
    for _ in range(3):
        for _ in range(4):
            assert intentar(quien, "000000", at) == "segundo.codigo"
        assert intentar(quien, codigo(quien, at), at) == "app"
        at += 2 * PASO


def test_a_try_is_counted_before_it_is_looked_at(quien: int, now: datetime) -> None:
    clave = intentos.clave_factor(quien)
    assert [intentos.apartar(clave, now) is None for _ in range(7)] == [True] * 5 + [False] * 2


def test_turning_it_on_ends_the_other_sessions_and_turning_it_off_forgets_the_codes(
    quien: int, now: datetime
) -> None:
    tokens = [sesiones.abrir(quien, navegador="", ip="", now=now) for _ in range(2)]
    mine = db.session.scalar(select(Sesion.id).where(Sesion.token_hash == sesiones.digest(tokens[0])))
    activar(quien, now, sesion_id=int(mine or 0))
    here, there = (sesiones.leer(token, now=now) for token in tokens)
    assert (here is not None and here.segundo, there) == (True, None)
    later = now + 10 * PASO
    segundo_factor.quitar(quien, contrasena=GOOD, codigo=codigo(quien, later), ip=IP, now=later)
    assert not segundo_factor.exige(quien)
    assert db.session.scalar(select(func.count(CodigoRespaldo.id))) == 0
    assert db.session.scalar(select(func.count(Factor.id))) == 0


def test_a_new_secret_key_reads_what_the_old_one_wrote_and_writes_it_anew(
    app: Flask, quien: int, now: datetime
) -> None:
    activar(quien, now)
    known = secreto(quien)
    old = runtime.current()
    try:
        rotated = replace(old, secret_key="n" * 40, secret_keys_before=(old.secret_key,))
        runtime.configure(rotated)
        later = now + 10 * PASO
        assert intentar(quien, pyotp.TOTP(known).at(later), later) == "app"
        runtime.configure(replace(rotated, secret_keys_before=()))
        assert secreto(quien) == known
    finally:
        runtime.configure(old)


def test_with_the_key_lost_a_recovery_code_still_opens_the_account(
    app: Flask, quien: int, now: datetime
) -> None:
    codes = activar(quien, now)
    old = runtime.current()
    try:
        runtime.configure(replace(old, secret_key="z" * 40))
        assert intentar(quien, "123456", now) == "segundo.ilegible"
        assert intentar(quien, codes[0], now) == "respaldo"
    finally:
        runtime.configure(old)


def test_what_stands_between_the_steps_lasts_ten_minutes_serves_once_and_ends_with_the_password(
    quien: int, now: datetime
) -> None:
    def empezar() -> str:
        return segundo_factor.empezar(quien, puerta="escom", siguiente="", escuela_id=None, now=now)

    token = empezar()
    assert segundo_factor.pendiente(token, now + timedelta(minutes=9)) is not None
    assert segundo_factor.pendiente(token, now + timedelta(minutes=11)) is None
    assert segundo_factor.pendiente(token[:-1] + "_", now) is None
    assert segundo_factor.terminar(token, now=now).usuario_id == quien
    with pytest.raises(Refused, match=r"reto\.vencido"):
        segundo_factor.terminar(token, now=now)
    token = empezar()
    with unit_of_work(now) as uow:
        cuentas.poner(uow, uow.lock_id(Usuario, quien), "Cactus-Morado-41")
    assert segundo_factor.pendiente(token, now) is None
    token = empezar()
    with unit_of_work(now) as uow:
        uow.lock_id(Usuario, quien).activo = False
    assert segundo_factor.pendiente(token, now) is None


def test_the_office_can_let_somebody_in_who_lost_everything(quien: int, now: datetime) -> None:
    activar(quien, now)
    token = sesiones.abrir(quien, navegador="", ip="", now=now)
    segundo_factor.apagar(quien, now=now)
    assert not segundo_factor.exige(quien)
    assert sesiones.leer(token, now=now) is None
    assert activar(quien, now + 10 * PASO)


def test_of_four_browsers_with_the_same_code_one_is_let_in(app: Flask, quien: int, now: datetime) -> None:
    codes = activar(quien, now)
    later = now + 10 * PASO
    shown = codigo(quien, later)

    def at_once(escrito: str) -> list[str]:
        db.session.commit()
        start = Barrier(4)

        def one() -> str:
            with app.app_context():
                start.wait()
                return intentar(quien, escrito, later)

        with ThreadPoolExecutor(4) as pool:
            return sorted(future.result() for future in [pool.submit(one) for _ in range(4)])

    for escrito, good in ((shown, "app"), (codes[0], "respaldo")):
        answers = at_once(escrito)
        assert [answer for answer in answers if not answer.startswith("segundo.")] == [good]
