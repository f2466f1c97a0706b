"""What was loaded in the SISS: who lacks it, and reconciling with a CSV whose changes are seen before they are made."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.machine import Refused
from portal.queries import siss as queries
from portal.services import reportes, siss
from portal.services.reportes import Campo
from portal.services.siss_csv import MAX_BYTES
from portal.web.access import requires
from portal.web.antiguedad import edad
from portal.web.contexto import now, perfil
from portal.web.descargas import descargar
from portal.web.errors import sentence
from portal.web.sesion import current_actor
from portal.web.uploads import accepts_uploads, receive

MUESTRA = 200  # lines of each kind that the preview shows
PALABRAS = {
    "por_marcar": "Se marcan",
    "cambia": "Cambian de fecha",
    "ya": "Ya estaban",
    "sin_aceptar": "Aún no aceptadas: no se marcan",
    "no_se_pide": "No se cargan en el SISS",
    "desconocida": "Boletas que no conocemos",
}
CAMPOS = (
    Campo("boleta", "Boleta", 0.9),
    Campo("nombre", "Alumno", 1.9),
    Campo("carrera", "Carrera", 1.2),
    Campo("dependencia", "Dependencia", 1.7),
    Campo("correo", "Correo", 1.6),
    Campo("numero_registro", "Núm. de registro", 0.9),
    Campo("entrega", "Entrega", 1.2),
    Campo("aceptada", "Aceptada", 0.9, de="estado_desde"),
    Campo("siss", "Cargada en el SISS", 0.9),
)


def _se_usa() -> None:
    """404 where no step of the escuela's plans is loaded there."""
    g.seccion = "coordinador.entregas"
    if not any(e.siss for plan in perfil().planes for e in plan.entregas):
        abort(404)


@bp.get("/siss", endpoint="siss")
@requires("coordinador", "reportes")
def lista_siss() -> Any:
    """Accepted entregas without their mark (or with it), and the form to reconcile."""
    _se_usa()
    return _pagina()


def _pagina(error: str = "", pegado: str = "") -> Any:
    cargadas = request.args.get("cargadas") == "1"
    sin, con = queries.cuentas()
    pagina = queries.lista(cargadas, despues=request.args.get("despues", ""))
    args = {"cargadas": "1"} if cargadas else {}
    return render_template(
        "coordinador/siss.html",
        filas=pagina.filas,
        cargadas=cargadas,
        args=args,
        chips_lista=[
            {"texto": "Faltan de cargar", "href": url_for(".siss"), "activo": not cargadas, "cuenta": sin},
            {"texto": "Cargadas", "href": url_for(".siss", cargadas=1), "activo": cargadas, "cuenta": con},
        ],
        siguiente=url_for(".siss", **args, despues=pagina.siguiente) if pagina.siguiente else "",
        maximo=MAX_BYTES,
        error=error,
        errores=bool(error),
        pegado=pegado,
        edad=edad,
    ), 422 if error else 200


@bp.get("/siss/exportar")
@requires("coordinador", "reportes")
def siss_exportar() -> Any:
    """The list, as pdf, xlsx or csv."""
    _se_usa()
    formato = request.args.get("formato", "csv")
    if formato not in reportes.MIMES:
        abort(404)
    cargadas = request.args.get("cargadas") == "1"
    titulo = "Entregas cargadas en el SISS" if cargadas else "Entregas que faltan de cargar en el SISS"
    words = {"carrera": {c.clave: c.siglas or c.nombre for c in perfil().carreras}}
    reporte = reportes.Reporte(titulo, "Entregas aceptadas", CAMPOS, words, titulo.lower())
    return descargar(reportes.hacer(formato, reporte, queries.exportar(cargadas), now=now()))


@bp.post("/siss")
@requires("coordinador", "reportes")
@accepts_uploads(lambda: MAX_BYTES)
def siss_comparar() -> Any:
    """Show what a CSV, uploaded or pasted, would change; nothing is written."""
    _se_usa()
    files = receive(request, "archivo", MAX_BYTES)
    pegado = request.form.get("pegado", "")
    data = files[0].path.read_bytes() if files else pegado.encode()
    if not data.strip():
        return _pagina("Elija el archivo CSV o pegue sus renglones.", pegado)
    try:
        vista = siss.comparar(data, actor=current_actor(), now=now())
    except Refused as refused:
        return _pagina(sentence(refused), pegado)
    return render_template("coordinador/siss_vista.html", vista=vista, palabras=PALABRAS, muestra=MUESTRA)


@bp.post("/siss/conciliar")
@requires("coordinador", "reportes")
def siss_conciliar() -> Any:
    """Write what was seen."""
    _se_usa()
    try:
        hechas = siss.conciliar(request.form.get("texto", "").encode(), actor=current_actor(), now=now())
    except Refused as refused:
        return _pagina(sentence(refused))
    if hechas:
        cuantas = (
            "1 entrega marcada como cargada" if hechas == 1 else f"{hechas} entregas marcadas como cargadas"
        )
        flash(f"{cuantas} en el SISS.", "exito")
    else:
        flash("No había nada que cambiar: ya estaban marcadas.", "info")
    return redirect(url_for(".siss"))
