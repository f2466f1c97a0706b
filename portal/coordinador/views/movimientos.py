"""The lines of the bitácora behind a figure: what was done in a period, by whom, to what."""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.estadistica import MOVIMIENTOS, PASOS, buscar
from portal.domain.periodos import en_letra
from portal.queries import movimientos as queries
from portal.services import estadisticas, reportes
from portal.services.estadisticas_archivo import MOVIMIENTOS as CAMPOS
from portal.web.access import requires
from portal.web.bitacora import hecho
from portal.web.contexto import now, perfil
from portal.web.descargas import descargar
from portal.web.periodo import elegido, instantes

MAXIMO = {"pdf": 2000, "xlsx": 20_000, "csv": 20_000}
"""Most lines of a file: a PDF of two thousand has a hundred pages."""
GRUPOS = {
    "rechazos": "Todos los rechazos",
    "entrega_revisada": "Entregas revisadas",
    "de_la_oficina": "Decisiones de la oficina",
}


def _filtro() -> tuple[queries.Filtro, Any, str]:
    """What the address asks for, its period, and a sentence when the period is none."""
    _por, periodo, error = elegido()
    que = request.args.get("que", "")
    return (
        queries.Filtro(
            *instantes(periodo.desde, periodo.hasta),
            buscar(que) if que else MOVIMIENTOS,
            request.args.get("autor", "")[:200],
            request.args.get("motivo", "") if que == "rechazos" else "",
            estadisticas.motivos_listos(perfil()),
        ),
        periodo,
        error,
    )


def _nombre(que: str) -> str:
    """What that key narrows the list to, in words."""
    return GRUPOS.get(que) or next((m.texto for m in (*MOVIMIENTOS, *PASOS) if m.clave == que), que)


def _direccion(**cambios: str) -> str:
    args = {k: v for k, v in request.args.items() if k != "despues"} | cambios
    return url_for(".movimientos", **{k: v for k, v in args.items() if v})  # type: ignore[arg-type]


def en_palabras(fila: queries.Fila) -> str:
    """What a line says was done."""
    turno = (fila.noun, fila.accion, fila.rol) == ("entrega", "aceptar", "dependencia")
    return hecho(fila.noun, fila.accion, fila.cosa, turno=turno)


@bp.get("/estadisticas/movimientos")
@requires("coordinador")
def movimientos() -> Any:
    """Fifty lines, newest first; a decision that was taken back is not among them."""
    g.seccion = "coordinador.estadisticas"
    filtro, periodo, error = _filtro()
    que = request.args.get("que", "")
    pagina = queries.lista(filtro, request.args.get("despues", ""))
    dias = {"desde": periodo.desde.isoformat(), "hasta": periodo.hasta.isoformat()}
    motivo = estadisticas.OTRO_MOTIVO if filtro.motivo == estadisticas.OTROS else filtro.motivo
    puestos = (("que", _nombre(que) if que else ""), ("autor", filtro.autor), ("motivo", motivo))
    archivo = {k: v for k, v in request.args.items() if k not in (*dias, "despues", "por", "dia")} | dias
    return render_template(
        "coordinador/movimientos.html",
        filas=[(f, en_palabras(f)) for f in pagina.filas],
        total=queries.cuantos(filtro),
        periodo=periodo,
        en_letra=en_letra("", periodo.desde, periodo.hasta),
        error=error,
        que=que,
        opciones=[*GRUPOS.items(), *((m.clave, m.texto) for m in MOVIMIENTOS)],
        quitar=[
            {"texto": words, "href": _direccion(**{name: ""}), "activo": True, "quitar": True}
            for name, words in puestos
            if words
        ],
        siguiente=_direccion(despues=pagina.siguiente) if pagina.siguiente else "",
        archivos=[
            {"texto": words, "href": url_for(".movimientos_archivo", formato=formato, **archivo)}
            for words, formato in (
                ("Descargar PDF", "pdf"),
                ("Descargar Excel", "xlsx"),
                ("Descargar CSV", "csv"),
            )
        ],
        estadisticas=url_for(".estadisticas", **dias),
    ), 400 if error else 200


@bp.get("/estadisticas/movimientos.<any(pdf, xlsx, csv):formato>")
@requires("coordinador")
def movimientos_archivo(formato: str) -> Any:
    """The whole list as a file, up to as many lines as such a file can be read with."""
    filtro, periodo, error = _filtro()
    if error:
        abort(400)
    total, maximo = queries.cuantos(filtro), MAXIMO[formato]
    parts = [en_letra("", periodo.desde, periodo.hasta), _nombre(request.args.get("que", "")), filtro.autor]
    if total > maximo:
        parts.append(f"Los {maximo} más recientes de {total}")
    reporte = reportes.Reporte(
        "Movimientos",
        ". ".join(p for p in parts if p),
        CAMPOS,
        {},
        f"movimientos {periodo.desde} {periodo.hasta}",
    )
    filas = (Linea(f) for f in queries.exportar(filtro, maximo))
    return descargar(reportes.hacer(formato, reporte, filas, now=now()))


class Linea:
    """A line as a file tells it: what was done in words."""

    def __init__(self, fila: queries.Fila) -> None:
        self.fecha, self.boleta, self.alumno = fila.fecha, fila.boleta, fila.alumno
        self.autor, self.motivo, self.que = fila.autor, fila.motivo, en_palabras(fila)
