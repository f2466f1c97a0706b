"""What the review of an entrega shows to a dependencia and to the office alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import request

from portal.domain.calendario import en_palabras
from portal.queries import entregas as queries
from portal.services import entregas, servicios
from portal.web import contexto
from portal.web.antiguedad import edad
from portal.web.historia import eventos, hallazgos
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Documento, Entrega


def datos(entrega: Entrega, href: Callable[[Documento], str]) -> dict[str, Any]:
    """The template's values: figures, findings, versions, ready reasons and the mail of a rejection."""
    spec = servicios.plan_de(entrega.servicio).entrega(entrega.clave)
    versiones = queries.historia(entrega.id)
    nombre = f"{spec.con_articulo[0].upper()}{spec.con_articulo[1:]}"
    aceptado = "aceptada" if spec.articulo == "la" else "aceptado"
    return {
        "entrega": entrega,
        "spec": spec,
        "cifras": cifras(entrega),
        "hallazgos_lista": hallazgos(entrega, versiones),
        "eventos": eventos(versiones, href),
        "desde": edad(entrega.estado_desde),
        "motivos": contexto.perfil().motivos_listos("entrega"),
        "correo_antes": f"Hola, {entrega.alumno.nombre}: {nombre} de tu servicio social no fue {aceptado}. "
        "Esto es lo que debes corregir:",
        "correo_despues": f"Atentamente: {current_actor().nombre}",
    }


def decidir(public_id: str, accion: str) -> None:
    """Do what the button of a review says ("aceptar", "rechazar") to the version that was seen."""
    seen = {"actor": current_actor(), "now": contexto.now(), "visto": request.args.get("visto", "")}
    if accion == "aceptar":
        entregas.aceptar(public_id, **seen)
    else:
        entregas.rechazar(public_id, motivo=request.form.get("motivo", ""), **seen)


def cifras(entrega: Entrega) -> list[dict[str, Any]]:
    """The figures that were sent, as rows of a summary."""
    rows: list[dict[str, Any]] = []
    if entrega.pide_horas and entrega.periodo_desde and entrega.periodo_hasta:
        total = f"{entrega.horas_acumuladas} de {entrega.servicio.horas_plan}"
        rows += [
            {"texto": "Horas del periodo", "valor": entrega.horas},
            {"texto": "Con ellas llegaría a", "valor": total},
            {
                "texto": "Periodo",
                "valor": f"{en_palabras(entrega.periodo_desde)} a {en_palabras(entrega.periodo_hasta)}",
            },
        ]
    if entrega.actividades:
        rows.append({"texto": "Actividades", "valor": entrega.actividades})
    return rows
