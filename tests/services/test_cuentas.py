"""Accounts: who may sign in, how often one may fail, what a password and an invitation change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.domain.machine import Refused
from portal.models import Correo, DependenciaUsuario, Escuela, Miembro, Sesion, Usuario, db
from portal.services import contrasenas, correos, cuentas, enlaces, intentos, sesiones
from portal.services.uow import unit_of_work
from tenants.scope import escuela_scope
from tests import factories

GOOD = factories.PASSWORD
NEW = "Cactus-Morado-41"
IP = "198.51.100.7"


def con_contrasena(usuario_id: int, now: datetime, contrasena: str = GOOD) -> None:
    """Give an account a real password."""
    with unit_of_work(now) as uow:
        uow.lock_id(Usuario, usuario_id).contrasena_hash = contrasenas.hash_contrasena(contrasena)


def entrar(
    escrito: str, contrasena: str, now: datetime, escuela: Escuela | None = None, ip: str = "198.51.100.7"
) -> Any:
    """The account id, or the key of the refusal."""
    try:
        if escuela is None:
            return cuentas.ingresar(escrito, contrasena, ip=ip, now=now)
        with escuela_scope(escuela.id):
            return cuentas.ingresar(escrito, contrasena, ip=ip, now=now)
    except Refused as refused:
        return refused.key


def token_de(escuela: Escuela, correo_de: str = "") -> str:
    """The token in the newest mail of an escuela, to that address."""
    with escuela_scope(escuela.id):
        query = select(Correo).order_by(Correo.id.desc())
        correo = db.session.scalars(query.where(Correo.para == correo_de) if correo_de else query).first()
        assert correo is not None
        plain = correos.mensaje(correo, escuela).get_body(("plain",))
    assert plain is not None
    return str(plain.get_content()).partition("/enlace/")[2].split()[0]


def test_boleta_and_e_mail_both_open_the_account(escom: Escuela, esca: Escuela, now: datetime) -> None:
    alumno = factories.alumno(escom, now)
    assert alumno.usuario_id is not None
    con_contrasena(alumno.usuario_id, now)
    for escrito, escuela, expected in (
        (alumno.boleta, escom, alumno.usuario_id),
        (f" {alumno.boleta[:4]} {alumno.boleta[4:]} ", escom, alumno.usuario_id),
        (alumno.correo.upper(), escom, alumno.usuario_id),
        (alumno.boleta, esca, "ingreso.fallido"),
        (alumno.boleta, None, "ingreso.fallido"),
        ("0000000000", escom, "ingreso.fallido"),
        ("", escom, "ingreso.fallido"),
    ):
        assert entrar(escrito, GOOD, now, escuela) == expected, escrito
    assert entrar(alumno.boleta, GOOD + "x", now, escom) == "ingreso.fallido"


def test_a_closed_account_and_one_without_password_do_not_open(escom: Escuela, now: datetime) -> None:
    closed, empty = factories.usuario(now), factories.usuario(now)
    con_contrasena(closed.id, now)
    with unit_of_work(now) as uow:
        uow.lock_id(Usuario, closed.id).activo = False
        uow.lock_id(Usuario, empty.id).contrasena_hash = None
    assert entrar(closed.correo, GOOD, now) == "ingreso.fallido"
    assert entrar(empty.correo, "", now) == "ingreso.fallido"


def test_an_unknown_account_costs_as_much_as_a_known_one(
    app: object, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    persona = factories.usuario(now)
    con_contrasena(persona.id, now)
    asked: list[bool] = []
    real = contrasenas.coincide
    monkeypatch.setattr(
        contrasenas, "coincide", lambda stored, typed: (asked.append(stored is None), real(stored, typed))[1]
    )
    assert (
        entrar(persona.correo, "no es", now)
        == entrar("nadie@ejemplo.test", "no es", now)
        == "ingreso.fallido"
    )
    assert asked == [False, True]
    assert contrasenas.coincide(None, "nadie tiene esta contraseña") is False


@pytest.mark.parametrize("known", [True, False])
def test_five_failures_lock_an_account_for_fifteen_minutes_whether_it_exists_or_not(
    app: object, now: datetime, known: bool
) -> None:
    escrito = "nadie@ejemplo.test"
    if known:
        persona = factories.usuario(now)
        con_contrasena(persona.id, now)
        escrito = persona.correo
    found = [entrar(escrito, "no es", now, ip=f"198.51.100.{n}") for n in range(6)]
    assert found == ["ingreso.fallido"] * 4 + ["ingreso.bloqueado"] * 2
    assert entrar(escrito, GOOD, now + timedelta(minutes=14)) == "ingreso.bloqueado"
    later = entrar(escrito, GOOD, now + timedelta(minutes=16))
    assert later == (persona.id if known else "ingreso.fallido")


def test_an_address_is_locked_after_a_hundred_failures_and_others_are_not(app: object, now: datetime) -> None:
    persona = factories.usuario(now)
    con_contrasena(persona.id, now)
    for _ in range(100):
        intentos.fallar([intentos.clave_ip("198.51.100.9")], now)
    assert entrar(persona.correo, GOOD, now, ip="198.51.100.9") == "ingreso.bloqueado"
    assert entrar(persona.correo, GOOD, now, ip="198.51.100.10") == persona.id


def test_success_forgets_failures(app: object, now: datetime) -> None:
    persona = factories.usuario(now)
    con_contrasena(persona.id, now)
    for _ in range(3):
        found = [entrar(persona.correo, "no es", now) for _ in range(4)]
        assert found == ["ingreso.fallido"] * 4
        assert entrar(persona.correo, GOOD, now) == persona.id


def test_a_hash_of_another_cost_is_made_again_at_sign_in(
    app: object, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.services import runtime

    persona = factories.usuario(now)
    con_contrasena(persona.id, now)
    before = _hash(persona.id)
    assert "$argon2id$" in before
    monkeypatch.setattr(runtime.current(), "argon2", (128, 2))
    assert entrar(persona.correo, GOOD, now) == persona.id
    assert "m=128,t=2" in _hash(persona.id)
    assert entrar(persona.correo, GOOD, now) == persona.id


def _hash(usuario_id: int) -> str:
    db.session.expire_all()
    return db.session.scalars(select(Usuario.contrasena_hash).where(Usuario.id == usuario_id)).one() or ""


def test_a_forgotten_password_is_replaced_once_and_ends_every_session(escom: Escuela, now: datetime) -> None:
    alumno = factories.alumno(escom, now)
    assert alumno.usuario_id is not None
    con_contrasena(alumno.usuario_id, now)
    cookie = sesiones.abrir(alumno.usuario_id, navegador="", ip="", now=now)
    with escuela_scope(escom.id):
        cuentas.olvidada(alumno.boleta, now=now)
    first = token_de(escom)
    with escuela_scope(escom.id):
        cuentas.olvidada(alumno.correo, now=now)
    second = token_de(escom)
    with pytest.raises(Refused, match="usado"):
        cuentas.restablecer(first, NEW, now=now)
    with pytest.raises(Refused, match="corta"):
        cuentas.restablecer(second, "Ab1!", now=now)
    assert cuentas.restablecer(second, NEW, now=now) == alumno.usuario_id
    assert sesiones.leer(cookie, now=now) is None
    assert entrar(alumno.boleta, GOOD, now, escom) == "ingreso.fallido"
    assert entrar(alumno.boleta, NEW, now, escom) == alumno.usuario_id
    with pytest.raises(Refused, match="usado"):
        cuentas.restablecer(second, NEW + "2", now=now)


def test_three_links_an_hour_are_sent_for_a_forgotten_password_and_no_more(
    escom: Escuela, now: datetime
) -> None:
    persona = factories.coordinador(escom, now)
    for minutes in (0, 10, 20, 30, 61):
        cuentas.olvidada(persona.correo, now=now + timedelta(minutes=minutes))
    with escuela_scope(escom.id):
        sent = db.session.scalars(select(Correo.creado).order_by(Correo.id)).all()
    assert [round((at - now).total_seconds() / 60) for at in sent] == [0, 10, 20, 61]


def test_a_new_password_lifts_the_lock(escom: Escuela, now: datetime) -> None:
    persona = factories.coordinador(escom, now)
    con_contrasena(persona.id, now)
    for _ in range(5):
        entrar(persona.correo, "no es", now)
    cuentas.olvidada(persona.correo, now=now)
    cuentas.restablecer(token_de(escom), NEW, now=now)
    assert entrar(persona.correo, NEW, now) == persona.id


def test_the_mail_of_a_dependencia_goes_out_under_the_escuela_of_its_convenio(
    escom: Escuela, esca: Escuela, now: datetime
) -> None:
    host, persona = factories.dependencia(now)
    factories.convenio(esca, host, now)
    cuentas.olvidada(persona.correo, now=now)
    assert token_de(esca, persona.correo)
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Correo)).all() == []


def test_nobody_is_written_to_for_an_unknown_account(escom: Escuela, now: datetime) -> None:
    with escuela_scope(escom.id):
        cuentas.olvidada("nadie@ejemplo.test", now=now)
        cuentas.olvidada("0000000000", now=now)
        assert db.session.scalars(select(Correo)).all() == []


def test_changing_the_password_ends_the_other_sessions_only(escom: Escuela, now: datetime) -> None:
    persona = factories.coordinador(escom, now)
    con_contrasena(persona.id, now)
    here, there = (sesiones.abrir(persona.id, navegador="", ip="", now=now) for _ in range(2))
    opened = sesiones.leer(here, now=now)
    assert opened is not None
    with pytest.raises(Refused, match="contrasena_actual"):
        cuentas.cambiar(persona.id, actual="no es", nueva=NEW, sesion_id=opened.sesion_id, now=now)
    assert sesiones.leer(there, now=now) is not None
    cuentas.cambiar(persona.id, actual=GOOD, nueva=NEW, sesion_id=opened.sesion_id, now=now)
    assert sesiones.leer(here, now=now) is not None
    assert sesiones.leer(there, now=now) is None
    assert entrar(persona.correo, NEW, now) == persona.id


@pytest.mark.parametrize(
    ("nueva", "falta"),
    [
        ("Corta1!", "corta"),
        ("sin-mayuscula-41", "sin_mayuscula"),
        ("Sin-Numero-Aqui", "sin_numero"),
        ("SinSigno4141xy", "sin_signo"),
        ("Ximena-Prueba-41", "personal"),
        ("X-2021630999-y!", "personal"),
        ("Password1!", "comun"),
    ],
)
def test_a_weak_or_personal_password_is_refused(
    escom: Escuela, now: datetime, nueva: str, falta: str
) -> None:
    alumno = factories.alumno(escom, now, boleta="2021630999")
    assert alumno.usuario_id is not None
    con_contrasena(alumno.usuario_id, now)
    cuentas.renombrar(alumno.usuario_id, "  Ximena   Prueba ", now=now)
    with pytest.raises(Refused, match=falta):
        cuentas.cambiar(alumno.usuario_id, actual=GOOD, nueva=nueva, sesion_id=0, now=now)


def test_somebody_elses_session_cannot_be_closed(escom: Escuela, now: datetime) -> None:
    mine, other = factories.usuario(now), factories.usuario(now)
    token = sesiones.abrir(other.id, navegador="", ip="", now=now)
    public_id = db.session.scalars(select(Sesion.public_id).where(Sesion.usuario_id == other.id)).one()
    with pytest.raises(LookupError):
        sesiones.cerrar(public_id, mine.id, now=now)
    assert sesiones.leer(token, now=now) is not None
    sesiones.cerrar(public_id, other.id, now=now)
    assert sesiones.leer(token, now=now) is None


def test_a_person_sees_each_part_they_belong_to(escom: Escuela, esca: Escuela, now: datetime) -> None:
    persona = factories.coordinador(escom, now)
    with escuela_scope(esca.id), unit_of_work(now) as uow:
        uow.add(Miembro(usuario_id=persona.id, cargo="", permisos=["reportes"]))
    host, _ = factories.dependencia(now)
    with unit_of_work(now) as uow:
        uow.add(DependenciaUsuario(dependencia_id=host.id, usuario_id=persona.id))
    found = {(v.rol, v.slug) for v in cuentas.vinculos(persona.id)}
    assert found == {("coordinador", escom.slug), ("coordinador", esca.slug), ("dependencia", "")}


def test_an_invited_coordinador_chooses_a_password_and_enters(escom: Escuela, now: datetime) -> None:
    from portal.services import registro

    link = cuentas.invitar_coordinador(
        escom.id,
        correo="Nueva@Escuela.test",
        nombre="Nadia Ficticia",
        cargo="Jefa",
        permisos=["reportes"],
        now=now,
    )
    token = link.rpartition("/")[2]
    assert factories.enlace_vivo(token, "invitacion", now) is not None
    assert token_de(escom, "nueva@escuela.test") == token
    usuario_id = registro.aceptar_invitacion(token, NEW, now)
    assert entrar("nueva@escuela.test", NEW, now) == usuario_id
    again = cuentas.invitar_coordinador(
        escom.id,
        correo="nueva@escuela.test",
        nombre="Nadia",
        cargo="Directora",
        permisos=["terminos"],
        now=now,
    )
    assert again.endswith(f"/{escom.slug}/ingresar")
    with escuela_scope(escom.id):
        assert db.session.scalars(select(Miembro.permisos)).all() == [["terminos"]]


@pytest.mark.parametrize("proposito", ["contrasena", "invitacion"])
def test_an_expired_link_is_renewed_to_the_same_account(
    escom: Escuela, now: datetime, proposito: str
) -> None:
    persona = factories.coordinador(escom, now)
    with unit_of_work(now) as uow:
        uow.lock_id(Usuario, persona.id).contrasena_hash = None
        old = enlaces.expand(enlaces.crear(uow, proposito, usuario_id=persona.id, escuela_id=escom.id))
    later = now + timedelta(days=8)
    assert factories.enlace_vivo(old, proposito, later) is None
    assert cuentas.renovar(old, now=later)
    fresh = token_de(escom, persona.correo)
    found = factories.enlace_vivo(fresh, proposito, later)
    assert found is not None
    assert found.usuario_id == persona.id
    assert not cuentas.renovar("desconocido", now=later)
