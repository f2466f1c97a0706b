"""What the review of an entrega shows to a dependencia and to the office alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import flash, request

from portal.domain.calendario import en_palabras
from portal.domain.machine import Refused
from portal.queries import cola_entregas as colas
from portal.queries import entregas as queries
from portal.services import entregas, entregas_deshacer, evaluaciones, servicios, union
from portal.web import contexto
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.historia import eventos, hallazgos
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Documento, Entrega


def datos(entrega: Entrega, href: Callable[[Documento], str]) -> dict[str, Any]:
    """The template's values: figures, findings, versions, ready reasons and the mail of a rejection.

    An expediente gets its visto bueno, FAVORABLE or NO FAVORABLE [seed 000]; `indice`: its parts by their pages.
    """
    spec = servicios.plan_de(entrega.servicio).entrega(entrega.clave)
    versiones = queries.historia(entrega.id)
    nombre = f"{spec.con_articulo[0].upper()}{spec.con_articulo[1:]}"
    aceptado = "aceptada" if spec.articulo == "la" else "aceptado"
    visto_bueno = entrega.tipo == "expediente"
    return {
        "entrega": entrega,
        "spec": spec,
        "cifras": cifras(entrega),
        "hallazgos_lista": _hallazgos(entrega, versiones),
        "eventos": eventos(versiones, href),
        "desde": edad(entrega.estado_desde),
        "motivos": contexto.perfil().motivos_listos("expediente" if visto_bueno else "entrega"),
        "visto_bueno": visto_bueno,
        "indice": union.indice_de(entrega, entrega.documento) if spec.partes else [],
        "correo_antes": f"Hola, {entrega.alumno.nombre}: "
        + (
            f"{nombre} es NO FAVORABLE."
            if visto_bueno
            else f"{nombre} de tu servicio social no fue {aceptado}."
        )
        + " Esto es lo que debes corregir:",
        "correo_despues": f"Atentamente: {current_actor().nombre}",
    }


def _hallazgos(entrega: Entrega, versiones: list[queries.Version]) -> list[dict[str, Any]]:
    """What the system noticed; of an evaluación by link also to whom it was sent, where the portal knows another."""
    found = hallazgos(entrega, versiones)
    hecha = queries.evaluacion(entrega.id) if entrega.tipo == "evaluacion" else None
    if hecha is None or hecha.documento_id != entrega.documento_id:
        return found
    _, _, conocido = evaluaciones.propuesta(entrega.servicio.proyecto, entrega.dependencia)
    if hecha.correo == conocido.strip().lower():
        return found
    nota = f"El enlace se envió a {hecha.correo}, y el correo que conocemos del responsable es {conocido or 'ninguno'}."
    return [{"texto": nota, "bien": False}, *(one for one in found if not one["bien"])]


def decidir(public_id: str, accion: str) -> None:
    """Do what the button of a review says ("aceptar", "rechazar") to the version that was seen."""
    seen = {"actor": current_actor(), "now": contexto.now(), "visto": request.args.get("visto", "")}
    if accion == "aceptar":
        entregas.aceptar(public_id, **seen)
    else:
        entregas.rechazar(public_id, motivo=request.form.get("motivo", ""), **seen)


def recientes(rol: str, public_id: str = "") -> list[colas.Reciente]:
    """The decisions of this side that may still be undone."""
    minutos = contexto.perfil().revision.minutos_deshacer
    mias = current_actor().dependencia_ids if rol == "dependencia" else None
    return colas.recientes(contexto.now(), minutos, rol, public_id=public_id, dependencia_ids=mias)


def deshacible(public_id: str, rol: str) -> colas.Reciente | None:
    """The decision on that entrega, while it may be undone."""
    return next(iter(recientes(rol, public_id)), None) if public_id else None


def deshacer(public_id: str) -> None:
    """Take a decision back, and say what became of it."""
    try:
        entregas_deshacer.deshacer(public_id, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
    else:
        flash(
            "Se deshizo la decisión: la entrega está otra vez en revisión y no salió ningún correo.", "exito"
        )


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
