"""How the escuela works, written by its own office: the pages of the profile, their draft, what it would change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.access import ADMINISTRACION
from portal.domain.machine import Refused
from portal.queries import perfiles as queries
from portal.services import perfiles
from portal.services.perfil_campos import palabras, seccion, secciones
from portal.services.perfiles import CARTA_DE_PRUEBA, GUIA, Borrador
from portal.web import contexto, perfil_editor
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.perfil_editor import Sitio
from portal.web.sesion import current_actor

SECCION = "coordinador.administracion"
PROPIAS = {
    "correos": "coordinador.administracion_correos"
}  # pages of the editor that are drawn in their own way
MUESTRA = 400  # lines of a preview


@bp.get("/administracion")
@requires("coordinador", ADMINISTRACION)
def administracion() -> Any:
    """Every page of the profile with its state, the draft, and the way into the rest."""
    borrador = perfiles.leer()
    paginas = [(s, _direccion(s.clave), _estado(borrador, s.clave)) for s in secciones()]
    return render_template(
        "coordinador/administracion/inicio.html",
        borrador=borrador,
        paginas=paginas,
        guia=_guia(borrador) if borrador.guia else [],
        editado=edad(borrador.editado) if borrador.editado else None,
        plantillas=_si_hay("coordinador.plantillas"),
    )


def _si_hay(endpoint: str) -> str:
    return url_for(endpoint) if endpoint in current_app.view_functions else ""


def _direccion(clave: str) -> str:
    endpoint = PROPIAS.get(clave)
    return url_for(endpoint) if endpoint else url_for(".administracion_seccion", seccion=clave)


def _estado(borrador: Borrador, clave: str) -> tuple[str, str]:
    """The state of a page in words, and their tone."""
    if borrador.fallas_de(clave):
        return "Por corregir", "rojo"
    changed = not borrador.cambiadas.isdisjoint(seccion(clave).claves)
    if changed or (clave == "identidad" and borrador.logo is not None):
        return "Con cambios", "amarillo"
    if borrador.guia and clave in GUIA and clave not in borrador.revisadas:
        return "Por revisar", "azul"
    return "Publicado", "gris"


def _guia(borrador: Borrador) -> list[tuple[str, str, str, bool]]:
    """The steps of a new escuela: (words, hint, address, done)."""
    steps = []
    for clave in GUIA:
        done = clave in borrador.revisadas
        if clave == CARTA_DE_PRUEBA:
            hint = "Una carta con datos inventados, marcada como muestra, para ver cómo queda"
            steps.append(("Carta de prueba", hint, url_for(".administracion_prueba"), done))
        else:
            page = seccion(clave)
            steps.append((page.titulo, page.pista, _direccion(clave), done))
    return steps


# ---- One place of the profile ----


def _sitio(borrador: Borrador, clave: str, lugar: str) -> Sitio:
    g.seccion = SECCION
    if clave in PROPIAS:
        abort(404)
    try:
        return perfil_editor.sitio(borrador, clave, lugar)
    except (KeyError, ValueError):
        abort(404)


@bp.get("/administracion/perfil/<seccion>")
@bp.get("/administracion/perfil/<seccion>/<path:lugar>")
@requires("coordinador", ADMINISTRACION)
def administracion_seccion(seccion: str, lugar: str = "") -> Any:
    """The fields of one place, as the draft has them."""
    borrador = perfiles.leer()
    return _pagina(borrador, _sitio(borrador, seccion, lugar))


def _pagina(borrador: Borrador, donde: Sitio, aviso: str = "", status: int = 200) -> Any:
    here = len(donde.lugar)
    fallas = borrador.fallas_de(donde.seccion)
    near = [(loc[here:], said) for loc, said in fallas if loc[:here] == donde.lugar]
    controls = perfil_editor.controles(donde.campos, donde.datos, near, _roles(borrador))
    whole = [said for loc, said in near if not loc or (here and not loc[:1])]
    page = render_template(
        "coordinador/administracion/seccion.html",
        borrador=borrador,
        pagina=seccion(donde.seccion),
        donde=donde,
        controles=controls,
        errores_aqui=perfil_editor.errores(controls),
        de_todo=whole,
        aviso=aviso,
        huella=borrador.huella_de(donde.seccion),
        cambiada=_estado(borrador, donde.seccion)[0] in ("Con cambios", "Por corregir"),
        editores=_editores(donde),
    )
    return page, status


def _editores(donde: Sitio) -> str:
    """Where the texts of letters are written, from the page of their folios."""
    return _si_hay("coordinador.plantillas") if donde.seccion == "cartas" else ""


def _roles(borrador: Borrador) -> list[tuple[str, str]]:
    """The puestos that the firmantes hold, by the last who holds each."""
    found = {f.get("rol"): f.get("cargo") or f.get("nombre") for f in borrador.datos.get("firmantes") or []}
    return [(rol, f"{cargo or rol} ({rol})") for rol, cargo in found.items() if rol]


@bp.post("/administracion/perfil/<seccion>")
@bp.post("/administracion/perfil/<seccion>/<path:lugar>")
@requires("coordinador", ADMINISTRACION)
def administracion_guardar(seccion: str, lugar: str = "") -> Any:
    """Keep what was typed, do what the button of a row says, and go on."""
    borrador = perfiles.leer()
    donde = _sitio(borrador, seccion, lugar)
    typed = perfil_editor.leer(donde.campos, request.form, donde.datos)
    hacer, target = request.form.get("hacer", "guardar"), ""
    try:
        if hacer != "guardar":
            target = perfil_editor.mover(donde.campos, typed, hacer)
        after = perfiles.guardar(
            seccion,
            perfil_editor.con(borrador, donde, typed),
            huella=request.form.get("huella", ""),
            actor=current_actor(),
            now=contexto.now(),
        )
    except (KeyError, ValueError):
        abort(400)
    except Refused as refused:
        return _pagina(perfiles.leer(), replace(donde, datos=typed), sentence(refused), 409)
    return redirect(_siguiente(after, donde, target))


def _siguiente(after: Borrador, donde: Sitio, target: str) -> str:
    """After a button of a row, that row; after saving, back to where the place was opened from, if it is right."""
    here = url_for(".administracion_seccion", seccion=donde.seccion, lugar=_camino(donde) or None)
    if target:
        return f"{here}{target}"
    flash("Guardamos sus cambios en el borrador.", "exito")
    wrong = [loc for loc, _ in after.fallas_de(donde.seccion) if loc[: len(donde.lugar)] == donde.lugar]
    if wrong:
        return here
    if not donde.lugar:
        return url_for(".administracion")
    up = "/".join(map(str, donde.lugar[:-2]))
    return url_for(".administracion_seccion", seccion=donde.seccion, lugar=up or None)


def _camino(donde: Sitio) -> str:
    return "/".join(map(str, donde.lugar))


# ---- The draft as a whole ----


@bp.get("/administracion/cambios")
@requires("coordinador", ADMINISTRACION)
def administracion_cambios() -> Any:
    """What publishing would change, and for whom."""
    return _cambios(perfiles.leer())


def _cambios(borrador: Borrador, aviso: str = "", status: int = 200) -> Any:
    g.seccion = SECCION
    old = {c["clave"]: c["nombre"] for c in borrador.vigente["carreras"]}
    new = {c.get("clave") for c in borrador.datos.get("carreras") or []}
    gone = [clave for clave in old if clave not in new]
    page = render_template(
        "coordinador/administracion/cambios.html",
        borrador=borrador,
        grupos=perfiles.cambios(borrador),
        en_curso=queries.en_curso(),
        sin_carrera={old[clave]: n for clave, n in queries.alumnos_de(gone).items()},
        corregir=[(_corregir(borrador, loc), _donde(borrador, loc), said) for loc, said in borrador.fallas],
        aviso=aviso,
    )
    return page, status


def _corregir(borrador: Borrador, loc: perfiles.Lugar) -> str:
    """The address of the place where a fault is corrected."""
    page = perfiles.pagina_de(loc)
    if not page:
        return ""
    if page in PROPIAS:
        return _direccion(page)
    way: list[str] = []
    for name, index in zip(loc[::2], loc[1::2], strict=False):
        if isinstance(index, int):
            way += [str(name), str(index)]
    while way:
        try:
            perfil_editor.sitio(borrador, page, "/".join(way))
        except (KeyError, ValueError):
            way = way[:-2]
        else:
            break
    return url_for(".administracion_seccion", seccion=page, lugar="/".join(way) or None)


def _donde(borrador: Borrador, loc: perfiles.Lugar) -> str:
    return palabras(loc, borrador.datos) or "En conjunto"


@bp.post("/administracion/publicar")
@requires("coordinador", ADMINISTRACION)
def administracion_publicar() -> Any:
    """Put in force what was seen; if it is no longer that, show it again."""
    try:
        version = perfiles.publicar(
            huella=request.form.get("huella", ""), actor=current_actor(), now=contexto.now()
        )
    except Refused as refused:
        return _cambios(perfiles.leer(), sentence(refused), 409)
    flash(f"Publicamos la versión {version}. Vale para lo que empiece desde ahora.", "exito")
    return redirect(url_for(".administracion"))


@bp.post("/administracion/descartar")
@requires("coordinador", ADMINISTRACION)
def administracion_descartar() -> Any:
    """Throw away the draft, or one page of it."""
    clave = request.form.get("seccion", "")
    try:
        perfiles.descartar(clave, actor=current_actor(), now=contexto.now())
    except KeyError:
        abort(400)
    flash("Descartamos los cambios. Queda lo publicado.", "exito")
    return redirect(_direccion(clave) if clave else url_for(".administracion"))


@bp.post("/administracion/revisada")
@requires("coordinador", ADMINISTRACION)
def administracion_revisada() -> Any:
    """A page of a new escuela is right as it is."""
    try:
        perfiles.marcar(request.form.get("seccion", ""), actor=current_actor(), now=contexto.now())
    except KeyError:
        abort(400)
    return redirect(url_for(".administracion"))
