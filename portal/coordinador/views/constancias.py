"""Constancias de liberación: one by one from its row, or many at once, looked at before they are loaded [seed 001]."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.emision import ConstanciaForm, SacarForm
from portal.coordinador.views.emision import SECCION
from portal.domain.access import TERMINOS
from portal.domain.emision import repetidos
from portal.domain.machine import Refused
from portal.queries import emision as queries
from portal.services import constancias, documentos, listas, lotes
from portal.services.documentos import FileRefused
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_stored
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive

ESPERA = 2  # seconds between two looks of a page at the work of the outbox


def _renglon(public_id: str) -> queries.Renglon:
    g.seccion = SECCION
    return queries.renglon(public_id) or abort(404)


def _limite() -> int:
    return documentos.un_pdf().max_bytes


@bp.get("/emision/renglones/<public_id>")
@requires("coordinador", TERMINOS)
def constancia(public_id: str) -> Any:
    """One alumno of a lista: the row of boxes, the constancia and its versions, and the form to load one."""
    return _pagina(_renglon(public_id), ConstanciaForm(formdata=None))


def _pagina(
    renglon: queries.Renglon,
    form: ConstanciaForm,
    archivo: str = "",
    error: str = "",
    status: int = 200,
    *,
    sacar: SacarForm | None = None,
) -> Any:
    return render_template(
        "coordinador/constancia.html",
        renglon=renglon,
        pasos=queries.pasos_de(renglon.servicio),
        versiones=queries.versiones(renglon.id),
        form=form,
        sacar=sacar or SacarForm(formdata=None),
        archivo_error=archivo,
        error=error,
        maximo=_limite(),
    ), status


@bp.post("/emision/renglones/<public_id>/sacar")
@requires("coordinador", TERMINOS)
def constancia_sacar(public_id: str) -> Any:
    """Take this alumno out of the lista, with the reason."""
    renglon, form = _renglon(public_id), SacarForm()
    valid = form.validate_on_submit()
    try:
        if valid:
            listas.sacar(public_id, form.por_que.data or "", actor=current_actor(), now=contexto.now())
    except Refused as refused:
        form.por_que.errors = [sentence(refused)]
    if form.errors:
        return _pagina(_renglon(public_id), ConstanciaForm(formdata=None), status=400, sacar=form)
    flash(
        f"{renglon.nombre} ya no está en la lista {renglon.numero}: espera otra. Le escribimos el motivo.",
        "exito",
    )
    return redirect(url_for(".emision_lista", public_id=renglon.lista))


@bp.post("/emision/renglones/<public_id>")
@requires("coordinador", TERMINOS)
@accepts_uploads(_limite)
def constancia_cargar(public_id: str) -> Any:
    """Load the constancia of one row, or replace the one that it has, with the reason."""
    renglon, form = _renglon(public_id), ConstanciaForm()
    if not form.validate_on_submit():
        return _pagina(renglon, form, status=400)
    files = receive(request, "archivo", _limite())
    datos = {"enlace": (form.enlace.data or "").strip(), "motivo": form.motivo.data or ""}
    como = {"actor": current_actor(), "now": contexto.now()}
    try:
        if files:
            with documentos.recibir([files[0].path], files[0].filename, documentos.un_pdf()) as guardado:
                constancias.cargar(public_id, guardado=guardado, **datos, **como)
        else:
            constancias.cargar(public_id, **datos, **como)
    except FileRefused as refused:
        return _pagina(_renglon(public_id), form, archivo=refused.sentence, status=400)
    except Refused as refused:
        return _pagina(_renglon(public_id), form, error=sentence(refused), status=409)
    flash(f"Cargamos la constancia de {renglon.nombre}. Le escribimos que ya puede descargarla.", "exito")
    return redirect(url_for(".emision_lista", public_id=renglon.lista))


@bp.get("/constancias", endpoint="constancias")
@requires("coordinador", TERMINOS)
def constancias_nuevas() -> Any:
    """Upload many at once, or go on with those that were uploaded before."""
    return _subida()


def _subida(error: str = "", status: int = 200) -> Any:
    g.seccion = SECCION
    return render_template(
        "coordinador/constancias.html",
        lotes=queries.lotes_abiertos(contexto.now()),
        maximo=lotes.MAX_BYTES,
        sueltos=lotes.MAX_SUELTOS,
        en_zip=lotes.MAX_EN_ZIP,
        dias=lotes.VIGENCIA.days,
        error=error,
    ), status


@bp.post("/constancias")
@requires("coordinador", TERMINOS)
@accepts_uploads(lotes.MAX_BYTES, max_files=lotes.MAX_SUELTOS)
def constancias_subir() -> Any:
    """Keep the files and have them read; nothing is a constancia yet."""
    files = receive(request, "archivos", lotes.MAX_BYTES, max_files=lotes.MAX_SUELTOS)
    try:
        lote = lotes.crear([(f.path, f.filename) for f in files], actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _subida(sentence(refused), 400)
    return redirect(url_for(".constancias_carga", public_id=lote.public_id))


@bp.get("/constancias/cargas/<public_id>")
@requires("coordinador", TERMINOS)
def constancias_carga(public_id: str) -> Any:
    """How far the reading is; then the table of matched, doubtful and missing; then how far the loading is."""
    return _carga(public_id)


def _carga(public_id: str, error: str = "", errores: dict[str, str] | None = None, status: int = 200) -> Any:
    g.seccion = SECCION
    lote = queries.lote(public_id) or abort(404)
    archivos = queries.archivos(lote.id)
    leidos = [a for a in archivos if a.archivo.lectura == "leido"]
    leyendo = [a for a in archivos if a.archivo.lectura == "por_leer"]
    cargando = [
        a
        for a in leidos
        if lote.confirmado and not (a.archivo.cargado or a.archivo.error or a.archivo.descartado)
    ]
    filas = [_fila(a, leidos, confirmado=lote.confirmado is not None) for a in leidos]
    esperan = [] if lote.confirmado or leyendo else queries.sin_constancia()
    page = render_template(
        "coordinador/constancias_carga.html",
        lote=lote,
        archivos=archivos,
        leyendo=leyendo,
        cargando=cargando,
        seguras=[f for f in filas if not f["dudas"] and not f["archivo"].descartado],
        dudosas=[f for f in filas if f["dudas"] and not f["archivo"].descartado],
        descartadas=[f for f in filas if f["archivo"].descartado],
        ilegibles=[a.archivo for a in archivos if a.archivo.lectura == "ilegible"],
        opciones=esperan,
        faltan=_faltan(leidos, esperan),
        escrito=request.form,
        error=error,
        errores=errores or {},
    )
    return page, status, {"Refresh": str(ESPERA)} if leyendo or cargando else {}


def _fila(found: queries.Archivo, todos: list[queries.Archivo], *, confirmado: bool) -> dict[str, Any]:
    """A file with what is doubtful about it now: what its reading said, and what the other files and rows say."""
    dudas = [] if found.archivo.elegido else list(found.archivo.dudas)
    renglon = found.renglon
    vivos = [a.archivo.renglon_id for a in todos if not a.archivo.descartado]
    if renglon is not None and not confirmado and not found.archivo.descartado:
        if renglon.constancia is not None:
            dudas.append(f"{renglon.nombre} ya tiene constancia.")
        if found.archivo.renglon_id in repetidos(vivos):
            dudas.append(f"Hay otro archivo para {renglon.nombre}.")
    if renglon is None and not dudas and not found.archivo.descartado:
        dudas.append("Falta decir de quién es.")
    return {"archivo": found.archivo, "renglon": renglon, "dudas": dudas}


def _faltan(leidos: list[queries.Archivo], esperan: list[Any]) -> list[Any]:
    """Who of the listas that these files touch would still be without constancia."""
    van = {a.archivo.renglon_id for a in leidos if not a.archivo.descartado}
    listas = {a.renglon.numero for a in leidos if a.renglon is not None}
    return [e for e in esperan if e.numero in listas and e.id not in van]


@bp.post("/constancias/cargas/<public_id>")
@requires("coordinador", TERMINOS)
def constancias_decidir(public_id: str) -> Any:
    """Keep the decisions; with "confirmar", have the constancias loaded in the same breath, or keep nothing."""
    lote = queries.lote(public_id) or abort(404)
    ids = [a.archivo.public_id for a in queries.archivos(lote.id) if f"que-{a.archivo.public_id}" in request.form
           or f"boleta-{a.archivo.public_id}" in request.form]  # fmt: skip
    decisiones = {
        id_: (request.form.get(f"que-{id_}", ""), request.form.get(f"boleta-{id_}", "")) for id_ in ids
    }
    como = {"actor": current_actor(), "now": contexto.now()}
    try:
        if request.form.get("accion") == "confirmar":
            cuantas = lotes.confirmar(public_id, decisiones, **como)
            palabras = "1 constancia" if cuantas == 1 else f"{cuantas} constancias"
            flash(f"Confirmó {palabras}. Se cargan y se avisa a cada alumno.", "exito")
        else:
            lotes.decidir(public_id, decisiones, **como)
            flash("Guardamos sus decisiones. Puede seguir después: nada se ha cargado.", "info")
    except lotes.SinAlumno as mal:
        return _carga(public_id, errores=dict(mal.errores), status=400)
    except Refused as refused:
        return _carga(public_id, sentence(refused), status=409)
    return redirect(url_for(".constancias_carga", public_id=public_id))


@bp.get("/constancias/cargas/<public_id>/archivos/<archivo_id>")
@requires("coordinador", TERMINOS)
def constancias_archivo(public_id: str, archivo_id: str) -> Any:
    """One file of an upload, cleaned, to look at before it is confirmed."""
    lote = queries.lote(public_id) or abort(404)
    found = queries.archivo(lote.id, archivo_id)
    if found is None or found.lectura != "leido":
        abort(404)
    return send_stored(found)
