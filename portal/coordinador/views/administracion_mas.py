"""The logo, the test letter and the published versions of how the escuela works."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from flask import Response, abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.access import ADMINISTRACION
from portal.domain.machine import Refused
from portal.queries import perfiles as queries
from portal.services import escuelas, perfil_cambios, perfil_prueba, perfiles
from portal.services.documentos import FileRefused
from portal.services.reportes import Archivo
from portal.services.uow import NotFound
from portal.web import contexto
from portal.web.access import requires
from portal.web.descargas import descargar
from portal.web.errors import sentence
from portal.web.labels import fecha_hora
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive

SECCION = "coordinador.administracion"
MAX_VERSION = 2**31


# ---- Logo ----


@bp.get("/administracion/logo")
@requires("coordinador", ADMINISTRACION)
def administracion_logo() -> Any:
    """The logo as the draft has it, and the form for another."""
    return _logo()


def _logo(error: str = "", status: int = 200) -> Any:
    g.seccion = SECCION
    borrador = perfiles.leer()
    page = render_template(
        "coordinador/administracion/logo.html",
        hay=perfil_prueba.logo(borrador) is not None,
        cambiado=borrador.logo is not None,
        huella=borrador.huella,
        maximo=perfil_prueba.maximo_logo(),
        error=error,
        errores=bool(error),
    )
    return page, status


@bp.get("/administracion/logo.png")
@requires("coordinador", ADMINISTRACION)
def administracion_logo_png() -> Response:
    """The draft's logo."""
    content = perfil_prueba.logo(perfiles.leer())
    if not content:
        abort(404)
    response = Response(content, mimetype="image/png")
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.post("/administracion/logo")
@requires("coordinador", ADMINISTRACION)
@accepts_uploads(perfil_prueba.maximo_logo)
def administracion_logo_subir() -> Any:
    """Put another logo into the draft, or none."""
    if request.form.get("hacer") == "quitar":
        perfiles.poner_logo(None, actor=current_actor(), now=contexto.now())
    else:
        files = receive(request, "archivo", perfil_prueba.maximo_logo())
        if not files:
            return _logo("Elija una imagen antes de continuar.", 400)
        try:
            perfil_prueba.subir_logo(files[0].path, actor=current_actor(), now=contexto.now())
        except FileRefused as refused:
            return _logo(refused.sentence, 400)
    flash("Guardamos el logotipo en el borrador.", "exito")
    return redirect(url_for(".administracion_logo"))


# ---- Test letter ----


@bp.get("/administracion/carta-de-prueba")
@requires("coordinador", ADMINISTRACION)
def administracion_prueba() -> Any:
    """Which letter to try."""
    return _prueba()


def _prueba(aviso: str = "", status: int = 200) -> Any:
    g.seccion = SECCION
    page = render_template(
        "coordinador/administracion/prueba.html",
        tipos=perfil_prueba.tipos(),
        borrador=perfiles.leer(),
        aviso=aviso,
    )
    return page, status


@bp.post("/administracion/carta-de-prueba")
@requires("coordinador", ADMINISTRACION)
def administracion_prueba_emitir() -> Any:
    """The PDF of a letter with sample values: MUESTRA, without folio or code, stored nowhere."""
    tipo = request.form.get("carta", "")
    try:
        pdf = perfil_prueba.carta(tipo, now=contexto.now())
    except NotFound:
        return _prueba("Elija una carta de la lista.", 400)
    except Refused as refused:
        return _prueba(sentence(refused), 409)
    perfiles.marcar(perfiles.CARTA_DE_PRUEBA, actor=current_actor(), now=contexto.now())
    return descargar(Archivo(pdf, "application/pdf", f"muestra_{tipo}.pdf"))


# ---- Versions ----


@bp.get("/administracion/versiones")
@requires("coordinador", ADMINISTRACION)
def administracion_versiones() -> Any:
    """Every version, the newest first, and how many servicios in course each binds."""
    g.seccion = SECCION
    asked = request.args.get("antes", "")
    antes = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else None
    rows = queries.versiones(antes)
    return render_template(
        "coordinador/administracion/versiones.html",
        versiones=[(v, autor, fecha_hora(creado)) for v, autor, creado in rows[:50]],
        siguiente=rows[49][0] if len(rows) > 50 else None,
        vigente=contexto.escuela().perfil_version,
        en_curso=queries.en_curso(),
        de_carpeta=escuelas.CARPETA,
    )


@bp.get("/administracion/versiones/<int:version>")
@requires("coordinador", ADMINISTRACION)
def administracion_version(version: int) -> Any:
    """What a version says, by what it changed of the one before and by what it differs from the one in force."""
    g.seccion = SECCION
    vigente = contexto.escuela().perfil_version
    if version > MAX_VERSION:
        abort(404)
    these = [v for v in dict.fromkeys((version - 1, version, vigente)) if v > 0]
    said = {v: escuelas.perfil(v).model_dump(mode="json") for v in these}
    steps = {pair: perfil_cambios.comparar(said[pair[0]], said[pair[1]]) for pair in pairwise(these)}
    return render_template(
        "coordinador/administracion/version.html",
        version=version,
        vigente=vigente,
        entonces=steps.get((version - 1, version)),
        desde_entonces=steps.get((version, vigente)) if version != vigente else None,
        todo=perfil_cambios.todo(said[version]),
    )


@bp.post("/administracion/versiones/<int:version>/recuperar")
@requires("coordinador", ADMINISTRACION)
def administracion_recuperar(version: int) -> Any:
    """Make the draft say what that version said."""
    if version > MAX_VERSION:
        abort(404)
    perfiles.recuperar(version, actor=current_actor(), now=contexto.now())
    flash(f"El borrador dice ahora lo que decía la versión {version}. Revíselo y publíquelo.", "exito")
    return redirect(url_for(".administracion_cambios"))
