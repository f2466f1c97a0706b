"""Reading a roll: a CSV of any usual encoding and delimiter becomes checked lines, or a sentence per faulty one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from portal.domain.identificadores import IdentificadorInvalido, normalise_boleta
from portal.domain.machine import Refused
from portal.domain.personas import limpiar, sin_acentos
from portal.services import escuelas
from tenants.profile import Profile

MAX_BYTES = 5 * 1024 * 1024
MAX_LINEAS = 20_000
MAX_CELDA = 100


@dataclass(frozen=True)
class Columna:
    """A column of the roll: its heading in the template, whether every line needs it, other accepted headings."""

    clave: str
    titulo: str
    requerida: bool
    otros: tuple[str, ...]
    ayuda: str


COLUMNAS = (
    Columna("boleta", "boleta", True, ("matricula", "numero de boleta", "no boleta"), "Como en la credencial."),
    Columna("nombre", "nombre", True, ("nombres", "nombre s"), "Solo el nombre o los nombres."),
    Columna("paterno", "apellido_paterno", True, ("paterno", "primer apellido", "apellido 1"), "Primer apellido."),
    Columna("materno", "apellido_materno", False, ("materno", "segundo apellido", "apellido 2"), "Puede ir vacío."),
    Columna("correo", "correo", True, ("correo electronico", "email", "e mail", "mail"), "A él llega la invitación."),
    Columna("carrera", "carrera", True, ("programa", "programa academico"), "Clave, siglas o nombre completo."),
    Columna("semestre", "semestre", False, (), "Un número; puede ir vacío."),
    Columna("creditos", "creditos", False, ("creditos pct", "porcentaje de creditos"), "De 0 a 100; puede ir vacío."),
)  # fmt: skip


@dataclass(frozen=True)
class Renglon:
    """One good line. An empty materno, semestre or creditos_pct says nothing: it erases nothing."""

    linea: int
    boleta: str
    nombre: str
    paterno: str
    materno: str
    correo: str
    carrera: str
    semestre: int | None = None
    creditos_pct: int | None = None

    @property
    def nombre_de_lista(self) -> str:
        """Surnames first."""
        return " ".join(p for p in (self.paterno, self.materno, self.nombre) if p)


@dataclass(frozen=True)
class ErrorDeLinea:
    """A line that will not be imported, what it begins with, and what to correct."""

    linea: int
    texto: str
    frase: str


@dataclass(frozen=True)
class Padron:
    """A read roll: good lines, faulty lines, and headings that were not understood."""

    renglones: tuple[Renglon, ...]
    errores: tuple[ErrorDeLinea, ...]
    ignoradas: tuple[str, ...] = ()


def plantilla_csv(perfil: Profile) -> bytes:
    """An example roll of this escuela to fill in: UTF-8 with BOM and CRLF, as spreadsheets like it."""
    ejemplo = (perfil.boleta.ejemplo, "Nombre", "Apellido", "Apellido", "nombre@ejemplo.test", perfil.carreras[0].clave,
               str(perfil.semestres), "75")  # fmt: skip
    lineas = (",".join(c.titulo for c in COLUMNAS), ",".join(ejemplo), "")
    return "\r\n".join(lineas).encode("utf-8-sig")


def leer(stream: BinaryIO | bytes) -> Padron:
    """Read a roll of the escuela in scope. Refused(padron.…) when the file as a whole cannot be read."""
    data = stream if isinstance(stream, bytes) else stream.read(MAX_BYTES + 1)
    filas = filas_de(texto_de(data))
    _, cabeza = next(filas, (0, []))
    lugares, ignoradas = _lugares(cabeza)
    lector = _Lector(escuelas.perfil(), lugares)
    for linea, celdas in filas:
        if linea > MAX_LINEAS:
            raise Refused("padron.muchas_lineas", maximo=MAX_LINEAS)
        if any(c.strip() for c in celdas):
            lector.leer(linea, celdas)
    if not lector.renglones and not lector.errores:
        raise Refused("padron.vacio")
    return Padron(tuple(lector.renglones), tuple(lector.errores), ignoradas)


def texto_de(data: bytes) -> str:
    """UTF-8 (with or without BOM), UTF-16 with BOM, else Windows-1252; a spreadsheet file is refused by name."""
    if len(data) > MAX_BYTES:
        raise Refused("padron.grande", megas=MAX_BYTES // 1024 // 1024)
    if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise Refused("padron.es_excel")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data or data[:4] == b"%PDF":
        raise Refused("padron.no_es_texto")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def filas_de(texto: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each record, by the delimiter that the heading uses most."""
    lineas = texto.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lineas and re.fullmatch(r"(?i)sep=.", lineas[0].strip()):
        lineas[0] = ""
    cabeza = next((linea for linea in lineas if linea.strip()), "")
    separador = max(",;\t|", key=cabeza.count)
    lector = csv.reader((linea + "\n" for linea in lineas), delimiter=separador)
    vista_cabeza = False
    try:
        for celdas in lector:
            if vista_cabeza or any(c.strip() for c in celdas):
                vista_cabeza = True
                yield lector.line_num, celdas
    except csv.Error as error:
        raise Refused("padron.linea_ilegible", linea=lector.line_num) from error


def plana(texto: str) -> str:
    """A heading or a name as it is compared: letters without accents and figures, one space between words."""
    return " ".join(re.findall(r"[a-z0-9]+", sin_acentos(texto.casefold())))


def _lugares(cabeza: list[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """clave -> index of its cell; Refused when a needed heading is missing or one comes twice."""
    nombres = {plana(n): c.clave for c in COLUMNAS for n in (c.clave, c.titulo, *c.otros)}
    lugares: dict[str, int] = {}
    ignoradas = []
    for n, celda in enumerate(cabeza):
        clave = nombres.get(plana(celda))
        if clave is None:
            ignoradas += [limpiar(celda)[:MAX_CELDA]] if celda.strip() else []
        elif clave in lugares:
            raise Refused("padron.columna_repetida", columna=clave)
        else:
            lugares[clave] = n
    faltan = [c.titulo for c in COLUMNAS if c.requerida and c.clave not in lugares]
    if faltan:
        raise Refused("padron.faltan_columnas", faltan=", ".join(faltan))
    return lugares, tuple(ignoradas)


class _Lector:
    """Turns cells into lines; a boleta or an e-mail counts once in a file."""

    def __init__(self, perfil: Profile, lugares: dict[str, int]) -> None:
        self.perfil, self.lugares = perfil, lugares
        self.renglones: list[Renglon] = []
        self.errores: list[ErrorDeLinea] = []
        self.boletas: dict[str, int] = {}
        self.correos: dict[str, int] = {}
        self.carreras = {
            plana(nombre): c.clave
            for c in perfil.carreras
            for nombre in (c.nombre, c.siglas, c.clave)
            if nombre
        }

    def leer(self, linea: int, celdas: list[str]) -> None:
        valores = {c: limpiar(celdas[n]) if n < len(celdas) else "" for c, n in self.lugares.items()}
        try:
            renglon = self._renglon(linea, valores)
            self._una_vez(renglon)
        except ValueError as error:
            inicio = next((v for v in (valores["boleta"], valores["nombre"], *valores.values()) if v), "")
            self.errores.append(ErrorDeLinea(linea, inicio[:40], str(error)))
        else:
            self.renglones.append(renglon)

    def _renglon(self, linea: int, valores: dict[str, str]) -> Renglon:
        for clave, valor in valores.items():
            _revisar_celda(clave, valor)
        for columna in COLUMNAS:
            if columna.requerida and not valores[columna.clave]:
                raise ValueError(f"Falta {columna.titulo}.")
        return Renglon(
            linea,
            self._boleta(valores["boleta"]),
            valores["nombre"],
            valores["paterno"],
            valores.get("materno", ""),
            _correo(valores["correo"]),
            self._carrera(valores["carrera"]),
            _numero(valores.get("semestre", ""), "semestre", 1, 20),
            _numero(valores.get("creditos", "").rstrip("% "), "creditos", 0, 100),
        )

    def _boleta(self, texto: str) -> str:
        forma = self.perfil.boleta
        try:
            return normalise_boleta(texto, forma.patron)
        except IdentificadorInvalido as error:
            frase = f"{forma.nombre} «{texto[:20]}» sin la forma correcta: debe ser como {forma.ejemplo}."
            raise ValueError(frase) from error

    def _carrera(self, texto: str) -> str:
        clave = self.carreras.get(plana(texto))
        if clave is None:
            claves = ", ".join(c.clave for c in self.perfil.carreras)
            raise ValueError(
                f"La carrera «{texto[:40]}» no es de esta escuela. Use una de estas claves: {claves}."
            )
        return clave

    def _una_vez(self, renglon: Renglon) -> None:
        antes = self.boletas.get(renglon.boleta)
        if antes is not None:
            raise ValueError(f"Esta boleta ya viene en la línea {antes}.")
        antes = self.correos.get(renglon.correo)
        if antes is not None:
            raise ValueError(f"Este correo ya viene en la línea {antes}.")
        self.boletas[renglon.boleta] = self.correos[renglon.correo] = renglon.linea


def _revisar_celda(clave: str, valor: str) -> None:
    if len(valor) > MAX_CELDA:
        raise ValueError(f"{clave}: tiene más de {MAX_CELDA} caracteres.")
    if valor[:1] in ("=", "+", "@") or (valor[:1] == "-" and clave != "materno"):
        raise ValueError(f"{clave}: «{valor[:20]}» parece una fórmula. Escriba solo el dato.")
    if "\ufffd" in valor or any(ord(c) < 32 or 127 <= ord(c) < 160 for c in valor):
        raise ValueError(
            f"{clave}: tiene caracteres que no se pueden leer. Guarde el archivo como CSV UTF-8."
        )
    if clave in ("nombre", "paterno", "materno") and not re.fullmatch(r"[^\W\d_][\w .,'’´\-]*|", valor):
        raise ValueError(f"{clave}: «{valor[:30]}» no parece un nombre.")


def _correo(texto: str) -> str:
    correo = texto.casefold()
    if not re.fullmatch(r"[a-z0-9.!#$%&'*/=?^_`{|}~+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", correo):
        raise ValueError(f"El correo «{texto[:40]}» no tiene la forma nombre@dominio.")
    return correo


def _numero(texto: str, clave: str, minimo: int, maximo: int) -> int | None:
    if not texto:
        return None
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", texto) or not minimo <= float(texto) <= maximo:
        raise ValueError(f"{clave}: «{texto[:20]}» debe ser un número de {minimo} a {maximo}.")
    return int(float(texto))
