"""Signing in through an escuela's own service. It says who somebody is; it never opens an account.

The session that comes of it opens that escuela only: another escuela has no reason to believe this one's provider.
A second step of the account is asked for all the same.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.domain.identificadores import IdentificadorInvalido, normalise_boleta
from portal.domain.machine import Refused
from portal.models import Alumno, Usuario, db
from portal.services import cuentas, escuelas, oidc_cliente, retos, runtime, sesiones
from portal.services.oidc_cliente import Caido, Cliente, Invalido
from portal.services.uow import unit_of_work
from tenants.profile_parts import Proveedor
from tenants.scope import current_escuela, escuela_scope


@dataclass(frozen=True)
class Reconocido:
    """Whom the provider vouched for, and where the person was going."""

    usuario_id: int
    escuela_id: int
    siguiente: str


def boton() -> str:
    """The words of the button of the escuela in scope; "" where this way in is off, or its secret is missing."""
    proveedor = escuelas.perfil().acceso.oidc
    return proveedor.boton if proveedor is not None and _secreto() else ""


def faltas() -> tuple[int, list[str]]:
    """How many escuelas have this way in, and what keeps it shut, in sentences for the operator (no scope is open)."""
    cuantas, found = 0, []
    for escuela_id, slug in [(e.id, e.slug) for e in escuelas.activas()]:
        with escuela_scope(escuela_id):
            proveedor, secreto = escuelas.perfil().acceso.oidc, _secreto()
        if proveedor is None:
            continue
        cuantas += 1
        if not secreto:
            variable = f"PORTAL_OIDC_{slug.upper().replace('-', '_')}_SECRET"
            found.append(f"{slug} pide {variable}, que no está: su botón no se muestra")
            continue
        try:
            oidc_cliente.preguntar(proveedor.emisor)
        except (Caido, Invalido):
            found.append(f"{slug}: {proveedor.emisor} no responde como un proveedor OpenID")
    return cuantas, found


def empezar(siguiente: str, *, ruta: str, now: datetime) -> tuple[str, str]:
    """The provider's address to go to, and the token that this browser keeps until it comes back (`state`).

    `ruta`: the path to come back to. Raises Refused: "oidc.apagado", "oidc.caido", "oidc.invalido".
    """
    _, cliente = _configurado(ruta)
    nonce, verificador = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    datos = {
        "nonce": nonce,
        "verificador": verificador,
        "siguiente": siguiente,
        "escuela_id": current_escuela(),
        "emisor": cliente.emisor,
    }
    state = retos.abrir("oidc", datos, now=now)
    db.session.rollback()  # no transaction is open while the network answers
    try:
        return oidc_cliente.direccion(cliente, state=state, nonce=nonce, verificador=verificador), state
    except Caido:
        raise Refused("oidc.caido") from None
    except Invalido:
        raise Refused("oidc.invalido") from None


def terminar(token: str, *, codigo: str, ruta: str, now: datetime) -> Reconocido:
    """Whose account the provider's answer names, in the escuela in scope.

    `token`: what the browser kept, which must be the answer's `state`. Raises Refused: "reto.vencido", "oidc.apagado",
    "oidc.caido", "oidc.invalido", "oidc.sin_dato", "oidc.sin_cuenta".
    """
    with unit_of_work(now) as uow:
        datos = retos.consumir(uow, token, "oidc").datos
    proveedor, cliente = _configurado(ruta)
    if datos["escuela_id"] != current_escuela() or datos["emisor"] != cliente.emisor:
        raise Refused("reto.vencido")
    db.session.rollback()  # no transaction is open while the network answers
    try:
        reclamos = oidc_cliente.reclamos(
            cliente,
            codigo=codigo,
            nonce=datos["nonce"],
            verificador=datos["verificador"],
            ahora=int(now.timestamp()),
        )
    except Caido:
        raise Refused("oidc.caido") from None
    except Invalido:
        raise Refused("oidc.invalido") from None
    usuario_id = _cuenta(proveedor, reclamos)
    if usuario_id is None:
        raise Refused("oidc.sin_cuenta")
    return Reconocido(usuario_id, current_escuela(), datos["siguiente"])


def _configurado(ruta: str) -> tuple[Proveedor, Cliente]:
    proveedor, secreto = escuelas.perfil().acceso.oidc, _secreto()
    if proveedor is None or not secreto:
        raise Refused("oidc.apagado")
    regreso = runtime.current().base_url + ruta
    cliente = Cliente(proveedor.emisor, proveedor.cliente, secreto, regreso, proveedor.alcance)
    return proveedor, cliente


def _secreto() -> str:
    return runtime.current().oidc_secrets.get(escuelas.actual().slug, "")


def _cuenta(proveedor: Proveedor, reclamos: Any) -> int | None:
    """The account that the claim names: an active one, with a place in this escuela."""
    valor = reclamos.get(proveedor.reclamo)
    if not isinstance(valor, str) or not valor.strip():
        raise Refused("oidc.sin_dato")
    if proveedor.busca == "correo":
        if reclamos.get("email_verified") is not True:
            raise Refused("oidc.sin_dato")
        usuario = cuentas.por_correo(valor)
    else:
        usuario = _por_boleta(valor)
    if usuario is None or not usuario.activo:
        return None
    aqui = sesiones.miembro_de(usuario.id) or sesiones.alumno_de(usuario.id)
    return usuario.id if aqui is not None else None


def _por_boleta(valor: str) -> Usuario | None:
    try:
        boleta = normalise_boleta(valor, escuelas.perfil().boleta.patron)
    except IdentificadorInvalido:
        return None
    query = select(Usuario).join(Alumno, Alumno.usuario_id == Usuario.id).where(Alumno.boleta == boleta)
    return db.session.scalar(query)
