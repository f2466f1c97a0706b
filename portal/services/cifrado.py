"""Values that the portal must be able to read again, encrypted where they are stored.

The key is derived from the installation's secret. After the secret changes, values written under an earlier one are
still read (`Runtime.secret_keys_before`), and written anew the next time that they are used.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.services import runtime

USO = b"portal: valores cifrados, 1"  # another use of the secret gives another key


class Ilegible(ValueError):
    """Written under a secret that this installation no longer knows, or changed since."""


def cifrar(texto: str) -> str:
    """The text under today's key, with its own proof that nobody changed it."""
    return _fernet(runtime.current().secret_key).encrypt(texto.encode()).decode()


def descifrar(cifrado: str) -> str:
    """The text again; Ilegible where no known key opens it."""
    now = runtime.current()
    keys = [_fernet(secret) for secret in (now.secret_key, *now.secret_keys_before)]
    try:
        return MultiFernet(keys).decrypt(cifrado.encode()).decode()
    except InvalidToken as error:
        raise Ilegible from error


def anticuado(cifrado: str) -> bool:
    """Whether a value lies under another key than today's, so that it should be written again."""
    try:
        _fernet(runtime.current().secret_key).decrypt(cifrado.encode())
    except InvalidToken:
        return True
    return False


@lru_cache(maxsize=8)
def _fernet(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=USO).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
