"""Tandas: what was chosen in a list is looked at, issued by the outbox, and followed until its last letter."""

from __future__ import annotations

from datetime import datetime
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from flask import Response, abort, flash, g, redirect, render_template, request, stream_with_context, url_for

from portal.coordinador import bp
from portal.coordinador.views.expedientes import direccion, filtro_pedido
from portal.domain.access import EXPEDIENTES, TERMINOS
from portal.domain.alumno import palabras_de_busqueda
from portal.domain.machine import Refused
from portal.domain.tanda import MAXIMO, avance
from portal.queries import tandas as queries
from portal.services import emision, envios, impresiones
from portal.services import tandas as services
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_stored
from portal.web.descargas import de_la_escuela
from portal.web.errors import sentence
from portal.web.labels import CARTAS
from portal.web.sesion import current_actor
from portal.web.uploads import disposition

if TYPE_CHECKING:
    from portal.models import Tanda

SECCION = "coordinador.cartas"
A_LA_VISTA = 50
CUANTO_ESPERA = 3  # seconds between two looks of a page at the work of the outbox
COMO = {
    "espera": ("En espera", "gris"),
    "camino": ("En preparación", "azul"),
    "firma": ("En firma", "azul"),
    "emitidas": ("Emitida", "verde"),
    "problema": ("No se emitió", "rojo"),
    "revocadas": ("Revocada", "gris"),
    "fuera": ("Se dejó fuera", "gris"),
}
PLURALES = {"espera": "En espera", "camino": "En preparación", "firma": "En firma", "emitidas": "Emitidas",
            "problema": "No se emitieron", "revocadas": "Revocadas", "fuera": "Se dejaron fuera"}  # fmt: skip
DE_DONDE = {
    "tramites": ("coordinador.tramites", "Trámites"),
    "finalizaciones": ("coordinador.finalizaciones", "Finalización"),
    "constancias": ("coordinador.alumnos", "Alumnos"),
}


def _clases() -> list[str]:
    """The kinds of tanda that this person's permissions allow."""
    permisos = current_actor().permisos
    return [clave for clave, clase in services.CLASES.items() if clase.permiso in permisos]


def _elegidos(que: str, args: Any, corte: datetime) -> list[queries.Candidato]:
    """Who was chosen in a list: the marked rows (`m`), or, with `todos`, all that match its filters."""
    marcados = [] if args.get("todos") else args.getlist("m")[:MAXIMO]
    if not marcados and not args.get("todos"):
        return []
    if que == "tramites":
        return queries.tramites(marcados, args.get("tipo", ""), corte, MAXIMO)
    if que == "constancias":
        return queries.constancias(
            marcados, palabras_de_busqueda(args.get("q", "")), args.get("carrera", ""), corte, MAXIMO
        )
    return queries.finalizaciones(marcados, filtro_pedido(), corte, MAXIMO)


@bp.get("/tandas/nueva/<any(tramites, finalizaciones, constancias):que>")
@requires("coordinador", EXPEDIENTES, TERMINOS)
def tanda_nueva(que: str) -> Any:
    """What a tanda would issue: to whom, who is left out and why, and one letter of each kind to look at."""
    services.exigir(que, current_actor())
    return _revisar(que)


def _revisar(que: str, error: str = "", status: int = 200) -> Any:
    endpoint, lista = DE_DONDE[que]
    g.seccion = endpoint
    corte = contexto.now()
    elegidos = _elegidos(que, request.args, corte)
    todos = bool(request.args.get("todos"))
    fuera = _fuera(que, elegidos[:A_LA_VISTA])
    van = [c for c in elegidos if c.para not in fuera]
    return render_template(
        "coordinador/tanda_nueva.html",
        que=que,
        van=van,
        visibles=van[:A_LA_VISTA],
        fuera=[(c, fuera[c.para]) for c in elegidos if c.para in fuera],
        perdidos=0 if todos else len(set(request.args.getlist("m"))) - len(elegidos),
        todos=todos,
        corte=corte.isoformat(),
        clave=token_urlsafe(12),
        maximo=MAXIMO,
        nombres=CARTAS,
        lista=lista,
        regreso=url_for(endpoint),
        muestras=[(c, _vista(que, c.para)) for c in {c.carta: c for c in reversed(van)}.values()][::-1],
        error=error,
    ), status


def _fuera(que: str, elegidos: list[queries.Candidato]) -> dict[str, str]:
    """Why some of those at sight would get no letter; the others are asked when it is their turn."""
    if que != "finalizaciones":
        return {}
    revisados = emision.revisar(queries.servicios([c.para for c in elegidos]), contexto.now())
    return {r.servicio.public_id: " ".join(str(f) for f in r.faltan) for r in revisados if r.faltan}


def _vista(que: str, para: str) -> str:
    if que == "tramites":
        return url_for(".tramite_vista", public_id=para)
    if que == "constancias":
        return url_for(".alumno_constancia", public_id=para)
    return url_for(".finalizacion_vista", public_id=para)


@bp.post("/tandas/nueva/<any(tramites, finalizaciones, constancias):que>")
@requires("coordinador", EXPEDIENTES, TERMINOS)
def tanda_emitir(que: str) -> Any:
    """Order the letters; the page of the tanda tells how far they are. The same form sent twice is one tanda."""
    actor, form = current_actor(), request.form
    services.exigir(que, actor)
    marcados = form.getlist("m")[: MAXIMO + 1]
    if request.args.get("todos"):
        marcados = [c.para for c in _elegidos(que, request.args, _corte(form.get("corte", "")))]
    try:
        tanda = services.crear(que, marcados, clave=form.get("clave", ""), actor=actor, now=contexto.now())
    except Refused as refused:
        return _revisar(que, sentence(refused), 409)
    return redirect(url_for(".tanda", public_id=tanda.public_id))


def _corte(text: str) -> datetime:
    """When the page was drawn: who came later was not shown, so they are not issued."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return contexto.now()
    return found if found.tzinfo else contexto.now()


@bp.get("/tandas")
@requires("coordinador", EXPEDIENTES, TERMINOS)
def tandas() -> Any:
    """Tandas, newest first."""
    g.seccion = SECCION
    pagina = queries.lista(_clases(), request.args.get("despues", ""), request.args.get("antes", ""))
    return render_template(
        "coordinador/tandas.html",
        pagina=pagina,
        clases=services.CLASES,
        avance=avance,
        anterior=url_for(".tandas", antes=pagina.anterior) if pagina.anterior else "",
        siguiente=url_for(".tandas", despues=pagina.siguiente) if pagina.siguiente else "",
    )


def _una(public_id: str) -> Tanda:
    g.seccion = SECCION
    found = queries.una(public_id)
    if found is None or found.clase not in services.CLASES:
        abort(404)
    services.exigir(found.clase, current_actor())
    return found


@bp.get("/tandas/<public_id>", endpoint="tanda")
@requires("coordinador", EXPEDIENTES, TERMINOS)
def ver_tanda(public_id: str) -> Any:
    """How far a tanda is, what was not issued and why, and every letter; it may be closed and opened again."""
    found = _una(public_id)
    cuentas = queries.cuentas([found.id])[found.id]
    como = request.args.get("como", "")
    como = como if como in COMO else ""
    pagina = queries.filas(
        found.id, como, despues=request.args.get("despues", ""), antes=request.args.get("antes", "")
    )
    return render_template(
        "coordinador/tanda.html",
        tanda=found,
        clase=services.CLASES[found.clase],
        cuentas=cuentas,
        porciento=avance(cuentas.hechas, cuentas.total),
        pagina=pagina,
        como=como,
        palabras=COMO,
        chips_de_como=_chips(cuentas, como),
        espera=CUANTO_ESPERA if cuentas.trabaja or found.impresion_pedida else 0,
        anterior=direccion(public_id=public_id, antes=pagina.anterior) if pagina.anterior else "",
        siguiente=direccion(public_id=public_id, despues=pagina.siguiente) if pagina.siguiente else "",
    )


def _chips(cuentas: queries.Cuentas, elegido: str) -> list[dict[str, Any]]:
    def chip(como: str, texto: str, cuantas: int) -> dict[str, Any]:
        public_id = (request.view_args or {})["public_id"]
        href = url_for(".tanda", public_id=public_id, como=como or None)
        return {"texto": texto, "href": href, "activo": como == elegido, "cuenta": cuantas}

    counted = [(como, texto, getattr(cuentas, como)) for como, texto in PLURALES.items()]
    return [
        chip("", "Todas", cuentas.total),
        *(chip(c, t, n) for c, t, n in counted if n or c == elegido),
    ]


@bp.post("/tandas/<public_id>/reintentar")
@requires("coordinador", EXPEDIENTES, TERMINOS)
def tanda_reintentar(public_id: str) -> Any:
    """Try again what was not issued: one row (`renglon`), or all."""
    hechas = services.reintentar(
        public_id, renglon=request.form.get("renglon", ""), actor=current_actor(), now=contexto.now()
    )
    if hechas:
        palabras = "1 carta" if hechas == 1 else f"{hechas} cartas"
        flash(f"Volvemos a intentar {palabras}; en un momento se verá aquí.", "exito")
    else:
        flash("No hay nada que intentar otra vez.", "info")
    return redirect(url_for(".tanda", public_id=public_id))


@bp.post("/tandas/<public_id>/excluir")
@requires("coordinador", EXPEDIENTES, TERMINOS)
def tanda_excluir(public_id: str) -> Any:
    """Leave out one that was not issued."""
    services.excluir(public_id, request.form.get("renglon", "-"), actor=current_actor(), now=contexto.now())
    flash("La carta se dejó fuera de la tanda. Lo demás sigue igual.", "exito")
    return redirect(url_for(".tanda", public_id=public_id))


@bp.get("/tandas/<public_id>/cartas.zip")
@requires("coordinador", EXPEDIENTES, TERMINOS)
def tanda_zip(public_id: str) -> Any:
    """Every issued letter of a tanda, as one ZIP that is made while it is sent."""
    found = _una(public_id)
    cartas = impresiones.piezas(found.id)
    if not cartas:
        abort(404)
    response = Response(
        stream_with_context(envios.zip_de(cartas, {}, found.creado)), mimetype="application/zip"
    )
    response.headers.update(
        {
            "Content-Disposition": disposition(
                de_la_escuela(f"cartas_{found.creado:%Y-%m-%d}.zip"), inline=False
            ),
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        }
    )
    return response


@bp.post("/tandas/<public_id>/imprimir")
@requires("coordinador", EXPEDIENTES, TERMINOS)
def tanda_imprimir(public_id: str) -> Any:
    """Ask for the one PDF of its letters; the page of the tanda says when it is there."""
    impresiones.pedir(public_id, actor=current_actor(), now=contexto.now())
    return redirect(url_for(".tanda", public_id=public_id))


@bp.get("/tandas/<public_id>/cartas.pdf")
@requires("coordinador", EXPEDIENTES, TERMINOS)
def tanda_pdf(public_id: str) -> Any:
    """The one PDF of its letters, once it was made."""
    found = _una(public_id)
    return send_stored(found.impresion) if found.impresion is not None else abort(404)
