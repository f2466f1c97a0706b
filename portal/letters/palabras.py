"""Spanish words for letters: dates and numbers in words, gendered and plural forms. Standard library only."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONA = ZoneInfo("America/Mexico_City")
MESES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_HASTA_29 = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco "
    "veintiséis veintisiete veintiocho veintinueve"
).split()
_DECENAS = {
    3: "treinta",
    4: "cuarenta",
    5: "cincuenta",
    6: "sesenta",
    7: "setenta",
    8: "ochenta",
    9: "noventa",
}
_CENTENAS = (
    "", "ciento", "doscientos", "trescientos", "cuatrocientos",
    "quinientos", "seiscientos", "setecientos", "ochocientos", "novecientos",
)  # fmt: skip
_MASCULINO = {"m", "masculino", "hombre", "h"}
_FEMENINO = {"f", "femenino", "mujer"}


def fecha_en_letra(dia: date) -> str:
    """A date as letters write it: "21 de noviembre de 2026"; the first of a month is "1 de …"."""
    return f"{dia.day} de {MESES[dia.month - 1]} de {dia.year}"


def fecha_corta(dia: date) -> str:
    """A date as lists write it: "21/11/2026"."""
    return f"{dia.day:02d}/{dia.month:02d}/{dia.year:04d}"


def hora_local(instante: datetime) -> datetime:
    """An instant as clocks in Mexico City showed it, without zone; one without zone is taken as it is."""
    return instante.astimezone(ZONA).replace(tzinfo=None) if instante.tzinfo else instante


def fecha_y_hora(instante: datetime) -> str:
    """An instant as lists write it: "21/11/2026, 12:03 h", in Mexico City."""
    local = hora_local(instante)
    return f"{fecha_corta(local)}, {local:%H:%M} h"


def numero_en_letra(numero: int, femenino: bool = False) -> str:
    """A whole number from 0 to 999,999 in words before a noun ("veintiún", "cuatrocientas ochenta").

    Raises ValueError outside that range.
    """
    if not 0 <= numero <= 999_999:
        raise ValueError("numero_en_letra cubre de 0 a 999 999")
    miles, resto = divmod(numero, 1000)
    if not miles:
        return _hasta_999(resto, femenino)
    cabeza = "mil" if miles == 1 else _hasta_999(miles, femenino) + " mil"
    return cabeza if not resto else f"{cabeza} {_hasta_999(resto, femenino)}"


def _hasta_999(numero: int, femenino: bool) -> str:
    if numero == 100:
        return "cien"
    centenas, resto = divmod(numero, 100)
    cabeza = _CENTENAS[centenas]
    if femenino and centenas > 1:
        cabeza = cabeza[:-2] + "as"
    if not resto and centenas:
        return cabeza
    return f"{cabeza} {_hasta_99(resto, femenino)}".strip()


def _hasta_99(numero: int, femenino: bool) -> str:
    if numero == 1 or numero == 21:
        return {1: ("un", "una"), 21: ("veintiún", "veintiuna")}[numero][femenino]
    if numero < 30:
        return _HASTA_29[numero]
    decenas, unidades = divmod(numero, 10)
    if not unidades:
        return _DECENAS[decenas]
    return f"{_DECENAS[decenas]} y {_hasta_99(unidades, femenino)}"


def horas_en_letra(horas: int) -> str:
    """Hours with figures and words, both as a letter needs them: "480 (cuatrocientas ochenta) horas"."""
    return f"{horas} ({numero_en_letra(horas, femenino=True)}) {plural(horas, 'hora', 'horas')}"


def plural(cuantos: float, uno: str, varios: str) -> str:
    """The noun that goes with a quantity: only exactly 1 takes the singular."""
    return uno if cuantos == 1 else varios


def segun_genero(genero: str | None, masculino: str, femenino: str, neutro: str | None = None) -> str:
    """The form that a person's género asks for; unknown or another género takes `neutro`, or "masculino/femenino".

    Takes M/F as seed 001's form writes them, or the words in full. The CURP's letters are not these.
    """
    clave = (genero or "").strip().lower()
    if clave in _MASCULINO:
        return masculino
    if clave in _FEMENINO:
        return femenino
    return f"{masculino}/{femenino}" if neutro is None else neutro


def inicial(texto: str) -> str:
    """The text with its first letter in upper case, the others as they are."""
    return texto[:1].upper() + texto[1:]


def inicial_minuscula(texto: str) -> str:
    """A description inside a sentence: its first letter in lower case, unless the word is an acronym."""
    return texto if texto[1:2].isupper() else texto[:1].lower() + texto[1:]


def enumerar(cosas: Iterable[object]) -> str:
    """A list in a sentence: "a, b y c"; "e" before the sound of i."""
    textos = [str(cosa) for cosa in cosas]
    if len(textos) < 2:
        return "".join(textos)
    ultimo = textos[-1].lower()
    enlace = (
        "e" if ultimo.startswith(("i", "í", "hi", "hí")) and not ultimo.startswith(("hie", "hia")) else "y"
    )
    return f"{', '.join(textos[:-1])} {enlace} {textos[-1]}"
