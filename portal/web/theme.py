"""What every page needs to look like its escuela: nonce, accent palette, versioned static addresses."""

from __future__ import annotations

import hashlib
import re
import secrets
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from flask import Flask, current_app, g, url_for

DEFAULT_ACCENT = "#24506b"
MIN_CONTRAST = 5.0
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


class Palette(NamedTuple):
    """Colours derived from one accent, each `#rrggbb`: itself, darker (hover), darkest (edge), tint (ground)."""

    acento: str
    oscuro: str
    borde: str
    tenue: str


def csp_nonce() -> str:
    """The nonce of this request: the same in the header and in every inline style or script."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


@lru_cache(maxsize=1024)
def palette(color: str | None) -> Palette:
    """The palette of an escuela's colour, darkened until white text on it has a contrast of 5:1.

    Anything that is not `#rrggbb` gives the default accent, so no text of a profile reaches a style sheet.
    """
    value = color if color and _HEX.fullmatch(color) else DEFAULT_ACCENT
    rgb = [int(value[i : i + 2], 16) for i in (1, 3, 5)]
    while _contrast_with_white(rgb) < MIN_CONTRAST:
        rgb = [int(c * 0.94) for c in rgb]
    return Palette(_hex(rgb), _mix(rgb, 0, 0.25), _mix(rgb, 0, 0.5), _mix(rgb, 255, 0.92))


def estatico(filename: str) -> str:
    """Address of a static file with a hash of its content, so that it may be cached for ever."""
    return url_for("static", filename=filename, v=_version(current_app.static_folder or "", filename))


def init_theme(app: Flask) -> None:
    """Makes `csp_nonce`, `paleta` and `estatico` callable in every template and macro of the app."""
    app.jinja_env.globals.update(csp_nonce=csp_nonce, paleta=palette, estatico=estatico)


@cache
def _version(folder: str, filename: str) -> str:
    path = Path(folder, filename)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "0"


def _contrast_with_white(rgb: list[int]) -> float:
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def _mix(rgb: list[int], target: int, share: float) -> str:
    return _hex([round(c + (target - c) * share) for c in rgb])


def _hex(rgb: list[int]) -> str:
    return "#" + "".join(f"{c:02x}" for c in rgb)
