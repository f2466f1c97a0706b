"""An alumno's own page: photo, telephone, and what the escuela knows."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for

from portal.alumno import bp
from portal.alumno.forms.perfil import TelefonoForm
from portal.domain.documento import objecion
from portal.queries import entregas as queries
from portal.services import perfil as servicio
from portal.services.documentos import FileRefused
from portal.web import contexto
from portal.web.access import requires
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive


def _max_bytes() -> int:
    return servicio.kind_foto().max_bytes


@bp.get("/perfil")
@requires("alumno")
def perfil() -> Any:
    """Photo and telephone, and the data that only the office changes."""
    return _page(TelefonoForm(formdata=None, telefono=g.alumno.telefono))


def _page(form: TelefonoForm, status: int = 200, foto_error: str = "") -> Any:
    carreras = {c.clave: c.nombre for c in contexto.perfil().carreras}
    foto = queries.documento(g.alumno.foto_id)
    return render_template(
        "alumno/perfil.html",
        alumno=g.alumno,
        carrera=carreras.get(g.alumno.carrera, g.alumno.carrera),
        foto=url_for(".documento", public_id=foto.public_id, ver=1)
        if foto and objecion(foto) is None
        else "",
        foto_analisis=foto.analisis if foto else "",
        tipo=servicio.kind_foto(),
        oficina=contexto.perfil(),
        form=form,
        foto_error=foto_error,
        errores=status >= 400,
    ), status


@bp.post("/perfil/foto")
@requires("alumno")
@accepts_uploads(_max_bytes)
def cambiar_foto() -> Any:
    """Keep a new photo; a file that is none is refused with what to do."""
    files = receive(request, "foto", _max_bytes())
    if not files:
        return _page(TelefonoForm(formdata=None, telefono=g.alumno.telefono), 400, "Elige una foto.")
    try:
        servicio.cambiar_foto([files[0].path], files[0].filename, actor=current_actor(), now=contexto.now())
    except FileRefused as refused:
        return _page(TelefonoForm(formdata=None, telefono=g.alumno.telefono), 400, refused.sentence)
    flash("Tu foto quedó guardada.", "exito")
    return redirect(url_for(".perfil"))


@bp.post("/perfil/foto/quitar")
@requires("alumno")
def quitar_foto() -> Any:
    """Show no photo any more."""
    servicio.quitar_foto(actor=current_actor(), now=contexto.now())
    flash("Quitamos tu foto.", "exito")
    return redirect(url_for(".perfil"))


@bp.post("/perfil/telefono")
@requires("alumno")
def cambiar_telefono() -> Any:
    """Keep the telephone."""
    form = TelefonoForm()
    if not form.validate_on_submit():
        return _page(form, 400)
    servicio.cambiar_telefono(form.telefono.data, actor=current_actor(), now=contexto.now())
    flash("Tu teléfono quedó guardado.", "exito")
    return redirect(url_for(".perfil"))
