"""The row of boxes of one student [seed 001, REVISAR REPORTES…]: REPORTE 1 … CARTA TÉRMINO, lista and constancia."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, g, render_template, url_for

from portal.coordinador import bp
from portal.domain.access import TERMINOS
from portal.queries import emision
from portal.queries import expedientes as queries
from portal.services import escuelas
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.labels import estado
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Entrega

AL_FINAL = ("lista_emision", "constancia")


@dataclass(frozen=True)
class Casilla:
    """One box: the step, its ESTATUS, since when or who has it, and where it opens."""

    titulo: str
    texto: str
    tono: str
    href: str = ""
    fecha: str = ""
    nota: str = ""
    archivo: str = ""


def de(entregas: Iterable[Entrega], revisa: bool, archivos: bool = False) -> list[Casilla]:
    """The boxes of the steps; lista and constancia have their own. `archivos`: each documento is loaded."""
    return [_casilla(e, revisa, archivos) for e in entregas if e.tipo not in AL_FINAL]


def _casilla(entrega: Entrega, revisa: bool, archivos: bool) -> Casilla:
    texto, tono = estado("entrega", entrega.estado)
    if entrega.estado == "bloqueada":
        texto = "Aún no se abre"  # the box is narrow
    enviada = entrega.documento_id is not None
    visto = archivos and entrega.documento is not None
    return Casilla(
        entrega.nombre,
        texto,
        tono,
        url_for("coordinador.entrega", public_id=entrega.public_id) if enviada and revisa else "",
        edad(entrega.estado_desde).texto if entrega.estado != "bloqueada" else "",
        _nota(entrega),
        url_for("coordinador.documento", public_id=entrega.documento.public_id, ver=1) if visto else "",
    )


def _nota(entrega: Entrega) -> str:
    if entrega.estado == "en_revision":
        return (
            "La tiene la oficina" if entrega.revisor_en_turno == "coordinador" else "La tiene la dependencia"
        )
    if entrega.estado == "rechazada":
        return entrega.motivo
    horas = f"{entrega.horas} horas" if entrega.horas else ""
    if entrega.pide_siss and entrega.estado == "aceptada":
        siss = f"en el SISS el {entrega.siss:%d/%m/%Y}" if entrega.siss else "falta en el SISS"
        return f"{horas}, {siss}" if horas else f"{siss[0].upper()}{siss[1:]}"
    return horas


@bp.get("/expedientes/<public_id>/entregas")
@requires("coordinador", "reportes")
def alumno_entregas(public_id: str) -> Any:
    """Everything that one student sent, box by box; each opens its review."""
    g.seccion = "coordinador.entregas"
    servicio = queries.servicio(public_id) or abort(404)
    perfil = escuelas.perfil(servicio.perfil_version)
    carrera = next((c for c in perfil.carreras if c.clave == servicio.alumno.carrera), None)
    return render_template(
        "coordinador/alumno_entregas.html",
        servicio=servicio,
        alumno=servicio.alumno,
        carrera=(carrera.siglas or carrera.nombre) if carrera else servicio.alumno.carrera,
        casillas_lista=de(emision.pasos_de(public_id), True, archivos=True),
        en_lista=emision.de_servicio(servicio.id) if servicio.emision else None,
        ve_listas=TERMINOS in current_actor().permisos,
    )
