"""Expedientes: the list that the office narrows, chooses from and takes along."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import abort, render_template, request, url_for

from portal.coordinador import bp
from portal.domain.access import TERMINOS
from portal.domain.alumno import palabras_de_busqueda
from portal.domain.estadistica import NO_SE_SABE, semestre
from portal.queries import expedientes as queries
from portal.services import emision, reportes
from portal.services.estadisticas import ASPECTOS
from portal.services.reportes import SERVICIO, Campo
from portal.web.access import requires
from portal.web.contexto import now, perfil
from portal.web.descargas import descargar
from portal.web.labels import ESTADOS, GENEROS, MODALIDADES, estado
from portal.web.sesion import current_actor

COLUMNAS = ("boleta", "nombre", "carrera", "dependencia", "termino", "horas", "estado")
NARROWS = (
    "carrera",
    "dependencia",
    "plan",
    "desde",
    "hasta",
    "genero",
    "semestre",
    "modalidad",
    "en_desde",
    "en_hasta",
)
GRUPO = {queries.EN_SERVICIO: "En servicio o liberados"}
ORDENES = {"recientes": "Más recientes", "antiguos": "Más antiguos", "nombre": "Por nombre"}
MARCADOS = 500
_DE = {name: f"{ASPECTOS[name][1]}: " for name in ("genero", "semestre", "modalidad")}


def fecha_de(name: str) -> date | None:
    """A date of the address, or None when it is none."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def palabras(*, carrera_completa: bool = True) -> reportes.Palabras:
    """The words of this escuela for coded values of a servicio."""
    escuela = perfil()
    return {
        "estado": {value: words for (noun, value), (words, _tone) in ESTADOS.items() if noun == "servicio"},
        "carrera": {
            c.clave: c.nombre if carrera_completa else c.siglas or c.nombre for c in escuela.carreras
        },
        "plan": {p.clave: p.nombre for p in escuela.planes},
        "genero": {**GENEROS, queries.SIN_DATO: NO_SE_SABE},
        "modalidad": {**MODALIDADES, queries.SIN_DATO: NO_SE_SABE},
        "semestre": {
            **{str(n): semestre(n) for n in range(1, 21)},
            queries.SIN_DATO: NO_SE_SABE,
        },
    }


def direccion(**cambios: Any) -> str:
    """This list with its filters, some of them changed; from its first page."""
    args: dict[str, Any] = {
        k: v for k, v in request.args.to_dict(flat=False).items() if k not in ("despues", "antes")
    }
    args.update(cambios)
    return url_for(str(request.endpoint), **{k: v for k, v in args.items() if v not in ("", None, [""])})


def filtro_pedido() -> queries.Filtro:
    """What the address narrows the list to."""
    get = request.args.get
    return queries.Filtro(
        palabras_de_busqueda(get("q", "")),
        get("estado", ""),
        get("carrera", ""),
        get("dependencia", ""),
        get("plan", ""),
        fecha_de("desde"),
        fecha_de("hasta"),
        get("genero", ""),
        get("semestre", ""),
        get("modalidad", ""),
        fecha_de("en_desde"),
        fecha_de("en_hasta"),
    )


def _orden() -> str:
    orden = request.args.get("orden", "")
    return orden if orden in ORDENES else "recientes"


def _campos() -> list[Campo]:
    """The columns that the address asks for, in the order of the house; the name is always there."""
    asked = set(request.args.getlist("col")) & set(SERVICIO) or set(COLUMNAS)
    return [campo for clave, campo in SERVICIO.items() if clave in asked | {"nombre"}]


@bp.get("/expedientes")
@requires("coordinador")
def expedientes() -> str:
    """One page of 50 servicios."""
    filtro, orden = filtro_pedido(), _orden()
    campos = sorted(_campos(), key=lambda c: c.clave != "nombre")  # the head of a card on a phone
    cuentas = queries.cuentas(filtro)
    pagina = queries.lista(
        filtro, orden, despues=request.args.get("despues", ""), antes=request.args.get("antes", "")
    )
    words = palabras(carrera_completa=False)
    dependencias = queries.dependencias()
    claves = [c.clave for c in campos]
    return render_template(
        "coordinador/expedientes.html",
        filas=[(f, dict(zip(claves, reportes.textos(campos, f, words), strict=True))) for f in pagina.filas],
        campos=campos,
        encabezados=[_encabezado(c, orden) for c in campos],
        todos_los_campos=SERVICIO.values(),
        total=sum(n for e, n in cuentas.items() if not filtro.estados or e in filtro.estados),
        chips_de_estado=_chips_de_estado(cuentas, filtro.estado),
        quitar=_quitar(words, dict(dependencias)),
        dependencias=dependencias,
        palabras=words,
        orden=orden,
        ordenes=ORDENES.items(),
        anterior=direccion(antes=pagina.anterior) if pagina.anterior else "",
        siguiente=direccion(despues=pagina.siguiente) if pagina.siguiente else "",
        limpia=url_for(".expedientes"),
        masivas=_masivas(),
    )


def _masivas() -> list[dict[str, Any]]:
    """What may be issued for many of them at once."""
    if TERMINOS not in current_actor().permisos or emision.unica():
        return []
    destino = url_for(".tanda_nueva", que="finalizaciones")
    return [{"valor": "finalizar", "texto": "Emitir cartas de finalización…", "formaction": destino}]


def _encabezado(campo: Campo, orden: str) -> dict[str, Any]:
    found: dict[str, Any] = {"texto": campo.titulo, "num": campo.numero}
    if campo.clave == "nombre":
        found |= {"href": direccion(orden="nombre"), "orden": "asc" if orden == "nombre" else ""}
    if campo.clave == "inicio":
        found["href"] = direccion(orden="antiguos" if orden == "recientes" else "recientes")
        found["orden"] = {"recientes": "desc", "antiguos": "asc"}.get(orden, "")
    return found


def _chips_de_estado(cuentas: dict[str, int], elegido: str) -> list[dict[str, Any]]:
    chips = [
        {
            "texto": "Todos",
            "href": direccion(estado=""),
            "activo": not elegido,
            "cuenta": sum(cuentas.values()),
        }
    ]
    if elegido in GRUPO:
        chips.append({"texto": GRUPO[elegido], "href": direccion(estado=elegido), "activo": True,
                      "cuenta": sum(cuentas.get(e, 0) for e in queries.SIRVEN)})  # fmt: skip
    for (noun, value), (words, _tone) in ESTADOS.items():
        if noun == "servicio" and (cuentas.get(value) or value == elegido):
            chips.append({"texto": words, "href": direccion(estado=value), "activo": value == elegido,
                          "cuenta": cuentas.get(value, 0)})  # fmt: skip
    return chips


def _quitar(words: reportes.Palabras, dependencias: dict[str, str]) -> list[dict[str, Any]]:
    """One chip per filter in force, whose address is the list without it."""
    names = {**words, "dependencia": dependencias}
    intro = {"desde": "Empezó desde el ", "hasta": "Empezó hasta el ",
             "en_desde": "En servicio desde el ", "en_hasta": "En servicio hasta el "}  # fmt: skip
    return [
        {
            "texto": f"{intro[name]}{_dia(name, value)}"
            if name in intro
            else f"{_DE.get(name, '')}{names.get(name, {}).get(value, value)}",
            "href": direccion(**{name: ""}),
            "activo": True,
            "quitar": True,
        }
        for name in NARROWS
        if (value := request.args.get(name, ""))
    ]


def _dia(name: str, value: str) -> str:
    found = fecha_de(name)
    return f"{found:%d/%m/%Y}" if found else value


@bp.get("/expedientes/exportar")
@requires("coordinador")
def expedientes_exportar() -> Any:
    """What the list shows, as pdf, xlsx or csv: the marked rows, or all that match."""
    formato = request.args.get("formato", "xlsx")
    if formato not in reportes.MIMES:
        abort(404)
    filtro = filtro_pedido()
    marcados = [] if request.args.get("todos") else request.args.getlist("m")[:MARCADOS]
    reporte = reportes.Reporte(
        "Expedientes de servicio social",
        _descripcion(filtro, len(marcados)),
        _campos(),
        palabras(),
        "expedientes",
    )
    filas = queries.exportar(filtro, _orden(), marcados)
    return descargar(reportes.hacer(formato, reporte, filas, now=now()))


def _descripcion(filtro: queries.Filtro, marcados: int) -> str:
    """What the file holds, for its head."""
    words = palabras()
    parts = [
        f"{marcados} expedientes elegidos" if marcados else "",
        f"Estado: {GRUPO.get(filtro.estado) or estado('servicio', filtro.estado)[0]}"
        if filtro.estado
        else "",
        f"Carrera: {words['carrera'].get(filtro.carrera, filtro.carrera)}" if filtro.carrera else "",
        *(
            f"{intro}{words[name].get(value, value)}"
            for name, intro in _DE.items()
            if (value := getattr(filtro, name))
        ),
        f"Inicio desde {filtro.desde:%d/%m/%Y}" if filtro.desde else "",
        f"Inicio hasta {filtro.hasta:%d/%m/%Y}" if filtro.hasta else "",
        f"En servicio desde {filtro.en_desde:%d/%m/%Y}" if filtro.en_desde else "",
        f"En servicio hasta {filtro.en_hasta:%d/%m/%Y}" if filtro.en_hasta else "",
        f"Búsqueda: {' '.join(filtro.palabras)}" if filtro.palabras else "",
    ]
    return ". ".join(p for p in parts if p) or "Todos los expedientes"
