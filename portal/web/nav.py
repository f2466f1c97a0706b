"""The sections of each role's part of the portal, as data; a page shows those that the person may open."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request, url_for

from portal.domain import aviso
from portal.services import emision
from portal.web import contexto
from portal.web.sesion import PAPELES, current_actor, partes

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
        ("Prerregistros", "coordinador.prerregistros", ("expedientes",)),
        ("Alumnos", "coordinador.alumnos", ("expedientes",)),
        ("Trámites", "coordinador.tramites", ("expedientes",)),
        ("Expedientes", "coordinador.expedientes", ()),
        ("Entregas", "coordinador.entregas", ("reportes",)),
        ("Liberaciones", "coordinador.liberaciones", ("expedientes",)),
        ("Bajas", "coordinador.bajas", ("expedientes",)),
        ("Emisión", "coordinador.emision", ("terminos",)),
        ("Finalización", "coordinador.finalizaciones", ("terminos",)),
        ("Cartas", "coordinador.cartas", ()),
        ("Avisos", "coordinador.avisos", aviso.ESCRIBEN),
        ("Reportes", "coordinador.reportes", ()),
        ("Estadísticas", "coordinador.estadisticas", ()),
        ("Administración", "coordinador.administracion", ("administracion",)),
    ),
}

# section -> the way into a servicio that it is for
VIAS = {"coordinador.prerregistros": "prerregistro"}


def init_nav(app: Flask) -> None:
    """Give every page its `nav` and the addresses of its header."""

    @app.context_processor
    def page_values() -> dict[str, Any]:
        actor = current_actor()
        items = [
            {"texto": words, "href": url_for(endpoint), "activo": _is_here(endpoint)}
            for words, endpoint, permisos in NAV.get(actor.rol, ())
            if endpoint in current_app.view_functions
            and (not permisos or actor.permisos & set(permisos))
            and _se_usa(endpoint)
        ]
        return {"nav": items, "enlaces": _enlaces(actor.rol)}


def _se_usa(endpoint: str) -> bool:
    """A section of a way into a servicio, or of an end of it, is there where the escuela has that way or that end."""
    if g.get("escuela") is None:
        return True
    if endpoint == "coordinador.emision":
        return emision.abierta()
    if endpoint == "coordinador.liberaciones":
        return any(e.tipo == "expediente" for p in contexto.perfil().planes for e in p.entregas)
    if endpoint == "coordinador.finalizaciones":
        return not emision.unica()
    via = VIAS.get(endpoint)
    return via is None or via in contexto.perfil().vias


def home(rol: str, slug: str = "") -> str:
    """The address of a role's first page, in an escuela or across them."""
    endpoint = NAV[rol][0][1] if rol in NAV else "acceso.cuenta"
    if endpoint not in current_app.view_functions:
        endpoint, slug = "acceso.cuenta", ""
    return url_for(endpoint, escuela=slug) if slug else url_for(endpoint)


def _enlaces(rol: str) -> dict[str, Any]:
    """The addresses of the header and the foot, and the other parts of the portal that the account may open."""
    slug = g.get("slug") or ""
    here = slug if rol != "dependencia" else ""
    menu = [
        {"texto": f"{PAPELES[p.rol]}: {p.nombre}", "href": home(p.rol, p.slug)}
        for p in partes()
        if (p.rol, p.slug) != (rol, here)
    ]
    if rol == "alumno":
        menu.insert(0, {"texto": "Mi perfil", "href": url_for("alumno.perfil")})
    if rol in ("coordinador", "dependencia"):
        menu.append({"texto": "Recordatorios", "href": url_for(f"{rol}.recordatorios")})
    if len({p.slug for p in partes() if p.slug}) > 1:
        menu.append({"texto": "Mis escuelas", "href": url_for("acceso.escuelas")})
    inicio = home(rol, here) if rol in NAV else (f"/{slug}/" if slug else "/")
    dependencia = request.path.startswith("/dependencia/")
    ingresar = url_for("acceso.ingresar_dependencia") if dependencia else ""
    return {
        "inicio": inicio,
        "cuenta": url_for("acceso.cuenta"),
        "salir": url_for("acceso.salir"),
        "ingresar": url_for("acceso.ingresar") if slug and not dependencia else ingresar,
        "verificar": url_for("publico.verificar"),
        "ayuda": url_for("publico.ayuda"),
        "privacidad": url_for("publico.privacidad"),
        "menu": menu,
    }


def _is_here(endpoint: str) -> bool:
    """The section of this page: the same endpoint, or the one that the view names in g.seccion."""
    return request.endpoint == endpoint or g.get("seccion") == endpoint
