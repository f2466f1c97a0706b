"""Who may open a page: every view says it, and the test of routes × roles × escuelas reads it here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import abort, flash, g, redirect, request, session, url_for

from portal.web.contexto import perfil
from portal.web.sesion import ROLES, current_cuenta, puerta

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Access:
    """Whom a view admits. rol "publico": anybody; "cuenta": any signed-in account; else that role.

    `permisos`: a coordinador needs one of them; empty means any.
    """

    rol: str
    permisos: frozenset[str] = frozenset()


def publico(view: View) -> View:
    """Anybody may open it."""
    view.__dict__["access"] = Access("publico")
    return view


def requires(rol: str, *permisos: str) -> Callable[[View], View]:
    """Only a signed-in `rol`, with one of `permisos` if any are named.

    `rol`: "alumno", "coordinador", "dependencia" or "cuenta". Nobody signed in: to the sign-in page, and back
    afterwards. Signed in without the role here: 404, as if the page did not exist. An alumno who is not active yet:
    to the page that says where the registration stands. A coordinador without the permission: 403, which says whom
    to ask.
    """
    access = Access(rol, frozenset(permisos))

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            cuenta = current_cuenta()
            if cuenta is None:
                return to_sign_in(rol)
            if rol != "cuenta":
                g.actor = ROLES[rol](cuenta)
                if g.actor is None:
                    if rol == "alumno" and g.get("alumno_en_espera"):
                        return redirect(url_for("publico.registro_estado"))
                    abort(404)
                if permisos and not (g.actor.permisos & access.permisos):
                    abort(403)
                if lacks_second_step(rol, cuenta.segundo):
                    return to_second_step()
            return view(*args, **kwargs)

        guarded.__dict__["access"] = access
        return guarded  # type: ignore[return-value]

    return wrap


def lacks_second_step(rol: str, segundo: bool) -> bool:
    """Whether this escuela's office demands a second step at sign-in, which the account does not have yet."""
    return rol == "coordinador" and not segundo and perfil().acceso.segundo_factor == "obligatorio"


def to_second_step() -> Any:
    """Redirect to where the second step is turned on; from there back to this escuela's office."""
    flash("Esta escuela pide verificación en dos pasos. Hay que activarla para continuar.", "info")
    session["volver"] = url_for("coordinador.inicio")
    return redirect(url_for("acceso.seguridad"))


def to_sign_in(rol: str) -> Any:
    """Redirect to the sign-in page of this part of the portal, remembering where the person wanted to go."""
    flash("Hay que ingresar para continuar.", "info")
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    slug = g.get("slug") if rol != "dependencia" else None
    if rol == "cuenta" and not slug:
        if not puerta():
            return redirect(url_for("publico.inicio"))
        slug = puerta() if puerta() != "dependencia" else None
    if slug:
        return redirect(url_for("acceso.ingresar", escuela=slug, siguiente=target))
    return redirect(url_for("acceso.ingresar_dependencia", siguiente=target))


def safe_next(target: str | None, default: str) -> str:
    """A path of this site to return to after signing in; anything else gives the default."""
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and "\n" not in target:
        return target
    return default
