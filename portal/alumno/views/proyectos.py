"""Looking for a proyecto: search with filters in the address, and everything about one of them."""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template, request, url_for

from portal.alumno import bp
from portal.domain.calendario import to_local
from portal.domain.frases import frase
from portal.domain.proyecto import terminos
from portal.domain.solicitud import SERVICIO_CERRADO, impedimento
from portal.queries import proyectos as queries
from portal.queries import solicitudes as solicitudes_queries
from portal.services import excepciones, solicitudes
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_stored
from portal.web.fichas import ficha_de_proyecto
from portal.web.labels import MODALIDADES

SECCION = "alumno.proyectos"
TODAS = "todas"


def _filtro() -> queries.Filtro:
    """The filter of the address. Without `carrera` it is the alumno's own; "todas" removes it."""
    args, perfil = request.args, contexto.perfil()
    carrera = args.get("carrera") or g.alumno.carrera
    return queries.Filtro(
        terminos=terminos(args.get("q", "")[:200]),
        carrera=carrera if carrera in {c.clave for c in perfil.carreras} else "",
        modalidad=args.get("modalidad", "") if args.get("modalidad") in MODALIDADES else "",
        zona=args.get("zona", "") if args.get("zona") in {z.clave for z in perfil.zonas} else "",
        con_lugares=bool(args.get("lugares")),
        con_honorarios=bool(args.get("honorarios")),
    )


def _puestos(filtro: queries.Filtro) -> list[dict[str, str]]:
    """The filters in force as chips, each with the address without it."""
    perfil, args = contexto.perfil(), request.args.to_dict()
    args.pop("desde", None)
    zonas = {z.clave: z.nombre for z in perfil.zonas}
    words = {
        "q": f"«{args.get('q', '')[:40]}»" if filtro.terminos else "",
        "carrera": perfil.carrera(filtro.carrera) if filtro.carrera else "",
        "modalidad": {"presencial": "Presencial", "distancia": "A distancia", "mixta": "Mixta"}.get(
            filtro.modalidad, ""
        ),
        "zona": zonas.get(filtro.zona, ""),
        "lugares": "Con lugares" if filtro.con_lugares else "",
        "honorarios": "Con apoyo económico" if filtro.con_honorarios else "",
    }
    chips = []
    for name, text in words.items():
        if text:
            rest = {k: v for k, v in args.items() if k != name} | (
                {"carrera": TODAS} if name == "carrera" else {}
            )
            chips.append(
                {"texto": text, "href": url_for(".proyectos", **rest), "quitar": True, "activo": False}
            )
    return chips


@bp.get("/proyectos")
@requires("alumno")
def proyectos() -> Any:
    """Published proyectos that meet the filter, newest first, fifty a page."""
    filtro, perfil = _filtro(), contexto.perfil()
    hoy = to_local(contexto.now()).date()
    pagina = queries.buscar(filtro, hoy, request.args.get("desde", ""))
    rest = request.args.to_dict() | {"desde": pagina.siguiente}
    return render_template(
        "alumno/proyectos.html",
        pagina=pagina,
        fichas=[ficha_de_proyecto(p, perfil) for p in pagina.filas],
        logos=queries.con_logo({p.dependencia_id for p in pagina.filas}),
        filtro=filtro,
        q=request.args.get("q", ""),
        puestos=_puestos(filtro),
        carreras=[(c.clave, c.nombre) for c in perfil.carreras],
        zonas=[(z.clave, z.nombre) for z in perfil.zonas],
        todas=TODAS,
        siguiente=url_for(".proyectos", **rest) if pagina.siguiente else "",
    )


@bp.get("/proyectos/<public_id>")
@requires("alumno")
def proyecto(public_id: str) -> Any:
    """Everything about one proyecto, and the button to ask for it or why there is none."""
    g.seccion = SECCION
    found = queries.visible(public_id) or abort(404)
    abierta = solicitudes_queries.abierta_para(g.alumno.id, found.id)
    return render_template(
        "alumno/proyecto.html",
        proyecto=found,
        ficha=ficha_de_proyecto(found, contexto.perfil()),
        logos=queries.con_logo([found.dependencia_id]),
        plan=solicitudes.plan_con(found.dependencia),
        abierta=abierta,
        por_que_no=por_que_no(found),
    )


def por_que_no(found: Any) -> str:
    """The sentence that says why this alumno may not ask for the proyecto now, or empty."""
    convenio = found.convenio
    hoy = to_local(contexto.now()).date()
    key = impedimento(
        {
            "alumno": g.alumno,
            "proyecto": found,
            "plan": solicitudes.plan_con(found.dependencia),
            "sin_creditos_permitido": any(e.regla == "creditos" for e in excepciones.vigentes(g.alumno.id)),
            "via_abierta": "solicitud" in contexto.perfil().vias,
            "servicio_abierto": queries.tiene_servicio(g.alumno.id, SERVICIO_CERRADO),
            "convenio_vigente": convenio.estado == "vigente"
            and convenio.hasta is not None
            and convenio.hasta >= hoy,
        }
    )
    return frase(key) if key else ""


@bp.get("/proyectos/<public_id>/actividades")
@requires("alumno")
def proyecto_actividades(public_id: str) -> Any:
    """The dependencia's own list of activities, as a file."""
    found = queries.visible(public_id)
    return send_stored(found.archivo) if found and found.archivo else abort(404)


@bp.get("/dependencias/<public_id>/logo")
@requires("alumno")
def logo_dependencia(public_id: str) -> Any:
    """A dependencia's logo. Its address carries the version, so the browser may keep it."""
    logo = queries.logo(public_id) or abort(404)
    response = send_stored(logo)
    response.headers["Cache-Control"] = "private, max-age=604800, immutable"
    return response
