"""Statistics and periodic reports of an escuela [seed 001 §5]: the page, and the same figures as files."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.views.expedientes import palabras
from portal.coordinador.views.movimientos import Linea, en_palabras
from portal.domain import periodos as reglas
from portal.domain.estadistica import MOVIMIENTOS, NEGATIVAS, PASOS
from portal.queries import estadisticas as queries
from portal.queries import movimientos as lineas
from portal.queries.reportes import Periodo
from portal.services import escuelas, estadisticas, estadisticas_archivo
from portal.services.estadisticas import Contado, Estadistica, Liga
from portal.web.access import requires
from portal.web.contexto import now, perfil
from portal.web.descargas import descargar
from portal.web.periodo import elegido, instantes

ULTIMOS = 10
LISTADOS = {"pdf": 500, "xlsx": 5000}
"""Most movements that a report's file tells one by one; the list of movements gives the others."""


def _hacer(por: str, periodo: Periodo) -> Estadistica:
    """The figures of a period, in three statements."""
    dias = (periodo.desde, periodo.hasta)
    previo = Periodo(*reglas.anterior(por, *dias))
    desde, hasta = instantes(*dias)
    contado = Contado(
        queries.servicios(periodo, previo),
        queries.por_dia(instantes(previo.desde, previo.hasta)[0], hasta, MOVIMIENTOS),
        queries.decisiones(desde, hasta, PASOS, NEGATIVAS, estadisticas.motivos_listos(perfil())),
    )
    todos = request.args.get("prestatarios") == "todos"
    return estadisticas.armar(por, dias, contado, palabras(), escuelas.calendario(), todos=todos)


def _lineas(periodo: Periodo) -> lineas.Filtro:
    """Every movement of a period."""
    return lineas.Filtro(*instantes(periodo.desde, periodo.hasta), MOVIMIENTOS)


def _direccion(por: str, desde: Any, hasta: Any) -> dict[str, str]:
    if por:
        return {"por": por, "dia": desde.isoformat()}
    return {"desde": desde.isoformat(), "hasta": hasta.isoformat()}


@bp.get("/estadisticas", endpoint="estadisticas")
@requires("coordinador")
def pagina() -> Any:
    """Six figures and the tables of a period, each figure with the list behind it."""
    por, periodo, error = elegido()
    dias = (periodo.desde, periodo.hasta)
    estadistica = _hacer(por, periodo)
    aqui = _direccion(por, *dias)

    def href(liga: Liga) -> str:
        lista, filtros = liga
        return url_for(f".{lista}", **(aqui if lista == "estadisticas" else {}), **filtros)

    return render_template(
        "coordinador/estadisticas.html",
        e=estadistica,
        periodo=periodo,
        por=por,
        error=error,
        href=href,
        chips_de_periodo=[
            {"texto": words, "activo": clave == por, "href": url_for(".estadisticas", por=clave)}
            for clave, words in reglas.POR.items()
        ],
        anterior=url_for(".estadisticas", **_direccion(por, *reglas.anterior(por, *dias))),
        siguiente=url_for(".estadisticas", **_direccion(por, *reglas.siguiente(por, *dias))),
        previo=reglas.en_letra(por, *estadistica.previo),
        archivos=[
            {"texto": words, "href": url_for(".estadisticas_archivo", formato=formato, **aqui, **_todos())}
            for words, formato in (
                ("Descargar PDF", "pdf"),
                ("Descargar Excel", "xlsx"),
                ("Descargar CSV", "csv"),
            )
        ],
        ultimos=[(f, en_palabras(f)) for f in lineas.lista(_lineas(periodo), tamano=ULTIMOS).filas],
        movimientos=url_for(".movimientos", desde=periodo.desde, hasta=periodo.hasta),
    ), 400 if error else 200


def _todos() -> dict[str, str]:
    return {"prestatarios": "todos"} if request.args.get("prestatarios") == "todos" else {}


@bp.get("/estadisticas.<any(pdf, xlsx, csv):formato>", endpoint="estadisticas_archivo")
@requires("coordinador")
def archivo(formato: str) -> Any:
    """The same figures as a file; a report of a week, a month … carries the list of its movements too."""
    por, periodo, error = elegido()
    if error:
        abort(400)
    maximo = LISTADOS.get(formato, 0) if por else 0
    listado = [Linea(f) for f in lineas.exportar(_lineas(periodo), maximo)] if maximo else []
    return descargar(estadisticas_archivo.hacer(formato, _hacer(por, periodo), listado, now=now()))
