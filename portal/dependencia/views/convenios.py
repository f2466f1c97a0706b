"""The convenios of a dependencia with an account: each escuela's, one click for another, corrections, renewal."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.dependencia import bp
from portal.domain.calendario import to_local
from portal.domain.convenio import ABIERTOS
from portal.domain.machine import Refused
from portal.queries import convenios as queries
from portal.queries import escuelas as escuela_queries
from portal.queries.convenios import Caso, Fila
from portal.services import convenios as servicio
from portal.services import dossier, workflow
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.archivos import send_stored
from portal.web.convenios import limite_de_subida, papel, papeles, recibir_papel
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads

SECCION = "dependencia.convenios"
# A convenio in one of these states leaves no place for another request to the same escuela.
OCUPAN = (*ABIERTOS, "vigente")


@bp.get("/convenios")
@requires("dependencia")
def convenios() -> Any:
    """Every convenio in every escuela."""
    filas = queries.de_dependencias(current_actor().dependencia_ids)
    nombres = {d.id: d.nombre_visible for d in g.dependencias}
    abiertos = {(f.dependencia_id, f.escuela.id) for f in filas if f.estado in ABIERTOS}
    vigentes = {(f.dependencia_id, f.escuela.id) for f in filas if f.estado == "vigente" and not f.avisado}
    renovando = abiertos | vigentes
    return render_template(
        "dependencia/convenios.html",
        filas=[(f, edad(f.estado_desde), _renovable(f, renovando)) for f in filas],
        nombres=nombres if len(nombres) > 1 else {},
    )


def _renovable(fila: Fila, renovando: set[tuple[int, int]]) -> bool:
    """Ended or about to, and nothing newer with that escuela."""
    if (fila.dependencia_id, fila.escuela.id) in renovando:
        return False
    return fila.estado == "vencido" or (fila.estado == "vigente" and fila.avisado)


@bp.get("/convenios/solicitar")
@requires("dependencia")
def solicitar_convenio() -> Any:
    """The escuelas with which there is no convenio yet, and what each would still ask for."""
    g.seccion = SECCION
    dependencia = elegida()
    filas = queries.de_dependencias([dependencia.id])
    con = {f.escuela.id for f in filas if f.estado in OCUPAN}
    otras = [e for e in escuela_queries.todas() if e.id not in con]
    return render_template(
        "dependencia/solicitar_convenio.html",
        dependencia=dependencia,
        otras=otras,
        faltan=dossier.faltarian(dependencia.id, [e.id for e in otras]),
        verificada=dependencia.verificada is not None,
    )


def elegida() -> Any:
    """The dependencia of the page: the one that the address names, else the first of the person."""
    wanted = request.values.get("dependencia", "")
    found = next((d for d in g.dependencias if d.public_id == wanted), None if wanted else g.dependencia)
    if found is None:
        abort(404)
    return found


@bp.post("/<escuela>/convenios/solicitar")
@requires("dependencia")
def pedir_convenio() -> Any:
    """Ask the escuela of the address, with the dossier as it is."""
    try:
        convenio = servicio.solicitar(elegida().public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
        return redirect(url_for("dependencia.convenios"))
    if convenio.estado == "enviado":
        flash("Enviamos su solicitud con los documentos de su expediente. Le avisaremos por correo.", "exito")
    else:
        flash("Falta algún documento que esta escuela pide. Súbalo y envíe la solicitud.", "info")
    return redirect(url_for("dependencia.convenio", public_id=convenio.public_id))


# ---- One convenio --------------------------------------------------------------------------------


def _caso(public_id: str) -> Caso:
    g.seccion = SECCION
    found = queries.caso(public_id)
    if found is None or found.dependencia.id not in current_actor().dependencia_ids:
        abort(404)
    return found


@bp.get("/<escuela>/convenios/<public_id>")
@requires("dependencia")
def convenio(public_id: str) -> Any:
    """Where one convenio stands, document by document."""
    return _render(_caso(public_id))


def _render(caso: Caso, error: str = "", status: int = 200) -> Any:
    lista = papeles(caso)
    carta = queries.cartas([caso.convenio.id]).get(caso.convenio.id)
    page = render_template(
        "dependencia/convenio.html",
        caso=caso,
        papeles=lista,
        urls={
            p.clave: url_for(
                "dependencia.convenio_documento", public_id=caso.convenio.public_id, tipo=p.clave
            )
            for p in lista
        },
        acciones=workflow.actions(caso.convenio, current_actor()),
        por_subir=[p for p in lista if p.sube and p.tono in ("amarillo", "rojo")],
        carta=carta.documento if carta is not None else None,
        renovable=servicio.se_puede_renovar(caso.convenio, to_local(contexto.now()).date()),
        edad=edad(caso.convenio.estado_desde),
        error=error,
    )
    return page, status


@bp.get("/<escuela>/convenios/<public_id>/subir/<tipo>")
@requires("dependencia")
def convenio_documento(public_id: str, tipo: str) -> Any:
    """Where one document is uploaded, and what was received."""
    return _render_documento(_caso(public_id), tipo)


def _render_documento(caso: Caso, tipo: str, error: str = "", status: int = 200) -> Any:
    uno = papel(caso, tipo)
    if uno is None:
        abort(404)
    return render_template("dependencia/convenio_documento.html", caso=caso, papel=uno, error=error), status


@bp.post("/<escuela>/convenios/<public_id>/subir/<tipo>")
@requires("dependencia")
@accepts_uploads(limite_de_subida, max_files=20)
def convenio_subir(public_id: str, tipo: str) -> Any:
    """Take a document and show what was received."""
    caso = _caso(public_id)
    if papel(caso, tipo) is None:
        abort(404)
    error = recibir_papel(public_id, tipo, current_actor())
    if error:
        return _render_documento(caso, tipo, error, 400)
    flash("Recibimos el documento. Revise que se vea bien.", "exito")
    return redirect(url_for("dependencia.convenio_documento", public_id=public_id, tipo=tipo))


@bp.get("/<escuela>/convenios/<public_id>/documentos/<documento_id>")
@requires("dependencia")
def convenio_archivo(public_id: str, documento_id: str) -> Any:
    """A file that this convenio put before the escuela."""
    _caso(public_id)
    documento = queries.documento(public_id, documento_id)
    if documento is None:
        abort(404)
    return send_stored(documento.archivo)


@bp.post("/<escuela>/convenios/<public_id>/enviar")
@requires("dependencia")
def enviar_convenio(public_id: str) -> Any:
    """Send the request, or what the office asked to correct."""
    _caso(public_id)
    try:
        servicio.enviar(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _render(_caso(public_id), sentence(refused), 409)
    flash("Enviamos su solicitud a la escuela. Le avisaremos por correo.", "exito")
    return redirect(url_for("dependencia.convenio", public_id=public_id))


@bp.post("/<escuela>/convenios/<public_id>/cancelar")
@requires("dependencia")
def cancelar_convenio(public_id: str) -> Any:
    """Withdraw the request."""
    _caso(public_id)
    try:
        servicio.cancelar(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _render(_caso(public_id), sentence(refused), 409)
    flash("Cancelamos la solicitud de convenio.", "info")
    return redirect(url_for("dependencia.convenios"))


@bp.post("/<escuela>/convenios/<public_id>/renovar")
@requires("dependencia")
def renovar_convenio(public_id: str) -> Any:
    """Ask for a new term."""
    _caso(public_id)
    try:
        nuevo = servicio.renovar(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _render(_caso(public_id), sentence(refused), 409)
    flash("Enviamos la renovación a la escuela." if nuevo.estado == "enviado" else
          "La escuela pide ahora documentos que no tenía. Súbalos y envíe la renovación.", "info")  # fmt: skip
    return redirect(url_for("dependencia.convenio", public_id=nuevo.public_id))
