"""The office writes avisos, publishes, corrects and withdraws them, and sees who has read each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.avisos import AvisoForm
from portal.domain.aviso import ARCHIVOS_MAX, ESCRIBEN, PARA
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.queries import avisos as queries
from portal.services import avisos as services
from portal.services import documentos
from portal.services.documentos import FileRefused
from portal.services.workflow import actions
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_formato
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive

if TYPE_CHECKING:
    from portal.models import Aviso


def _limite() -> int:
    return documentos.un_pdf().max_bytes


@bp.get("/avisos")
@requires("coordinador", *ESCRIBEN)
def avisos() -> str:
    """Drafts and what is shown now, or with ?ver=anteriores what is over; newest first."""
    anteriores = request.args.get("ver") == "anteriores"
    pagina = queries.lista(anteriores=anteriores, despues=request.args.get("despues", ""))
    more = url_for(".avisos", ver="anteriores" if anteriores else None, despues=pagina.siguiente)
    return render_template(
        "coordinador/avisos.html",
        avisos=pagina.filas,
        anteriores=anteriores,
        siguiente=more if pagina.siguiente else "",
        para=PARA,
        hoy=to_local(contexto.now()).date(),
    )


@bp.get("/avisos/nuevo")
@requires("coordinador", *ESCRIBEN)
def aviso_nuevo() -> Any:
    """An empty form, from today on."""
    form = AvisoForm(formdata=None, desde=to_local(contexto.now()).date())
    return _formulario(form.ofrecer(contexto.perfil()))


@bp.post("/avisos/nuevo")
@requires("coordinador", *ESCRIBEN)
@accepts_uploads(_limite, max_files=ARCHIVOS_MAX)
def aviso_crear() -> Any:
    """Keep a new draft, and show how it will look."""
    return _guardar(None)


def _formulario(form: AvisoForm, aviso: Aviso | None = None, error: str = "", status: int = 200) -> Any:
    g.seccion = "coordinador.avisos"
    return render_template(
        "coordinador/aviso_editar.html",
        form=form,
        aviso=aviso,
        archivos=queries.archivos(aviso.id) if aviso else [],
        archivo_error=error,
        maximo=_limite(),
        cuantos=ARCHIVOS_MAX,
    ), status


def _uno(public_id: str) -> Aviso:
    g.seccion = "coordinador.avisos"
    return queries.uno(public_id) or abort(404)


def _guardar(aviso: Aviso | None) -> Any:
    form = AvisoForm().ofrecer(contexto.perfil())
    files = receive(request, "archivos", _limite())
    if not form.validate_on_submit():
        return _formulario(form, aviso, status=422)
    try:
        saved = services.escribir(
            form.contenido(),
            [(f.path, f.filename) for f in files],
            public_id=aviso.public_id if aviso else "",
            actor=current_actor(),
            now=contexto.now(),
        )
    except FileRefused as refused:
        return _formulario(form, aviso, refused.sentence, 422)
    except Refused as refused:
        if refused.key in ("aviso.dias_al_reves", "aviso.ya_paso"):
            form.hasta.errors = [sentence(refused)]
            return _formulario(form, aviso, status=422)
        return _formulario(form, aviso, sentence(refused), 409)
    flash("El borrador se guardó. Así se verá: publíquelo cuando esté listo.", "exito")
    return redirect(url_for(".aviso", public_id=saved.public_id))


@bp.get("/avisos/<public_id>")
@requires("coordinador", *ESCRIBEN)
def aviso(public_id: str) -> Any:
    """One aviso as it is read, its versions, and how many have read it."""
    found = _uno(public_id)
    perfil = contexto.perfil()
    leible = found.estado not in ("borrador", "descartado")
    return render_template(
        "coordinador/aviso.html",
        aviso=found,
        archivos=queries.archivos(found.id),
        versiones=queries.versiones(found),
        acciones=actions(found, current_actor()),
        cuentas=queries.cuentas(found) if leible else {},
        para=PARA[found.para],
        carreras=[perfil.carrera(c) for c in found.carreras],
        planes=[p.nombre for p in perfil.planes if p.clave in found.planes],
        hoy=to_local(contexto.now()).date(),
    )


@bp.get("/avisos/<public_id>/editar")
@requires("coordinador", *ESCRIBEN)
def aviso_editar(public_id: str) -> Any:
    """A draft's form; what was published is corrected by a new version."""
    found = _uno(public_id)
    if found.estado != "borrador":
        return redirect(url_for(".aviso", public_id=public_id))
    form = AvisoForm(formdata=None, obj=found)
    return _formulario(form.ofrecer(contexto.perfil()), found)


@bp.post("/avisos/<public_id>/editar")
@requires("coordinador", *ESCRIBEN)
@accepts_uploads(_limite, max_files=ARCHIVOS_MAX)
def aviso_guardar(public_id: str) -> Any:
    """Keep a changed draft."""
    return _guardar(_uno(public_id))


@bp.post("/avisos/<public_id>/formatos/<archivo_id>/quitar")
@requires("coordinador", *ESCRIBEN)
def aviso_quitar(public_id: str, archivo_id: str) -> Any:
    """Take a format off a draft."""
    services.quitar_archivo(public_id, archivo_id, actor=current_actor(), now=contexto.now())
    flash("El formato se quitó del borrador.", "exito")
    return redirect(url_for(".aviso_editar", public_id=public_id))


@bp.get("/avisos/<public_id>/formatos/<archivo_id>")
@requires("coordinador", *ESCRIBEN)
def aviso_archivo(public_id: str, archivo_id: str) -> Any:
    """One format."""
    return send_formato(_uno(public_id), archivo_id)


@bp.post("/avisos/<public_id>/<any(publicar, retirar, descartar):accion>")
@requires("coordinador", *ESCRIBEN)
def aviso_accion(public_id: str, accion: str) -> Any:
    """Publish a draft, throw it away, or withdraw what is published."""
    found = _uno(public_id)
    hacer = {"publicar": services.publicar, "retirar": services.retirar, "descartar": services.descartar}[
        accion
    ]
    dicho = {
        "publicar": f"El aviso «{found.titulo}» está publicado.",
        "retirar": f"El aviso «{found.titulo}» se retiró: ya nadie lo ve.",
        "descartar": "El borrador se descartó.",
    }[accion]
    try:
        hacer(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
        return redirect(url_for(".aviso", public_id=public_id))
    flash(dicho, "exito")
    return redirect(url_for(".avisos") if accion == "descartar" else url_for(".aviso", public_id=public_id))


@bp.post("/avisos/<public_id>/version")
@requires("coordinador", *ESCRIBEN)
def aviso_version(public_id: str) -> Any:
    """Begin a new version; what is published stays until it takes its place."""
    _uno(public_id)
    nueva = services.nueva_version(public_id, actor=current_actor(), now=contexto.now())
    return redirect(url_for(".aviso_editar", public_id=nueva.public_id))


@bp.get("/avisos/<public_id>/lectores")
@requires("coordinador", *ESCRIBEN)
def aviso_lectores(public_id: str) -> Any:
    """Who has not read it yet, or with ?ver=leidos who has; 50 a page."""
    found = _uno(public_id)
    quienes = [q for q in ("alumnos", "dependencias") if found.para in ("todos", q)]
    quien = request.args.get("quien", "")
    quien = quien if quien in quienes else quienes[0]
    leidos = request.args.get("ver") == "leidos"
    despues = request.args.get("despues", 0, type=int)
    filas = queries.lectores(found, quien, leidos=leidos, despues=despues)
    page = filas[: queries.POR_PAGINA]
    ver = "leidos" if leidos else None
    more = (
        url_for(".aviso_lectores", public_id=public_id, quien=quien, ver=ver, despues=page[-1].id)
        if page
        else ""
    )
    return render_template(
        "coordinador/aviso_lectores.html",
        aviso=found,
        lectores=page,
        quienes=quienes,
        quien=quien,
        leidos=leidos,
        siguiente=more if len(filas) > len(page) else "",
    )
