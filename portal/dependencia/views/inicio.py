"""The dependencia's first page: everything that waits for it, in every escuela, oldest first."""

from __future__ import annotations

from typing import Any

from flask import g, render_template

from portal.dependencia import bp
from portal.domain.calendario import to_local
from portal.queries import avisos, escuelas, inbox
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.contexto import now
from portal.web.labels import fecha
from portal.web.sesion import current_actor
from portal.web.siguiente import liga

# clase -> (what to do, its page, the list where that page is not there)
CLASES = {
    "solicitud": ("Responder solicitud", "solicitud", "solicitudes"),
    "entrega": ("Validar entrega", "entrega", "prestadores"),
    "carta": ("Carta en firma", "carta", "cartas"),
    "carta_detenida": ("Firma rechazada", "carta", "cartas"),
    "documento": ("Corregir documentos", "convenio", "convenios"),
    "convenio": ("Renovar convenio", "convenio", "convenios"),
    "proyecto": ("Corregir proyecto", "proyecto", "proyectos"),
}
LISTA = 50


@bp.get("/")
@requires("dependencia")
def inicio() -> str:
    """The inbox across escuelas, and what the dependencia has in each."""
    ids = [d.id for d in g.dependencias]
    hoy = to_local(now()).date()
    lugares = escuelas.de_dependencias(ids)
    yo = current_actor().usuario_id or 0
    found = list(
        escuelas.en_cada(
            lugares,
            lambda e: (
                inbox.resumen(e, ids),
                inbox.pendientes(e, ids, hoy),
                avisos.en_escuela(e, yo, hoy, 3),
            ),
        )
    )
    pendientes = sorted((p for _resumen, some, _avisos in found for p in some), key=lambda p: p.desde)
    anuncios = sorted(
        (a for *_, some in found for a in some), key=lambda a: (a.fijado, a.desde), reverse=True
    )
    return render_template(
        "dependencia/inicio.html",
        dependencia=g.dependencia,
        pendientes=[_renglon(p) for p in pendientes[:LISTA]],
        total=len(pendientes),
        avisos=anuncios,
        resumenes=[resumen for resumen, *_ in found],
        suma={
            name: sum(getattr(r, name) for r, *_ in found)
            for name in ("convenios", "proyectos", "prestadores")
        },
    )


def _renglon(p: inbox.Pendiente) -> dict[str, Any]:
    accion, uno, todos = CLASES[p.clase]
    hace = edad(p.desde)
    titulo, quien = p.titulo, p.detalle
    if p.clase == "documento":
        titulo = "1 documento rechazado" if p.detalle == "1" else f"{p.detalle} documentos rechazados"
        quien = ""
    elif p.clase == "convenio":
        vencido = p.fecha is not None and p.fecha < to_local(now()).date()
        titulo = f"El convenio {'venció' if vencido else 'vence'} el {fecha(p.fecha)}"
    values = {"escuela": p.escuela.slug, "public_id": p.public_id}
    return {
        "titulo": titulo,
        "quien": quien,
        "accion": accion,
        "escuela": p.escuela.nombre,
        "color": p.escuela.color,
        "href": liga(f"dependencia.{uno}", f"dependencia.{todos}", **values),
        "desde": "" if p.clase == "convenio" else hace.desde,
        "desde_iso": hace.iso,
        "desde_completa": hace.completa,
    }
