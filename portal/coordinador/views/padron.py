"""Importing the roll: upload, see what would change, confirm. What is confirmed is what was seen."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.access import EXPEDIENTES
from portal.domain.machine import Refused
from portal.queries import documentos as documento_queries
from portal.services import padron as services
from portal.services import padron_archivo
from portal.web.access import requires
from portal.web.contexto import now, perfil
from portal.web.descargas import descargar
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive

MUESTRA = 200  # lines of each kind that the preview shows
CAMPOS = {
    "nombre": "Nombre",
    "paterno": "Apellido paterno",
    "materno": "Apellido materno",
    "correo": "Correo",
    "carrera": "Carrera",
    "semestre": "Semestre",
    "creditos_pct": "Créditos (%)",
}


def _maximo() -> int:
    return padron_archivo.MAX_BYTES


@bp.get("/alumnos/padron")
@requires("coordinador", EXPEDIENTES)
def padron() -> str:
    """What the file must hold, and the form to upload it."""
    return _formulario()


def _formulario(error: str = "") -> str:
    g.seccion = "coordinador.alumnos"
    return render_template(
        "coordinador/padron.html",
        columnas=services.COLUMNAS,
        carreras=perfil().carreras,
        boleta=perfil().boleta,
        maximo=_maximo(),
        error=error,
        errores=bool(error),
    )


@bp.get("/alumnos/padron/plantilla.csv")
@requires("coordinador", EXPEDIENTES)
def padron_plantilla() -> Any:
    """An example roll of this escuela to fill in."""
    return descargar(padron_archivo.plantilla())


@bp.post("/alumnos/padron")
@requires("coordinador", EXPEDIENTES)
@accepts_uploads(_maximo)
def padron_subir() -> Any:
    """Check the file, keep it, and show what it would change."""
    files = receive(request, "archivo", _maximo())
    if not files:
        return _formulario("Elija el archivo CSV."), 400
    try:
        documento = padron_archivo.guardar(files[0].path, files[0].filename, actor=current_actor(), now=now())
    except Refused as refused:
        return _formulario(sentence(refused)), 400
    return redirect(url_for(".padron_vista", public_id=documento.public_id))


def _vista(public_id: str) -> services.Vista:
    g.seccion = "coordinador.alumnos"
    documento = documento_queries.por_id(public_id)
    if documento is None or documento.tipo != padron_archivo.TIPO:
        abort(404)
    return padron_archivo.vista(documento)


@bp.get("/alumnos/padron/<public_id>")
@requires("coordinador", EXPEDIENTES)
def padron_vista(public_id: str) -> str:
    """What importing an uploaded file would change now."""
    return _pagina(public_id, _vista(public_id))


def _pagina(public_id: str, vista: services.Vista, aviso: str = "") -> str:
    return render_template(
        "coordinador/padron_vista.html",
        public_id=public_id,
        vista=vista,
        muestra=MUESTRA,
        campos=CAMPOS,
        carreras={c.clave: c.siglas or c.nombre for c in perfil().carreras},
        boleta=perfil().boleta.nombre,
        aviso=aviso,
    )


@bp.post("/alumnos/padron/<public_id>")
@requires("coordinador", EXPEDIENTES)
def padron_importar(public_id: str) -> Any:
    """Write what was seen. If the portal's data changed meanwhile, the new preview is shown instead."""
    vista = _vista(public_id)
    if vista.hay_algo and request.form.get("huella") != vista.huella:
        return _pagina(public_id, vista, sentence(Refused("padron.otro"))), 409
    if not vista.hay_algo:
        flash("No había nada que importar: el portal ya tiene estos datos.", "info")
        return redirect(url_for(".alumnos"))
    flash(str(services.aplicar(vista, current_actor(), now())), "exito")
    return redirect(url_for(".alumnos"))
