"""The letters of the escuela: searched, opened with their circuit, revoked, replaced."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.forms.cartas import EscaneoForm, PapelForm, RevocarForm
from portal.domain.access import ADMINISTRACION, EXPEDIENTES, TERMINOS
from portal.domain.carta import EN_FIRMA, NOMBRES, OFICINA, TIPOS
from portal.domain.machine import Refused
from portal.domain.personas import sin_acentos
from portal.queries import cartas as queries
from portal.services import cartas, documentos, firmas, hojas, recordatorios, workflow
from portal.web import contexto
from portal.web.access import requires
from portal.web.archivos import send_stored
from portal.web.circuito import exigir_lugar, lugares, send_bytes
from portal.web.errors import sentence
from portal.web.sesion import current_actor

SECCION = "coordinador.cartas"
ESTADOS = (
    ("en_firma", "En firma"),
    ("fallo", "Sin poder emitirse"),
    ("detenida", "Firma rechazada"),
    ("emitida", "Emitidas"),
    ("revocada", "Revocadas"),
)
# What the letter says, in the order in which a person checks it.
DATOS = (
    ("alumno_nombre", "Alumno"),
    ("alumno_boleta", "Boleta"),
    ("carrera", "Carrera"),
    ("dependencia_razon_social", "Dependencia"),
    ("proyecto_titulo", "Proyecto"),
    ("fecha_inicio", "Inicio"),
    ("fecha_termino", "Término"),
    ("horario", "Horario"),
    ("horas", "Horas"),
    ("responsable_nombre", ""),
    ("fecha", "Fecha de la carta"),
)


@bp.get("/cartas", endpoint="cartas")
@requires("coordinador")
def lista_cartas() -> Any:
    """Every letter, newest first; by kind, by state, by folio, boleta or name."""
    tipo, estado = request.args.get("tipo", ""), request.args.get("estado", "")
    q = " ".join(request.args.get("q", "").split())[:80]
    pagina = queries.lista(
        tipo=tipo if tipo in TIPOS else "",
        estado=estado if estado in dict(ESTADOS) else "",
        palabras=sin_acentos(q.casefold()).split(),
        despues=request.args.get("despues", ""),
        antes=request.args.get("antes", ""),
    )
    return render_template(
        "coordinador/cartas.html",
        pagina=pagina,
        tipo=tipo,
        estado=estado,
        q=q,
        nombres=NOMBRES,
        estados=ESTADOS,
        plantillas=ADMINISTRACION in current_actor().permisos,
        suplencias=bool(current_actor().permisos & set(OFICINA)),
        tandas=bool(current_actor().permisos & {EXPEDIENTES, TERMINOS}),
    )


def una(public_id: str) -> Any:
    """A letter of the escuela; 404 otherwise."""
    g.seccion = SECCION
    carta = queries.una(public_id)
    if carta is None:
        abort(404)
    return carta


@bp.get("/cartas/<public_id>")
@requires("coordinador")
def carta(public_id: str) -> Any:
    """One letter: what it says, who signed, its hash, and what may be done with it."""
    return pagina(una(public_id), RevocarForm(formdata=None))


def pagina(
    carta: Any,
    form: RevocarForm,
    status: int = 200,
    *,
    regreso: Any = None,
    papel: Any = None,
    escaneo: str = "",
) -> Any:
    """A letter's page; `regreso` is the refused form by which a scan goes back, `papel` that by which one comes in
    and `escaneo` what was wrong with its file."""
    actor = current_actor()
    anterior, reemplazo = queries.vecinas(carta)
    valores = hojas.desempacar(carta.valores)
    acciones = workflow.actions(carta, actor, {"permisos": actor.permisos})
    return render_template(
        "coordinador/carta.html",
        carta=carta,
        tipo=NOMBRES[carta.tipo],
        dependencia=queries.dependencia_de(carta),
        **_circuito(carta, papel, escaneo),
        valores=[(t or _papel(carta), valores[c]) for c, t in DATOS if valores.get(c) not in (None, "")],
        anterior=anterior,
        reemplazo=reemplazo,
        servicio=queries.servicio_de(carta),
        acciones=acciones,
        reenvia=TIPOS[carta.tipo][1] in actor.permisos,
        se_reemplaza="revocar" in acciones and carta.tipo in cartas.REGENERA and reemplazo is None,
        form=form,
        regreso=regreso or EscaneoForm(formdata=None),
        escaneos=queries.escaneos_de(carta),
        plantilla=f"Edición {carta.edicion}" if carta.edicion else "Texto inicial",
    ), status


def _circuito(carta: Any, papel: Any, escaneo: str) -> dict[str, Any]:
    """The places of a letter, and for those in turn the form by which the office sends a scan."""
    circuito = lugares(carta, carta.firmas, _recordadas(carta))
    papeles = {
        lugar.public_id: PapelForm(
            formdata=None, prefix=f"{lugar.public_id}-", nombre=lugar.nombre, cargo=lugar.cargo
        )
        for lugar in circuito
        if lugar.en_turno
    }
    return {
        "lugares": circuito,
        "papeles": papeles | ({papel.lugar: papel} if papel is not None else {}),
        "papel": papel,
        "escaneo": escaneo,
        "maximo_escaneo": documentos.pdf_o_fotos().max_bytes,
    }


def _recordadas(carta: Any) -> dict[tuple[str, int], date]:
    """When its signers were last reminded, while somebody is to sign."""
    if carta.estado not in EN_FIRMA:
        return {}
    return recordatorios.ultimos({"firma": [f.id for f in carta.firmas]})


def _papel(carta: Any) -> str:
    """What the titular whom a letter names is to a letter of that kind."""
    return "Dirigida a" if carta.de_dependencia else "Quien suscribe"


@bp.get("/cartas/<public_id>/pdf")
@requires("coordinador")
def carta_pdf(public_id: str) -> Any:
    """The issued file, revoked ones too; before that, the letter as it stands now."""
    carta = una(public_id)
    if carta.documento is not None:
        return send_stored(carta.documento)
    return send_bytes(cartas.vista(carta), "vista-previa.pdf", "application/pdf")


@bp.post("/cartas/<public_id>/revocar")
@requires("coordinador", "expedientes", "convenios", "terminos")
def carta_revocar(public_id: str) -> Any:
    """Revoke, with a reason."""
    return _revocar(public_id, reemplazar=False)


@bp.post("/cartas/<public_id>/reemplazar")
@requires("coordinador", "expedientes", "convenios", "terminos")
def carta_reemplazar(public_id: str) -> Any:
    """Revoke, with a reason, and make it again with the data of today."""
    return _revocar(public_id, reemplazar=True)


def _revocar(public_id: str, *, reemplazar: bool) -> Any:
    carta, form = una(public_id), RevocarForm()
    if not form.validate_on_submit():
        return pagina(carta, form, 400)
    values = {"motivo": form.motivo.data, "actor": current_actor(), "now": contexto.now()}
    try:
        otra = (cartas.reemplazar if reemplazar else cartas.revocar)(public_id, **values)
    except Refused as refused:
        form.motivo.errors = [sentence(refused)]
        return pagina(una(public_id), form, 409)
    if reemplazar:
        flash(f"Revocamos la carta y generamos en su lugar {otra.folio}.", "exito")
    else:
        flash(f"Revocamos la carta {otra.folio}. La página de verificación ya lo dice.", "exito")
    return redirect(url_for(".carta", public_id=otra.public_id))


@bp.post("/cartas/<public_id>/reintentar")
@requires("coordinador", "expedientes", "convenios", "terminos")
def carta_reintentar(public_id: str) -> Any:
    """Try again now to issue a letter that could not be drawn, sealed or stored."""
    hecha = cartas.reintentar(public_id, actor=current_actor(), now=contexto.now())
    flash(f"Volvemos a intentar la carta {hecha.folio}; en un momento se verá aquí.", "exito")
    return redirect(url_for(".carta", public_id=public_id))


@bp.post("/cartas/<public_id>/firmas/<firma>/reenviar")
@requires("coordinador", "expedientes", "convenios", "terminos")
def carta_firma_reenviar(public_id: str, firma: str) -> Any:
    """Send the signer their link again."""
    exigir_lugar(una(public_id), firma)
    hecha = firmas.reenviar(firma, actor=current_actor(), now=contexto.now())
    flash(f"Enviamos el enlace a {hecha.correo}. Si ya tenía uno y no ha vencido, es el mismo.", "exito")
    return redirect(url_for(".carta", public_id=public_id))
