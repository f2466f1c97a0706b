"""Signing in through the escuela's own service (OpenID Connect): there, and back."""

from __future__ import annotations

import hmac
from typing import Any

from flask import abort, flash, g, redirect, request, session, url_for

from portal.acceso import bp
from portal.acceso.puerta import ingreso, pasar
from portal.domain.frases import frase
from portal.domain.machine import Refused
from portal.services import oidc
from portal.web.access import publico
from portal.web.contexto import now
from portal.web.errors import sentence
from portal.web.limites import limitado


@bp.get("/<escuela>/ingresar/institucional")
@limitado("30 per minute", metodos=("GET",))
@publico
def institucional() -> Any:
    """Go to the escuela's service; this browser remembers which question it took there."""
    if not oidc.boton():
        abort(404)
    siguiente = request.args.get("siguiente", "")[:500]
    try:
        url, session["oidc"] = oidc.empezar(
            siguiente, ruta=url_for("acceso.institucional_regreso"), now=now()
        )
    except Refused as refused:
        return _back(sentence(refused))
    return redirect(url)


@bp.get("/<escuela>/ingresar/institucional/regreso")
@limitado("30 per minute", metodos=("GET",))
@publico
def institucional_regreso() -> Any:
    """Come back with the service's answer, which must be to this browser's own question."""
    if not oidc.boton():
        abort(404)
    asked, state = session.pop("oidc", ""), request.args.get("state", "")
    if not asked or not hmac.compare_digest(asked.encode(), state.encode()):
        return _back(frase("reto.vencido"))
    codigo = request.args.get("code", "")
    if request.args.get("error") or not codigo:
        return _back(frase("oidc.cancelado"))
    try:
        quien = oidc.terminar(
            asked, codigo=codigo[:4000], ruta=url_for("acceso.institucional_regreso"), now=now()
        )
    except Refused as refused:
        return _back(sentence(refused))
    return redirect(pasar(quien.usuario_id, g.slug, quien.siguiente, quien.escuela_id))


def _back(words: str) -> Any:
    """To this escuela's sign-in page, where the other ways in go on."""
    flash(words, "error")
    return redirect(ingreso(g.slug))
