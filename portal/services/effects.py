"""Effect names -> functions. A transition names what it causes; here is what each name does.

Three families: a plain name runs the function registered with @effect; `correo:NAME` writes the mails that the
function registered with @aviso answers; `carta:TIPO` generates a letter with the values registered with @carta.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.domain.access import Actor
from portal.services.uow import Uow

Effect = Callable[[Uow, Any, Actor, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Para:
    """One recipient of a mail. `ruta` is the path of its one button (without host); `contexto` fills the template.

    `contexto` holds JSON values only (dates as text): it is stored with the mail.
    """

    correo: str
    ruta: str = ""
    usuario_id: int | None = None
    contexto: Mapping[str, Any] = field(default_factory=dict)


EFFECTS: dict[str, Effect] = {}
AVISOS: dict[str, Callable[[Uow, Any, Actor, Mapping[str, Any]], Iterable[Para]]] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Register the function of a plain effect."""

    def register(function: Effect) -> Effect:
        EFFECTS[name] = function
        return function

    return register


def aviso(plantilla: str) -> Callable[[Any], Any]:
    """Register who gets the mail `plantilla` and with which values: (uow, thing, actor, data) -> iterable of Para."""

    def register(function: Any) -> Any:
        AVISOS[plantilla] = function
        return function

    return register


def run(name: str, uow: Uow, thing: Any, actor: Actor, data: Mapping[str, Any]) -> None:
    """Run one effect inside the transaction of its transition."""
    family, _, rest = name.partition(":")
    if family == "correo":
        from portal.services import correos

        for para in AVISOS[rest](uow, thing, actor, data):
            correos.escribir(uow, rest, para)
    elif family == "carta":
        from portal.services import cartas

        cartas.generar_por_efecto(uow, rest, thing, actor, data)
    else:
        EFFECTS[name](uow, thing, actor, data)


def known(name: str) -> bool:
    """Whether an effect of that name can run."""
    from portal.services import cartas

    family, _, rest = name.partition(":")
    return {"correo": rest in AVISOS, "carta": rest in cartas.VALORES}.get(family, name in EFFECTS)


def load() -> None:
    """Import every service module, so that all effects are registered."""
    import portal.services as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"portal.services.{module.name}")
