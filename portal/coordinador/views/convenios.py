"""Convenios in the office: the list, the review of each document, the decision on the whole [seed 002]."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.convenios import MotivoForm, VigenciaForm
from portal.domain.calendario import add_months, to_local
from portal.domain.machine import Refused
from portal.domain.personas import sin_acentos
from portal.queries import convenios as queries
from portal.queries.convenios import Caso
from portal.services import convenios as servicio
from portal.services import workflow
from portal.web import contexto
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.archivos import send_stored
from portal.web.convenios import Papel, papeles
from portal.web.errors import sentence
from portal.web.labels import ESTADOS
from portal.web.labels import estado as estado_de
from portal.web.sesion import current_actor

SECCION = "coordinador.convenios"
ORDEN = ("enviado", "observado", "autorizado", "vigente", "vencido", "rechazado", "cancelado")
# What the history says of each action of the bitácora.
DICHAS = {
    "iniciar_solicitud": "Empezó la solicitud",
    "iniciar_renovacion": "Empezó la renovación",
    "enviar": "Envió la solicitud",
    "corregir": "Reenvió con correcciones",
    "observar": "Envió observaciones",
    "autorizar": "Autorizó el convenio",
    "iniciar": "Entró en vigor",
    "vencer": "Venció",
    "rechazar": "Rechazó la solicitud",
    "cancelar": "Canceló la solicitud",
    "terminar": "Dio por terminado el convenio",
    "avisar_fin": "Avisó que está por vencer",
}
HECHO = {
    "aceptar": "Documento aceptado.",
    "rechazar": "Documento rechazado.",
    "deshacer": "Decisión deshecha.",
}


@bp.get("/convenios")
@requires("coordinador", "convenios")
def convenios() -> Any:
    """The convenios of the escuela: those that wait first, the oldest of them on top."""
    estado = request.args.get("estado", "enviado")
    estados = ORDEN if estado == "todos" else (estado,)
    if not set(estados) <= set(ORDEN):
        abort(404)
    texto = request.args.get("q", "").strip()[:80]
    pagina = queries.lista(
        estados,
        sin_acentos(texto.casefold()),
        despues=request.args.get("despues", ""),
        antiguos_primero=estado in ("enviado", "observado"),
    )
    cuentas = queries.cuentas_por_estado()
    chips = [(clave, ESTADOS["convenio", clave][0], cuentas.get(clave, 0)) for clave in ORDEN]
    return render_template(
        "coordinador/convenios.html",
        filas=[(r, edad(r.estado_desde)) for r in pagina.filas],
        siguiente=pagina.siguiente,
        primera=not request.args.get("despues"),
        estado=estado,
        q=texto,
        chips=[*chips, ("todos", "Todos", sum(c for _, _, c in chips))],
    )


def _caso(public_id: str) -> Caso:
    g.seccion = SECCION
    found = queries.caso(public_id)
    if found is None or found.convenio.estado == "borrador":
        abort(404)
    return found


@bp.get("/convenios/<public_id>")
@requires("coordinador", "convenios")
def convenio(public_id: str) -> Any:
    """The document that waits for a verdict; where none does (or `?ver=resumen`), the whole convenio."""
    caso = _caso(public_id)
    lista = papeles(caso)
    elegido = _elegido(caso, lista, request.args.get("documento", ""))
    if elegido is None or request.args.get("ver") == "resumen":
        return _resumen(caso, lista)
    return _revision(caso, lista, elegido)


def _elegido(caso: Caso, lista: list[Papel], public_id: str) -> Any:
    """The verdict that the address names, else the first pending one of a request under review."""
    if public_id:
        found = next((d for ds in caso.papeles.values() for d in ds if d.public_id == public_id), None)
        if found is None:
            abort(404)
        return found
    pending = [p.actual for p in lista if p.actual is not None and p.actual.estado == "pendiente"]
    return pending[0] if pending and caso.convenio.estado == "enviado" else None


def _revision(caso: Caso, lista: list[Papel], documento: Any, error: str = "", status: int = 200) -> Any:
    """One document beside the data, with the decision at its foot."""
    actuales = [p for p in lista if p.actual is not None]
    order = [p.clave for p in actuales]
    here = order.index(documento.tipo) if documento.tipo in order else 0
    at = lambda n: actuales[n].actual.public_id if 0 <= n < len(actuales) else ""  # noqa: E731
    uno = next((p for p in lista if p.clave == documento.tipo), None)
    deshacer = request.args.get("deshacer", "")
    page = render_template(
        "coordinador/convenio.html",
        caso=caso,
        papeles=lista,
        dictamen=_dictamen,
        documento=documento,
        papel=uno,
        nombre=uno.nombre if uno is not None else documento.tipo,
        posicion=here + 1,
        total=len(actuales),
        anterior=at(here - 1),
        siguiente=at(here + 1),
        acciones=_acciones(caso, documento),
        deshacer=deshacer if any(p.actual.public_id == deshacer for p in actuales) else "",
        motivos=contexto.perfil().motivos_listos("documento"),
        pendientes=sum(1 for p in actuales if p.actual.estado == "pendiente"),
        otra_version=request.args.get("junto") == "si",
        error=error,
        motivo=request.form.get("motivo", ""),
    )
    return page, status


def _dictamen(documento: Any) -> tuple[str, str]:
    """The words of the office for a verdict, and their tone."""
    return (
        ("Por dictaminar", "amarillo")
        if documento.estado == "pendiente"
        else estado_de("convenio_documento", documento.estado)
    )


def _acciones(caso: Caso, documento: Any) -> list[str]:
    return workflow.actions(documento, current_actor(), {"convenio_estado": caso.convenio.estado})


def _resumen(caso: Caso, lista: list[Papel], *, vigencia: VigenciaForm | None = None, abierto: str = "",
             error: str = "", status: int = 200) -> Any:  # fmt: skip
    """The whole convenio: every verdict, the decision, its letter and its history."""
    carta = queries.cartas([caso.convenio.id]).get(caso.convenio.id)
    page = render_template(
        "coordinador/convenio_resumen.html",
        caso=caso,
        papeles=lista,
        dictamen=_dictamen,
        acciones=workflow.actions(caso.convenio, current_actor()),
        pendientes=[p for p in lista if p.actual is not None and p.actual.estado == "pendiente"],
        rechazados=[p for p in lista if p.actual is not None and p.actual.estado == "rechazado"],
        aceptados=[p for p in lista if p.actual is not None and p.actual.estado == "aceptado"],
        faltan=[p for p in lista if p.actual is None and p.requerido],
        vigencia=vigencia or VigenciaForm(data=_vigencia(caso)),
        motivos=contexto.perfil().motivos_listos("convenio"),
        carta=carta,
        acciones_dichas=DICHAS,
        historia=[(h, edad(h.creado)) for h in queries.historia(caso.convenio)],
        edad=edad(caso.convenio.estado_desde),
        abierto=abierto,
        error=error,
        motivo=request.form.get("motivo", ""),
    )
    return page, status


def _vigencia(caso: Caso) -> dict[str, Any]:
    """From today, or from the day after the convenio that this one renews, for the months of the profile."""
    hoy = to_local(contexto.now()).date()
    hasta = queries.ultimo_dia(caso.convenio.renueva_id)
    desde = max(hoy, hasta + timedelta(days=1)) if hasta is not None else hoy
    return {"desde": desde, "hasta": add_months(desde, contexto.perfil().convenio.meses) - timedelta(days=1)}


@bp.get("/convenios/<public_id>/documentos/<documento_id>")
@requires("coordinador", "convenios")
def convenio_archivo(public_id: str, documento_id: str) -> Any:
    """A file of the dossier, because this escuela was shown it in this convenio."""
    documento = queries.documento(public_id, documento_id)
    if documento is None:
        abort(404)
    return send_stored(documento.archivo)


@bp.post("/convenios/<public_id>/documentos/<documento_id>/<any(aceptar, rechazar, deshacer):accion>")
@requires("coordinador", "convenios")
def dictaminar_documento(public_id: str, documento_id: str, accion: str) -> Any:
    """Judge one document and go on to the next that waits; after the last, to the whole."""
    form = MotivoForm()
    motivo = (form.motivo.data or "") if accion == "rechazar" else ""
    try:
        if not form.validate_on_submit():
            raise Refused("motivo.corto")
        servicio.dictaminar(
            public_id, documento_id, accion, actor=current_actor(), now=contexto.now(), motivo=motivo
        )
    except Refused as refused:
        caso = _caso(public_id)
        lista = papeles(caso)
        status = 400 if refused.key == "motivo.corto" else 409
        return _revision(caso, lista, _elegido(caso, lista, documento_id), sentence(refused), status)
    flash(HECHO[accion], "exito")
    if accion == "deshacer":
        return redirect(url_for("coordinador.convenio", public_id=public_id, documento=documento_id))
    return redirect(url_for("coordinador.convenio", public_id=public_id, deshacer=documento_id))


@bp.post("/convenios/<public_id>/autorizar")
@requires("coordinador", "convenios")
def autorizar_convenio(public_id: str) -> Any:
    """Authorise the whole for the term that was typed."""
    form = VigenciaForm()
    if not form.validate_on_submit():
        caso = _caso(public_id)
        return _resumen(caso, papeles(caso), vigencia=form, abierto="autorizar", status=400)
    return _decidir(public_id, "autorizar", form, desde=form.desde.data, hasta=form.hasta.data)


@bp.post("/convenios/<public_id>/observar")
@requires("coordinador", "convenios")
def observar_convenio(public_id: str) -> Any:
    """Send the observations back."""
    return _decidir(public_id, "observar", nota=MotivoForm().motivo.data or "")


@bp.post("/convenios/<public_id>/rechazar")
@requires("coordinador", "convenios")
def rechazar_convenio(public_id: str) -> Any:
    """Refuse the whole request."""
    return _decidir(public_id, "rechazar", motivo=MotivoForm().motivo.data or "")


@bp.post("/convenios/<public_id>/terminar")
@requires("coordinador", "convenios")
def terminar_convenio(public_id: str) -> Any:
    """End the convenio before its term."""
    return _decidir(public_id, "terminar", motivo=MotivoForm().motivo.data or "")


DECIDIDO = {
    "autorizar": "Convenio autorizado. La dependencia recibirá el convenio y su acceso por correo.",
    "observar": "Enviamos las observaciones a la dependencia.",
    "rechazar": "Solicitud rechazada. La dependencia recibirá el motivo por correo.",
    "terminar": "Convenio terminado. La dependencia recibirá el motivo por correo.",
}


def _decidir(public_id: str, accion: str, vigencia: VigenciaForm | None = None, **values: Any) -> Any:
    verbs: dict[str, Any] = {
        "autorizar": servicio.autorizar,
        "observar": servicio.observar,
        "rechazar": servicio.rechazar,
        "terminar": servicio.terminar,
    }
    try:
        verbs[accion](public_id, actor=current_actor(), now=contexto.now(), **values)
    except Refused as refused:
        caso = _caso(public_id)
        status = (
            400 if refused.key.startswith(("motivo.", "convenio.vigencia", "convenio.sin_vigencia")) else 409
        )
        return _resumen(
            caso, papeles(caso), vigencia=vigencia, abierto=accion, error=sentence(refused), status=status
        )
    flash(DECIDIDO[accion], "exito")
    return redirect(url_for("coordinador.convenio", public_id=public_id, ver="resumen"))
