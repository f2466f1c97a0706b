"""The start page of the portal, and of each escuela."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, url_for

from portal.domain.calendario import to_local
from portal.publico import bp
from portal.queries import avisos
from portal.services import escuelas
from portal.web import contexto
from portal.web.access import publico
from portal.web.forms import IngresoForm


@bp.get("/")
@publico
def inicio() -> Any:
    """Find your escuela; the three doors; verify a letter."""
    found = [
        {
            "nombre": e.nombre,
            "institucion": e.institucion,
            "color": e.color,
            "href": url_for("publico.escuela", escuela=e.slug),
            "logo": url_for("publico.logo", escuela=e.slug, v=e.perfil_version),
            "buscar": f"{e.nombre} {e.institucion} {e.slug.replace('-', ' ')}",
        }
        for e in escuelas.activas()
    ]
    return render_template("publico/inicio.html", escuelas=found)


@bp.get("/<escuela>/")
@publico
def escuela() -> Any:
    """An escuela's page: who it is, signing in, registering, asking for a convenio."""
    perfil = contexto.perfil()
    convenio = "publico.solicitar_convenio" in current_app.view_functions
    return render_template(
        "publico/escuela.html",
        perfil=perfil,
        form=IngresoForm(),
        con_convenio=convenio,
        con_liberaciones=any(e.tipo == "expediente" for p in perfil.planes for e in p.entregas),
        avisos=avisos.publicos(to_local(contexto.now()).date()),
    )
