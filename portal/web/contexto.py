"""The escuela of a request: read from the address, opened as the scope, closed with the request."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Flask, abort, current_app, g, url_for

from portal.services import escuelas
from tenants import clock
from tenants.profile import Profile
from tenants.scope import pop_escuela, push_escuela

if TYPE_CHECKING:
    from portal.models import Escuela


def now() -> datetime:
    """The instant of this request (UTC)."""
    if "now" not in g:
        g.now = clock.now()
    return g.now  # type: ignore[no-any-return]


def escuela() -> Escuela:
    """The escuela of this address; 404 where the address has none."""
    if g.get("escuela") is None:
        abort(404)
    return g.escuela  # type: ignore[no-any-return]


def perfil() -> Profile:
    """The profile in force of this address's escuela."""
    return escuelas.perfil(escuela().perfil_version)


def open_escuela() -> None:
    """Open the scope of `<escuela>` in the address; an unknown or closed one does not exist (404)."""
    slug = g.get("slug")
    if slug is None:
        return
    found = escuelas.por_slug(slug)
    if found is None:
        abort(404)
    g.scope_token = push_escuela(found.id)
    g.escuela = escuelas.conservar(found)


def entrar(escuela_id: int) -> None:
    """Open the scope of an escuela that the address does not name (a personal link does); closed with the request."""
    g.scope_token = push_escuela(escuela_id)
    g.escuela = escuelas.actual()
    g.slug = g.escuela.slug


def close_escuela(error: BaseException | None = None) -> None:
    """Close the scope that this request opened."""
    token = g.pop("scope_token", None)
    if token is not None:
        pop_escuela(token, failed=error is not None)


def _pull_slug(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.slug = values.pop("escuela", None) if values is not None else None


def _put_slug(endpoint: str, values: dict[str, Any]) -> None:
    known = g.get("slug")
    if known and "escuela" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "escuela"):
        values["escuela"] = known


def init_contexto(app: Flask) -> None:
    """Views never see the slug: it opens the scope and completes every address built in the request."""
    app.url_value_preprocessor(_pull_slug)
    app.url_defaults(_put_slug)
    app.before_request(open_escuela)
    app.teardown_request(close_escuela)

    @app.context_processor
    def page_values() -> dict[str, Any]:
        found = g.get("escuela")
        if found is None:
            return {"escuela": None}
        view = {name: getattr(found, name) for name in ("slug", "nombre", "institucion", "oficina", "color")}
        return {"escuela": {**view, "logo_url": url_for("publico.logo", v=found.perfil_version)}}
