"""Reports of an escuela and of a dependencia [seed 002]: the same columns on the page, in PDF and spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Literal

from portal.domain.calendario import to_local
from portal.domain.estadistica import en_cifra, semestre
from portal.domain.personas import sin_acentos
from portal.letters.columna import Columna
from portal.letters.hoja import hoja_xlsx
from portal.letters.tabla_pdf import tabla_pdf
from portal.letters.textos import celda
from portal.services import escuelas

Palabras = Mapping[str, Mapping[str, str]]
"""clave of a column -> its coded value -> the words for it."""
MIMES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}

_FORMULA = re.compile(
    r"[\t\r\n]|[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]"
)  # the wide signs too: they run


@dataclass(frozen=True)
class Campo:
    """A column of a report: key, heading, relative width, alignment, and where its value comes from.

    `dicho`: how a page and a PDF write the value; figures have their thousands apart.
    """

    clave: str
    titulo: str
    ancho: float = 1.0
    alinear: Literal["izquierda", "centro", "derecha"] = "izquierda"
    de: str = ""
    dicho: Callable[[Any], str] | None = None

    @property
    def valor(self) -> Callable[[Any], Any]:
        """The value in a row."""
        return attrgetter(self.de or self.clave)

    @property
    def numero(self) -> bool:
        """Whether it is a figure."""
        return self.alinear == "derecha"


SERVICIO: dict[str, Campo] = {
    c.clave: c
    for c in (
        Campo("boleta", "Boleta", 0.9),
        Campo("nombre", "Alumno", 1.9),
        Campo("carrera", "Carrera", 1.4),
        Campo("semestre", "Semestre", 0.6, "derecha", dicho=semestre),
        Campo("correo", "Correo", 1.5),
        Campo("dependencia", "Dependencia", 1.9),
        Campo("proyecto", "Proyecto", 1.7),
        Campo("plan", "Plan", 1.2),
        Campo("numero_registro", "Núm. de registro", 0.9),
        Campo("inicio", "Inicio", 0.85),
        Campo("termino", "Término", 0.85),
        Campo("horario", "Horario", 1.3),
        Campo("horas", "Horas", 0.6, "derecha"),
        Campo("horas_plan", "De", 0.45, "derecha"),
        Campo("estado", "Estado", 0.9),
    )
}
ALUMNOS = tuple(
    SERVICIO[c]
    for c in ("boleta", "nombre", "carrera", "dependencia", "proyecto", "inicio", "termino", "horas", "estado")
)  # fmt: skip
PRESTADORES = tuple(
    SERVICIO[c]
    for c in ("boleta", "nombre", "carrera", "proyecto", "horario", "inicio", "termino", "horas", "estado")
)
DEPENDENCIAS = (
    Campo("rfc", "RFC", 1.25),
    Campo("razon_social", "Dependencia", 1.9),
    Campo("sector", "Sector", 0.8),
    Campo("entidad", "Entidad", 0.9),
    Campo("representante", "Representante", 1.25),
    Campo("correo", "Correo", 1.5),
    Campo("desde", "Desde", 0.9),
    Campo("hasta", "Hasta", 0.9),
    Campo("proyectos", "Proyectos", 0.9, "derecha"),
    Campo("alumnos", "Alumnos", 0.8, "derecha"),
    Campo("estado", "Convenio", 0.85),
)


@dataclass(frozen=True)
class Archivo:
    """A finished report."""

    datos: bytes
    mime: str
    nombre: str


@dataclass(frozen=True)
class Reporte:
    """What a report is called, what it covers, and whose letterhead it carries (the escuela's when empty)."""

    titulo: str
    subtitulo: str
    campos: Sequence[Campo]
    palabras: Palabras
    archivo: str
    encabezado: tuple[str, ...] = ()


def celdas(campos: Sequence[Campo], fila: Any, palabras: Palabras) -> list[Any]:
    """The values of a row in the order of the columns, coded ones in words; dates stay dates, figures figures."""
    values = []
    for campo in campos:
        value = campo.valor(fila)
        values.append(palabras.get(campo.clave, {}).get(value, value))
    return values


def textos(campos: Sequence[Campo], fila: Any, palabras: Palabras) -> list[str]:
    """The same row as a page and a PDF write it."""
    values = zip(campos, celdas(campos, fila, palabras), strict=True)
    return [celda(_dicho(campo, value)) for campo, value in values]


def _dicho(campo: Campo, value: Any) -> Any:
    if campo.dicho is not None:
        return campo.dicho(value)
    return en_cifra(value) if campo.numero and isinstance(value, int) else value


def hacer(formato: str, reporte: Reporte, filas: Iterable[Any], *, now: datetime) -> Archivo:
    """The report as "pdf", "xlsx" or "csv", row by row; KeyError for another format."""
    row = textos if formato == "pdf" else celdas
    rows = (row(reporte.campos, fila, reporte.palabras) for fila in filas)
    write = {"pdf": _pdf, "xlsx": _xlsx, "csv": _csv}[formato]
    return Archivo(write(reporte, rows, now), MIMES[formato], nombre_de(reporte.archivo, formato))


@dataclass(frozen=True)
class Membrete:
    """What stands around an escuela's report: its lines and logo, when it was made."""

    lineas: tuple[str, ...]
    logo: bytes | None
    pie: str
    fecha: date


def membrete(now: datetime) -> Membrete:
    """The letterhead of the escuela in scope, and the foot of a report that is made now."""
    escuela, local = escuelas.actual(), to_local(now)
    lineas = tuple(t for t in (escuela.institucion, escuela.nombre, escuela.oficina) if t)
    return Membrete(
        lineas, escuelas.logo(), f"Elaborado el {celda(local.date())}, {local:%H:%M} h", local.date()
    )


def _columnas(reporte: Reporte) -> list[Columna]:
    return [Columna(c.titulo, c.ancho, c.alinear) for c in reporte.campos]


def _pdf(reporte: Reporte, rows: Iterator[Sequence[Any]], now: datetime) -> bytes:
    hoja = membrete(now)
    return tabla_pdf(
        reporte.titulo,
        reporte.subtitulo,
        reporte.encabezado or hoja.lineas,
        _columnas(reporte),
        rows,
        logo=None if reporte.encabezado else hoja.logo,
        pie=hoja.pie,
        fecha=hoja.fecha,
    )


def _xlsx(reporte: Reporte, rows: Iterator[Sequence[Any]], _now: datetime) -> bytes:
    return hoja_xlsx(reporte.titulo, _columnas(reporte), rows)


def _csv(reporte: Reporte, rows: Iterator[Sequence[Any]], _now: datetime) -> bytes:
    """UTF-8 with BOM and CRLF; a text that a spreadsheet would run as a formula is kept a text by an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([c.titulo for c in reporte.campos])
    for row in rows:
        writer.writerow([_segura(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _segura(value: Any) -> Any:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    text = celda(value)
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def nombre_de(text: str, formato: str) -> str:
    """A file's name out of what it is called: letters, digits and hyphens."""
    words = "".join(c if c.isalnum() else " " for c in sin_acentos(text.casefold())).split()
    return f"{'-'.join(words)[:80] or 'reporte'}.{formato}"
