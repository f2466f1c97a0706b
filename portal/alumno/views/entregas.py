"""Uploading a step of the plan: file and figures, check answers, sent; what was typed or uploaded is never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.alumno import bp
from portal.alumno.forms.entregas import EntregaForm, EvaluacionForm, SissForm, del_borrador
from portal.domain.calendario import to_local
from portal.domain.machine import Refused, Stale
from portal.domain.plan import EntregaSpec, Razon, estado_de_plan
from portal.queries import entregas as queries
from portal.queries import servicios as servicios_queries
from portal.services import documentos, entregas, evaluaciones, servicios, terminos_oficina
from portal.services.documentos import FileRefused
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import dias_habiles, edad
from portal.web.errors import sentence
from portal.web.historia import eventos
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, nombre_de, receive

if TYPE_CHECKING:
    from portal.models import Documento, Entrega

ENVIABLE = ("habilitada", "rechazada")


def _propia(public_id: str) -> Entrega:
    """The entrega of this alumno; another's does not exist."""
    entrega = queries.por_id(public_id)
    if entrega is None or entrega.alumno_id != g.alumno.id:
        abort(404)
    g.seccion = "alumno.inicio"
    return entrega


def _spec(entrega: Entrega) -> EntregaSpec:
    return servicios.plan_de(entrega.servicio).entrega(entrega.clave)


def _limite() -> int:
    entrega = queries.por_id((request.view_args or {}).get("public_id", ""))
    return entregas.kind_de(entrega).max_bytes if entrega else 0


@bp.get("/entregas/<public_id>")
@requires("alumno")
def entrega(public_id: str) -> Any:
    """One step: what it must contain and the form, or what was sent and who has it."""
    found = _propia(public_id)
    if _se_arma(found):
        return redirect(url_for(".expediente", public_id=public_id))
    return _pagina(found, del_borrador(found.borrador or _enviado(found)))


def _se_arma(found: Entrega) -> bool:
    """Whether it is gathered of parts now, and the alumno did not ask to upload one PDF of their own."""
    return found.estado in ENVIABLE and bool(_spec(found).partes) and not request.args.get("propio")


def _enviado(found: Entrega) -> dict[str, str]:
    """The figures of a rejected sending, to be corrected instead of typed again."""
    if found.estado != "rechazada":
        return {}
    dias = {"desde": found.periodo_desde, "hasta": found.periodo_hasta}
    return {
        "horas": str(found.horas or ""),
        "actividades": found.actividades,
        **{name: day.isoformat() if day else "" for name, day in dias.items()},
    }


def _pagina(
    found: Entrega,
    form: EntregaForm,
    status: int = 200,
    archivo: str = "",
    extra: tuple[str, ...] = (),
    siss: SissForm | None = None,
    pedir: EvaluacionForm | None = None,
) -> Any:
    spec, servicio = _spec(found), found.servicio
    otras = servicios_queries.entregas_de(servicio.id)
    ahora = servicios.situacion(servicio, otras, to_local(contexto.now()).date())
    paso = next(p for p in estado_de_plan(servicios.plan_de(servicio), ahora) if p.clave == found.clave)
    abierta = paso.abierta and spec.sube == "alumno"
    versiones = queries.historia(found.id)
    return render_template(
        "alumno/entrega.html",
        entrega=found,
        spec=spec,
        paso=paso,
        servicio=servicio,
        situacion=ahora,
        abierta=abierta,
        form=form,
        **_evaluacion(found, spec, pedir),
        de_la_escuela=_de_la_escuela(found, paso.abierta),
        siss=siss or SissForm(formdata=None, siss=found.siss),
        errores=status >= 400,
        archivo_error=archivo,
        extra=extra,
        borrador=queries.documento(found.borrador_documento_id) if abierta else None,
        tipo=entregas.kind_de(found),
        eventos=eventos(versiones, _ver),
        edad=edad,
    ), status


def _evaluacion(found: Entrega, spec: EntregaSpec, form: EvaluacionForm | None) -> dict[str, Any]:
    """What is known of an evaluación that may be asked by link, and the form with the responsable's data."""
    if "formulario" not in spec.formas:
        return {"por_formulario": False, "evaluacion": None, "pedir": EvaluacionForm(formdata=None)}
    nombre, cargo, correo = evaluaciones.propuesta(found.servicio.proyecto, found.dependencia)
    datos = {"responsable": nombre, "responsable_cargo": cargo, "responsable_correo": correo}
    return {
        "por_formulario": True,
        "evaluacion": queries.evaluacion(found.id),
        "pedir": form or EvaluacionForm(formdata=None, data=datos),
    }


def _de_la_escuela(found: Entrega, abierta: bool) -> bool:
    """Whether it is the carta de término that the escuela's own office issues when it is asked."""
    propia = abierta and found.tipo == "carta_termino"
    return propia and terminos_oficina.es_de_la_escuela(found.servicio, found.dependencia)


def con_evaluacion(public_id: str, form: EvaluacionForm, status: int) -> Any:
    """The page of an evaluación with what was typed to ask for it, and what is wrong with it."""
    found = _propia(public_id)
    return _pagina(found, del_borrador(found.borrador), status, pedir=form)


def con_siss(public_id: str, form: SissForm, status: int) -> Any:
    """The page of an accepted entrega with what was typed about the SISS, and what is wrong with it."""
    found = _propia(public_id)
    return _pagina(found, del_borrador({}), status, siss=form)


def _ver(documento: Documento) -> str:
    return url_for(".documento", public_id=documento.public_id, ver=1)


@bp.post("/entregas/<public_id>")
@requires("alumno")
@accepts_uploads(_limite, max_files=10)
def entrega_subir(public_id: str) -> Any:
    """Keep file and figures as a draft; when all of it is right, on to the check of the answers."""
    found, form = _propia(public_id), EntregaForm()
    valid = form.validate_on_submit()
    try:
        archivo = _guardar(found, form)
    except Stale as stale:
        flash(sentence(stale), "error")
        return redirect(url_for(".entrega", public_id=public_id))
    found = _propia(public_id)
    if not archivo and found.borrador_documento_id is None:
        archivo = "Elige el archivo o las fotos de tu entrega."
    razon = _objecion(found, form) if valid else None
    if razon is not None:
        campo = form.horas if razon.key.startswith("plan.horas") else form.desde
        if razon.key in ("plan.periodo_futuro", "plan.periodo_al_reves"):
            campo = form.hasta
        campo.errors = [razon.texto]
    if archivo or razon or not valid:
        return _pagina(found, form, 422, archivo)
    return redirect(url_for(".entrega_revisar", public_id=public_id))


def _guardar(found: Entrega, form: EntregaForm) -> str:
    """Keep the draft; returns the sentence of a file that was refused (what was typed is kept even so)."""
    kind, actor, now = entregas.kind_de(found), current_actor(), contexto.now()
    files = receive(request, "archivo", kind.max_bytes)
    cifras = form.typed()
    if not files:
        entregas.guardar_borrador(found.public_id, cifras=cifras, actor=actor, now=now)
        return ""
    nombre = nombre_de(files, f"{found.nombre}.pdf")
    try:
        with documentos.recibir([f.path for f in files], nombre, kind) as guardado:
            entregas.guardar_borrador(found.public_id, guardado=guardado, cifras=cifras, actor=actor, now=now)
    except FileRefused as refused:
        entregas.guardar_borrador(found.public_id, cifras=cifras, actor=actor, now=now)
        return refused.sentence
    return ""


def _objecion(found: Entrega, form: EntregaForm) -> Razon | None:
    return entregas.objecion(
        found.servicio,
        servicios_queries.entregas_de(found.servicio_id),
        found,
        horas=form.horas.data,
        desde=form.desde.data,
        hasta=form.hasta.data,
        today=to_local(contexto.now()).date(),
    )


@bp.get("/entregas/<public_id>/revisar")
@requires("alumno")
def entrega_revisar(public_id: str) -> Any:
    """What was received and typed, before it is sent."""
    found = _propia(public_id)
    documento = queries.documento(found.borrador_documento_id)
    if documento is None or found.estado not in ENVIABLE:
        return redirect(url_for(".entrega", public_id=public_id))
    form = del_borrador(found.borrador)
    form.validate()
    return render_template(
        "alumno/entrega_revisar.html", entrega=found, spec=_spec(found), documento=documento, form=form
    )


@bp.post("/entregas/<public_id>/enviar")
@requires("alumno")
def entrega_enviar(public_id: str) -> Any:
    """Send what was checked; a refusal goes back to the form with everything in it."""
    found = _propia(public_id)
    form = del_borrador(found.borrador)
    form.validate()
    try:
        entregas.enviar(
            public_id,
            horas=form.horas.data,
            desde=form.desde.data,
            hasta=form.hasta.data,
            actividades=form.actividades.data or "",
            actor=current_actor(),
            now=contexto.now(),
        )
    except Refused as refused:
        return _pagina(_propia(public_id), form, 409, extra=(sentence(refused),))
    return redirect(url_for(".entrega_enviada", public_id=public_id))


@bp.get("/entregas/<public_id>/enviada")
@requires("alumno")
def entrega_enviada(public_id: str) -> Any:
    """It was received: the reference, who reviews it and how long that usually takes."""
    found = _propia(public_id)
    if found.estado != "en_revision":
        return redirect(url_for(".entrega", public_id=public_id))
    usual = dias_habiles(queries.dias_usuales(found.revisor_en_turno or ""))
    return render_template("alumno/entrega_enviada.html", entrega=found, spec=_spec(found), usual=usual)
