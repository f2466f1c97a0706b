"""An alumno's solicitudes: two papers, each asked from the office or uploaded, a message, and sending."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.alumno import bp
from portal.alumno.forms.solicitudes import EnviarForm
from portal.alumno.views.proyectos import por_que_no
from portal.alumno.views.tramites import a_tramite, con_enlace
from portal.domain.machine import Refused
from portal.domain.solicitud import PAPELES, papeles_que_faltan
from portal.domain.tramite import NOMBRES
from portal.queries import proyectos as proyectos_queries
from portal.queries import solicitudes as queries
from portal.services import documentos, tramites, workflow
from portal.services import solicitudes as services
from portal.services.documentos import FileRefused
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive

SECCION = "alumno.solicitudes"
PAPEL = "<any(presentacion, constancia):papel>"


def _mia(public_id: str) -> Any:
    """The alumno's own solicitud, or 404."""
    g.seccion = SECCION
    return queries.de_alumno(public_id, g.alumno.id) or abort(404)


@bp.get("/solicitudes")
@requires("alumno")
def solicitudes() -> Any:
    """Every solicitud of the alumno, newest first."""
    return render_template("alumno/solicitudes.html", filas=queries.lista_de_alumno(g.alumno.id))


@bp.post("/proyectos/<public_id>/solicitar")
@requires("alumno")
def solicitud_nueva(public_id: str) -> Any:
    """Begin a solicitud; one that is already open is opened again instead."""
    try:
        nueva = services.postular(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        found = proyectos_queries.visible(public_id)
        abierta = queries.abierta_para(g.alumno.id, found.id) if found else None
        if abierta is not None:
            return redirect(url_for(".solicitud", public_id=abierta.public_id))
        flash(sentence(refused), "error")
        return redirect(url_for(".proyecto", public_id=public_id))
    return redirect(url_for(".solicitud", public_id=nueva.public_id))


@bp.get("/solicitudes/<public_id>")
@requires("alumno")
def solicitud(public_id: str) -> Any:
    """What is there, what is missing, who has it now."""
    found = _mia(public_id)
    return _pagina(found, EnviarForm(data={"mensaje": found.mensaje}))


def _pagina(found: Any, form: EnviarForm, error: str = "") -> str:
    borrador = found.estado == "borrador"
    proyecto = proyectos_queries.visible(found.proyecto.public_id) if borrador else None
    return render_template(
        "alumno/solicitud.html",
        solicitud=found,
        form=form,
        papeles=_papeles(found) if borrador else [],
        faltan=[NOMBRES[PAPELES[p]].lower() for p in papeles_que_faltan(found)],
        cerrado=borrador
        and (por_que_no(proyecto) if proyecto else "Este proyecto ya no recibe solicitudes."),
        acciones=workflow.actions(found, current_actor()),
        desde=edad(found.estado_desde),
        error=error,
    )


def _papeles(found: Any) -> list[dict[str, Any]]:
    """The two papers as tasks: the file that is there, or the trámite that is under way."""
    pedidos = queries.tramites_de(found)
    rows = []
    for papel, tipo in PAPELES.items():
        tramite = pedidos.get(tipo)
        rows.append(
            {
                "papel": papel,
                "nombre": NOMBRES[tipo],
                "documento": getattr(found, papel),
                "tramite": tramite,
                "desde": edad(tramite.estado_desde if tramite else None),
            }
        )
    return rows


@bp.post("/solicitudes/<public_id>/enviar")
@requires("alumno")
def solicitud_enviar(public_id: str) -> Any:
    """Send it to the dependencia."""
    found, form = _mia(public_id), EnviarForm()
    if not form.validate_on_submit():
        return _pagina(found, form), 400
    try:
        services.enviar(public_id, mensaje=form.mensaje.data or "", actor=current_actor(), now=contexto.now())
    except Refused as refused:
        return _pagina(_mia(public_id), form, sentence(refused)), 409
    flash("Enviamos tu solicitud. Te avisaremos por correo en cuanto la dependencia responda.", "exito")
    return redirect(url_for(".solicitud", public_id=public_id))


@bp.get("/solicitudes/<public_id>/retirar")
@requires("alumno")
def solicitud_retirar(public_id: str) -> Any:
    """Ask before withdrawing."""
    found = _mia(public_id)
    if "retirar" not in workflow.actions(found, current_actor()):
        return redirect(url_for(".solicitud", public_id=public_id))
    return render_template("alumno/solicitud_retirar.html", solicitud=found)


@bp.post("/solicitudes/<public_id>/retirar")
@requires("alumno")
def solicitud_retirada(public_id: str) -> Any:
    """Withdraw."""
    services.retirar(public_id, actor=current_actor(), now=contexto.now())
    flash("Retiraste tu solicitud.", "exito")
    return redirect(url_for(".solicitudes"))


@bp.get(f"/solicitudes/<public_id>/{PAPEL}")
@requires("alumno")
def papel(public_id: str, papel: str) -> Any:
    """Where one paper comes from: the office, a file, or one that the alumno already has; with its preview."""
    return _pagina_papel(_mia(public_id), papel)


def _pagina_papel(found: Any, cual: str, error: str = "") -> Any:
    if found.estado != "borrador":
        return redirect(url_for(".solicitud", public_id=found.public_id))
    documento = getattr(found, cual)
    guardados = queries.papeles_de(g.alumno.id, services.tipos_de_papel(cual))
    tramite = queries.tramites_de(found).get(PAPELES[cual])
    constancia = cual == "constancia" and documento is None
    ya = tramites.constancia_vigente(g.alumno) if constancia else tramite
    return render_template(
        "alumno/papel.html",
        solicitud=found,
        papel=cual,
        nombre=NOMBRES[PAPELES[cual]],
        documento=documento,
        tramite=tramite,
        emitida=constancia and ya is not None and ya.estado == "atendido",
        enlace=a_tramite(ya.public_id) if ya is not None else "",
        guardados=[d for d in guardados if documento is None or d.id != documento.id],
        maximo=documentos.un_pdf().max_bytes,
        error=error,
    )


@bp.post(f"/solicitudes/<public_id>/{PAPEL}/subir")
@requires("alumno")
@accepts_uploads(lambda: documentos.un_pdf().max_bytes)
def papel_subir(public_id: str, papel: str) -> Any:
    """Upload the paper as a PDF, and show what was received."""
    found = _mia(public_id)
    files = receive(request, "archivo", documentos.un_pdf().max_bytes)
    try:
        if not files:
            raise FileRefused("archivo.falta")
        services.subir(
            public_id,
            papel,
            [f.path for f in files],
            files[0].filename,
            actor=current_actor(),
            now=contexto.now(),
        )
    except FileRefused as refused:
        return _pagina_papel(found, papel, refused.sentence), 400
    flash("Recibimos tu archivo. Revisa que se lea bien.", "exito")
    return redirect(url_for(".papel", public_id=public_id, papel=papel))


@bp.post(f"/solicitudes/<public_id>/{PAPEL}/pedir")
@requires("alumno")
def papel_pedir(public_id: str, papel: str) -> Any:
    """Ask the office for it: a trámite, whose letter is attached by itself."""
    _mia(public_id)
    try:
        tramites.pedir(
            PAPELES[papel], actor=current_actor(), now=contexto.now(), solicitud_public_id=public_id
        )
    except Refused as refused:
        flash(con_enlace(refused), "info")
    else:
        nombre = NOMBRES[PAPELES[papel]].lower()
        flash(
            f"Pedimos tu {nombre} a la oficina. Cuando la emita quedará aquí y te avisaremos por correo.",
            "exito",
        )
    return redirect(url_for(".solicitud", public_id=public_id))


@bp.post(f"/solicitudes/<public_id>/{PAPEL}/usar/<documento>")
@requires("alumno")
def papel_usar(public_id: str, papel: str, documento: str) -> Any:
    """Use a paper that the alumno already has here."""
    services.usar(public_id, papel, documento, actor=current_actor(), now=contexto.now())
    flash(f"Pusimos tu {NOMBRES[PAPELES[papel]].lower()} en la solicitud.", "exito")
    return redirect(url_for(".solicitud", public_id=public_id))


@bp.post(f"/solicitudes/<public_id>/{PAPEL}/quitar")
@requires("alumno")
def papel_quitar(public_id: str, papel: str) -> Any:
    """Take the paper off the draft."""
    services.quitar(public_id, papel, actor=current_actor(), now=contexto.now())
    flash("Quitamos el documento de la solicitud.", "exito")
    return redirect(url_for(".papel", public_id=public_id, papel=papel))
