"""Names of people as the office writes them: in full, in lists, in files, as initials."""

import re
import unicodedata

# Words that belong to the surname after them and give no initial.
PARTICULAS = frozenset(("de", "del", "la", "las", "los", "y", "e", "da", "dos", "di", "van", "von"))


def limpiar(nombre: str) -> str:
    """A name without double or outer spaces, in composed characters; capitals stay as typed."""
    return " ".join(unicodedata.normalize("NFC", nombre or "").split())


def nombre_y_cargo(nombre: str, cargo: str) -> tuple[str, str]:
    """Who signs, as it is kept: clean, at most 200 and 160 characters."""
    return limpiar(nombre)[:200], limpiar(cargo)[:160]


def sin_acentos(text: str) -> str:
    """The text without accents; Ñ becomes N."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.combining(c))


def full_name(nombres: str, paterno: str, materno: str = "") -> str:
    """ "Ana Sofía Robles Tapia": how a letter names the person. Materno may be empty."""
    return limpiar(f"{nombres} {paterno} {materno}")


def list_name(nombres: str, paterno: str, materno: str = "") -> str:
    """ "Robles Tapia Ana Sofía": how lists name the person [seed 001 §3]."""
    return limpiar(f"{paterno} {materno} {nombres}")


def sort_name(nombres: str, paterno: str, materno: str = "") -> str:
    """The list name in lower case without accents, to sort and to search by prefix; Ñ is N,
    so that whoever types "munoz" finds Muñoz."""
    return sin_acentos(list_name(nombres, paterno, materno).casefold())


def initials(nombres: str, paterno: str, materno: str = "") -> str:
    """ "A. S. R. T.": what a public page shows of a person. Particles give none."""
    words = re.findall(r"[^\s\-]+", full_name(nombres, paterno, materno))
    return " ".join(f"{w[0].upper()}." for w in words if w.casefold() not in PARTICULAS)
