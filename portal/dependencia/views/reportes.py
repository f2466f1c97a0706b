"""The dependencia's report of its students, one per escuela [seed 002]."""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template, url_for

from portal.dependencia import bp
from portal.queries import escuelas as escuela_queries
from portal.queries import reportes as queries
from portal.queries.escuelas import EscuelaVista
from portal.queries.reportes import Periodo
from portal.services import escuelas, reportes
from portal.web.access import requires
from portal.web.contexto import escuela, now
from portal.web.descargas import descargar
from portal.web.labels import ESTADOS
from portal.web.periodo import del_periodo, en_palabras, periodos

MUESTRA = 50


def _palabras() -> reportes.Palabras:
    """Words of the escuela in scope."""
    return {
        "estado": {value: words for (noun, value), (words, _tone) in ESTADOS.items() if noun == "servicio"},
        "carrera": {c.clave: c.nombre for c in escuelas.perfil().carreras},
    }


def _fechas(periodo: Periodo) -> dict[str, str]:
    return {"desde": periodo.desde.isoformat(), "hasta": periodo.hasta.isoformat()}


@bp.get("/reportes", endpoint="reportes")
@requires("dependencia")
def pagina() -> str:
    """Per escuela the alumnos who served in the period, and the files to take along."""
    periodo, error = del_periodo()
    ids = [d.id for d in g.dependencias]
    lugares = escuela_queries.de_dependencias(ids)
    return render_template(
        "dependencia/reportes.html",
        partes=list(escuela_queries.en_cada(lugares, lambda e: _parte(e, periodo, ids))),
        campos=reportes.PRESTADORES,
        muestra=MUESTRA,
        periodo=periodo,
        en_palabras=en_palabras(periodo),
        error=error,
        periodos=[{"texto": words, "href": url_for(".reportes", **_fechas(p)), "activo": p == periodo}
                  for words, p in periodos()],
    )  # fmt: skip


def _parte(lugar: EscuelaVista, periodo: Periodo, ids: list[int]) -> dict[str, Any]:
    cuantos, horas = queries.cuenta_alumnos(periodo, dependencia_ids=ids)
    words = _palabras() if cuantos else {}
    rows = queries.alumnos(periodo, dependencia_ids=ids, maximo=MUESTRA) if cuantos else ()
    return {
        "escuela": lugar,
        "cuantos": cuantos,
        "horas": horas,
        "filas": [reportes.textos(reportes.PRESTADORES, f, words) for f in rows],
        "archivos": [
            (texto, url_for(".reportes_archivo", escuela=lugar.slug, formato=formato, **_fechas(periodo)))
            for texto, formato in (("Descargar PDF", "pdf"), ("Descargar Excel", "xlsx"))
        ],
    }


@bp.get("/<escuela>/reportes/alumnos.<any(pdf, xlsx):formato>")
@requires("dependencia")
def reportes_archivo(formato: str) -> Any:
    """The alumnos of one escuela who served here in the period, under the dependencia's own name."""
    periodo, _error = del_periodo()
    ids = [d.id for d in g.dependencias]
    if escuela().id not in {e.id for e in escuela_queries.de_dependencias(ids)}:
        abort(404)
    reporte = reportes.Reporte(
        "Reporte de alumnos en servicio social",
        f"Del {en_palabras(periodo)}. Escuela: {escuela().nombre}",
        reportes.PRESTADORES,
        _palabras(),
        f"alumnos {escuela().slug} {periodo.desde} {periodo.hasta}",
        encabezado=(g.dependencia.razon_social, f"RFC {g.dependencia.rfc}", g.dependencia.domicilio),
    )
    return descargar(
        reportes.hacer(formato, reporte, queries.alumnos(periodo, dependencia_ids=ids), now=now())
    )
