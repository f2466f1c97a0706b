"""Signing a letter from a personal link: read it, sign or refuse; nothing is used up by opening the page."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for

from portal.domain.calendario import to_local
from portal.domain.carta import EN_FIRMA, in_circuit, in_turn
from portal.domain.frases import frase
from portal.domain.machine import Refused
from portal.publico import bp
from portal.publico.forms.firmar import FirmaForm, RechazoForm, SuplenteForm
from portal.queries import cartas as queries
from portal.queries import firmas_juntas as juntas
from portal.services import cartas, documentos, firmas, hojas
from portal.services import efirma as efirmas
from portal.web import contexto
from portal.web.access import publico
from portal.web.circuito import lugares, send_bytes
from portal.web.errors import sentence
from portal.web.firmante import falta_firma, identidad, tapado
from portal.web.limites import limitado
from portal.web.uploads import accepts_uploads, receive

DECLARADOS = ("declarado", "declarado_papel", "declarado_efirma")
CAMPO_DE = {"firma.sin_declaracion": "declaro", "firma.sin_imagen": "firma_trazo"}


def abrir(token: str) -> tuple[Any, Any, Any]:
    """What stands behind a link: (what it asks, the signature, the letter), with the escuela's scope open. 404."""
    pedido = firmas.por_enlace(token, now=contexto.now())
    contexto.entrar(pedido.escuela_id)
    return releer(token)


def abierta(pedido: Any, firma: Any, carta: Any) -> bool:
    """Whether this link may still sign its place."""
    return pedido.estado == "vigente" and firma.estado == "pendiente" and carta.estado in EN_FIRMA


def de_lista(pedido: Any, firma: Any, carta: Any) -> bool:
    """Whether this link may open all that waits for its signer: also after its own place is done."""
    return abierta(pedido, firma, carta) or (pedido.corre and juntas.cuantas(firma.correo) > 0)


@bp.get("/firmar/<token>")
@limitado("120 per minute", metodos=("GET",))
@publico
def firmar(token: str) -> Any:
    """The letter, who signed before and the place to sign; or what became of it."""
    pedido, firma, carta = abrir(token)
    if not abierta(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    return pagina(token, firma, carta)


def pagina_codigo(
    token: str,
    firma: Any,
    carta: Any,
    *,
    enviado: bool = False,
    error: str = "",
    status: int = 200,
    varias: bool = False,
) -> Any:
    """Before a letter is shown, or the list of all that wait (`varias`): the code that goes to the signer's address."""
    enviado = enviado or (firma.codigo_vence is not None and firma.codigo_vence > contexto.now())
    return render_template(
        "publico/firmar_codigo.html", token=token, carta=carta, correo=tapado(firma.correo), enviado=enviado,
        error=error, errores={"codigo": error} if error else {}, varias=juntas.cuantas(firma.correo) if varias else 0,
    ), status  # fmt: skip


def sin_codigo(token: str, firma: Any, carta: Any, status: int, *, varias: bool = False) -> Any:
    """The page of the code in the place of one that takes it; `status` is that of the page that was asked for."""
    if status == 200:
        return pagina_codigo(token, firma, carta, varias=varias)
    return pagina_codigo(token, firma, carta, error=frase("firma.sin_codigo"), status=403, varias=varias)


def cerrada(token: str, pedido: Any, firma: Any, carta: Any) -> Any:
    """Why this link signs nothing any more: signed, refused, closed, another signs now, expired."""
    if firma.estado in ("firmada", "rechazada", "por_confirmar"):
        que, status = firma.estado, 200
    elif firma.estado == "anulada" or carta.estado not in EN_FIRMA:
        que, status = "cerrada", 410
    else:
        que, status = pedido.estado, 410
    siguen = [f.nombre for f in in_turn(carta.firmas)]
    faltan = [f.nombre for f in in_circuit(carta.firmas) if f.estado != "firmada"]
    return render_template(
        "publico/firmar_cerrada.html",
        que=que,
        firma=firma,
        carta=carta,
        token=token,
        faltan=faltan,
        siguen=siguen,
        juntas=juntas.cuantas(firma.correo) if pedido.corre else 0,
    ), status


def pagina(
    token: str,
    firma: Any,
    carta: Any,
    form: Any = None,
    rechazo: Any = None,
    suplente: Any = None,
    papel: Any = None,
    efirma: Any = None,
    errores: Any = None,
    status: int = 200,
) -> Any:
    """The page of a place that waits: `errores` of the drawn signature, `papel` and `efirma` those of the others."""
    if firmas.pide_codigo(carta) and not identidad(firma):
        return sin_codigo(token, firma, carta, status)
    return render_template(
        "publico/firmar.html",
        token=token,
        firma=firma,
        carta=carta,
        lugares=lugares(carta, carta.firmas),
        dependencia=queries.dependencia_de(carta) if carta.de_dependencia else None,
        datos=hojas.desempacar(carta.valores),
        form=form or FirmaForm(formdata=None, nombre=firma.nombre, cargo=firma.cargo),
        rechazo=rechazo or RechazoForm(formdata=None),
        suplente=suplente or SuplenteForm(formdata=None),
        papel=papel,
        efirma=efirma,
        con_efirma=efirmas.disponible(),
        identificado=identidad(firma),
        juntas=juntas.cuantas(firma.correo),
        rfc=request.form.get("rfc", "")[:13],
        hoy=to_local(contexto.now()).date(),
        maximo_escaneo=documentos.pdf_o_fotos().max_bytes,
        errores=errores or {},
        maximo=firmas.MAX_IMAGEN,
        motivos=contexto.perfil().motivos_listos("firma"),
        trazo="" if "firma_trazo" in (errores or {}) else request.form.get("firma_trazo", ""),
        **{d: request.form.get(d.replace("declarado", "declaro")) == "y" for d in DECLARADOS},
    ), status


@bp.post("/firmar/<token>")
@limitado("20 per minute")
@publico
@accepts_uploads(firmas.MAX_IMAGEN)
def firmar_enviar(token: str) -> Any:
    """Sign with what was drawn or uploaded."""
    pedido, firma, carta = abrir(token)
    if not abierta(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    form = FirmaForm()
    files = receive(request, "firma_archivo", firmas.MAX_IMAGEN)
    errores = falta_firma(files)
    if form.validate_on_submit() and not errores:
        try:
            firmas.firmar(token, **quien(form, firma), **trazada(files))
            return redirect(url_for(".firmar", token=token))
        except firmas.FileRefused as refused:
            errores["firma_archivo" if files else "firma_trazo"] = refused.sentence
        except Refused as refused:
            errores[CAMPO_DE.get(refused.key, "firma_trazo")] = sentence(refused)
    pedido, firma, carta = releer(token)
    if not abierta(pedido, firma, carta):  # somebody was quicker, with the same link
        return cerrada(token, pedido, firma, carta)
    return pagina(token, firma, carta, form=form, errores=errores, status=400)


def quien(form: FirmaForm, firma: Any) -> dict[str, Any]:
    """Who signs, as services take it: as what, how they showed to be the one, from where and when."""
    return {
        "nombre": form.nombre.data or "",
        "cargo": form.cargo.data or "",
        "identidad": identidad(firma),
        "ip": request.remote_addr or "",
        "now": contexto.now(),
    }


def trazada(files: Any) -> dict[str, Any]:
    """The declaration and the ink of the place to sign, as services take them: a drawing, or the first of `files`."""
    return {
        "declara": request.form.get("declaro") == "y",
        "trazo": request.form.get("firma_trazo", ""),
        "archivo": (files[0].path, files[0].filename) if files else None,
    }


@bp.post("/firmar/<token>/rechazar")
@limitado("20 per minute")
@publico
def firmar_rechazar(token: str) -> Any:
    """Refuse to sign, with a reason."""
    pedido, firma, carta = abrir(token)
    if not abierta(pedido, firma, carta):
        return cerrada(token, pedido, firma, carta)
    rechazo = RechazoForm()
    if not rechazo.validate_on_submit():
        return pagina(token, firma, carta, rechazo=rechazo, status=400)
    firmas.rechazar(
        token,
        motivo=rechazo.motivo.data,
        identidad=identidad(firma),
        ip=request.remote_addr or "",
        now=contexto.now(),
    )
    return redirect(url_for(".firmar", token=token))


def releer(token: str) -> tuple[Any, Any, Any]:
    """The same as `abrir`, in the scope that is open already, after a refused attempt rolled back."""
    pedido = firmas.por_enlace(token, now=contexto.now())
    found = queries.turno_de(pedido.objeto_id)
    if found is None:
        abort(404)
    return pedido, found[0], found[1]


@bp.post("/firmar/<token>/nuevo")
@limitado("5 per minute")
@publico
def firmar_nuevo(token: str) -> Any:
    """Send a new link to the signer's own address."""
    firmas.pedir_otro_enlace(token, now=contexto.now())
    _, firma, carta = abrir(token)
    return render_template(
        "publico/firmar_cerrada.html",
        que="enviado",
        firma=firma,
        carta=carta,
        token=token,
        faltan=[],
        siguen=[],
        juntas=0,
    )


@bp.get("/firmar/<token>/carta.pdf")
@limitado("60 per minute", metodos=("GET",))
@publico
def firmar_pdf(token: str) -> Any:
    """The letter as it stands, with the signatures so far; 404 once the link signs nothing."""
    return send_bytes(_pdf(token), "carta.pdf", "application/pdf")


@bp.get("/firmar/<token>/carta.png")
@limitado("60 per minute", metodos=("GET",))
@publico
def firmar_imagen(token: str) -> Any:
    """Its first page as a picture: what a phone shows."""
    return send_bytes(hojas.imagen(_pdf(token)), "carta.png", "image/png")


def _pdf(token: str) -> bytes:
    pedido, firma, carta = abrir(token)
    if not abierta(pedido, firma, carta) or (firmas.pide_codigo(carta) and not identidad(firma)):
        abort(404)
    return cartas.vista(carta)
