"""The alumno's menu as numbered rows: Estatus, Número de registro, then every step of the plan [seed 001 §4]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import url_for

from portal.domain.calendario import to_local
from portal.domain.plan import Plan, Situacion, estado_de_plan
from portal.services import escuelas, servicios
from portal.web import contexto, siguiente
from portal.web.labels import estado

if TYPE_CHECKING:
    from portal.models import Entrega, Servicio

POR_ACEPTAR = "Se abre cuando tu escuela acepte tu expediente."
ESTATUS = {
    "prerregistrado": ("En revisión", "azul"),
    "rechazado": ("Rechazado", "rojo"),
    "baja": ("Baja", "gris"),
}
SIN_NUMERO = {
    "rechazado": "Corrige tu expediente y vuelve a enviarlo.",
    "prerregistrado": "Lo verás aquí cuando acepten tu expediente.",
    "baja": "Tu servicio terminó por baja.",
}


@dataclass(frozen=True)
class Fila:
    """One row: its number and title, its state in words and tone, and what belongs to it."""

    numero: int
    titulo: str
    estado: str
    tono: str
    href: str = ""
    quien: str = ""
    desde: str = ""
    desde_iso: str = ""
    desde_completa: str = ""
    motivo: str = ""
    pista: str = ""


def numerada(servicio: Servicio) -> bool:
    """Whether this servicio's rows are the numbered ones: its escuela takes prerregistros."""
    return "prerregistro" in escuelas.perfil(servicio.perfil_version).vias


def filas(servicio: Servicio, entregas: Sequence[Entrega], plan: Plan, situacion: Situacion) -> list[Fila]:
    """All rows of a servicio in order; one that has not begun has the plan's steps, blocked."""
    found = [_estatus(servicio), _numero(servicio)]
    if not entregas:
        pasos = estado_de_plan(plan, situacion)
        return found + [
            Fila(n, paso.nombre, *estado("entrega", "bloqueada"), motivo=POR_ACEPTAR)
            for n, paso in enumerate(pasos, len(found) + 1)
        ]
    renglones = siguiente.renglones(servicio, entregas, plan, situacion)
    return found + [_de(n, r) for n, r in enumerate(renglones, len(found) + 1)]


def _de(numero: int, r: siguiente.Renglon) -> Fila:
    return Fila(
        numero, r.paso.nombre, *estado("entrega", r.paso.estado), r.href, r.quien, r.desde, r.desde_iso,
        r.desde_completa, r.motivo, r.pista,
    )  # fmt: skip


def _estatus(servicio: Servicio) -> Fila:
    palabras, tono = ESTATUS.get(servicio.estado, ("Aceptado", "verde"))
    return Fila(
        1, "Estatus", palabras, tono, motivo=servicio.motivo if servicio.estado == "rechazado" else ""
    )


def _numero(servicio: Servicio) -> Fila:
    if servicio.numero_registro:
        return Fila(2, "Número de registro", servicio.numero_registro, "verde")
    motivo = SIN_NUMERO.get(servicio.estado, "Tu escuela lo publicará aquí. Te avisaremos por correo.")
    return Fila(2, "Número de registro", "Aún no visible", "gris", motivo=motivo)


def antes_de_empezar(servicio: Any) -> list[Fila]:
    """The rows of a prerregistro that is not accepted yet."""
    plan = servicios.plan_de(servicio)
    situacion = servicios.situacion(servicio, (), to_local(contexto.now()).date())
    return filas(servicio, (), plan, situacion)


def por_aceptar(servicio: Any, autor: str) -> siguiente.Siguiente:
    """The card of a prerregistro that the office has, or sent back with a reason by `autor`."""
    if servicio.estado == "prerregistrado":
        return siguiente.TERMINALES["prerregistrado"]
    return siguiente.Siguiente(
        "Corrige tu expediente",
        f"{servicio.motivo} Atentamente: {autor}.",
        "Tu servicio empieza cuando tu escuela lo acepte.",
        boton="Corregir mi expediente",
        href=url_for("publico.expediente"),
    )
