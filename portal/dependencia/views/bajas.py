"""Asking the escuela for the baja of a prestador."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.dependencia import bp
from portal.dependencia.forms.bajas import BajaForm
from portal.domain.calendario import to_local
from portal.domain.machine import Refused
from portal.queries import bajas as queries
from portal.queries import servicios as servicios_queries
from portal.services import bajas, documentos
from portal.services.documentos import FileRefused, Guardado
from portal.services.workflow import actions
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, nombre_de, receive

if TYPE_CHECKING:
    from portal.models import Baja, Servicio


@bp.get("/bajas", endpoint="bajas")
@requires("dependencia")
def lista_bajas() -> Any:
    """The bajas that were asked for, in every escuela."""
    g.seccion = "dependencia.prestadores"
    rows = queries.de_dependencias(current_actor().dependencia_ids)
    return render_template("dependencia/bajas.html", bajas=rows, edad=edad)


def _servicio(public_id: str) -> Servicio:
    servicio = servicios_queries.por_id(public_id)
    if servicio is None or servicio.dependencia_id not in current_actor().dependencia_ids:
        abort(404)
    g.seccion = "dependencia.prestadores"
    return servicio


@bp.get("/<escuela>/prestadores/<public_id>/baja")
@requires("dependencia")
def baja_nueva(public_id: str) -> Any:
    """The form of a baja."""
    form = BajaForm(formdata=None, fecha=to_local(contexto.now()).date())
    return _pagina(_servicio(public_id), form)


def _pagina(
    servicio: Servicio, form: BajaForm, status: int = 200, archivo: str = "", extra: tuple[str, ...] = ()
) -> Any:
    return render_template(
        "dependencia/baja_nueva.html",
        servicio=servicio,
        form=form,
        tipo=documentos.pdf_o_fotos(),
        archivo_error=archivo,
        extra=extra,
        errores=status >= 400,
    ), status


@bp.post("/<escuela>/prestadores/<public_id>/baja")
@requires("dependencia")
@accepts_uploads(lambda: documentos.pdf_o_fotos().max_bytes, max_files=10)
def baja_pedir(public_id: str) -> Any:
    """Send the request to the escuela."""
    servicio, form = _servicio(public_id), BajaForm()
    if not form.validate_on_submit():
        return _pagina(servicio, form, 422)
    try:
        baja = _pedir(public_id, form)
    except FileRefused as refused:
        return _pagina(_servicio(public_id), form, 422, archivo=refused.sentence)
    except Refused as refused:
        _beside_its_field(form, refused)
        return _pagina(_servicio(public_id), form, 409, extra=() if form.errors else (sentence(refused),))
    flash("Enviamos la petición de baja a la escuela. Le escribiremos cuando decida.", "exito")
    return redirect(url_for(".baja", public_id=baja.public_id))


def _beside_its_field(form: BajaForm, refused: Refused) -> None:
    field = {"baja.sin_justificacion": form.justificacion, "baja.fecha": form.fecha}.get(refused.key)
    if field is not None:
        field.errors = [sentence(refused)]


def _pedir(public_id: str, form: BajaForm) -> Baja:
    def ask(documento: Guardado | None) -> Baja:
        return bajas.pedir(
            public_id,
            justificacion=form.justificacion.data or "",
            fecha=form.fecha.data,
            documento=documento,
            actor=current_actor(),
            now=contexto.now(),
        )

    kind = documentos.pdf_o_fotos()
    files = receive(request, "archivo", kind.max_bytes)
    if not files:
        return ask(None)
    nombre = nombre_de(files, "Justificación de baja.pdf")
    with documentos.recibir([f.path for f in files], nombre, kind) as guardado:
        return ask(guardado)


@bp.get("/<escuela>/bajas/<public_id>")
@requires("dependencia")
def baja(public_id: str) -> Any:
    """One baja and what the escuela answered."""
    found = queries.por_id(public_id)
    actor = current_actor()
    if found is None or found[0].dependencia_id not in actor.dependencia_ids:
        abort(404)
    g.seccion = "dependencia.prestadores"
    return render_template(
        "dependencia/baja.html",
        baja=found[0],
        documento=found[1],
        puede_retirar="retirar" in actions(found[0], actor),
        edad=edad,
    )


@bp.post("/<escuela>/bajas/<public_id>/retirar")
@requires("dependencia")
def baja_retirar(public_id: str) -> Any:
    """Take the request back."""
    found = queries.por_id(public_id)
    if found is None or found[0].dependencia_id not in current_actor().dependencia_ids:
        abort(404)
    try:
        bajas.retirar(public_id, actor=current_actor(), now=contexto.now())
        flash("Retiró la petición de baja. El servicio continúa.", "exito")
    except Refused as refused:
        flash(sentence(refused), "error")
    return redirect(url_for(".baja", public_id=public_id))
