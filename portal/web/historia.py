"""What happened to an entrega, and what the system noticed of it, as pages of every role show them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from portal.domain.calendario import en_palabras
from portal.domain.plan import horas_maximas
from portal.queries.entregas import Version
from portal.services import escuelas, servicios
from portal.web.antiguedad import edad

if TYPE_CHECKING:
    from portal.models import Documento, Entrega

PALABRAS = {
    ("enviar", "alumno"): ("Se envió", "azul"),
    ("enviar", "sistema"): ("Su responsable la firmó en línea", "azul"),
    ("aceptar", "dependencia"): ("La dependencia la validó", "verde"),
    ("aceptar", "coordinador"): ("La escuela la aceptó", "verde"),
    ("rechazar", "dependencia"): ("La dependencia la rechazó", "rojo"),
    ("rechazar", "coordinador"): ("La escuela la rechazó", "rojo"),
}


def eventos(versiones: Sequence[Version], href: Callable[[Documento], str]) -> list[dict[str, Any]]:
    """The history of an entrega for the `linea` macro, newest first; each sending links to its own file."""
    enviadas = sum(1 for v in versiones if v.historia.accion == "enviar")
    found = []
    for version in versiones:
        h = version.historia
        texto, tono = PALABRAS.get((h.accion, h.rol), (h.accion.capitalize(), "gris"))
        nota = h.motivo
        if h.accion == "deshecha":
            era, _ = PALABRAS.get((h.cifras["era"], h.rol), ("Se decidió", ""))
            texto, tono = f"{era}, y se deshizo", "gris"
            nota = f"Lo deshizo {h.cifras['deshizo']}. {nota}".strip()
        if h.accion == "enviar":
            texto = f"{texto} (versión {enviadas})" if enviadas > 1 or len(versiones) > 1 else texto
            enviadas -= 1
            nota = f"{h.cifras['horas']} horas" if h.cifras.get("horas") else ""
        cuando = edad(h.creado)
        found.append(
            {
                "texto": texto,
                "tono": tono,
                "quien": h.autor,
                "nota": nota,
                "fecha": cuando.texto,
                "iso": cuando.iso,
                "completa": cuando.completa,
                "href": href(version.documento) if version.documento and h.accion == "enviar" else "",
            }
        )
    return found


def hallazgos(entrega: Entrega, versiones: Sequence[Version]) -> list[dict[str, Any]]:
    """What the system noticed of an entrega in review: {texto, bien}. `entrega` has documento and servicio loaded."""
    found: list[str] = list(entrega.documento.avisos) if entrega.documento else []
    found += _repetido(entrega, versiones)
    found += _periodo(entrega)
    if not found:
        return [{"texto": "Nada raro: el archivo se lee y las cifras caben en el periodo.", "bien": True}]
    return [{"texto": texto, "bien": False} for texto in found]


def _repetido(entrega: Entrega, versiones: Sequence[Version]) -> list[str]:
    if entrega.documento is None:
        return []
    same = [
        v
        for v in versiones
        if v.documento
        and v.documento.id != entrega.documento.id
        and v.documento.sha256 == entrega.documento.sha256
    ]
    return ["Es exactamente el mismo archivo que una versión anterior."] if same else []


def _periodo(entrega: Entrega) -> list[str]:
    if not entrega.pide_horas or entrega.periodo_desde is None or entrega.periodo_hasta is None:
        return []
    servicio, found = entrega.servicio, []
    if entrega.periodo_desde < servicio.inicio:
        found.append(f"El periodo empieza antes del servicio ({en_palabras(servicio.inicio)}).")
    if entrega.periodo_hasta > servicio.termino:
        found.append(f"El periodo termina después del servicio ({en_palabras(servicio.termino)}).")
    maximo = horas_maximas(
        servicios.plan_de(servicio),
        entrega.periodo_desde,
        entrega.periodo_hasta,
        escuelas.calendario(servicio.perfil_version),
    )
    if entrega.horas > maximo:
        found.append(f"En ese periodo caben a lo más {maximo} horas y se reportan {entrega.horas}.")
    elif maximo and entrega.horas > maximo * 0.95:
        faltas = "sin una falta" if entrega.horas == maximo else "casi sin faltas"
        found.append(f"Reporta {entrega.horas} de las {maximo} horas que caben en ese periodo: {faltas}.")
    return found
