"""Batches: what is picked, downloaded together and marked as sent [seed 001]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, abort, flash, g, redirect, render_template, request, stream_with_context, url_for

from portal.coordinador import bp
from portal.coordinador.forms.prerregistros import EnvioForm
from portal.coordinador.views.expedientes import palabras
from portal.coordinador.views.prerregistros import filtro
from portal.domain.calendario import to_local
from portal.domain.estadistica import semestre
from portal.domain.machine import Refused
from portal.queries import prerregistros as queries
from portal.services import envios as servicio
from portal.services import reportes
from portal.services.reportes import Campo
from portal.web import contexto
from portal.web.access import requires
from portal.web.descargas import de_la_escuela, descargar
from portal.web.errors import sentence
from portal.web.labels import GENEROS
from portal.web.sesion import current_actor
from portal.web.uploads import disposition

if TYPE_CHECKING:
    from portal.models import Lote

SECCIONES = {"prerregistro": "coordinador.prerregistros", "liberacion": "coordinador.liberaciones"}
RELACION = (
    Campo("orden", "Núm.", 0.5, "derecha"),
    Campo("boleta", "Boleta", 1.0),
    Campo("nombre", "Nombre", 2.0),
    Campo("carrera", "Carrera", 0.8),
    Campo("semestre", "Semestre", 0.75, "derecha", dicho=semestre),
    Campo("genero", "Género", 0.9),
    Campo("dependencia", "Prestatario", 1.9),
    Campo("inicio", "Inicio", 0.9),
    Campo("termino", "Término", 0.9),
    Campo("correo", "Correo", 1.6),
    Campo("numero_registro", "Número de registro", 1.1),
    Campo("lista", "Lista", 0.6),
    Campo("fecha_envio", "Fecha de envío", 0.9),
)


@bp.get("/lotes")
@requires("coordinador", "expedientes")
def lotes() -> str:
    """Batches, newest first."""
    pagina = queries.lotes(request.args.get("tipo", ""), despues=request.args.get("despues", ""))
    de_liberacion = request.args.get("tipo") == "liberacion"
    g.seccion = SECCIONES["liberacion" if de_liberacion else "prerregistro"]
    more = url_for(".lotes", tipo=request.args.get("tipo") or None, despues=pagina.siguiente)
    return render_template(
        "coordinador/lotes.html",
        lotes=pagina.filas,
        de_liberacion=de_liberacion,
        tipos={clave: tipo.nombre for clave, tipo in servicio.TIPOS.items()},
        siguiente=more if pagina.siguiente else "",
    )


@bp.post("/prerregistros/lote")
@requires("coordinador", "expedientes")
def lote_armar() -> Any:
    """Put the marked prerregistros, or all that match the list's filters and are not sent yet, into a new batch."""
    marcados = request.form.getlist("m")[: servicio.MAXIMO]
    if request.form.get("todos"):
        marcados = queries.elegidos(filtro())
    try:
        if not marcados:
            raise Refused("lote.vacio" if request.form.get("todos") else "lote.sin_elegir")
        lote = servicio.armar("prerregistro", marcados, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
        return redirect(url_for(".prerregistros", situacion="por_enviar"))
    flash(f"El lote {lote.numero} está listo para descargarse.", "exito")
    return redirect(url_for(".lote", public_id=lote.public_id))


def _uno(public_id: str) -> Lote:
    found = queries.lote(public_id)
    if found is None:
        abort(404)
    g.seccion = SECCIONES[found.tipo]
    return found


@bp.get("/lotes/<public_id>", endpoint="lote")
@requires("coordinador", "expedientes")
def ver_lote(public_id: str) -> Any:
    """What a batch holds, its files, and whether it was sent."""
    form = EnvioForm(formdata=None, fecha=to_local(contexto.now()).date())
    return _pagina(_uno(public_id), form)


def _pagina(lote: Lote, form: EnvioForm, status: int = 200) -> Any:
    campos = [c for c in RELACION if c.clave not in ("orden", "genero", "correo", "fecha_envio")]
    words = _palabras()
    filas = servicio.relacion(lote)
    return render_template(
        "coordinador/lote.html",
        lote=lote,
        nombre=servicio.TIPOS[lote.tipo].nombre,
        campos=campos,
        filas=[(f, reportes.textos(campos, f, words)) for f in filas],
        form=form,
        preparado=lote.estado == "preparado",
    ), status


def _palabras() -> reportes.Palabras:
    return {**palabras(carrera_completa=False), "genero": GENEROS}


@bp.post("/lotes/<public_id>/enviar")
@requires("coordinador", "expedientes")
def lote_enviar(public_id: str) -> Any:
    """Mark it as sent; a second time changes nothing."""
    lote, form = _uno(public_id), EnvioForm()
    if not form.validate_on_submit():
        return _pagina(lote, form, 422)
    try:
        servicio.enviar(public_id, form.fecha.data, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        form.fecha.errors = [sentence(refused)]
        return _pagina(_uno(public_id), form, 422)
    flash(f"El lote {lote.numero} quedó como enviado.", "exito")
    return redirect(url_for(".lote", public_id=public_id))


@bp.post("/lotes/<public_id>/descartar")
@requires("coordinador", "expedientes")
def lote_descartar(public_id: str) -> Any:
    """Take apart a batch that was not sent."""
    lote = servicio.descartar(public_id, actor=current_actor(), now=contexto.now())
    flash(f"El lote {lote.numero} se descartó: sus expedientes pueden ir en otro.", "exito")
    return redirect(url_for(".lotes"))


def _relacion(lote: Lote, formato: str) -> reportes.Archivo:
    enviado = f"Enviado el {lote.enviado:%d/%m/%Y}" if lote.enviado else "Por enviar"
    reporte = reportes.Reporte(
        f"Relación del lote {lote.numero}",
        f"{servicio.TIPOS[lote.tipo].nombre}. {enviado}",
        RELACION,
        _palabras(),
        f"relacion lote {lote.numero}",
    )
    return reportes.hacer(formato, reporte, servicio.relacion(lote), now=lote.estado_desde)


@bp.get("/lotes/<public_id>/relacion.<any(pdf, xlsx):formato>")
@requires("coordinador", "expedientes")
def lote_relacion(public_id: str, formato: str) -> Any:
    """The list of what the batch holds."""
    return descargar(_relacion(_uno(public_id), formato))


@bp.get("/lotes/<public_id>/expedientes.zip")
@requires("coordinador", "expedientes")
def lote_zip(public_id: str) -> Any:
    """Every file of the batch with its relación, as one ZIP that is made while it is sent."""
    lote = _uno(public_id)
    if lote.estado == "descartado":
        abort(404)
    hechos = {a.nombre: a.datos for a in (_relacion(lote, "pdf"), _relacion(lote, "xlsx"))}
    cuerpo = servicio.zip_de(servicio.piezas(lote), hechos, lote.creado)
    response = Response(stream_with_context(cuerpo), mimetype="application/zip")
    response.headers.update(
        {
            "Content-Disposition": disposition(de_la_escuela(f"lote_{lote.numero}.zip"), inline=False),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
    )
    return response
