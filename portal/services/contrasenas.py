"""Password hashes: Argon2id, the same time for an account that does not exist, new parameters at the next sign-in."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from portal.services import runtime


@lru_cache(maxsize=4)
def _hasher(memory_kib: int, rounds: int) -> PasswordHasher:
    return PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1, type=Type.ID)


@lru_cache(maxsize=4)
def _nobody(memory_kib: int, rounds: int) -> str:
    return _hasher(memory_kib, rounds).hash("nadie tiene esta contraseña")


def _cost() -> tuple[int, int]:
    return runtime.current().argon2


def hash_contrasena(contrasena: str) -> str:
    """The Argon2id hash to store, at the installation's cost."""
    return _hasher(*_cost()).hash(contrasena)


def coincide(stored: str | None, contrasena: str) -> bool:
    """Whether the password belongs to the hash; without one, as much work is done and the answer is no."""
    try:
        _hasher(*_cost()).verify(stored or _nobody(*_cost()), contrasena)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def anticuada(stored: str) -> bool:
    """Whether a hash was made at another cost and should be made again while the password is at hand."""
    return _hasher(*_cost()).check_needs_rehash(stored)
