"""How a dependencia without an account asks for a convenio, and follows it with the link of its e-mail [seed 002]."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, g, redirect, render_template, request, url_for

from portal.domain.access import Actor
from portal.domain.dependencia import PASOS, incompletos
from portal.domain.machine import Refused, Stale
from portal.publico import bp
from portal.publico.forms.convenio import EnvioForm, InicioForm
from portal.queries import convenios as queries
from portal.queries.convenios import Caso
from portal.services import convenios, enlaces, workflow
from portal.web import contexto
from portal.web.access import publico
from portal.web.archivos import send_stored
from portal.web.convenios import Papel, limite_de_subida, papel, papeles, recibir_papel
from portal.web.errors import sentence
from portal.web.forms_dependencia import FORMS
from portal.web.limites import limitado
from portal.web.uploads import accepts_uploads

TITULOS = {
    "datos": "Datos de la dependencia",
    "domicilio": "Domicilio y contacto",
    "representante": "Representante",
}
# Once the office has decided for good, the link shows the answer and no longer the papers.
ABIERTO_AL_ENLACE = ("borrador", "enviado", "observado")


@bp.get("/<escuela>/convenio/solicitar")
@publico
def solicitar_convenio() -> Any:
    """What is needed, how long it takes, and the address where the link goes."""
    return _inicio(InicioForm())


@bp.post("/<escuela>/convenio/solicitar")
@limitado("30 per minute")
@publico
def iniciar_convenio() -> Any:
    """Create the draft, mail its link and go on at once."""
    form = InicioForm()
    if not form.validate_on_submit():
        return _inicio(form, 400)
    try:
        ruta = convenios.iniciar(form.correo.data, now=contexto.now())
    except Refused as refused:
        form.correo.errors = [sentence(refused)]
        return _inicio(form, 409)
    return redirect(enlaces.expand(ruta))


def _inicio(form: InicioForm, status: int = 200) -> Any:
    page = render_template(
        "publico/solicitar_convenio.html", form=form, pedidos=contexto.perfil().documentos_dependencia
    )
    return page, status


# ---- The link ------------------------------------------------------------------------------------


def _abrir() -> Caso | None:
    """Open the escuela of the link in the address and become its holder; None where the link has expired.

    The escuela comes from the link and never from the address. An unknown link does not exist (404).
    """
    if "caso" not in g:
        enlace = enlaces.buscar((request.view_args or {})["token"], "seguimiento")
        if enlace is None or enlace.escuela_id is None:
            abort(404)
        convenio_id, vigente = enlace.objeto_id, enlaces.vigente(enlace, contexto.now())
        contexto.entrar(enlace.escuela_id)
        found = queries.caso_por_id(convenio_id or 0)
        if found is None:
            abort(404)
        g.caso_vencido = found.convenio.id
        g.caso = found if vigente else None
        if vigente:
            g.portador = convenios.actor_de_enlace(found.dependencia, request.remote_addr or "")
    return g.caso  # type: ignore[no-any-return]


def _caso(token: str, *estados: str) -> Caso:
    """The open case of the link; its first page where the link expired or the case is past this step."""
    found = _abrir()
    if found is None or (estados and found.convenio.estado not in estados):
        abort(redirect(url_for("publico.seguimiento", token=token)))
    return found


def _actor() -> Actor:
    return g.portador  # type: ignore[no-any-return]


@bp.after_request
def no_referrer(response: Response) -> Response:
    """The address of a personal link is told to nobody."""
    if "caso" in g:
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _limite() -> int:
    return limite_de_subida() if _abrir() is not None else 0


@bp.get("/seguimiento/<token>")
@publico
def seguimiento(token: str) -> Any:
    """What is left to do, or where the request stands."""
    found = _abrir()
    if found is None:
        return render_template("publico/seguimiento_vencido.html", token=token), 410
    return _render_seguimiento(token, found)


def _render_seguimiento(token: str, caso: Caso, error: str = "", status: int = 200) -> Any:
    lista = papeles(caso)
    page = render_template(
        "publico/seguimiento.html",
        token=token,
        caso=caso,
        papeles=lista,
        urls=_urls(token, lista),
        pasos=_pasos(caso),
        titulos=TITULOS,
        acciones=workflow.actions(caso.convenio, _actor()),
        por_responder=[p for p in lista if p.actual is not None and p.actual.estado == "rechazado"],
        error=error,
    )
    return page, status


def _pasos(caso: Caso) -> dict[str, bool]:
    """The steps of the data, and whether each is complete."""
    lacking = incompletos(caso.dependencia)
    return {paso: paso not in lacking for paso in PASOS}


@bp.post("/seguimiento/<token>/nuevo")
@limitado("10 per minute")
@publico
def seguimiento_nuevo(token: str) -> Any:
    """Mail a new link in the place of an expired one, to the address of the request."""
    if _abrir() is None:
        convenios.reenviar_enlace(g.caso_vencido, now=contexto.now())
        flash("Enviamos un enlace nuevo al correo con el que se hizo la solicitud.", "exito")
    return redirect(url_for("publico.seguimiento", token=token))


@bp.get("/seguimiento/<token>/datos/<paso>")
@publico
def seguimiento_datos(token: str, paso: str) -> Any:
    """One step of the data."""
    caso = _caso(token, "borrador", "observado")
    form = _form(paso, caso)
    if paso == "domicilio" and not form.correo.data:
        form.correo.data = caso.convenio.correo_contacto
    return _render_datos(token, paso, form)


@bp.post("/seguimiento/<token>/datos/<paso>")
@limitado("60 per minute")
@publico
def seguimiento_guardar(token: str, paso: str) -> Any:
    """Save one step and go on to the next that lacks something."""
    caso = _caso(token, "borrador", "observado")
    form = _form(paso, caso)
    if not form.validate_on_submit():
        return _render_datos(token, paso, form, 400)
    try:
        errors = convenios.guardar(
            caso.convenio.public_id, paso, form.valores(), actor=_actor(), now=contexto.now()
        )
    except Refused as refused:
        return _render_datos(token, paso, form, 409, refused)
    if errors:
        form.mostrar(errors)
        return _render_datos(token, paso, form, 400)
    if request.form.get("despues") == "revisar":
        return redirect(url_for("publico.seguimiento_revisar", token=token))
    return redirect(_siguiente(token, paso, caso))


def _form(paso: str, caso: Caso) -> Any:
    if paso not in FORMS:
        abort(404)
    return FORMS[paso](obj=caso.dependencia)


def _render_datos(token: str, paso: str, form: Any, status: int = 200, refused: Refused | None = None) -> Any:
    con_cuenta = refused is not None and refused.key == "convenio.rfc_verificado"
    if refused is not None and not con_cuenta:
        form.form_errors = [sentence(refused)]
    page = render_template(
        "publico/seguimiento_datos.html",
        token=token,
        paso=paso,
        pasos=list(PASOS),
        titulos=TITULOS,
        form=form,
        con_cuenta=con_cuenta,
        rechazo=sentence(refused) if refused is not None else "",
        despues=request.values.get("despues", ""),
    )
    return page, status


def _siguiente(token: str, paso: str, caso: Caso) -> str:
    """The next step of the data; after the last, the documents."""
    order = list(PASOS)
    after = order[order.index(paso) + 1 :]
    if caso.convenio.estado == "borrador" and after:
        return url_for("publico.seguimiento_datos", token=token, paso=after[0])
    if caso.convenio.estado == "borrador":
        return url_for("publico.seguimiento_documentos", token=token)
    return url_for("publico.seguimiento", token=token)


# ---- Documents -----------------------------------------------------------------------------------


@bp.get("/seguimiento/<token>/documentos")
@publico
def seguimiento_documentos(token: str) -> Any:
    """The documents that the escuela asks for, each as it stands."""
    caso = _caso(token, *ABIERTO_AL_ENLACE)
    lista = papeles(caso)
    return render_template(
        "publico/seguimiento_documentos.html", token=token, caso=caso, papeles=lista, urls=_urls(token, lista)
    )


def _urls(token: str, lista: list[Papel]) -> dict[str, str]:
    return {p.clave: url_for("publico.seguimiento_documento", token=token, tipo=p.clave) for p in lista}


@bp.get("/seguimiento/<token>/subir/<tipo>")
@publico
def seguimiento_documento(token: str, tipo: str) -> Any:
    """Where one document is uploaded, and what was received."""
    return _render_documento(token, tipo)


def _render_documento(token: str, tipo: str, error: str = "", status: int = 200) -> Any:
    caso = _caso(token, *ABIERTO_AL_ENLACE)
    lista = papeles(caso)
    uno = papel(caso, tipo)
    if uno is None:
        abort(404)
    falta = next((p for p in lista if p.sube and p.clave != tipo and p.tono in ("amarillo", "rojo")), None)
    page = render_template(
        "publico/seguimiento_documento.html",
        token=token,
        caso=caso,
        papel=uno,
        posicion=[p.clave for p in lista].index(tipo) + 1,
        total=len(lista),
        falta=falta,
        error=error,
    )
    return page, status


@bp.post("/seguimiento/<token>/subir/<tipo>")
@publico
@accepts_uploads(_limite, max_files=20)
def seguimiento_subir(token: str, tipo: str) -> Any:
    """Take a document and show what was received."""
    caso = _caso(token, "borrador", "observado")
    if papel(caso, tipo) is None:
        abort(404)
    error = recibir_papel(caso.convenio.public_id, tipo, _actor())
    if error:
        return _render_documento(token, tipo, error, 400)
    flash("Recibimos el documento. Revise que se vea bien.", "exito")
    return redirect(url_for("publico.seguimiento_documento", token=token, tipo=tipo))


@bp.get("/seguimiento/<token>/documentos/<public_id>")
@publico
def seguimiento_archivo(token: str, public_id: str) -> Any:
    """A file of this request, for the holder of its link while the request is open."""
    caso = _abrir()
    if caso is None or caso.convenio.estado not in ABIERTO_AL_ENLACE:
        abort(404)
    documento = queries.documento(caso.convenio.public_id, public_id)
    if documento is None:
        abort(404)
    return send_stored(documento.archivo)


# ---- Sending -------------------------------------------------------------------------------------


@bp.get("/seguimiento/<token>/revisar")
@publico
def seguimiento_revisar(token: str) -> Any:
    """Every answer on one page before it is sent."""
    return _render_revisar(token, _caso(token, "borrador"), EnvioForm())


def _render_revisar(token: str, caso: Caso, form: EnvioForm, error: str = "", status: int = 200) -> Any:
    page = render_template(
        "publico/seguimiento_revisar.html",
        token=token,
        caso=caso,
        papeles=papeles(caso),
        pasos=_pasos(caso),
        titulos=TITULOS,
        form=form,
        error=error,
    )
    return page, status


@bp.post("/seguimiento/<token>/enviar")
@limitado("60 per minute")
@publico
def seguimiento_enviar(token: str) -> Any:
    """Send the request, or what the office asked to correct."""
    caso = _caso(token, "borrador", "observado")
    primera = caso.convenio.estado == "borrador"
    form = EnvioForm()
    if primera and not form.validate_on_submit():
        return _render_revisar(token, caso, form, status=400)
    try:
        convenios.enviar(caso.convenio.public_id, actor=_actor(), now=contexto.now())
    except Stale:
        return redirect(url_for("publico.seguimiento", token=token))
    except Refused as refused:
        if primera:
            return _render_revisar(token, caso, form, sentence(refused), 409)
        return _render_seguimiento(token, caso, sentence(refused), 409)
    if primera:
        return redirect(url_for("publico.seguimiento_enviado", token=token))
    flash("Reenviamos su solicitud a revisión. Le escribiremos con la respuesta.", "exito")
    return redirect(url_for("publico.seguimiento", token=token))


@bp.get("/seguimiento/<token>/enviado")
@publico
def seguimiento_enviado(token: str) -> Any:
    """The request arrived; what comes next."""
    caso = _caso(token, "enviado")
    return render_template("publico/seguimiento_enviado.html", token=token, caso=caso)


@bp.post("/seguimiento/<token>/cancelar")
@limitado("60 per minute")
@publico
def seguimiento_cancelar(token: str) -> Any:
    """Withdraw the request."""
    caso = _caso(token, *ABIERTO_AL_ENLACE)
    convenios.cancelar(caso.convenio.public_id, actor=_actor(), now=contexto.now())
    flash("Cancelamos su solicitud de convenio.", "info")
    return redirect(url_for("publico.seguimiento", token=token))
