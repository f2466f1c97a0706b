"""The letters' templates: written in the browser, looked at while they are written, kept edition by edition."""

from __future__ import annotations

import base64
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms import plantillas as escritura
from portal.domain.carta import PAPELES
from portal.domain.machine import Refused
from portal.services import escuelas, hojas, plantillas
from portal.services.plantillas_lenguaje import CATALOGO, FILTROS, TITULOS, PlantillaInvalida, celda
from portal.web import contexto
from portal.web.access import requires
from portal.web.circuito import send_bytes
from portal.web.errors import sentence
from portal.web.limites import limitado
from portal.web.sesion import current_actor

SECCION = "coordinador.administracion"


@bp.get("/plantillas", endpoint="plantillas")
@requires("coordinador", "administracion")
def lista_plantillas() -> Any:
    """Every kind of letter with the edition in force."""
    g.seccion = SECCION
    return render_template("coordinador/plantillas.html", ediciones=plantillas.vigentes(), titulos=TITULOS)


@bp.get("/plantillas/<carta_tipo>")
@requires("coordinador", "administracion")
def plantilla(carta_tipo: str) -> Any:
    """The editor, with the edition in force."""
    tipo = plantillas.conocido(carta_tipo)
    vigente = escuelas.edicion_vigente(tipo)
    return _editor(tipo, escritura.de_plantilla(plantillas.leer(tipo, vigente), vigente))


def _editor(
    tipo: str,
    escrito: escritura.Escrito,
    errores: dict[str, list[str]] | None = None,
    *,
    aviso: str = "",
    aqui: str = "",
    status: int = 200,
) -> Any:
    g.seccion = SECCION
    errores = errores or {}
    return render_template(
        "coordinador/plantilla.html",
        tipo=tipo,
        titulo=TITULOS[tipo],
        escrito=escrito,
        errores=errores,
        resumen=escritura.resumen_de(errores),
        aviso=aviso,
        aqui=aqui,
        vista=_vista(tipo, escrito),
        campos=escritura.CAMPOS,
        cabeza=escritura.CABEZA,
        final=escritura.FINAL,
        clases=escritura.CLASES_EN_PALABRAS,
        membretes=escritura.MEMBRETES,
        papeles=PAPELES,
        listas=escritura.listas_de(tipo),
        columnas=escritura.columnas_de(next(iter(escritura.listas_de(tipo)), "")),
        datos=[(n, m.descripcion, _muestra(m.muestra), m.opcional) for n, m in CATALOGO[tipo].items()],
        formas=sorted(FILTROS),
        ejemplos=plantillas.ejemplos(tipo),
        vigente=escuelas.edicion_vigente(tipo),
    ), status


def _muestra(valor: Any) -> str:
    if isinstance(valor, tuple):
        return f"una lista de {len(valor)}"
    return celda(valor)


def _vista(tipo: str, escrito: escritura.Escrito) -> dict[str, Any]:
    """The pages of what is typed, as pictures; or why it cannot be drawn."""
    try:
        hecha = plantillas.validar(tipo, escritura.datos(escrito, tipo))
        paginas = hojas.imagenes(plantillas.vista(hecha, escrito.con, now=contexto.now()))
    except PlantillaInvalida as error:
        por_campo = escritura.errores_por_campo(error.errors, escrito)
        return {"paginas": [], "errores": list(escritura.resumen_de(por_campo).values())}
    return {"paginas": [base64.b64encode(p).decode() for p in paginas], "errores": []}


@bp.post("/plantillas/<carta_tipo>")
@requires("coordinador", "administracion")
def plantilla_guardar(carta_tipo: str) -> Any:
    """Save, or do what a button of the blocks says: what was typed comes back with it."""
    tipo = plantillas.conocido(carta_tipo)
    escrito = escritura.de_formulario(request.form, tipo)
    accion = request.form.get("accion", "guardar")
    if accion != "guardar":
        return _editor(tipo, escrito, aqui=escritura.mover(escrito, accion))
    try:
        version = plantillas.guardar(
            tipo, escritura.datos(escrito, tipo), base=escrito.base, nota=escrito.nota,
            actor=current_actor(), now=contexto.now(),
        )  # fmt: skip
    except PlantillaInvalida as error:
        return _editor(tipo, escrito, escritura.errores_por_campo(error.errors, escrito), status=400)
    except Refused as refused:
        escrito.base = escuelas.edicion_vigente(tipo)
        return _editor(tipo, escrito, aviso=sentence(refused), status=409)
    if version == escrito.base:
        flash("No había cambios que guardar.", "info")
    else:
        flash(
            f"Guardamos la edición {version}. La usarán las cartas nuevas; las ya generadas no cambian.",
            "exito",
        )
    return redirect(url_for(".plantilla", carta_tipo=tipo))


@bp.post("/plantillas/<carta_tipo>/vista")
@limitado("90 per minute")
@requires("coordinador", "administracion")
def plantilla_vista(carta_tipo: str) -> Any:
    """The pages of what is typed: the part of the editor that is beside the text."""
    tipo = plantillas.conocido(carta_tipo)
    escrito = escritura.de_formulario(request.form, tipo)
    return render_template("coordinador/plantilla_vista.html", vista=_vista(tipo, escrito))


@bp.get("/plantillas/<carta_tipo>/ediciones")
@requires("coordinador", "administracion")
def plantilla_ediciones(carta_tipo: str) -> Any:
    """Every edition of a kind: who wrote it, when, why."""
    g.seccion = SECCION
    return render_template(
        "coordinador/plantilla_ediciones.html",
        tipo=plantillas.conocido(carta_tipo),
        titulo=TITULOS[carta_tipo],
        ediciones=plantillas.ediciones(carta_tipo),
    )


@bp.get("/plantillas/<carta_tipo>/ediciones/<int:edicion>")
@requires("coordinador", "administracion")
def plantilla_edicion(carta_tipo: str, edicion: int) -> Any:
    """One edition as it prints, and what it says that another does not."""
    g.seccion = SECCION
    elegida = plantillas.leer(carta_tipo, edicion)
    todas = plantillas.ediciones(carta_tipo)
    con = request.args.get("con", type=int)
    if con is None or con not in {e.version for e in todas}:
        vigente = escuelas.edicion_vigente(carta_tipo)
        con = vigente if edicion != vigente else max(edicion - 1, 0)
    return render_template(
        "coordinador/plantilla_edicion.html",
        tipo=carta_tipo,
        titulo=TITULOS[carta_tipo],
        edicion=next(e for e in todas if e.version == edicion),
        ediciones=todas,
        con=con,
        cambios=plantillas.comparar(plantillas.leer(carta_tipo, con), elegida),
        nombres=escritura.NOMBRES,
    )


@bp.get("/plantillas/<carta_tipo>/ediciones/<int:edicion>/muestra.pdf")
@requires("coordinador", "administracion")
def plantilla_muestra(carta_tipo: str, edicion: int) -> Any:
    """An edition with sample values, marked as a sample."""
    pdf = plantillas.vista(plantillas.leer(carta_tipo, edicion), plantillas.MUESTRA, now=contexto.now())
    return send_bytes(pdf, f"muestra-{carta_tipo}.pdf", "application/pdf")


@bp.post("/plantillas/<carta_tipo>/ediciones/<int:edicion>/restaurar")
@requires("coordinador", "administracion")
def plantilla_restaurar(carta_tipo: str, edicion: int) -> Any:
    """Put an earlier edition in force again."""
    nueva = plantillas.restaurar(carta_tipo, edicion, actor=current_actor(), now=contexto.now())
    flash(f"Recuperamos ese texto como edición {nueva}. La usarán las cartas nuevas.", "exito")
    return redirect(url_for(".plantilla", carta_tipo=carta_tipo))
