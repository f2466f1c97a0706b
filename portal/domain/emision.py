"""Listas de emisión and constancias: the window in which they come back, and which file is whose [seed 001 §3]."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from portal.domain.access import SISTEMA
from portal.domain.calendario import Calendario, en_palabras
from portal.domain.machine import Machine, Refused, T
from portal.domain.personas import sin_acentos

SERIE = "lista_emision"
"""The series of the escuela's listas: one count for all years, without holes."""
MAXIMO = 100
"""Most alumnos of one lista."""
ENLACE_MAX = 500
# https, a host with a dot and no user, perhaps a port; then anything that an address may hold.
_ENLACE = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?::\d{1,5})?(?:[/?#][^\s\x00-\x1f\x7f\"'<>\\^`{|}]*)?",
    re.IGNORECASE,
)

LISTA = Machine(
    "lista_emision",
    "emitida",
    (
        T("completar", "emitida", "completa", SISTEMA),
        T("reabrir", "completa", "emitida", SISTEMA),
        T("anular", "emitida", "anulada", SISTEMA),
    ),
)


@dataclass(frozen=True)
class Plazo:
    """How a lista stands against its window; `clave` is "en_espera", "por_llegar" or "vencida", or the estado of
    one that waits for nobody."""

    clave: str
    faltan: int
    """Working days until the last day of the window; negative once it is over."""
    vencio: str = ""
    """How long ago the window was over, in words."""

    @property
    def palabras(self) -> str:
        """What the office reads."""
        return {
            "completa": "Completa",
            "anulada": "Anulada: ya no lleva a nadie",
            "vencida": f"Vencida {self.vencio}",
            "por_llegar": "Debe llegar hoy"
            if self.faltan == 0
            else f"Por llegar: quedan {_dias(self.faltan)}",
            "en_espera": f"En espera: quedan {_dias(self.faltan)}",
        }[self.clave]


def _dias(n: int) -> str:
    return "1 día hábil" if n == 1 else f"{n} días hábiles"


def ventana(fecha: date, dias: tuple[int, int], calendario: Calendario) -> tuple[date, date]:
    """First and last day on which the constancias of a lista of that date are expected (working days)."""
    return calendario.add_working_days(fecha, dias[0]), calendario.add_working_days(fecha, dias[1])


def plazo(hoy: date, desde: date, hasta: date, calendario: Calendario, estado: str = "emitida") -> Plazo:
    """Where today lies against the window of a lista that waits."""
    faltan = calendario.working_days_between(hoy, hasta)
    if estado != "emitida":
        return Plazo(estado, faltan)
    if hoy > hasta:
        return Plazo("vencida", min(faltan, -1), calendario.hace(hasta, hoy))
    return Plazo("por_llegar" if hoy >= desde else "en_espera", faltan)


def espera(hoy: date, desde: date, hasta: date, calendario: Calendario) -> str:
    """What an alumno in a lista reads: between which days, and how many are left."""
    como = plazo(hoy, desde, hasta, calendario)
    cuando = f"Tu constancia llega entre el {en_palabras(desde)} y el {en_palabras(hasta)}"
    if como.clave == "vencida":
        return f"{cuando}. Ese plazo ya pasó: tu escuela lo está viendo y te escribiremos en cuanto llegue."
    if como.faltan == 0:
        return f"{cuando}: hoy es el último día."
    return f"{cuando}: a más tardar en {_dias(como.faltan)}."


def enlace_valido(texto: str) -> str:
    """The https address of a constancia kept elsewhere; Refused("constancia.enlace") for anything else."""
    limpio = texto.strip()
    if len(limpio) > ENLACE_MAX or not _ENLACE.fullmatch(limpio):
        raise Refused("constancia.enlace")
    return limpio


# ---- which file is whose ----


@dataclass(frozen=True)
class Candidato:
    """One alumno of a lista, as matching sees them."""

    renglon_id: int
    boleta: str
    nombre: str


@dataclass(frozen=True)
class Pareja:
    """Whose a file seems to be (None: nobody's), and why that is doubtful, in sentences; none when it is certain."""

    renglon_id: int | None
    dudas: tuple[str, ...] = ()


def boletas_en(texto: str, patron: str) -> tuple[str, ...]:
    """Every boleta-shaped string of a text, each once, in order; `patron` is the escuela's (a regular expression).

    One that stands apart from letters and digits is sought first; where there is none, one that is glued to letters.
    """
    grande = texto.upper()
    for borde in ("A-Z0-9", "0-9"):
        found = re.finditer(rf"(?<![{borde}])(?:{patron})(?![{borde}])", grande)
        boletas = tuple(dict.fromkeys(m[0] for m in found))
        if boletas:
            return boletas
    return ()


def emparejar(archivo: str, texto: str, patron: str, candidatos: Mapping[str, Candidato]) -> Pareja:
    """Whose constancia a PDF is, by the boleta in its name or its text; `candidatos` by boleta.

    Doubtful when it names two of them, when name and text disagree, or when the text has not the alumno's name.
    Numbers of the text that are nobody's boleta mean nothing.
    """
    en_nombre, en_texto = boletas_en(archivo, patron), boletas_en(texto, patron)
    conocidas = list(dict.fromkeys(b for b in (*en_nombre, *en_texto) if b in candidatos))
    if not conocidas:
        vistas = en_nombre or en_texto[:3]
        if not vistas:
            return Pareja(None, ("No tiene boleta en su nombre ni en su texto.",))
        return Pareja(None, (f"{', '.join(vistas)} no está en ninguna lista de emisión.",))
    if len(conocidas) > 1:
        return Pareja(None, (f"Trae las boletas de varios alumnos: {', '.join(conocidas)}.",))
    elegido = candidatos[conocidas[0]]
    dudas = []
    ajenas = [b for b in en_nombre if b not in candidatos]
    if ajenas:
        dudas.append(f"Su nombre dice {', '.join(ajenas)} y su texto {elegido.boleta}.")
    if texto.strip() and not trae_el_nombre(texto, elegido.nombre):
        dudas.append(f"Su texto no trae el nombre de {elegido.nombre}.")
    return Pareja(elegido.renglon_id, tuple(dudas))


def trae_el_nombre(texto: str, nombre: str) -> bool:
    """Whether every word of a name is a word of the text, whatever accents and capitals."""
    return set(_palabras(nombre)) <= set(_palabras(texto))


def _palabras(texto: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", sin_acentos(texto).casefold())


def repetidos(elegidos: Iterable[int | None]) -> frozenset[int]:
    """Those that were chosen more than once: two files cannot be the same constancia."""
    seen: set[int] = set()
    twice: set[int] = set()
    for renglon_id in elegidos:
        if renglon_id is not None:
            (twice if renglon_id in seen else seen).add(renglon_id)
    return frozenset(twice)
