"""The alumno's home: one next step, the hours, the plan, the letters, the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, g, render_template, request, url_for

from portal.alumno import bp
from portal.domain.calendario import to_local
from portal.domain.servicio import ABIERTOS
from portal.queries import avisos, liberaciones
from portal.queries import emision as emision_queries
from portal.queries import entregas as entregas_queries
from portal.queries import servicios as queries
from portal.queries import solicitudes as solicitudes_queries
from portal.services import correos, prerregistro, servicios
from portal.web import contexto, emision, menu, siguiente
from portal.web.access import requires
from portal.web.antiguedad import dias_habiles, edad

if TYPE_CHECKING:
    from portal.models import Alumno, ListaLiberacion


@bp.get("/")
@requires("alumno")
def inicio() -> Any:
    """Where the servicio stands, and what to do next."""
    alumno: Alumno = g.alumno
    datos = queries.inicio(alumno)
    return render_template(
        "alumno/inicio.html",
        alumno=alumno,
        datos=datos,
        carrera=contexto.perfil().carrera(alumno.carrera),
        edad=edad,
        avisos=avisos.de_alumno(alumno, _plan(datos), to_local(contexto.now()).date(), 3),
        paginas=current_app.view_functions,
        publicada=_publicada(datos, alumno),
        **_situacion(datos),
    )


def _publicada(datos: queries.Inicio, alumno: Alumno) -> ListaLiberacion | None:
    """The published list of liberaciones with this alumno's boleta; asked only where nothing is left to do."""
    servicio = datos.servicio
    if servicio is None or servicio.estado not in ("terminado", "en_emision", "liberado"):
        return None
    return liberaciones.de_boleta(alumno.boleta)


def _plan(datos: queries.Inicio) -> str:
    """The clave of the open servicio's plan, "" without one."""
    servicio = datos.servicio
    return servicio.plan_clave if servicio is not None and servicio.estado in ABIERTOS else ""


def _situacion(datos: queries.Inicio) -> dict[str, Any]:
    """The card and, with a servicio in course, its hours and its plan."""
    servicio = datos.servicio
    if servicio is not None and servicio.estado in prerregistro.CORREGIBLE:
        autor = prerregistro.autor_del_rechazo(servicio)
        return {
            "paso": menu.por_aceptar(servicio, autor),
            "servicio": None,
            "filas": menu.antes_de_empezar(servicio),
        }
    if servicio is None or not datos.entregas:
        baja = servicio if servicio is not None and servicio.estado == "baja" else None
        busca = "solicitud" in contexto.perfil().vias
        pedidos = solicitudes_queries.papeles_pedidos(datos.solicitudes)
        paso = siguiente.sin_servicio(datos.solicitudes, baja, busca=busca, pedidos=pedidos)
        return {"paso": paso, "servicio": None, "puede_prerregistrar": busca and prerregistro.abierta()}
    plan = servicios.plan_de(servicio)
    situacion = servicios.situacion(servicio, datos.entregas, to_local(contexto.now()).date())
    turno = next((e.revisor_en_turno for e in datos.entregas if e.estado == "en_revision"), None)
    usual = {turno: dias_habiles(entregas_queries.dias_usuales(turno))} if turno else {}
    en_lista = emision_queries.de_servicio(servicio.id) if servicio.emision else None
    propia = emision.tarjeta(servicio, en_lista, plan) if servicio.emision else None
    filas = menu.filas(servicio, datos.entregas, plan, situacion) if menu.numerada(servicio) else ()
    renglones = siguiente.renglones(servicio, datos.entregas, plan, situacion)
    return {
        "paso": propia or siguiente.con_servicio(servicio, datos.entregas, plan, situacion, usual),
        "servicio": servicio,
        "situacion": situacion,
        "filas": emision.completar(filas, plan, servicio, en_lista),
        "renglones": emision.completar(renglones, plan, servicio, en_lista),
    }


@bp.get("/mensajes")
@requires("alumno")
def mensajes() -> Any:
    """What the escuela wrote to this alumno, newest first."""
    g.seccion = "alumno.inicio"
    antes = request.args.get("antes", type=int)
    rows = queries.mensajes(g.alumno.usuario_id, queries.POR_PAGINA + 1, antes)
    page = rows[: queries.POR_PAGINA]
    siguiente_pagina = url_for(".mensajes", antes=page[-1].id) if len(rows) > len(page) else ""
    return render_template("alumno/mensajes.html", mensajes=page, siguiente=siguiente_pagina, edad=edad)


@bp.get("/mensajes/<public_id>")
@requires("alumno")
def mensaje(public_id: str) -> Any:
    """One message, as it was sent."""
    g.seccion = "alumno.inicio"
    correo = queries.mensaje(g.alumno.usuario_id, public_id)
    if correo is None:
        abort(404)
    return render_template(
        "alumno/mensaje.html", correo=correo, texto=correos.texto(correo, contexto.escuela()), edad=edad
    )
