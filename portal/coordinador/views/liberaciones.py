"""Expedientes de liberación that go away in batches, and the lists that come back published [seed 000]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.liberaciones import ListaForm, RetiroForm
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.queries import liberaciones as queries
from portal.services import envios
from portal.services import liberaciones as servicio
from portal.services.workflow import actions
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive

if TYPE_CHECKING:
    from portal.models import ListaLiberacion

CSV_BYTES = 2_000_000


@bp.get("/liberaciones")
@requires("coordinador", "expedientes")
def liberaciones() -> Any:
    """Who has the visto bueno and waits to be sent, a page at a time; the lists that were published, and the form for
    another, which may begin with the boletas of a batch (`lote`)."""
    boletas = "\n".join(queries.renglones_de_lote(request.args.get("lote", "")))
    hoy = to_local(contexto.now()).date()
    return _pagina(ListaForm(formdata=None, fecha=hoy, boletas=boletas))


def _pagina(form: ListaForm, status: int = 200, *, archivo: str = "") -> Any:
    despues = request.args.get("despues", "")
    pagina = queries.favorables(despues)
    return render_template(
        "coordinador/liberaciones.html",
        favorables=pagina.filas,
        total=queries.cuantos_favorables(),
        siguiente=url_for(".liberaciones", despues=pagina.siguiente) if pagina.siguiente else "",
        anterior=url_for(".liberaciones") if despues else "",
        maximo=envios.MAXIMO,
        listas=queries.listas(),
        enviados=queries.enviados(),
        error_archivo=archivo,
        form=form,
        carreras={c.clave: c.siglas or c.nombre for c in contexto.perfil().carreras},
        ejemplo=contexto.perfil().boleta.ejemplo,
        tamano_csv=CSV_BYTES,
        edad=edad,
    ), status


@bp.post("/liberaciones/lote")
@requires("coordinador", "expedientes")
def liberacion_lote() -> Any:
    """Put the marked expedientes, or all that wait, into a new batch."""
    marcados = [] if request.form.get("todos") else request.form.getlist("m")[: envios.MAXIMO]
    try:
        if not marcados and not request.form.get("todos"):
            raise Refused("liberacion.sin_elegir")
        lote = envios.armar("liberacion", marcados, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
        return redirect(url_for(".liberaciones"))
    flash(f"El lote {lote.numero} está listo para descargarse.", "exito")
    return redirect(url_for(".lote", public_id=lote.public_id))


@bp.post("/liberaciones")
@requires("coordinador", "expedientes")
@accepts_uploads(CSV_BYTES)
def liberacion_cargar() -> Any:
    """Keep the boletas of a list as a draft, to be looked at before anybody finds them."""
    form = ListaForm()
    valid = form.validate_on_submit()
    archivos = receive(request, "archivo", CSV_BYTES)
    if not valid:
        return _pagina(form, 422)
    try:
        leido = "\n".join(servicio.texto_de(f.path) for f in archivos)
    except Refused as refused:
        return _pagina(form, 422, archivo=sentence(refused))
    texto = f"{form.boletas.data or ''}\n{leido}"
    try:
        lista = servicio.cargar(
            form.numero.data or "", form.fecha.data, texto, actor=current_actor(), now=contexto.now()
        )
    except Refused as refused:
        form.boletas.errors = [sentence(refused)]
        return _pagina(form, 422)
    return redirect(url_for(".liberacion", public_id=lista.public_id))


def _una(public_id: str) -> ListaLiberacion:
    g.seccion = "coordinador.liberaciones"
    return queries.lista(public_id) or abort(404)


@bp.get("/liberaciones/<public_id>")
@requires("coordinador", "expedientes")
def liberacion(public_id: str) -> Any:
    """One list: how many of its boletas the portal knows, which it does not, and what may be done."""
    return _pagina_lista(_una(public_id), RetiroForm(formdata=None))


def _pagina_lista(lista: ListaLiberacion, form: RetiroForm, status: int = 200) -> Any:
    return render_template(
        "coordinador/liberacion.html",
        lista=lista,
        desconocidas=queries.desconocidas(lista.id),
        acciones=actions(lista, current_actor()),
        form=form,
    ), status


@bp.post("/liberaciones/<public_id>/publicar")
@requires("coordinador", "expedientes")
def liberacion_publicar(public_id: str) -> Any:
    """Let each find the own boleta."""
    try:
        lista = servicio.publicar(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
    else:
        flash(f"La lista {lista.numero} está publicada. A quien conocemos le escribimos.", "exito")
    return redirect(url_for(".liberacion", public_id=public_id))


@bp.post("/liberaciones/<public_id>/descartar")
@requires("coordinador", "expedientes")
def liberacion_descartar(public_id: str) -> Any:
    """Throw a draft away."""
    lista = servicio.descartar(public_id, actor=current_actor(), now=contexto.now())
    flash(f"La lista {lista.numero} se descartó.", "exito")
    return redirect(url_for(".liberaciones"))


@bp.post("/liberaciones/<public_id>/retirar")
@requires("coordinador", "expedientes")
def liberacion_retirar(public_id: str) -> Any:
    """Take a published list back, with the reason."""
    form = RetiroForm()
    if not form.validate_on_submit():
        return _pagina_lista(_una(public_id), form, 422)
    try:
        lista = servicio.retirar(public_id, form.motivo.data or "", actor=current_actor(), now=contexto.now())
    except Refused as refused:
        form.motivo.errors = [sentence(refused)]
        return _pagina_lista(_una(public_id), form, 422)
    flash(f"La lista {lista.numero} ya no se puede consultar.", "exito")
    return redirect(url_for(".liberacion", public_id=public_id))
