"""The office's first page: what waits, oldest first; what changed; what ends this week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask import g, render_template

from portal.coordinador import bp
from portal.domain.access import ADMINISTRACION, CONVENIOS, EXPEDIENTES, REPORTES, TERMINOS
from portal.domain.calendario import ZONA, to_local
from portal.domain.carta import TIPOS
from portal.queries import inicio as queries
from portal.services import emision, escuelas, perfiles, prerregistro, runtime, visitas
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.contexto import now
from portal.web.labels import CARTAS, SECTORES
from portal.web.sesion import current_actor
from portal.web.siguiente import liga

URGENTE = 5  # working days that the oldest may wait before the page stresses it
AVISO_CONVENIO = 15  # days before its end that a convenio is on this page
LISTA = 10
PALABRAS = {**CARTAS, **SECTORES}


@dataclass(frozen=True)
class Cola:
    """One queue as the page names it: heading, what one of its things is, who attends to it, where it is opened."""

    clave: str
    texto: str
    cosa: str
    permisos: frozenset[str]
    uno: str
    todos: str


COLAS = tuple(
    Cola(clave, texto, cosa, frozenset(permisos), f"coordinador.{uno}", f"coordinador.{clave}")
    for clave, texto, cosa, permisos, uno in (
        ("convenios", "Convenios por revisar", "Convenio", (CONVENIOS,), "convenio"),
        ("proyectos", "Proyectos por revisar", "Proyecto", (CONVENIOS,), "proyecto"),
        ("alumnos", "Alumnos por confirmar", "Registro", (EXPEDIENTES,), "alumno"),
        ("prerregistros", "Prerregistros por revisar", "Prerregistro", (EXPEDIENTES,), "prerregistro"),
        ("tramites", "Trámites pedidos", "Trámite", (EXPEDIENTES,), "tramite"),
        ("entregas", "Entregas por revisar", "Entrega", (REPORTES,), "entrega"),
        ("bajas", "Bajas pedidas", "Baja", (EXPEDIENTES,), "baja"),
        ("emision", "Listos para lista de emisión", "Listo para lista", (TERMINOS,), "expediente"),
        (
            "constancias",
            "Listas con constancias vencidas",
            "Lista sin constancias",
            (TERMINOS,),
            "emision_lista",
        ),
        ("finalizaciones", "Finalizaciones", "Finalización", (TERMINOS,), "finalizacion_ver"),
        ("cartas", "Cartas detenidas", "Carta", (EXPEDIENTES, CONVENIOS, TERMINOS), "carta"),
    )
)
JUNTOS = ("emision",)  # queues attended to all at once: their tile opens the list, not its first thing
# (noun, acción) -> (one, several, cola whose list shows them)
CAMBIOS = {
    ("convenio", "enviar"): ("convenio recibido", "convenios recibidos", "convenios"),
    ("convenio", "corregir"): ("convenio corregido", "convenios corregidos", "convenios"),
    ("convenio", "autorizar"): ("convenio autorizado", "convenios autorizados", "convenios"),
    ("proyecto", "enviar"): ("proyecto recibido", "proyectos recibidos", "proyectos"),
    ("proyecto", "publicar"): ("proyecto publicado", "proyectos publicados", "proyectos"),
    ("alumno", "registrar"): ("alumno se registró", "alumnos se registraron", "alumnos"),
    ("alumno", "activar"): ("alumno abrió su cuenta", "alumnos abrieron su cuenta", "alumnos"),
    ("tramite", "pedir"): ("trámite pedido", "trámites pedidos", "tramites"),
    ("tramite", "atender"): ("trámite atendido", "trámites atendidos", "tramites"),
    ("servicio", "prerregistrar"): ("prerregistro recibido", "prerregistros recibidos", "prerregistros"),
    ("servicio", "reenviar"): ("prerregistro corregido", "prerregistros corregidos", "prerregistros"),
    ("servicio", "activar"): ("servicio empezó", "servicios empezaron", "expedientes"),
    ("servicio", "terminar"): ("servicio por finalizar", "servicios por finalizar", "finalizaciones"),
    ("servicio", "emitir"): ("alumno en lista de emisión", "alumnos en lista de emisión", "emision"),
    ("servicio", "liberar"): ("constancia cargada", "constancias cargadas", "emision"),
    ("servicio", "finalizar"): ("servicio liberado", "servicios liberados", "expedientes"),
    ("servicio", "dar_baja"): ("baja de servicio", "bajas de servicio", "expedientes"),
    ("entrega", "enviar"): ("entrega enviada", "entregas enviadas", "entregas"),
    ("entrega", "aceptar"): ("entrega aceptada o validada", "entregas aceptadas o validadas", "entregas"),
    ("entrega", "rechazar"): ("entrega rechazada", "entregas rechazadas", "entregas"),
    ("baja", "pedir"): ("baja pedida", "bajas pedidas", "bajas"),
    ("carta", "emitir"): ("carta emitida", "cartas emitidas", "cartas"),
    ("carta", "detener"): ("carta detenida", "cartas detenidas", "cartas"),
}


def _se_usa(cola: Cola) -> bool:
    """Prerregistros are a queue where the escuela takes them; listas or finalizaciones, what its plans end with."""
    if cola.clave in ("emision", "constancias"):
        return emision.abierta()
    if cola.clave == "finalizaciones":
        return not emision.unica()
    return cola.clave != "prerregistros" or prerregistro.abierta()


@bp.get("/")
@requires("coordinador")
def inicio() -> str:
    """Queues, the oldest of all of them, changes since the last visit, dates of the week."""
    actor = current_actor()
    mias = [cola for cola in COLAS if cola.permisos & actor.permisos and _se_usa(cola)]
    claves = [cola.clave for cola in mias]
    tipos = [tipo for tipo, (_emite, permiso) in TIPOS.items() if permiso in actor.permisos]
    anterior = visitas.anotar(g.miembro, now())
    hoy = to_local(now()).date()
    antiguos = queries.mas_antiguos(claves, tipos, hoy)
    domingo = hoy + timedelta(days=6 - hoy.weekday())
    cifras = queries.colas(claves, tipos, hoy)
    total = sum(c.cuantos for c in cifras)
    return render_template(
        "coordinador/inicio.html",
        colas=_colas(mias, cifras, antiguos),
        total=total,
        por_empezar=not total and ADMINISTRACION in actor.permisos and perfiles.en_guia(),
        antiguos=[_renglon(e) for e in antiguos[:LISTA]],
        desde=anterior,
        cambios=_cambios(anterior, actor.usuario_id or 0, {*claves, "expedientes"}),
        vencen=[
            _vencimiento(v)
            for v in queries.vencimientos(hoy, domingo, dias_convenio=AVISO_CONVENIO)
            if v.noun == "servicio" or CONVENIOS in actor.permisos
        ],
        domingo=domingo,
        sin_analisis=not runtime.current().backends.scanner.active,
    )


def _colas(
    mias: list[Cola], cifras: list[queries.Cola], antiguos: list[queries.Espera]
) -> list[dict[str, Any]]:
    """What each tile shows; "Empezar a revisar" opens the oldest thing of its queue."""
    entradas = queries.llegadas([c.clave for c in mias], _dias())
    primeros = {e.cola: e.public_id for e in reversed(antiguos)}
    calendario, hoy = escuelas.calendario(), to_local(now()).date()
    found = []
    for cola, cifra in zip(mias, cifras, strict=True):
        desde = to_local(cifra.desde).date() if cifra.desde else hoy
        primero = primeros.get(cola.clave, "")
        found.append(
            {
                "texto": cola.texto,
                "cuenta": cifra.cuantos,
                "href": liga(cola.uno, cola.todos, public_id=primero)
                if primero and cola.clave not in JUNTOS
                else liga(cola.todos, ".inicio"),
                "antiguedad": f"Lo más antiguo: {calendario.hace(desde, hoy)}",
                "urgente": calendario.working_days_between(desde, hoy) >= URGENTE,
                "dias": entradas[cola.clave],
            }
        )
    return found


def _dias() -> list[datetime]:
    """The starts of the last fourteen local days, and the end of today."""
    hoy = to_local(now()).date()
    first = hoy - timedelta(days=queries.DIAS - 1)
    return [datetime.combine(first + timedelta(days=n), time(), ZONA) for n in range(queries.DIAS + 1)]


def _renglon(espera: queries.Espera) -> dict[str, Any]:
    cola = next(c for c in COLAS if c.clave == espera.cola)
    hace = edad(espera.desde)
    return {
        "titulo": espera.titulo,
        "href": liga(cola.uno, cola.todos, public_id=espera.public_id),
        "quien": PALABRAS.get(espera.detalle, espera.detalle),
        "accion": cola.cosa,
        "desde": hace.desde,
        "desde_iso": hace.iso,
        "desde_completa": hace.completa,
    }


def _cambios(desde: datetime | None, usuario_id: int, listas: set[str]) -> list[dict[str, str]]:
    """What others did since the last visit, where the person may look at it; in the order of the work."""
    if desde is None:
        return []
    veces = queries.cambios(desde, usuario_id)
    return [
        {
            "texto": f"{n} {uno if n == 1 else varios}",
            "href": liga(f"coordinador.{cola}", "coordinador.inicio"),
        }
        for clave, (uno, varios, cola) in CAMBIOS.items()
        if cola in listas and (n := veces.get(clave, 0))
    ]


def _vencimiento(v: queries.Vencimiento) -> dict[str, Any]:
    servicio = v.noun == "servicio"
    uno, todos = ("expediente", "expedientes") if servicio else ("convenio", "convenios")
    return {
        "titulo": v.titulo,
        "quien": f"Termina su servicio en {v.detalle}" if servicio else "Vence su convenio",
        "fecha": v.fecha,
        "href": liga(f"coordinador.{uno}", f"coordinador.{todos}", public_id=v.public_id),
    }
