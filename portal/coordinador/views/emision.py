"""Listas de emisión: who is ready, the next lista, those that wait for their constancias [seed 001 §3]."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.emision import PrimeraForm
from portal.domain import emision as reglas
from portal.domain.access import TERMINOS
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.queries import emision as queries
from portal.services import emision, escuelas, reportes
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.circuito import send_bytes
from portal.web.descargas import descargar
from portal.web.errors import sentence
from portal.web.sesion import current_actor

SECCION = "coordinador.emision"
PRONTO = timedelta(days=15)
"""A servicio that ends by then may be nearly ready."""
TONOS = {
    "vencida": "rojo",
    "por_llegar": "amarillo",
    "en_espera": "azul",
    "completa": "verde",
    "anulada": "gris",
}
CAMPOS = tuple(
    reportes.Campo(clave, titulo, ancho)
    for clave, titulo, ancho in (
        ("numero", "Nº", 0.4), ("boleta", "Boleta", 0.9), ("nombre", "Nombre", 1.9), ("carrera", "Carrera", 0.9),
        ("prestatario", "Prestatario", 1.8), ("inicio", "Fecha de inicio", 0.9), ("termino", "Fecha de término", 0.9),
        ("correo", "Correo electrónico", 1.6), ("numero_registro", "Número de registro", 1.0),
        ("lista", "Lista de emisión", 0.8), ("constancia", "Fecha de carga", 1.1), ("descargada", "Descarga", 1.1),
    )
)  # fmt: skip


def hoy() -> date:
    """Today in the escuela's place."""
    return to_local(contexto.now()).date()


def plazo(lista: Any) -> dict[str, str]:
    """The words and the tone of a lista's window."""
    found = reglas.plazo(hoy(), lista.desde, lista.hasta, escuelas.calendario(), lista.estado)
    return {"texto": found.palabras, "tono": TONOS[found.clave], "clave": found.clave}


@bp.get("/emision", endpoint="emision")
@requires("coordinador", TERMINOS)
def lista_emision() -> str:
    """Who is ready, who nearly is and what lacks, and the listas, overdue ones first."""
    despues = request.args.get("despues", "")
    listas = queries.listas(hoy(), request.args.get("listas", ""))
    sigue = len([x for x in listas if x.estado != "emitida"]) > queries.PAGINA_LISTAS
    listas = listas[:-1] if sigue else listas
    pagina = queries.por_emitir(despues)
    casi = [] if despues else queries.casi_listos(hoy() + PRONTO)
    revisadas = emision.revisar([*pagina.filas, *casi], contexto.now())
    return render_template(
        "coordinador/emision.html",
        listos=[r for r in revisadas if r.lista],
        casi=[r for r in revisadas if not r.lista],
        total=queries.cuantos_por_emitir(),
        maximo=reglas.MAXIMO,
        siguiente=url_for(".emision", despues=pagina.siguiente) if pagina.siguiente else "",
        anterior=url_for(".emision") if despues else "",
        listas=[(x, plazo(x)) for x in listas],
        mas_listas=url_for(".emision", listas=listas[-1].numero) if sigue else "",
        carreras={c.clave: c.siglas or c.nombre for c in contexto.perfil().carreras},
        edad=edad,
    )


def _pedidos() -> list[str]:
    """Those that were marked, or all who wait, up to the size of a lista."""
    if request.values.get("todos"):
        return queries.ids_por_emitir(reglas.MAXIMO)
    return request.values.getlist("ids")[: reglas.MAXIMO]


@bp.get("/emision/nueva")
@requires("coordinador", TERMINOS)
def emision_nueva() -> Any:
    """What the next lista would be: its number, who goes, who is left out and why, its relación."""
    return _revisar(_pedidos(), PrimeraForm(formdata=None))


def _revisar(ids: Sequence[str], form: PrimeraForm, error: str = "", status: int = 200) -> Any:
    g.seccion = SECCION
    revisadas = emision.elegidos(ids, contexto.now())
    van = [r for r in revisadas if r.lista]
    numero = emision.siguiente_numero()
    if form.primera.data is None:
        form.primera.data = numero
    return render_template(
        "coordinador/emision_nueva.html",
        van=van,
        fuera=[r for r in revisadas if not r.lista],
        numero=numero,
        ventana=emision.ventana([r.servicio for r in van], hoy()) if van else None,
        vista=url_for(".emision_vista", ids=[r.servicio.public_id for r in van]),
        form=form if numero == 1 else None,
        error=error,
    ), status


@bp.get("/emision/nueva/vista.pdf")
@requires("coordinador", TERMINOS)
def emision_vista() -> Any:
    """The relación as it would be, without folio."""
    content = emision.vista_previa(_pedidos(), now=contexto.now())
    return send_bytes(content, "vista-previa.pdf", "application/pdf")


@bp.post("/emision/nueva")
@requires("coordinador", TERMINOS)
def emision_generar() -> Any:
    """Generate the lista with who is marked, all of them or none; or look at it again without who is not."""
    ids, form = _pedidos(), PrimeraForm()
    if request.form.get("revisar"):
        return redirect(url_for(".emision_nueva", ids=ids))
    if not form.validate_on_submit():
        return _revisar(ids, form, status=400)
    primera = form.primera.data if emision.siguiente_numero() == 1 else None
    try:
        lista = emision.emitir(ids, primera=primera, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _revisar(ids, form, sentence(refused), 409)
    alumnos = "1 alumno" if lista.total == 1 else f"{lista.total} alumnos"
    flash(f"Generamos la lista de emisión {lista.numero} con {alumnos}. A cada uno le escribimos.", "exito")
    return redirect(url_for(".emision_lista", public_id=lista.public_id))


@bp.get("/emision/<public_id>")
@requires("coordinador", TERMINOS)
def emision_lista(public_id: str) -> str:
    """One lista: its window, its relación, its alumnos and their constancias."""
    g.seccion = SECCION
    lista = queries.lista(public_id) or abort(404)
    return render_template(
        "coordinador/emision_lista.html",
        lista=lista,
        plazo=plazo(lista),
        renglones=queries.renglones(lista.id),
        salieron=queries.salieron(lista.id),
        edad=edad,
    )


@bp.get("/emision/<public_id>/lista.xlsx")
@requires("coordinador", TERMINOS)
def emision_xlsx(public_id: str) -> Any:
    """The lista as a spreadsheet, with what came so far."""
    lista = queries.lista(public_id) or abort(404)
    reporte = reportes.Reporte(
        f"Lista de emisión {lista.numero}", "", CAMPOS, {}, f"lista de emision {lista.numero}"
    )
    filas = (SimpleNamespace(**r.columnas) for r in queries.renglones(lista.id))
    return descargar(reportes.hacer("xlsx", reporte, filas, now=contexto.now()))
