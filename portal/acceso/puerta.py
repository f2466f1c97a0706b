"""What happens behind a door once somebody proved who they are: the second step if the account has one, then in."""

from __future__ import annotations

from flask import flash, url_for

from portal.services import segundo_factor
from portal.web.access import safe_next
from portal.web.contexto import now
from portal.web.nav import home
from portal.web.sesion import Parte, between_steps, sign_in


def pasar(usuario_id: int, slug: str, siguiente: str | None, escuela_id: int | None = None) -> str:
    """Where somebody goes whose first proof held. `slug`: the door's escuela, or "" for the dependencias'.

    Between the two steps the browser holds a token that opens nothing, and the old session is over. `escuela_id`: the
    only escuela that the session will open.
    """
    if not segundo_factor.exige(usuario_id):
        return adentro(usuario_id, slug, siguiente, escuela_id)
    paso = segundo_factor.empezar(
        usuario_id, puerta=slug, siguiente=siguiente or "", escuela_id=escuela_id, now=now()
    )
    between_steps(slug or "dependencia", paso=paso)
    return url_for("acceso.segundo", escuela=slug or None)


def adentro(usuario_id: int, slug: str, siguiente: str | None, escuela_id: int | None = None) -> str:
    """Open the session; where the person was going, else their first page behind this door, else all their parts."""
    found = sign_in(usuario_id, slug or "dependencia", escuela_id)
    mine = parte(found, slug)
    if mine is not None:
        return safe_next(siguiente, home(mine.rol, mine.slug))
    if found:
        flash("Esta cuenta no tiene un lugar aquí. Estos son los que tiene.", "info")
    return url_for("acceso.escuelas")


def parte(found: list[Parte], slug: str) -> Parte | None:
    """The part behind a door: an escuela's (the office before the alumno), or the dependencia's ("")."""
    return next((each for each in found if each.slug == slug), None)


def ingreso(slug: str, siguiente: str | None = None) -> str:
    """The address of a door."""
    if slug:
        return url_for("acceso.ingresar", escuela=slug, siguiente=siguiente or None)
    return url_for("acceso.ingresar_dependencia", siguiente=siguiente or None)
