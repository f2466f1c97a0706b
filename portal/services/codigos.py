"""One-time codes of six digits: computed when their mail is sent and when they are checked, stored nowhere.

A code is an HMAC of whom it is for and of its number under the installation's key; until its mail is sent, what is
stored of the mail carries a marker in the code's place.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from portal.services import runtime

OCULTO = "······"
_MARCA = re.compile(r"\{codigo:(\d+):(\d+)\}")


def marca(firma_id: int, serie: int) -> str:
    """What a stored mail carries in the code's place."""
    return f"{{codigo:{firma_id}:{serie}}}"


def expand(texto: str) -> str:
    """The text with its code; for the moment of sending, never to be stored."""
    return _MARCA.sub(lambda found: _codigo(int(found[1]), int(found[2])), texto)


def ocultar(texto: str) -> str:
    """The text as a page may show it later."""
    return _MARCA.sub(OCULTO, texto)


def es(codigo: str, firma_id: int, serie: int) -> bool:
    """Whether that is the code, whatever spaces were typed."""
    return hmac.compare_digest("".join(codigo.split()).encode(), _codigo(firma_id, serie).encode())


def _codigo(firma_id: int, serie: int) -> str:
    key = runtime.current().secret_key.encode()
    mac = hmac.new(key, f"codigo:{firma_id}:{serie}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(mac[:8], 'big') % 1_000_000:06d}"
