"""Passkeys (WebAuthn): a key pair whose private half stays in the person's device, opened there by finger or PIN.

A passkey asks for two things at once (the device, and what opens it), so it signs in by itself, and serves as second
step too. Its challenge lies in `reto`, is used up before it is looked at, and the answer must name this site.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import func, select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.domain.machine import Refused
from portal.domain.personas import limpiar
from portal.models import Llave, Usuario, db
from portal.services import cuentas, intentos, retos, runtime, segundo_factor
from portal.services.cuentas_avisos import avisar, unidad
from portal.services.uow import NotFound, Uow, unit_of_work

NOMBRE_DEL_SITIO = "Servicio social"
MAX_LLAVES = 10
TRANSPORTES = frozenset(t.value for t in AuthenticatorTransport)
REQUIRED = UserVerificationRequirement.REQUIRED
# What a browser sends is anybody's: whatever the library stumbles on is an answer that does not hold.
ROTO = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)


# ---- registering ----


def pedir_alta(usuario_id: int, contrasena: str, *, now: datetime) -> tuple[str, str]:
    """What the browser is asked to make a passkey with (JSON), and the token of that challenge.

    Raises Refused: the password, or "llave.muchas".
    """
    usuario = cuentas.comprobar(usuario_id, contrasena, now=now)
    conocidas = _de(usuario_id)
    if len(conocidas) >= MAX_LLAVES:
        raise Refused("llave.muchas", cuantas=MAX_LLAVES)
    opciones = webauthn.generate_registration_options(
        rp_id=_sitio(),
        rp_name=NOMBRE_DEL_SITIO,
        user_id=usuario.public_id.encode(),
        user_name=usuario.correo,
        user_display_name=usuario.nombre,
        exclude_credentials=_descriptores(conocidas),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=REQUIRED
        ),
    )
    datos = {"reto": bytes_to_base64url(opciones.challenge)}
    return options_to_json(opciones), retos.abrir("llave_alta", datos, usuario_id=usuario_id, now=now)


def registrar(
    usuario_id: int, token: str, credencial: str, nombre: str, *, sesion_id: int, now: datetime
) -> list[str]:
    """Keep the passkey that the browser made; returns the recovery codes, if the account has none yet.

    Raises Refused: "reto.vencido", "llave.invalida", "llave.repetida", "llave.muchas".
    """
    with unit_of_work(now) as uow:
        pedido = retos.consumir(uow, token, "llave_alta")
    if pedido.usuario_id != usuario_id:
        raise Refused("reto.vencido")
    try:
        hecha = webauthn.verify_registration_response(
            credential=credencial,
            expected_challenge=base64url_to_bytes(pedido.datos["reto"]),
            expected_rp_id=_sitio(),
            expected_origin=runtime.current().base_url,
            require_user_verification=True,
        )
        transportes = json.loads(credencial)["response"].get("transports") or []
        conocidos = [t for t in transportes if t in TRANSPORTES]
    except ROTO:
        raise Refused("llave.invalida") from None
    with unidad(usuario_id, now) as uow:
        usuario = uow.lock_id(Usuario, usuario_id)
        _caben(uow, usuario_id, hecha.credential_id)
        uow.add(
            Llave(
                usuario_id=usuario_id,
                nombre=limpiar(nombre)[:80],
                credencial=bytes_to_base64url(hecha.credential_id),
                credencial_huella=_huella(hecha.credential_id),
                clave_publica=bytes_to_base64url(hecha.credential_public_key),
                contador=hecha.sign_count,
                transportes=conocidos,
            )
        )
        avisar(uow, usuario, "llave")
        return segundo_factor.ajustar(uow, usuario, salvo_sesion=sesion_id)


def _caben(uow: Uow, usuario_id: int, credential_id: bytes) -> None:
    if uow.session.scalar(select(Llave.id).where(Llave.credencial_huella == _huella(credential_id))):
        raise Refused("llave.repetida")
    count = uow.session.scalar(select(func.count(Llave.id)).where(Llave.usuario_id == usuario_id))
    if (count or 0) >= MAX_LLAVES:
        raise Refused("llave.muchas", cuantas=MAX_LLAVES)


def quitar(usuario_id: int, public_id: str, contrasena: str, *, now: datetime) -> None:
    """Forget a passkey of this account. Raises Refused (the password), NotFound for somebody else's."""
    cuentas.comprobar(usuario_id, contrasena, now=now)
    with unidad(usuario_id, now) as uow:
        usuario = uow.lock_id(Usuario, usuario_id)
        llave = uow.lock(Llave, public_id)
        if llave.usuario_id != usuario_id:
            raise NotFound("Llave")
        uow.session.delete(llave)
        uow.session.flush()
        avisar(uow, usuario, "llave_quitada")
        segundo_factor.ajustar(uow, usuario)


# ---- signing in ----


def pedir_ingreso(usuario_id: int | None = None, *, now: datetime) -> tuple[str, str]:
    """What the browser is asked to sign in with (JSON), and the token of that challenge.

    Any passkey of this site that the device knows; only those of `usuario_id` in the second step.
    """
    opciones = webauthn.generate_authentication_options(
        rp_id=_sitio(),
        allow_credentials=_descriptores(_de(usuario_id)) if usuario_id is not None else None,
        user_verification=REQUIRED,
    )
    datos = {"reto": bytes_to_base64url(opciones.challenge)}
    return options_to_json(opciones), retos.abrir("llave", datos, usuario_id=usuario_id, now=now)


def ingresar(token: str, credencial: str, *, de: int | None = None, ip: str, now: datetime) -> int:
    """The account whose passkey signed the challenge; `de`: it must be this one (the second step).

    Raises Refused: "reto.vencido", "llave.invalida", "llave.desconocida", "llave.copiada" (its count of signatures
    went back), "segundo.bloqueado" (too many bad answers from this address).
    """
    claves = (intentos.clave_ip(ip),)
    if hasta := intentos.bloqueado_hasta(claves, now):
        raise Refused("segundo.bloqueado", hora=cuentas.hora_local(hasta))
    with unit_of_work(now) as uow:
        pedido = retos.consumir(uow, token, "llave")
    if pedido.usuario_id != de:
        raise Refused("reto.vencido")
    try:
        return _comprobar(credencial, base64url_to_bytes(pedido.datos["reto"]), de, now)
    except Refused:
        intentos.fallar(claves, now)
        raise


def _comprobar(credencial: str, reto: bytes, de: int | None, now: datetime) -> int:
    try:
        respuesta = webauthn.helpers.parse_authentication_credential_json(credencial)
    except ROTO:
        raise Refused("llave.invalida") from None
    with unit_of_work(now) as uow:
        query = (
            select(Llave)
            .join(Usuario, Usuario.id == Llave.usuario_id)
            .where(Llave.credencial_huella == _huella(respuesta.raw_id), Usuario.activo)
        )
        llave: Llave | None = uow.session.scalar(
            query.with_for_update(of=Llave).execution_options(populate_existing=True)
        )
        if llave is None or de not in (None, llave.usuario_id):
            raise Refused("llave.desconocida")
        try:
            probada = webauthn.verify_authentication_response(
                credential=respuesta,
                expected_challenge=reto,
                expected_rp_id=_sitio(),
                expected_origin=runtime.current().base_url,
                credential_public_key=base64url_to_bytes(llave.clave_publica),
                credential_current_sign_count=0,  # the count is judged below, with a sentence of its own
                require_user_verification=True,
            )
        except ROTO:
            raise Refused("llave.invalida") from None
        if (probada.new_sign_count or llave.contador) and probada.new_sign_count <= llave.contador:
            raise Refused("llave.copiada")
        llave.contador, llave.usada = probada.new_sign_count, now
        return llave.usuario_id


def _de(usuario_id: int) -> list[Llave]:
    return list(db.session.scalars(select(Llave).where(Llave.usuario_id == usuario_id).order_by(Llave.id)))


def _descriptores(llaves: Iterable[Llave]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(llave.credencial),
            transports=[AuthenticatorTransport(t) for t in llave.transportes] or None,
        )
        for llave in llaves
    ]


def _sitio() -> str:
    """The name to which passkeys are bound: the portal's own host, without port."""
    return urlsplit(runtime.current().base_url).hostname or "localhost"


def _huella(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()
