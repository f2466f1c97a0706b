"""The second step of signing in: codes of an app (TOTP, RFC 6238), and codes kept for an emergency.

An account has a second step while it has an app or a passkey; `Usuario.segundo_desde` says so, and only `ajustar`
writes it. Codes are tried at most five times in 15 minutes, counted in the database before they are looked at, under
a key that knowing the password does not clear.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
import zxingcpp
from sqlalchemy import select

from portal.domain.machine import Refused
from portal.models import CodigoRespaldo, Factor, Llave, Usuario, db
from portal.services import cifrado, cuentas, intentos, retos, sesiones
from portal.services.cuentas_avisos import avisar, unidad
from portal.services.uow import Uow, unit_of_work

PASO = 30  # seconds that a code lasts
VECINOS = (0, -1, 1)  # steps that are accepted: clocks differ
CODIGOS = 10
LETRAS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
LARGO = 16  # letters of a recovery code: 79 bits, so that a plain hash of it is enough
EMISOR = "Servicio social"


@dataclass(frozen=True)
class Propuesta:
    """An app's secret that waits for its first code: as text in groups of four, and as the QR (a data: address)."""

    secreto: str
    qr: str


# ---- turning on and off ----


def proponer(usuario_id: int, contrasena: str, *, now: datetime) -> None:
    """Make a secret for an app, in the place of one that was never confirmed.

    Raises Refused: the password, or "segundo.ya_activo".
    """
    cuentas.comprobar(usuario_id, contrasena, now=now)
    with unit_of_work(now) as uow:
        uow.lock_id(Usuario, usuario_id)
        factor = _factor(uow, usuario_id)
        if factor is None:
            factor = uow.add(Factor(usuario_id=usuario_id, secreto=""))
        if factor.confirmado is not None:
            raise Refused("segundo.ya_activo")
        factor.secreto = cifrado.cifrar(pyotp.random_base32())


def propuesta(usuario_id: int) -> Propuesta | None:
    """The secret that waits for its first code, to be shown; None where there is none."""
    query = (
        select(Factor, Usuario.correo)
        .join(Usuario, Usuario.id == Factor.usuario_id)
        .where(Factor.usuario_id == usuario_id, Factor.confirmado.is_(None))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    factor, correo = row
    try:
        secreto = cifrado.descifrar(factor.secreto)
    except cifrado.Ilegible:
        return None
    uri = pyotp.TOTP(secreto).provisioning_uri(name=correo, issuer_name=EMISOR)
    return Propuesta(" ".join(re.findall(".{4}", secreto)), _qr(uri))


def confirmar(usuario_id: int, codigo: str, *, sesion_id: int, now: datetime) -> list[str]:
    """Turn the app on with its first code; every other session ends. Returns the recovery codes, if they are new.

    Raises Refused: "segundo.codigo", "segundo.bloqueado", "segundo.sin_propuesta".
    """
    _apartar(usuario_id, now)
    with unidad(usuario_id, now) as uow:
        usuario = uow.lock_id(Usuario, usuario_id)
        factor = _factor(uow, usuario_id)
        if factor is None or factor.confirmado is not None:
            raise Refused("segundo.sin_propuesta")
        if not _gastar_codigo(factor, _plain(codigo), now):
            raise Refused("segundo.codigo")
        factor.confirmado = now
        intentos.olvidar(uow, intentos.clave_factor(usuario_id))
        avisar(uow, usuario, "aplicacion")
        return ajustar(uow, usuario, salvo_sesion=sesion_id)


def quitar(usuario_id: int, *, contrasena: str, codigo: str, ip: str, now: datetime) -> None:
    """Turn the app off; asks for the password and for a code. Raises Refused as `comprobar` and the password do."""
    cuentas.comprobar(usuario_id, contrasena, now=now)
    comprobar(usuario_id, codigo, ip=ip, now=now)
    with unidad(usuario_id, now) as uow:
        usuario = uow.lock_id(Usuario, usuario_id)
        factor = _factor(uow, usuario_id)
        if factor is not None:
            uow.session.delete(factor)
            uow.session.flush()
            avisar(uow, usuario, "aplicacion_quitada")
        ajustar(uow, usuario)


def renovar_codigos(usuario_id: int, contrasena: str, *, now: datetime) -> list[str]:
    """Ten new recovery codes; the old ones no longer serve. Raises Refused: the password, "segundo.apagado"."""
    cuentas.comprobar(usuario_id, contrasena, now=now)
    with unidad(usuario_id, now) as uow:
        usuario = uow.lock_id(Usuario, usuario_id)
        if usuario.segundo_desde is None:
            raise Refused("segundo.apagado")
        avisar(uow, usuario, "codigos")
        return _codigos(uow, usuario_id)


def apagar(usuario_id: int, *, now: datetime) -> None:
    """Take everything but the password away: for somebody who lost it all and was recognised by the office."""
    with unidad(usuario_id, now) as uow:
        usuario = uow.lock_id(Usuario, usuario_id)
        for model in (Factor, Llave):
            for row in uow.session.scalars(select(model).where(model.usuario_id == usuario_id)):
                uow.session.delete(row)
        uow.session.flush()
        intentos.olvidar(uow, intentos.clave_factor(usuario_id))
        sesiones.terminar_otras(uow, usuario_id)
        avisar(uow, usuario, "apagado")
        ajustar(uow, usuario)


def ajustar(uow: Uow, usuario: Usuario, *, salvo_sesion: int | None = None) -> list[str]:
    """Turn the second step on or off, as what the account has now says.

    Turned on, the other sessions end (they were opened without it) and the recovery codes that are returned are made.
    Turned off, the codes go.
    """
    app = select(Factor.id).where(Factor.usuario_id == usuario.id, Factor.confirmado.is_not(None))
    llave = select(Llave.id).where(Llave.usuario_id == usuario.id)
    tiene = any(uow.session.scalar(query.limit(1)) is not None for query in (app, llave))
    retos.anular(uow, usuario.id)
    if not tiene:
        usuario.segundo_desde = None
        _olvidar_codigos(uow, usuario.id)
        return []
    if usuario.segundo_desde is not None:
        return []
    usuario.segundo_desde = uow.now
    sesiones.terminar_otras(uow, usuario.id, salvo_sesion)
    return _codigos(uow, usuario.id)


# ---- the second step ----


def exige(usuario_id: int) -> bool:
    """Whether signing in to this account asks for a second step."""
    return db.session.scalar(select(Usuario.segundo_desde).where(Usuario.id == usuario_id)) is not None


def empezar(usuario_id: int, *, puerta: str, siguiente: str, escuela_id: int | None, now: datetime) -> str:
    """The first proof held: returns the token of ten minutes that stands between the two steps, and opens nothing."""
    datos = {"puerta": puerta, "siguiente": siguiente, "escuela_id": escuela_id}
    return retos.abrir("segundo", datos, usuario_id=usuario_id, now=now)


def pendiente(token: str, now: datetime) -> retos.Pedido | None:
    """Who stands between the two steps with this token, or None (late, done, or the account was closed)."""
    pedido = retos.leer(token, "segundo", now)
    if pedido is None or pedido.usuario_id is None:
        return None
    activo = select(Usuario.activo).where(Usuario.id == pedido.usuario_id)
    return pedido if db.session.scalar(activo) else None


def terminar(token: str, *, now: datetime) -> retos.Pedido:
    """The second proof held: use the token up. Raises Refused("reto.vencido") for whoever came second."""
    with unit_of_work(now) as uow:
        return retos.consumir(uow, token, "segundo")


def comprobar(usuario_id: int, codigo: str, *, ip: str, now: datetime) -> bool:
    """Whether a code of the app or for an emergency is right; it is used up. True where it was one for an emergency.

    Raises Refused: "segundo.codigo" (wrong, or used before), "segundo.bloqueado", "segundo.ilegible".
    """
    desde_ip = (intentos.clave_ip(ip),)
    if hasta := intentos.bloqueado_hasta(desde_ip, now):
        raise Refused("segundo.bloqueado", hora=cuentas.hora_local(hasta))
    _apartar(usuario_id, now)
    escrito = _plain(codigo)
    de_app = len(escrito) == 6 and escrito.isascii() and escrito.isdigit()
    with unit_of_work(now) as uow:
        if de_app:
            factor = _factor(uow, usuario_id)
            bien = (
                factor is not None and factor.confirmado is not None and _gastar_codigo(factor, escrito, now)
            )
        else:
            bien = _gastar_respaldo(uow, usuario_id, escrito)
        if bien:
            intentos.olvidar(uow, intentos.clave_factor(usuario_id))
    if not bien:
        intentos.fallar(desde_ip, now)
        raise Refused("segundo.codigo")
    return not de_app


def _apartar(usuario_id: int, now: datetime) -> None:
    if hasta := intentos.apartar(intentos.clave_factor(usuario_id), now):
        raise Refused("segundo.bloqueado", hora=cuentas.hora_local(hasta))


def _factor(uow: Uow, usuario_id: int) -> Factor | None:
    query = select(Factor).where(Factor.usuario_id == usuario_id).with_for_update()
    return uow.session.scalar(query.execution_options(populate_existing=True))


def _gastar_codigo(factor: Factor, codigo: str, now: datetime) -> bool:
    """Whether the app shows this code now, or one step before or after; a step that was used is past for ever."""
    try:
        totp = pyotp.TOTP(cifrado.descifrar(factor.secreto))
    except cifrado.Ilegible:
        raise Refused("segundo.ilegible") from None
    ahora = int(now.timestamp()) // PASO
    hits = [p for p in (ahora + d for d in VECINOS) if hmac.compare_digest(totp.generate_otp(p), codigo)]
    fresh = [p for p in hits if p > factor.ultimo_paso]
    if not fresh:
        return False
    factor.ultimo_paso = max(fresh)
    if cifrado.anticuado(factor.secreto):
        factor.secreto = cifrado.cifrar(totp.secret)
    return True


def _gastar_respaldo(uow: Uow, usuario_id: int, codigo: str) -> bool:
    query = select(CodigoRespaldo).where(
        CodigoRespaldo.huella == _huella(usuario_id, codigo), CodigoRespaldo.usado.is_(None)
    )
    found = uow.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        return False
    found.usado = uow.now
    return True


def _codigos(uow: Uow, usuario_id: int) -> list[str]:
    _olvidar_codigos(uow, usuario_id)
    codes = ["".join(secrets.choice(LETRAS) for _ in range(LARGO)) for _ in range(CODIGOS)]
    for code in codes:
        uow.add(CodigoRespaldo(usuario_id=usuario_id, huella=_huella(usuario_id, code)))
    return ["-".join(re.findall(".{4}", code)) for code in codes]


def _olvidar_codigos(uow: Uow, usuario_id: int) -> None:
    query = select(CodigoRespaldo).where(CodigoRespaldo.usuario_id == usuario_id).with_for_update()
    for old in uow.session.scalars(query):
        uow.session.delete(old)
    uow.session.flush()


def _huella(usuario_id: int, codigo: str) -> str:
    return hashlib.sha256(f"respaldo:{usuario_id}:{codigo}".encode()).hexdigest()


def _plain(codigo: str) -> str:
    """What was typed, without the spaces and hyphens that only help to read it."""
    return re.sub(r"[\s\-‐–—]", "", codigo).lower()


def _qr(texto: str) -> str:
    """The text as a QR, an SVG in a data: address."""
    svg = zxingcpp.create_barcode(texto, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg()
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
