"""States as data: a Machine is a table of transitions that pages, services and tests all read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Guard = Callable[[Any, Mapping[str, Any]], str | None]


class Refused(Exception):
    """An action that the rules do not allow. `key` names the sentence in frases.py; `values` fill it."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class Forbidden(Refused):
    """The actor has no relation to the thing that allows the action."""


class Stale(Refused):
    """Somebody else was quicker: the thing is no longer in a state from which the action starts."""


@dataclass(frozen=True)
class Transition:
    """One row: what, from, to, who may, what must hold, what the form must bring, what it causes.

    `guards` look at the thing and decide whether a button is shown; `needs` look at what was typed and
    are asked only when the action is done.
    """

    name: str
    sources: tuple[str, ...]
    target: str
    who: tuple[str, ...]
    guards: tuple[Guard, ...] = ()
    needs: tuple[Guard, ...] = ()
    effects: tuple[str, ...] = ()


def T(
    name: str,
    sources: str | tuple[str, ...],
    target: str,
    who: str | tuple[str, ...],
    *,
    guards: tuple[Guard, ...] = (),
    needs: tuple[Guard, ...] = (),
    effects: tuple[str, ...] = (),
) -> Transition:
    """Write one transition; single names may stand without a tuple."""
    return Transition(
        name,
        (sources,) if isinstance(sources, str) else sources,
        target,
        (who,) if isinstance(who, str) else who,
        guards,
        needs,
        effects,
    )


@dataclass(frozen=True)
class Machine:
    """A named machine: its initial state and its rows. Two rows may share a name if their guards exclude each other."""

    noun: str
    initial: str
    rows: tuple[Transition, ...]
    states: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        named = {self.initial} | {r.target for r in self.rows} | {s for r in self.rows for s in r.sources}
        object.__setattr__(self, "states", frozenset(named))

    def find(self, name: str, thing: Any, relations: Collection[str], data: Mapping[str, Any]) -> Transition:
        """The row that `name` means for this thing, actor and input.

        Raises Forbidden (no relation), Stale (other state) or Refused (a guard's key), in that order of care:
        an actor with no relation at all never learns the state.
        """
        rows = [r for r in self.rows if r.name == name]
        if not rows:
            raise Refused("accion.desconocida", accion=name)
        rows = [r for r in rows if set(r.who) & set(relations)]
        if not rows:
            raise Forbidden("accion.sin_permiso")
        rows = [r for r in rows if thing.estado in r.sources]
        if not rows:
            raise Stale("accion.ya_cambio", estado=thing.estado)
        refusal: str | None = None
        for row in rows:
            refusal = first_refusal(row.guards, thing, data)
            if refusal is not None:
                continue
            lacking = first_refusal(row.needs, thing, data)  # guards exclude each other: this row is meant
            if lacking is not None:
                raise Refused(lacking)
            return row
        raise Refused(refusal or "accion.sin_permiso")

    def allowed(
        self, thing: Any, relations: Collection[str], data: Mapping[str, Any] | None = None
    ) -> list[str]:
        """Names of the actions that would not be refused now: what a page draws as buttons."""
        names: list[str] = []
        for row in self.rows:
            if row.name in names or thing.estado not in row.sources or not set(row.who) & set(relations):
                continue
            if first_refusal(row.guards, thing, data or {}) is None:
                names.append(row.name)
        return names


def first_refusal(guards: Iterable[Guard], thing: Any, data: Mapping[str, Any]) -> str | None:
    """The key of the first guard that refuses, or None."""
    for guard in guards:
        key = guard(thing, data)
        if key is not None:
            return key
    return None


def has_motivo(_thing: Any, data: Mapping[str, Any]) -> str | None:
    """A rejection always has a reason of at least ten characters."""
    if len((data.get("motivo") or "").strip()) < 10:
        return "motivo.corto"
    return None
