"""Reports that the escuela asks for [seed 002]: alumnos in service, authorised dependencias; page, PDF, spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import abort, render_template, request, url_for

from portal.coordinador import bp
from portal.coordinador.views.expedientes import palabras
from portal.domain.periodos import REPORTES
from portal.queries import reportes as queries
from portal.queries.reportes import AUTORIZADAS, EN_SERVICIO, Periodo
from portal.services import reportes
from portal.web.access import requires
from portal.web.contexto import now, perfil
from portal.web.descargas import descargar
from portal.web.labels import ESTADOS, SECTORES, estado
from portal.web.periodo import del_periodo, en_palabras, periodos

MUESTRA = 50
TIPOS = {"alumnos": "Alumnos en servicio", "dependencias": "Dependencias autorizadas"}
ESTADOS_ALUMNOS = (*EN_SERVICIO, "baja")


def _palabras(tipo: str) -> reportes.Palabras:
    if tipo == "alumnos":
        return palabras()
    states = {value: words for (noun, value), (words, _tone) in ESTADOS.items() if noun == "convenio"}
    return {"estado": states, "sector": SECTORES}


def _reporte(tipo: str, periodo: Periodo, filtros: dict[str, str]) -> reportes.Reporte:
    """What the report is called and covers."""
    noun = "servicio" if tipo == "alumnos" else "convenio"
    parts = [f"Del {en_palabras(periodo)}"]
    if filtros["estado"]:
        parts.append(f"Estado: {estado(noun, filtros['estado'])[0]}")
    if filtros.get("carrera"):
        parts.append(f"Carrera: {perfil().carrera(filtros['carrera'])}")
    titulo = f"Reporte de {'alumnos en servicio social' if tipo == 'alumnos' else 'dependencias autorizadas'}"
    campos = reportes.ALUMNOS if tipo == "alumnos" else reportes.DEPENDENCIAS
    archivo = f"reporte {tipo} {periodo.desde} {periodo.hasta}"
    return reportes.Reporte(titulo, ". ".join(parts), campos, _palabras(tipo), archivo)


def _filtros(tipo: str) -> dict[str, str]:
    """Filters of the address; an estado that the report does not have counts as none."""
    asked = request.args.get("estado", "")
    known = ESTADOS_ALUMNOS if tipo == "alumnos" else AUTORIZADAS
    found = {"estado": asked if asked in known else ""}
    if tipo == "alumnos":
        found["carrera"] = request.args.get("carrera", "")
    return found


def _filas(tipo: str, periodo: Periodo, filtros: dict[str, str], maximo: int | None = None) -> Iterable[Any]:
    read: Any = queries.alumnos if tipo == "alumnos" else queries.dependencias
    return read(periodo, **filtros, maximo=maximo)  # type: ignore[no-any-return]


def _cuenta(tipo: str, periodo: Periodo, filtros: dict[str, str]) -> tuple[int, int | None]:
    if tipo == "alumnos":
        return queries.cuenta_alumnos(periodo, **filtros)
    return queries.cuenta_dependencias(periodo, **filtros), None


@bp.get("/reportes", endpoint="reportes")
@requires("coordinador")
def pagina() -> str:
    """The first 50 rows of a report, its figures, and the files to take along."""
    tipo = request.args.get("tipo", "alumnos")
    if tipo not in TIPOS:
        abort(404)
    periodo, error = del_periodo()
    filtros = _filtros(tipo)
    reporte = _reporte(tipo, periodo, filtros)
    cuantos, horas = _cuenta(tipo, periodo, filtros)
    args = {"desde": periodo.desde, "hasta": periodo.hasta, **{k: v for k, v in filtros.items() if v}}
    states = ESTADOS_ALUMNOS if tipo == "alumnos" else AUTORIZADAS
    return render_template(
        "coordinador/reportes.html",
        tipo=tipo,
        tipos=[{"texto": words, "href": url_for(".reportes", tipo=clave, **_fechas(periodo)), "activo": clave == tipo}
               for clave, words in TIPOS.items()] + [
               {"texto": words, "href": url_for(".estadisticas", por=por), "activo": False}
               for por, words in REPORTES.items()],
        reporte=reporte,
        filas=[reportes.textos(reporte.campos, f, reporte.palabras)
               for f in _filas(tipo, periodo, filtros, MUESTRA)] if cuantos else [],
        muestra=MUESTRA,
        cuantos=cuantos,
        horas=horas,
        periodo=periodo,
        error=error,
        periodos=[{"texto": words, "activo": p == periodo,
                   "href": url_for(".reportes", tipo=tipo, **_fechas(p), **filtros)} for words, p in periodos()],
        filtros=filtros,
        estados=[(e, estado("servicio" if tipo == "alumnos" else "convenio", e)[0]) for e in states],
        carreras=[(c.clave, c.nombre) for c in perfil().carreras],
        archivos=[(words, url_for(".reportes_archivo", tipo=tipo, formato=formato, **args))
                  for words, formato in (("Descargar PDF", "pdf"), ("Descargar Excel", "xlsx"))],
    )  # fmt: skip


def _fechas(periodo: Periodo) -> dict[str, str]:
    return {"desde": periodo.desde.isoformat(), "hasta": periodo.hasta.isoformat()}


@bp.get("/reportes/<any(alumnos, dependencias):tipo>.<any(pdf, xlsx):formato>")
@requires("coordinador")
def reportes_archivo(tipo: str, formato: str) -> Any:
    """The whole report as a file, with the figures of the page."""
    periodo, _error = del_periodo()
    filtros = _filtros(tipo)
    filas = _filas(tipo, periodo, filtros)
    return descargar(reportes.hacer(formato, _reporte(tipo, periodo, filtros), filas, now=now()))
