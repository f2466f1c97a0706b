"""The alumno's one next step: what, by when, why, and one button; in every situation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from flask import current_app, url_for

from portal.domain.calendario import add_months, en_palabras
from portal.domain.plan import PasoPlan, Plan, Situacion, estado_de_plan, next_step
from portal.domain.solicitud import PAPELES, papeles_que_faltan
from portal.domain.tramite import NOMBRES
from portal.services import terminos_oficina
from portal.web.antiguedad import edad

if TYPE_CHECKING:
    from portal.models import Entrega, Servicio, Solicitud


@dataclass(frozen=True)
class Siguiente:
    """What the card says. Without `boton` there is nothing to do now."""

    titulo: str
    texto: str = ""
    porque: str = ""
    limite: str = ""
    boton: str = ""
    href: str = ""


def liga(endpoint: str, otherwise: str, **values: str) -> str:
    """The address of a page, or of another one where this portal does not have it."""
    if endpoint in current_app.view_functions:
        return url_for(endpoint, **values)
    return url_for(otherwise) if otherwise in current_app.view_functions else "#contenido"


# ---- without a servicio ----


def sin_servicio(
    solicitudes: Sequence[Solicitud], baja: Servicio | None, *, busca: bool, pedidos: Collection[str] = ()
) -> Siguiente:
    """Before a servicio, or after one that ended in baja. `busca`: this escuela has proyectos to apply for.

    `pedidos`: papers of the solicitud not sent yet that the office already has to issue.
    """
    enviada = next((s for s in solicitudes if s.estado == "enviada"), None)
    if enviada is not None:
        return _solicitud_enviada(enviada, len([s for s in solicitudes if s.estado == "enviada"]))
    borrador = next((s for s in solicitudes if s.estado == "borrador"), None)
    if borrador is not None:
        return _solicitud_borrador(borrador, pedidos)
    if not busca:
        return Siguiente(
            "Envía tu expediente",
            "Tu escuela abre el servicio social con un prerregistro: tus datos y tu expediente en un solo PDF.",
            "Tu servicio empieza cuando tu escuela lo acepte.",
            boton="Enviar mi expediente",
            href=liga("publico.expediente", "alumno.inicio"),
        )
    if baja is not None:
        return Siguiente(
            "Busca otro proyecto",
            f"Tu servicio en {baja.dependencia.nombre_visible} terminó por baja."
            + (
                f" Tus {baja.horas} horas aceptadas se conservan y contarán en el siguiente."
                if baja.horas
                else ""
            ),
            boton="Buscar proyectos",
            href=liga("alumno.proyectos", "alumno.inicio"),
        )
    return Siguiente(
        "Busca un proyecto",
        "Elige entre los proyectos que reciben alumnos de tu carrera y postúlate al que te interese.",
        "Tu servicio empieza cuando una dependencia te acepta.",
        boton="Buscar proyectos",
        href=liga("alumno.proyectos", "alumno.inicio"),
    )


def _solicitud_enviada(solicitud: Solicitud, cuantas: int) -> Siguiente:
    otras = "" if cuantas == 1 else f" También esperas respuesta de otras {cuantas - 1}."
    return Siguiente(
        f"Espera la respuesta de {solicitud.dependencia.nombre_visible}",
        f"Tiene tu solicitud para «{solicitud.proyecto.titulo}» desde "
        f"{edad(solicitud.estado_desde).texto}. Te escribiremos en cuanto responda.{otras}",
        "No tienes que hacer nada. Puedes postularte a otros proyectos mientras tanto.",
        boton="Ver tu solicitud",
        href=liga("alumno.solicitud", "alumno.solicitudes", public_id=solicitud.public_id),
    )


def _solicitud_borrador(solicitud: Solicitud, pedidos: Collection[str]) -> Siguiente:
    titulo = solicitud.proyecto.titulo
    tipos = [PAPELES[papel] for papel in papeles_que_faltan(solicitud)]
    faltan = [f"tu {NOMBRES[tipo].lower()}" for tipo in tipos]
    por_conseguir = [f"tu {NOMBRES[tipo].lower()}" for tipo in tipos if tipo not in pedidos]
    href = liga("alumno.solicitud", "alumno.solicitudes", public_id=solicitud.public_id)
    if por_conseguir:
        las = "las" if len(por_conseguir) > 1 else "la"
        return Siguiente(
            "Completa tu solicitud",
            f"A tu solicitud para «{titulo}» le falta {' y '.join(por_conseguir)}. "
            f"Súbe{las} o píde{las} a tu escuela desde la misma solicitud.",
            "La dependencia no la ve hasta que la envíes completa.",
            boton="Completar tu solicitud",
            href=href,
        )
    if faltan:
        return Siguiente(
            f"Espera {' y '.join(faltan)}",
            f"La oficina de tu escuela ya tiene lo que pediste. En cuanto lo emita quedará en tu solicitud para "
            f"«{titulo}» y te escribiremos.",
            "No tienes que hacer nada por ahora. Después la revisas y la envías.",
            boton="Ver tu solicitud",
            href=href,
        )
    return Siguiente(
        "Envía tu solicitud",
        f"Tu solicitud para «{titulo}» ya tiene sus documentos. Revísala y envíala.",
        "La dependencia no la ve hasta que la envíes.",
        boton="Revisar y enviar",
        href=href,
    )


# ---- with a servicio ----

TERMINALES = {
    "prerregistrado": Siguiente(
        "Espera a que tu escuela acepte tu expediente",
        "La oficina lo está revisando. Te escribiremos en cuanto haya respuesta.",
    ),
    "terminado": Siguiente(
        "Espera tu carta de finalización",
        "Ya tienes aceptados todos los pasos. Tu escuela verifica tu expediente completo y emite la carta.",
        "No tienes que hacer nada: te escribiremos cuando puedas descargarla.",
    ),
    "en_emision": Siguiente(
        "Espera tu constancia de liberación",
        "Tu escuela ya la pidió. Te escribiremos cuando puedas descargarla.",
    ),
}


EN_FIRMA = Siguiente(
    "Espera tu carta de finalización",
    "Tu escuela ya la preparó y falta que la firmen.",
    "No tienes que hacer nada: te escribiremos cuando puedas descargarla.",
)


def con_servicio(
    servicio: Servicio,
    entregas: Sequence[Entrega],
    plan: Plan,
    situacion: Situacion,
    usual: Mapping[str, str],
) -> Siguiente:
    """The step of a servicio. `usual`: per reviewer, how long a review takes ("unos 3 días hábiles")."""
    if servicio.estado == "liberado":
        return Siguiente(
            "Terminaste tu servicio social",
            "Tu escuela liberó tu servicio. Guarda tu carta de finalización: la necesitarás para titularte.",
            boton="Ver tus cartas",
            href=liga("alumno.cartas", "alumno.inicio"),
        )
    if servicio.estado == "en_emision" and not servicio.emision:
        return EN_FIRMA
    if servicio.estado in TERMINALES:
        return TERMINALES[servicio.estado]
    paso = next_step(plan, situacion)
    if paso is None:
        return TERMINALES["terminado"]
    entrega = next(e for e in entregas if e.clave == paso.clave)
    if paso.abierta and paso.spec.pide_horas and situacion.today < servicio.inicio:
        return _por_empezar(servicio, paso)
    if paso.abierta and paso.spec.sube == "alumno":
        return _por_enviar(servicio, entrega, paso, plan, situacion.today)
    if _es_de_la_escuela(servicio, paso):
        return _de_la_escuela(entrega)
    if paso.abierta:
        return Siguiente(f"Espera {paso.spec.con_articulo}", paso.spec.descripcion, paso.spec.instrucciones)
    if paso.estado == "en_revision":
        return _en_revision(servicio, entrega, paso, usual)
    return Siguiente(
        "Por ahora no tienes que hacer nada",
        f"Lo que sigue es {paso.spec.con_articulo}.",
        paso.por_que.texto if paso.por_que else "",
    )


def _por_empezar(servicio: Servicio, paso: PasoPlan) -> Siguiente:
    """A report is open from the acceptance on, but no hour can be reported before the first day."""
    return Siguiente(
        f"Tu servicio empieza el {en_palabras(servicio.inicio)}",
        f"Después sigue {paso.spec.con_articulo}: podrás entregar horas cuando las hayas cumplido.",
        "Por ahora no tienes que hacer nada.",
    )


def _es_de_la_escuela(servicio: Servicio, paso: PasoPlan) -> bool:
    """Whether it is the carta de término, open, of a servicio inside the escuela."""
    termino = paso.abierta and paso.spec.tipo == "carta_termino"
    return termino and terminos_oficina.es_de_la_escuela(servicio, servicio.dependencia)


def _de_la_escuela(entrega: Entrega) -> Siguiente:
    """The carta de término that the own office issues on request [seed 000, annex two, note 1]."""
    if entrega.pedida is not None:
        return Siguiente(
            "Espera tu carta de término",
            f"La pediste {edad(entrega.pedida).texto}. La emite la oficina de tu escuela.",
            "No tienes que hacer nada: te escribiremos en cuanto esté.",
        )
    return Siguiente(
        "Pide tu carta de término",
        "Hiciste tu servicio en tu propia escuela, así que la emite su oficina. Ya tienes todo lo que se pide.",
        boton="Pedir mi carta de término",
        href=url_for("alumno.entrega", public_id=entrega.public_id),
    )


def _por_enviar(servicio: Servicio, entrega: Entrega, paso: PasoPlan, plan: Plan, today: date) -> Siguiente:
    href = url_for("alumno.entrega", public_id=entrega.public_id)
    limite = (
        servicio.termino if today <= servicio.termino else add_months(servicio.inicio, plan.meses_maximos)
    )
    if entrega.estado == "rechazada":
        return Siguiente(
            f"Corrige {paso.spec.con_articulo}",
            f"{entrega.motivo} Atentamente: {entrega.decidio}.",
            "Mientras no se acepte, sus horas no cuentan." if entrega.pide_horas else "",
            en_palabras(limite),
            f"Corregir {paso.spec.en_frase}",
            href,
        )
    if entrega.borrador_documento_id:
        return Siguiente(
            f"Termina de enviar {paso.spec.con_articulo}",
            "Ya subiste el archivo, pero todavía no lo envías.",
            limite=en_palabras(limite),
            boton="Continuar",
            href=href,
        )
    return Siguiente(
        f"Entrega {paso.spec.con_articulo}",
        paso.spec.descripcion,
        _porque(servicio, entrega),
        en_palabras(limite),
        f"Subir {paso.spec.en_frase}",
        href,
    )


def _porque(servicio: Servicio, entrega: Entrega) -> str:
    if not entrega.meta_horas:
        return "Con él avanzas al siguiente paso de tu plan."
    faltan = entrega.meta_horas - servicio.horas
    return f"Te faltan {faltan} horas aceptadas para llegar a {entrega.meta_horas}." if faltan > 0 else ""


def _en_revision(servicio: Servicio, entrega: Entrega, paso: PasoPlan, usual: Mapping[str, str]) -> Siguiente:
    quien = quien_la_tiene(servicio, entrega.revisor_en_turno)
    suele = usual.get(entrega.revisor_en_turno or "", "")
    return Siguiente(
        f"Espera la revisión de {'tu dependencia' if entrega.revisor_en_turno == 'dependencia' else 'tu escuela'}",
        f"{quien} tiene {paso.spec.con_articulo} desde {edad(entrega.estado_desde).texto}."
        + (f" Suele tardar {suele}." if suele else ""),
        "No tienes que hacer nada: te escribiremos en cuanto haya respuesta.",
        boton="Ver lo que enviaste",
        href=url_for("alumno.entrega", public_id=entrega.public_id),
    )


def quien_la_tiene(servicio: Servicio, turno: str | None) -> str:
    """Who has an entrega in review, as the alumno knows them."""
    return {"dependencia": servicio.dependencia.nombre_visible, "coordinador": "Tu escuela"}.get(
        turno or "", ""
    )


# ---- the plan as a task list ----


@dataclass(frozen=True)
class Renglon:
    """One row of the plan: its estado, who has it and since when, or by which rule it is blocked."""

    paso: PasoPlan
    href: str
    quien: str
    desde: str
    desde_iso: str
    desde_completa: str
    motivo: str
    pista: str


def renglones(
    servicio: Servicio, entregas: Sequence[Entrega], plan: Plan, situacion: Situacion
) -> list[Renglon]:
    """Every step of the plan, in order."""
    por_clave = {e.clave: e for e in entregas}
    return [
        _renglon(servicio, por_clave[p.clave], p)
        for p in estado_de_plan(plan, situacion)
        if p.clave in por_clave
    ]


def _renglon(servicio: Servicio, entrega: Entrega, paso: PasoPlan) -> Renglon:
    propia = _es_de_la_escuela(servicio, paso)
    visible = propia or (paso.spec.sube == "alumno" and (paso.abierta or paso.estado != "bloqueada"))
    en_revision = paso.estado == "en_revision"
    desde = edad(entrega.estado_desde if en_revision or paso.estado == "aceptada" else None)
    motivo = ""
    if paso.estado == "rechazada":
        motivo = entrega.motivo
    elif not paso.abierta and not en_revision and paso.estado != "aceptada" and paso.por_que:
        motivo = paso.por_que.texto
    return Renglon(
        paso,
        url_for("alumno.entrega", public_id=entrega.public_id) if visible else "",
        quien_la_tiene(servicio, entrega.revisor_en_turno) if en_revision else "",
        desde.desde if en_revision else desde.texto,
        desde.iso,
        desde.completa,
        motivo,
        " · ".join(_pistas(entrega, paso.estado)),
    )


def _pistas(entrega: Entrega, estado: str) -> list[str]:
    """Its hours, and what an accepted one still asks of the alumno."""
    found = [f"{entrega.horas} horas"] if entrega.horas else []
    if estado == "aceptada" and entrega.pide_siss:
        found.append(
            f"En el SISS desde el {en_palabras(entrega.siss)}"
            if entrega.siss
            else "Falta cargarla en el SISS"
        )
    return found
