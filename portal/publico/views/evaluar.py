"""Evaluating a prestador from a personal link: fill and sign, or say why not; opening the page uses nothing up."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for

from portal.domain.machine import Refused
from portal.publico import bp
from portal.publico.forms.evaluar import EvaluarForm, NoEvaluarForm
from portal.queries import evaluaciones as queries
from portal.services import evaluaciones, firmas
from portal.services.evaluaciones import RECIBE, Respuesta
from portal.services.servicios import plan_de
from portal.web import contexto
from portal.web.access import publico
from portal.web.errors import sentence
from portal.web.firmante import falta_firma, faltan
from portal.web.limites import limitado
from portal.web.uploads import accepts_uploads, receive

CAMPO_DE = {
    "evaluacion.sin_declaracion": "declaro",
    "evaluacion.faltan_respuestas": "criterios",
    "firma.sin_imagen": "firma_trazo",
}


def _abrir(token: str) -> tuple[Any, Any]:
    """What stands behind a link: (its condition, the evaluación), with the escuela's scope open. 404."""
    pedido = evaluaciones.por_enlace(token, now=contexto.now())
    contexto.entrar(pedido.escuela_id)
    return _releer(token)


def _releer(token: str) -> tuple[Any, Any]:
    """The same in the scope that is open already, after a refused attempt rolled back."""
    pedido = evaluaciones.por_enlace(token, now=contexto.now())
    found = queries.por_id(pedido.objeto_id)
    if found is None:
        abort(404)
    return pedido, found


def _abierta(pedido: Any, found: Any) -> bool:
    espera = found.entrega.estado in RECIBE and found.entrega.servicio.estado == "activo"
    return pedido.estado == "vigente" and found.estado == "pedida" and espera


@bp.get("/evaluar/<token>")
@limitado("120 per minute", metodos=("GET",))
@publico
def evaluar(token: str) -> Any:
    """Whom to evaluate and on what; or what became of it."""
    pedido, found = _abrir(token)
    return _pagina(token, found) if _abierta(pedido, found) else _cerrada(token, pedido, found)


def _cerrada(token: str, pedido: Any, found: Any) -> Any:
    """Why this link takes no evaluación any more."""
    if found.estado in ("firmada", "entregada", "rechazada"):
        que, status = "rechazada" if found.estado == "rechazada" else "firmada", 200
    elif found.estado == "cancelada" or found.entrega.estado not in RECIBE:
        que, status = "cerrada", 410
    else:
        que, status = pedido.estado, 410
    return render_template("publico/evaluar_cerrada.html", que=que, evaluacion=found, token=token), status


def _pagina(
    token: str, found: Any, form: Any = None, rechazo: Any = None, errores: Any = None, status: int = 200
) -> Any:
    servicio = found.entrega.servicio
    return render_template(
        "publico/evaluar.html",
        token=token,
        evaluacion=found,
        servicio=servicio,
        spec=plan_de(servicio).entrega(found.entrega.clave),
        formulario=evaluaciones.formulario(found.perfil_version),
        form=form or EvaluarForm(formdata=None, nombre=found.nombre, cargo=found.cargo),
        rechazo=rechazo or NoEvaluarForm(formdata=None),
        elegidas=_respuestas(found),
        errores=errores or {},
        maximo=firmas.MAX_IMAGEN,
        declaracion=evaluaciones.DECLARACION,
        trazo="" if "firma_trazo" in (errores or {}) else request.form.get("firma_trazo", ""),
        declarado=request.form.get("declaro") == "y",
    ), status


def _respuestas(found: Any) -> dict[str, int]:
    """What was chosen: criterio -> value; anything else is no answer."""
    claves = [c.clave for c in evaluaciones.formulario(found.perfil_version).criterios]
    typed = {clave: request.form.get(f"c_{clave}", "") for clave in claves}
    return {clave: int(text) for clave, text in typed.items() if text.isdecimal() and len(text) < 3}


@bp.post("/evaluar/<token>")
@limitado("20 per minute")
@publico
@accepts_uploads(firmas.MAX_IMAGEN)
def evaluar_enviar(token: str) -> Any:
    """Sign what was filled in."""
    pedido, found = _abrir(token)
    if not _abierta(pedido, found):
        return _cerrada(token, pedido, found)
    form = EvaluarForm()
    files = receive(request, "firma_archivo", firmas.MAX_IMAGEN)
    criterios = evaluaciones.formulario(found.perfil_version).criterios
    contestado = len(_respuestas(found)) == len(criterios)
    errores = faltan({"criterios": (contestado, "evaluacion.faltan_respuestas")})
    errores |= falta_firma(files, "evaluacion.sin_declaracion")
    if form.validate_on_submit() and not errores:
        try:
            _firmar(token, found, form, files)
            return redirect(url_for(".evaluar", token=token))
        except firmas.FileRefused as refused:
            errores["firma_archivo" if files else "firma_trazo"] = refused.sentence
        except Refused as refused:
            errores[CAMPO_DE.get(refused.key, "criterios")] = sentence(refused)
    pedido, found = _releer(token)
    if not _abierta(pedido, found):  # somebody was quicker, with the same link
        return _cerrada(token, pedido, found)
    return _pagina(token, found, form=form, errores=errores, status=400)


def _firmar(token: str, found: Any, form: EvaluarForm, files: Any) -> None:
    evaluaciones.firmar(
        token,
        Respuesta(
            form.nombre.data or "",
            form.cargo.data or "",
            _respuestas(found),
            form.comentarios.data or "",
            request.form.get("declaro") == "y",
        ),
        trazo=request.form.get("firma_trazo", ""),
        archivo=(files[0].path, files[0].filename) if files else None,
        ip=request.remote_addr or "",
        now=contexto.now(),
    )


@bp.post("/evaluar/<token>/rechazar")
@limitado("20 per minute")
@publico
def evaluar_rechazar(token: str) -> Any:
    """Not to evaluate, with a reason."""
    pedido, found = _abrir(token)
    if not _abierta(pedido, found):
        return _cerrada(token, pedido, found)
    rechazo = NoEvaluarForm()
    if not rechazo.validate_on_submit():
        return _pagina(token, found, rechazo=rechazo, status=400)
    evaluaciones.rechazar(token, motivo=rechazo.motivo.data, ip=request.remote_addr or "", now=contexto.now())
    return redirect(url_for(".evaluar", token=token))


@bp.post("/evaluar/<token>/nuevo")
@limitado("5 per minute")
@publico
def evaluar_nuevo(token: str) -> Any:
    """Send a new link to the responsable's own address."""
    evaluaciones.pedir_otro_enlace(token, now=contexto.now())
    _, found = _abrir(token)
    return render_template("publico/evaluar_cerrada.html", que="enviado", evaluacion=found, token=token)
