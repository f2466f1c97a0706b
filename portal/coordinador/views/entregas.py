"""The office's review of entregas: the queue, and one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.access import REPORTES
from portal.domain.alumno import palabras_de_busqueda
from portal.domain.machine import Refused, Stale
from portal.queries import cola_entregas as colas
from portal.queries import entregas as queries
from portal.services import entregas_reparto
from portal.web import contexto, revision
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.errors import sentence
from portal.web.labels import TIPOS_ENTREGA
from portal.web.sesion import current_actor

if TYPE_CHECKING:
    from portal.models import Documento, Entrega

TURNO = "coordinador"
NARROWS = ("tipo", "paso", "carrera", "dependencia", "revisor", "q")


def narrowed() -> dict[str, str]:
    """What the address narrows the queue to, to be carried along; an unknown tipo narrows nothing."""
    found = {name: request.args[name][:80] for name in NARROWS if request.args.get(name)}
    if found.get("tipo", "") not in TIPOS_ENTREGA:
        found.pop("tipo", None)
    return found


def filtro() -> colas.Filtro:
    """The same for the queries."""
    args = narrowed()
    words = palabras_de_busqueda(args.pop("q", ""))
    return colas.Filtro(**args, palabras=words, mio=current_actor().usuario_id)


@bp.get("/entregas", endpoint="entregas")
@requires("coordinador", "reportes")
def lista_entregas() -> Any:
    """What waits for the office, oldest first."""
    args, en_vigor, perfil = narrowed(), filtro(), contexto.perfil()
    facetas = colas.facetas(en_vigor)
    pagina = colas.cola(en_vigor, request.args.get("despues", ""))
    personas = colas.revisores(REPORTES)
    pasos = {e.clave: e.nombre for plan in perfil.planes for e in plan.entregas if e.revisan}
    return render_template(
        "coordinador/entregas.html",
        entregas=pagina.filas,
        chips_lista=_chips(facetas.cuentas, args),
        total=facetas.cuentas.get(args["tipo"], 0) if "tipo" in args else sum(facetas.cuentas.values()),
        args=args,
        pasos=pasos.items(),
        carreras=[(c.clave, c.nombre) for c in perfil.carreras],
        dependencias=facetas.dependencias,
        personas=personas,
        yo=current_actor().usuario_id,
        usa_siss=any(e.siss for plan in perfil.planes for e in plan.entregas),
        recientes=revision.recientes(TURNO),
        siguiente=url_for(".entregas", **args, despues=pagina.siguiente) if pagina.siguiente else "",
        edad=edad,
    )


def _chips(cuentas: dict[str, int], args: dict[str, str]) -> list[dict[str, Any]]:
    rest = {name: value for name, value in args.items() if name != "tipo"}
    tipo = args.get("tipo", "")
    todas = {
        "texto": "Todas",
        "href": url_for(".entregas", **rest),
        "activo": not tipo,
        "cuenta": sum(cuentas.values()),
    }
    return [todas] + [
        {
            "texto": words,
            "href": url_for(".entregas", **rest, tipo=clave),
            "activo": clave == tipo,
            "cuenta": cuentas.get(clave, 0),
        }
        for clave, words in TIPOS_ENTREGA.items()
        if cuentas.get(clave) or clave == tipo
    ]


@bp.get("/entregas/empezar")
@requires("coordinador", "reportes")
def entregas_empezar() -> Any:
    """Open the oldest that waits."""
    primera = colas.primera(TURNO, filtro())
    if primera is None:
        flash("No hay entregas por revisar.", "info")
        return redirect(url_for(".entregas", **narrowed()))
    return redirect(url_for(".entrega", public_id=primera, **narrowed()))


@bp.post("/entregas/asignar")
@requires("coordinador", "reportes")
def entregas_asignar() -> Any:
    """Take the marked ones, give them to a colleague, or give them back to everybody."""
    form, yo = request.form, current_actor().usuario_id
    marcadas = form.getlist("m")[:100]
    a: str | None = form.get("revisor", "")
    if form.get("accion") == "tomar":
        a = next((r.public_id for r in colas.revisores(REPORTES) if r.usuario_id == yo), "")
    elif a == colas.NADIE:
        a = None
    back = redirect(_de_donde(marcadas))
    if not marcadas or a == "":
        flash("Marque las entregas y elija a quién asignarlas.", "error")
        return back
    try:
        dadas, persona = entregas_reparto.asignar(marcadas, a=a, actor=current_actor(), now=contexto.now())
    except Refused as refused:
        flash(sentence(refused), "error")
        return back
    nombre = "usted" if persona and persona.id == yo else persona.nombre if persona else "quien las abra"
    flash(f"{dadas} asignada{'' if dadas == 1 else 's'} a {nombre}.", "exito")
    return back


def _de_donde(marcadas: list[str]) -> str:
    """The page that the form was sent from: one review, or the queue."""
    if request.form.get("volver") == "entrega" and marcadas:
        return url_for(".entrega", public_id=marcadas[0], **narrowed())
    return url_for(".entregas", **narrowed())


def _una(public_id: str) -> Entrega:
    entrega = queries.por_id(public_id)
    if entrega is None or entrega.documento is None:
        abort(404)
    g.seccion = "coordinador.entregas"
    return entrega


def _ver(documento: Documento) -> str:
    return url_for(".documento", public_id=documento.public_id, ver=1)


@bp.get("/entregas/<public_id>")
@requires("coordinador", "reportes")
def entrega(public_id: str) -> Any:
    """The review of one entrega, with the document beside its data."""
    return _pagina(_una(public_id))


def _pagina(found: Entrega, motivo: str = "", error: str = "") -> Any:
    en_turno = found.estado == "en_revision" and found.revisor_en_turno == TURNO
    return render_template(
        "coordinador/entrega.html",
        en_turno=en_turno,
        vecinos=colas.vecinos(found, TURNO, filtro()),
        args=narrowed(),
        yo=current_actor().usuario_id,
        carrera=contexto.perfil().carrera(found.alumno.carrera),
        deshacer=revision.deshacible(request.args.get("hecha", "") if en_turno else found.public_id, TURNO),
        motivo=motivo,
        error=error,
        **revision.datos(found, _ver),
    ), 422 if error else 200


@bp.post("/entregas/<public_id>/aceptar")
@requires("coordinador", "reportes")
def entrega_aceptar(public_id: str) -> Any:
    """Accept it and go on with the next one."""
    return _decidir(public_id, "aceptar")


@bp.post("/entregas/<public_id>/rechazar")
@requires("coordinador", "reportes")
def entrega_rechazar(public_id: str) -> Any:
    """Send it back with a reason and go on with the next one."""
    return _decidir(public_id, "rechazar")


def _decidir(public_id: str, accion: str) -> Any:
    found, args = _una(public_id), narrowed()
    vecinos = colas.vecinos(found, TURNO, filtro())
    de_quien = f"{found.nombre} de {found.alumno.nombre_completo}"  # the unit of work reads its own row
    try:
        revision.decidir(public_id, accion)
    except Stale as stale:
        flash(sentence(stale), "error")
        return redirect(url_for(".entrega", public_id=public_id, **args))
    except Refused as refused:
        return _pagina(_una(public_id), request.form.get("motivo", ""), sentence(refused))
    flash(f"{'Aceptó' if accion == 'aceptar' else 'Rechazó'} {de_quien}.", "exito")
    siguiente = vecinos.siguiente or vecinos.anterior
    if siguiente is None:
        flash(f"No queda ninguna por revisar{' con este filtro' if args else ''}.", "info")
        return redirect(url_for(".entregas", **args))
    return redirect(url_for(".entrega", public_id=siguiente, **args, hecha=public_id))


@bp.post("/entregas/<public_id>/deshacer")
@requires("coordinador", "reportes")
def entrega_deshacer(public_id: str) -> Any:
    """Take the office's decision back and open it again."""
    _una(public_id)
    revision.deshacer(public_id)
    return redirect(url_for(".entrega", public_id=public_id, **narrowed()))
