"""What an alumno reads of their lista de emisión and their constancia: the card and two rows of the plan [seed 001]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from flask import url_for

from portal.domain import emision as reglas
from portal.domain.calendario import Calendario, en_palabras, to_local
from portal.domain.plan import Plan
from portal.services import escuelas
from portal.web import contexto
from portal.web.siguiente import Siguiente

ESTADOS = ("terminado", "en_emision", "liberado")
"""The estados of a servicio in which these words take the place of the plan's own."""
POR_INCLUIR = "Tienes todo aceptado: la oficina te incluirá en la siguiente lista y te avisaremos por correo."


def tarjeta(servicio: Any, renglon: Any, plan: Plan) -> Siguiente | None:
    """The card of a servicio that ends with a constancia or a published list; None where the plan says what is next.

    `renglon` is its row of a lista (queries.emision.Renglon), or None.
    """
    if servicio.estado == "terminado":
        return Siguiente(
            "Espera tu lista de emisión",
            POR_INCLUIR,
            "Con ella tu escuela pide tu constancia de liberación."
            if not plan.publica
            else "Con ella tu escuela pide tu liberación.",
        )
    if plan.publica and servicio.estado in ESTADOS:
        return _publicada(servicio, renglon)
    if renglon is None or servicio.estado not in ESTADOS:
        return None
    if renglon.constancia is None:
        return Siguiente(
            "Espera tu constancia de liberación",
            f"Tu escuela la pidió con la lista de emisión {renglon.numero}. {_espera(renglon)}",
            "No tienes que hacer nada: te escribiremos cuando puedas descargarla.",
        )
    sitio = _sitio(renglon)
    return Siguiente(
        "Descarga tu constancia de liberación",
        "¡Felicidades! Tu escuela liberó tu servicio social."
        + (f" Tu constancia está en {sitio}." if sitio else ""),
        "Guárdala: la necesitarás para titularte.",
        boton="Abrir tu constancia" if sitio else "Descargar tu constancia",
        href=url_for("alumno.constancia"),
    )


def _publicada(servicio: Any, renglon: Any) -> Siguiente:
    """The card where a published list of liberaciones ends the servicio: no constancia comes back [seed 000]."""
    if servicio.estado == "liberado":
        return Siguiente(
            "Tu servicio social está liberado",
            "¡Felicidades! Tu boleta está en una lista de liberaciones publicada.",
            "Guarda el número de la lista y su fecha.",
        )
    pedida = f" con la lista de emisión {renglon.numero}" if renglon is not None else ""
    return Siguiente(
        "Espera la lista de liberaciones",
        f"Tu escuela pidió tu liberación{pedida}.",
        "No tienes que hacer nada: te escribiremos cuando se publique la lista con tu boleta.",
    )


def completar(filas: Sequence[Any], plan: Plan, servicio: Any, renglon: Any) -> list[Any]:
    """The rows of the plan with what is known of the lista and the constancia.

    Rows are dataclasses with `motivo`, `pista` and `href`; those of the numbered menu say their state themselves.
    """
    if servicio.estado not in ESTADOS:
        return list(filas)
    propias = {"lista_emision": _lista(servicio, renglon), "constancia": _constancia(renglon)}
    por_nombre = {spec.nombre: propias[tipo] for tipo in propias if (spec := plan.del_tipo(tipo)) is not None}
    return [_con(fila, por_nombre.get(_nombre(fila))) for fila in filas]


def _nombre(fila: Any) -> str:
    return str(fila.titulo if hasattr(fila, "titulo") else fila.paso.nombre)


def _con(fila: Any, values: dict[str, str] | None) -> Any:
    if values is None:
        return fila
    return replace(fila, **{k: v for k, v in values.items() if hasattr(fila, k)})


def _lista(servicio: Any, renglon: Any) -> dict[str, str]:
    if renglon is None:
        motivo = POR_INCLUIR if servicio.estado == "terminado" else ""
        return {"estado": "Por asignar", "tono": "amarillo", "motivo": motivo}
    return {
        "estado": str(renglon.numero),
        "tono": "verde",
        "motivo": "",
        "pista": f"Lista de emisión {renglon.numero}, del {en_palabras(renglon.fecha)}",
    }


def _constancia(renglon: Any) -> dict[str, str]:
    if renglon is None:
        return {"motivo": "Se pide cuando estés en una lista de emisión."}
    if renglon.constancia is None:
        return {"estado": "En espera", "tono": "azul", "motivo": _espera(renglon)}
    descargada = renglon.constancia.descargada
    cuando = (
        f"La descargaste el {en_palabras(to_local(descargada).date())}"
        if descargada
        else "Ya puedes descargarla"
    )
    sitio = _sitio(renglon)
    return {
        "estado": "Descargada" if descargada else "Lista",
        "tono": "verde",
        "motivo": "",
        "pista": f"{cuando}, del sitio {sitio}" if sitio else cuando,
        "href": url_for("alumno.constancia"),
    }


def _sitio(renglon: Any) -> str:
    return urlsplit(renglon.constancia.enlace).hostname or "" if renglon.constancia.enlace else ""


def _espera(renglon: Any) -> str:
    return reglas.espera(_hoy(), renglon.desde, renglon.hasta, _calendario())


def _hoy() -> date:
    return to_local(contexto.now()).date()


def _calendario() -> Calendario:
    return escuelas.calendario()
