"""File names: the one that came, kept only as text, and the ones that go out."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 120


def display_name(raw: str | None) -> str:
    """The original name as harmless text of at most 120 characters: never a path to open.

    Folders, control characters, NUL and invisible or direction-changing characters go; the
    ending stays when the name is cut. An empty name becomes `archivo`.
    """
    text = unicodedata.normalize("NFC", (raw or "").replace("\\", "/"))
    visible = "".join(_visible(char) for char in text)
    name = " ".join(visible.rsplit("/", 1)[-1].split()).lstrip(". ")
    if len(name) <= MAX_NAME:
        return name or "archivo"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        return name[: MAX_NAME - 1] + "…"
    return stem[: MAX_NAME - len(ending) - 2] + "…." + ending


def _visible(char: str) -> str:
    """Categories C* hold controls, bidi overrides, zero-width, lone surrogates and private use."""
    category = unicodedata.category(char)
    if category[0] == "C" and char not in "\t\n\r":
        return ""
    return " " if category[0] in "ZC" else char


def ascii_name(*parts: str, ending: str = "pdf") -> str:
    """`PATERNO_MATERNO_NOMBRE_BOLETA.pdf`: without accents, ñ as N, upper case, blanks as `_` [seed 000].

    Parts without letters or digits are left out (a person may have one surname).
    """
    words = []
    for part in parts:
        plain = unicodedata.normalize("NFKD", part).encode("ascii", "ignore").decode()
        words += re.findall(r"[A-Z0-9]+", plain.upper().replace("'", ""))
    return ("_".join(words) or "DOCUMENTO")[:MAX_NAME] + "." + ending
