"""Which escuela the running work belongs to. One ContextVar; nothing else holds it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import DontWrapMixin


class NoScope(DontWrapMixin, RuntimeError):
    """Rows of an escuela were asked for outside every `escuela_scope`."""


@dataclass(frozen=True)
class ScopeChange:
    """From which escuela to which (`None`: none), and how: `abort` leaves because of an exception."""

    old: int | None
    new: int | None
    how: Literal["enter", "exit", "abort"]


@dataclass(frozen=True)
class ScopeToken:
    """What `push_escuela` gives and `pop_escuela` takes."""

    previous: int | None
    _token: Token[int | None]


ScopeCallback = Callable[[ScopeChange], None]

_current: ContextVar[int | None] = ContextVar("escuela", default=None)
_callbacks: list[ScopeCallback] = []


def current_escuela() -> int:
    """The id of the escuela in scope; raises `NoScope` when there is none."""
    escuela_id = _current.get()
    if escuela_id is None:
        raise NoScope("no escuela in scope: wrap the work in `with escuela_scope(escuela_id):`")
    return escuela_id


def current_escuela_or_none() -> int | None:
    """The id of the escuela in scope, or None."""
    return _current.get()


def on_scope_change(callback: ScopeCallback) -> Callable[[], None]:
    """Call `callback(ScopeChange)` whenever the effective escuela changes; returns what unregisters it.

    It runs before the change. Raising on `enter` keeps the old scope; raising on `exit` is heard
    after the old scope is back.
    """
    _callbacks.append(callback)

    def forget() -> None:
        if callback in _callbacks:
            _callbacks.remove(callback)

    return forget


def push_escuela(escuela_id: int) -> ScopeToken:
    """Enter an escuela for a request's whole life; give the token to `pop_escuela` at its end."""
    if isinstance(escuela_id, bool) or not isinstance(escuela_id, int):
        raise TypeError(f"an escuela id is an int, not {type(escuela_id).__name__}")
    previous = _current.get()
    if previous != escuela_id:
        _announce(ScopeChange(previous, escuela_id, "enter"))
    return ScopeToken(previous, _current.set(escuela_id))


def pop_escuela(token: ScopeToken, *, failed: bool = False) -> None:
    """Go back to the scope before the push. `failed`: an exception ends the work, so it is thrown away quietly."""
    current = _current.get()
    try:
        if current != token.previous:
            _announce(ScopeChange(current, token.previous, "abort" if failed else "exit"))
    finally:
        _current.reset(token._token)


@contextmanager
def escuela_scope(escuela_id: int) -> Iterator[None]:
    """Everything inside belongs to this escuela; scopes nest, and the outer one comes back."""
    token = push_escuela(escuela_id)
    try:
        yield
    except BaseException:
        pop_escuela(token, failed=True)
        raise
    pop_escuela(token)


def _announce(change: ScopeChange) -> None:
    for callback in tuple(_callbacks):
        callback(change)
