"""Help and the privacy notice."""

from __future__ import annotations

from typing import Any

from flask import render_template

from portal.publico import bp
from portal.services import escuelas
from portal.web.access import publico


@bp.get("/ayuda")
@publico
def ayuda() -> Any:
    """How to enter, recover an account, send files and check a letter; whom to ask."""
    return render_template("publico/ayuda.html", contactos=escuelas.contactos())


@bp.get("/privacidad")
@publico
def privacidad() -> Any:
    """The privacy notice, in the order that Mexican law asks for."""
    return render_template("publico/privacidad.html", contactos=escuelas.contactos())
