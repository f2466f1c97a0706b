"""The dependencia's own page: its data, the people who act for it, its dossier with each escuela's verdict."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.dependencia import bp
from portal.dependencia.forms.perfil import PersonaForm
from portal.dependencia.views.convenios import elegida
from portal.domain.machine import Refused
from portal.queries import dependencias as queries
from portal.services import dependencias, dossier
from portal.services.documentos import FileRefused
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_stored
from portal.web.convenios import EJEMPLOS, GENERAL
from portal.web.errors import sentence
from portal.web.forms_dependencia import DescripcionForm, DomicilioForm, RepresentanteForm
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive

PARTES: dict[str, tuple[str, Any]] = {
    "presentacion": ("Cómo la ven los alumnos", DescripcionForm),
    "domicilio": ("Domicilio y contacto", DomicilioForm),
    "representante": ("Representante", RepresentanteForm),
}
SECCION = "dependencia.perfil"


@bp.get("/perfil")
@requires("dependencia")
def perfil() -> Any:
    """Data, people and dossier."""
    uno = elegida()
    return render_template(
        "dependencia/perfil.html",
        dependencia=uno,
        otras=[d for d in g.dependencias if d.id != uno.id],
        personas=queries.personas(uno.id),
        yo=current_actor().usuario_id,
        pedidos=dossier.pedidos_de(uno.id),
        versiones=queries.dossier(uno.id),
        veredictos=queries.veredictos(uno.id),
    )


@bp.get("/perfil/datos/<parte>")
@requires("dependencia")
def perfil_datos(parte: str) -> Any:
    """One part of the data, to change."""
    return _render_datos(parte, _form(parte))


def _form(parte: str) -> Any:
    g.seccion = SECCION
    if parte not in PARTES:
        abort(404)
    return PARTES[parte][1](obj=elegida())


def _render_datos(parte: str, form: Any, status: int = 200) -> Any:
    page = render_template(
        "dependencia/perfil_datos.html",
        parte=parte,
        titulo=PARTES[parte][0],
        form=form,
        dependencia=elegida(),
    )
    return page, status


@bp.post("/perfil/datos/<parte>")
@requires("dependencia")
def perfil_guardar(parte: str) -> Any:
    """Save one part of the data."""
    form = _form(parte)
    if not form.validate_on_submit():
        return _render_datos(parte, form, 400)
    uno = elegida()
    errors = dependencias.actualizar(uno.public_id, form.valores(), actor=current_actor(), now=contexto.now())
    if errors:
        form.mostrar(errors)
        return _render_datos(parte, form, 400)
    flash("Guardamos los cambios.", "exito")
    return redirect(url_for("dependencia.perfil", dependencia=uno.public_id))


# ---- People --------------------------------------------------------------------------------------


@bp.get("/perfil/personas/invitar")
@requires("dependencia")
def perfil_persona() -> Any:
    """Somebody else who will act for the dependencia."""
    return _render_persona(PersonaForm())


def _render_persona(form: PersonaForm, status: int = 200) -> Any:
    g.seccion = SECCION
    return render_template("dependencia/perfil_persona.html", form=form, dependencia=elegida()), status


@bp.post("/perfil/personas/invitar")
@requires("dependencia")
def invitar_persona() -> Any:
    """Send the invitation."""
    form = PersonaForm()
    if not form.validate_on_submit():
        return _render_persona(form, 400)
    uno = elegida()
    try:
        dependencias.invitar(
            uno.public_id,
            nombre=form.nombre.data or "",
            correo=form.correo.data or "",
            cargo=form.cargo.data or "",
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        form.correo.errors = [sentence(refused)]
        return _render_persona(form, 409)
    flash(f"Enviamos la invitación a {form.correo.data}.", "exito")
    return redirect(url_for("dependencia.perfil", dependencia=uno.public_id))


@bp.post("/perfil/personas/<public_id>/quitar")
@requires("dependencia")
def quitar_persona(public_id: str) -> Any:
    """End somebody's right to act for the dependencia."""
    uno = elegida()
    try:
        dependencias.quitar(uno.public_id, public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
    else:
        flash("Esa persona ya no puede actuar por la dependencia.", "exito")
    return redirect(url_for("dependencia.perfil", dependencia=uno.public_id))


# ---- Dossier -------------------------------------------------------------------------------------


@bp.get("/perfil/documentos/<tipo>")
@requires("dependencia")
def perfil_documento(tipo: str) -> Any:
    """Where a new version of a paper is added to the dossier."""
    return _render_documento(tipo)


def _render_documento(tipo: str, error: str = "", status: int = 200) -> Any:
    g.seccion = SECCION
    uno = elegida()
    pedido = dossier.pedidos_de(uno.id).get(tipo)
    if pedido is None:
        abort(404)
    page = render_template(
        "dependencia/perfil_documento.html",
        dependencia=uno,
        pedido=pedido,
        ejemplos=EJEMPLOS.get(tipo, GENERAL),
        versiones=queries.dossier(uno.id).get(tipo, []),
        veredictos=queries.veredictos(uno.id),
        error=error,
    )
    return page, status


@bp.post("/perfil/documentos/<tipo>")
@requires("dependencia")
@accepts_uploads(lambda: dossier.MAX_SUBIDA, max_files=20)
def perfil_subir(tipo: str) -> Any:
    """Add a version to the dossier."""
    uno = elegida()
    files = receive(request, "archivo", dossier.MAX_SUBIDA)
    if not files:
        return _render_documento(tipo, "Elija un archivo antes de continuar.", 400)
    try:
        dependencias.nueva_version(
            uno.public_id,
            tipo,
            [f.path for f in files],
            files[0].filename,
            actor=current_actor(),
            now=contexto.now(),
        )
    except FileRefused as refused:
        return _render_documento(tipo, refused.sentence, 400)
    except Refused as refused:
        return _render_documento(tipo, sentence(refused), 409)
    flash("Guardamos la nueva versión en su expediente.", "exito")
    return redirect(url_for("dependencia.perfil_documento", tipo=tipo, dependencia=uno.public_id))


@bp.get("/dossier/<public_id>")
@requires("dependencia")
def archivo_dossier(public_id: str) -> Any:
    """A file of one's own dossier."""
    found = queries.archivo(public_id, current_actor().dependencia_ids)
    if found is None:
        abort(404)
    return send_stored(found)
