"""The statistics of a period as a file: the figures of the page, as PDF, as a spreadsheet and as plain rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from portal.domain.calendario import en_palabras
from portal.domain.estadistica import en_cifra
from portal.letters.columna import Columna
from portal.letters.hoja import Hoja, libro_xlsx
from portal.letters.secciones_pdf import Seccion, secciones_pdf
from portal.services import reportes
from portal.services.estadisticas import Estadistica
from portal.services.reportes import Archivo, Campo, Reporte, celdas

Tabla = tuple[str, str, list[Columna], list[Sequence[Any]]]
CIFRAS, LISTA = "Cifras", "Lista de movimientos"
CAMPOS = (
    Campo("seccion", "Sección", 1.6),
    Campo("concepto", "Concepto", 2.6),
    Campo("medida", "Medida", 1.6),
    Campo("valor", "Valor", 0.7, "derecha"),
)
MOVIMIENTOS = (
    Campo("fecha", "Fecha", 1.0),
    Campo("que", "Movimiento", 2.2),
    Campo("boleta", "Boleta", 0.9),
    Campo("alumno", "Alumno", 1.8),
    Campo("autor", "Quién", 1.6),
    Campo("motivo", "Motivo", 2.4),
)


class Dato(NamedTuple):
    """One figure of a plain table."""

    seccion: str
    concepto: str
    medida: str
    valor: int | None


def hacer(formato: str, estadistica: Estadistica, lineas: Iterable[Any] = (), *, now: datetime) -> Archivo:
    """The figures as "pdf", "xlsx" or "csv"; KeyError for another format.

    `lineas` are the movements of the period, told after the figures in PDF and spreadsheet.
    """
    titulo, nombre = estadistica.titulo, f"{estadistica.titulo} {estadistica.en_letra}"
    reporte = Reporte(titulo, alcance(estadistica), CAMPOS, {}, nombre)
    if formato == "csv":
        return reportes.hacer("csv", reporte, (Dato(*fila) for fila in estadistica.filas()), now=now)
    tablas = [_dicha(tabla) if formato == "pdf" else tabla for tabla in _tablas(estadistica)]
    movimientos: list[Sequence[Any]] = [celdas(MOVIMIENTOS, linea, {}) for linea in lineas]
    if movimientos:
        columnas = [Columna(c.titulo, c.ancho, c.alinear) for c in MOVIMIENTOS]
        tablas.append((LISTA, "Del más reciente al más antiguo.", columnas, movimientos))
    write = {"pdf": _pdf, "xlsx": _xlsx}[formato]
    return Archivo(write(reporte, tablas, now), reportes.MIMES[formato], reportes.nombre_de(nombre, formato))


def alcance(estadistica: Estadistica) -> str:
    """What the figures cover: the period in words, its days, and what they are compared with."""
    desde, hasta = (en_palabras(d) for d in estadistica.periodo)
    antes, despues = (en_palabras(d) for d in estadistica.previo)
    return f"{estadistica.en_letra}: del {desde} al {hasta}. El periodo anterior es del {antes} al {despues}."


def _tablas(estadistica: Estadistica) -> list[Tabla]:
    """(title, note, columns, rows) of every table, the main figures first."""
    cifras: list[Sequence[Any]] = [(c.texto, c.valor, c.antes) for c in estadistica.cifras]
    found: list[Tabla] = [(CIFRAS, "", _columnas(("Cifra", "En el periodo", "Periodo anterior")), cifras)]
    for s in estadistica.secciones:
        found.append((s.titulo, s.nota, _columnas(s.columnas), [(f.texto, *f.valores) for f in s.filas]))
    return found


def _dicha(tabla: Tabla) -> Tabla:
    titulo, nota, columnas, filas = tabla
    return titulo, nota, columnas, [(texto, *map(en_cifra, valores)) for texto, *valores in filas]


def _columnas(titulos: Sequence[str]) -> list[Columna]:
    return [Columna(titulos[0], 3.4), *(Columna(t, 1.2, "derecha") for t in titulos[1:])]


def _pdf(reporte: Reporte, tablas: Sequence[Tabla], now: datetime) -> bytes:
    pagina = reportes.membrete(now)
    return secciones_pdf(reporte.titulo, reporte.subtitulo, pagina.lineas, [Seccion(*tabla) for tabla in tablas],
                         logo=pagina.logo, pie=pagina.pie, fecha=pagina.fecha)  # fmt: skip


def _xlsx(reporte: Reporte, tablas: Sequence[Tabla], _now: datetime) -> bytes:
    hojas = [Hoja(titulo, columnas, filas) for titulo, _nota, columnas, filas in tablas]
    return libro_xlsx(f"{reporte.titulo}. {reporte.subtitulo}"[:250], hojas)
