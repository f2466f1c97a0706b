"""The sections of each role's part of the portal, as data; a page shows those that the person may open."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for

from portal.web.sesion import current_actor

# (words, endpoint, permissions of which one is needed; empty = any)
NAV: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "alumno": (
        ("Mi servicio", "alumno.inicio", ()),
        ("Proyectos", "alumno.proyectos", ()),
        ("Solicitudes", "alumno.solicitudes", ()),
        ("Trámites", "alumno.tramites", ()),
        ("Cartas", "alumno.cartas", ()),
    ),
    "dependencia": (
        ("Por atender", "dependencia.inicio", ()),
        ("Convenios", "dependencia.convenios", ()),
        ("Proyectos", "dependencia.proyectos", ()),
        ("Solicitudes", "dependencia.solicitudes", ()),
        ("Prestadores", "dependencia.prestadores", ()),
        ("Cartas", "dependencia.cartas", ()),
        ("Reportes", "dependencia.reportes", ()),
        ("Perfil", "dependencia.perfil", ()),
    ),
    "coordinador": (
        ("Inicio", "coordinador.inicio", ()),
        ("Convenios", "coordinador.convenios", ("convenios",)),
        ("Proyectos", "coordinador.proyectos", ("convenios",)),
        ("Alumnos", "coordinador.alumnos", ("expedientes",)),
        ("Trámites", "coordinador.tramites", ("expedientes",)),
        ("Expedientes", "coordinador.expedientes", ()),
        ("Entregas", "coordinador.entregas", ("reportes",)),
        ("Bajas", "coordinador.bajas", ("expedientes",)),
        ("Finalización", "coordinador.finalizaciones", ("terminos",)),
        ("Cartas", "coordinador.cartas", ()),
        ("Reportes", "coordinador.reportes", ()),
    ),
}


def init_nav(app: Flask) -> None:
    """Give every page its `nav` and the addresses of its header."""

    @app.context_processor
    def page_values() -> dict[str, Any]:
        actor = current_actor()
        items = [
            {"texto": words, "href": url_for(endpoint), "activo": _is_here(endpoint)}
            for words, endpoint, permisos in NAV.get(actor.rol, ())
            if endpoint in current_app.view_functions and (not permisos or actor.permisos & set(permisos))
        ]
        return {"nav": items}


def _is_here(endpoint: str) -> bool:
    """The section of this page: the same endpoint, or the one that the view names in g.seccion."""
    return request.endpoint == endpoint or g.get("seccion") == endpoint
