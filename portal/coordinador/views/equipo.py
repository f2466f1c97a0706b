"""The people of the office and what each may do there."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, url_for

from portal.coordinador import bp
from portal.coordinador.forms.equipo import PERMISOS, InvitarForm, PermisosForm
from portal.domain.access import ADMINISTRACION
from portal.domain.machine import Refused
from portal.queries import equipo as queries
from portal.services import equipo as servicio
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.sesion import current_actor

SECCION = "coordinador.administracion"
HECHO = {
    "invitar": "Invitada a la oficina",
    "reenviar": "Invitación enviada otra vez",
    "cambiar_permisos": "Permisos cambiados",
    "quitar": "Acceso retirado",
}


@bp.get("/administracion/personas")
@requires("coordinador", ADMINISTRACION)
def equipo() -> Any:
    """Everybody of the office with their permissions."""
    g.seccion = SECCION
    return render_template(
        "coordinador/administracion/equipo.html",
        personas=queries.personas(),
        permisos=dict(PERMISOS),
        yo=current_actor().usuario_id,
    )


@bp.get("/administracion/personas/nueva")
@requires("coordinador", ADMINISTRACION)
def equipo_nueva() -> Any:
    """Whom to invite, and for what."""
    return _nueva(InvitarForm())


def _nueva(form: InvitarForm, status: int = 200) -> Any:
    g.seccion = SECCION
    return render_template("coordinador/administracion/equipo_nueva.html", form=form), status


@bp.post("/administracion/personas/nueva")
@requires("coordinador", ADMINISTRACION)
def equipo_invitar() -> Any:
    """Send the invitation."""
    form = InvitarForm()
    if not form.validate_on_submit():
        return _nueva(form, 400)
    try:
        servicio.invitar(
            correo=form.correo.data or "",
            nombre=form.nombre.data or "",
            cargo=form.cargo.data or "",
            permisos=form.permisos.data or [],
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        field = form.permisos if refused.key == "equipo.sin_permiso_alguno" else form.correo
        field.errors = [sentence(refused)]
        return _nueva(form, 409)
    flash(f"Enviamos la invitación a {form.correo.data}.", "exito")
    return redirect(url_for(".equipo"))


@bp.get("/administracion/personas/<public_id>")
@requires("coordinador", ADMINISTRACION)
def equipo_persona(public_id: str) -> Any:
    """One person: cargo, permissions, what was changed and by whom."""
    return _persona(public_id)


def _persona(public_id: str, form: PermisosForm | None = None, status: int = 200) -> Any:
    g.seccion = SECCION
    found = queries.persona(public_id)
    if found is None:
        abort(404)
    miembro, usuario = found
    eventos = [
        {"texto": HECHO.get(h.accion, h.accion), "quien": h.autor, "nota": h.motivo, **_cuando(h.creado)}
        for h in queries.historia(miembro.id)
    ]
    page = render_template(
        "coordinador/administracion/equipo_persona.html",
        miembro=miembro,
        usuario=usuario,
        propia=usuario.id == current_actor().usuario_id,
        form=form or PermisosForm(data={"cargo": miembro.cargo, "permisos": miembro.permisos}),
        eventos=eventos,
    )
    return page, status


def _cuando(instante: Any) -> dict[str, str]:
    age = edad(instante)
    return {"fecha": age.texto, "iso": age.iso, "completa": age.completa}


@bp.post("/administracion/personas/<public_id>")
@requires("coordinador", ADMINISTRACION)
def equipo_cambiar(public_id: str) -> Any:
    """Give and take permissions."""
    form = PermisosForm()
    if not form.validate_on_submit():
        return _persona(public_id, form, 400)
    try:
        said = servicio.cambiar(
            public_id,
            cargo=form.cargo.data or "",
            permisos=form.permisos.data or [],
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        form.permisos.errors = [sentence(refused)]
        return _persona(public_id, form, 409)
    flash("Guardamos los cambios; valen desde ahora." if said else "No había nada que cambiar.", "exito")
    return redirect(url_for(".equipo"))


@bp.post("/administracion/personas/<public_id>/<any(quitar, reenviar):accion>")
@requires("coordinador", ADMINISTRACION)
def equipo_accion(public_id: str, accion: str) -> Any:
    """Take a person's place away, or write the invitation again."""
    try:
        verb = servicio.quitar if accion == "quitar" else servicio.reenviar
        usuario = verb(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        form = PermisosForm(formdata=None)
        found = queries.persona(public_id)
        if found is not None:
            form = PermisosForm(formdata=None, data={"cargo": found[0].cargo, "permisos": found[0].permisos})
        form.permisos.errors = [sentence(refused)]
        return _persona(public_id, form, 409)
    if accion == "quitar":
        flash(f"{usuario.nombre} ya no entra a la oficina.", "exito")
    else:
        flash(f"Enviamos otra vez la invitación a {usuario.correo}.", "exito")
    if accion == "quitar" and usuario.id == current_actor().usuario_id:
        return redirect(url_for("acceso.cuenta"))
    return redirect(url_for(".equipo"))
