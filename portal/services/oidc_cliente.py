"""Talking to an escuela's own sign-in service over HTTP: OpenID Connect, authorization code with PKCE.

Nothing here touches the database, and nobody calls it inside a transaction. Each call ends within seconds; whatever
fails on the other side is `Caido`, whatever answers wrongly is `Invalido`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, KeySetSerialization

TIEMPO = (3.05, 5)  # seconds to connect, to answer
VIGENCIA = 3600  # seconds that what a provider says of itself is believed
GRACIA = 120  # seconds by which two clocks may differ
MAX_BYTES = 262_144
# Signatures that only the provider can make; never "none", never the client's own secret as a key.
ALGORITMOS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519"]


class Caido(Exception):
    """The provider cannot be reached, or does not answer in time."""


class Invalido(Exception):
    """The provider's answer does not hold."""


@dataclass(frozen=True)
class Cliente:
    """The portal, as one provider knows it."""

    emisor: str
    cliente: str
    secreto: str
    regreso: str
    alcance: str


_conocidos: dict[str, tuple[float, dict[str, Any]]] = {}
_cerrojo = Lock()


def direccion(c: Cliente, *, state: str, nonce: str, verificador: str) -> str:
    """Where the browser goes to sign in at the provider. Raises Caido, Invalido."""
    metadatos = _metadatos(c.emisor)
    with _sesion(c) as session:
        url, _ = session.create_authorization_url(
            _https(metadatos, "authorization_endpoint", c.emisor),
            state=state,
            nonce=nonce,
            code_verifier=verificador,
        )
    return str(url)


def reclamos(c: Cliente, *, codigo: str, nonce: str, verificador: str, ahora: int) -> Mapping[str, Any]:
    """What the provider says of the person, once its signature, audience, time and nonce hold.

    `ahora`: seconds since 1970. Raises Caido, Invalido.
    """
    metadatos = _metadatos(c.emisor)
    with _sesion(c) as session:
        try:
            token = session.fetch_token(
                _https(metadatos, "token_endpoint", c.emisor),
                code=codigo,
                code_verifier=verificador,
                grant_type="authorization_code",
                timeout=TIEMPO,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Caido(str(error)) from error
        except (OAuthError, ValueError, TypeError, KeyError) as error:
            raise Invalido(str(error)) from error
    id_token = token.get("id_token") if isinstance(token, dict) else None
    if not isinstance(id_token, str):
        raise Invalido("there is no id_token")
    return _comprobado(c, metadatos, id_token, nonce, ahora)


def _comprobado(
    c: Cliente, metadatos: dict[str, Any], id_token: str, nonce: str, ahora: int
) -> Mapping[str, Any]:
    registry = jwt.JWTClaimsRegistry(
        now=ahora,
        leeway=GRACIA,
        iss={"essential": True, "value": c.emisor},
        aud={"essential": True, "value": c.cliente},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        token = _abierto(c, metadatos, id_token)
        registry.validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Invalido(str(error)) from error
    audience, party = token.claims["aud"], token.claims.get("azp")
    if (isinstance(audience, list) and len(audience) > 1 and party is None) or party not in (None, c.cliente):
        raise Invalido("the token was made for another party")
    return token.claims


def _abierto(c: Cliente, metadatos: dict[str, Any], id_token: str) -> jwt.Token:
    """The token under one of the provider's keys; the keys are asked for again when it names a new one."""
    url = _https(metadatos, "jwks_uri", c.emisor)
    try:
        return jwt.decode(id_token, _llaves(_json(url)), algorithms=ALGORITMOS)
    except InvalidKeyIdError:
        return jwt.decode(id_token, _llaves(_json(url, fresh=True)), algorithms=ALGORITMOS)


def _llaves(documento: dict[str, Any]) -> KeySet:
    return KeySet.import_key_set(cast(KeySetSerialization, documento))


def preguntar(emisor: str) -> None:
    """Ask the provider what it says of itself. Raises Caido, Invalido."""
    _metadatos(emisor)


def _metadatos(emisor: str) -> dict[str, Any]:
    """What the provider says of itself; it must be the one that was asked."""
    found = _json(emisor.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != emisor:
        raise Invalido("the provider names another issuer")
    return found


def _https(metadatos: dict[str, Any], name: str, emisor: str) -> str:
    """An address of the provider; over TLS wherever the provider itself is."""
    url = metadatos.get(name)
    if not isinstance(url, str) or not url.startswith(emisor.partition("//")[0] + "//"):
        raise Invalido(f"{name} is missing or not protected")
    return url


def _json(url: str, *, fresh: bool = False) -> dict[str, Any]:
    """A public document of the provider, at most an hour old."""
    with _cerrojo:
        known = _conocidos.get(url)
    if known is not None and not fresh and time.monotonic() - known[0] < VIGENCIA:
        return known[1]
    try:
        answer = requests.get(
            url, timeout=TIEMPO, allow_redirects=False, headers={"Accept": "application/json"}
        )
        answer.raise_for_status()
    except requests.RequestException as error:
        raise Caido(str(error)) from error
    try:
        found = answer.json() if answer.status_code == 200 and len(answer.content) <= MAX_BYTES else None
    except ValueError as error:
        raise Invalido(str(error)) from error
    if not isinstance(found, dict):
        raise Invalido("the provider's document is not an object")
    with _cerrojo:
        _conocidos[url] = (time.monotonic(), found)
    return found


def _sesion(c: Cliente) -> Any:
    return OAuth2Session(
        c.cliente,
        c.secreto,
        scope=c.alcance,
        redirect_uri=c.regreso,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",
    )
