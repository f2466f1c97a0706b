"""A school's folder of data, read and written: escuela.toml, cartas/*.toml, logo.png [seeds 000, 001]."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.letters.catalogo import TIPOS
from portal.letters.plantilla import PlantillaInvalida, leer_plantilla
from portal.services import plantillas_correo
from tenants.profile import Profile, ProfileError, load_profile, parse_profile
from tenants.profile_toml import to_toml

LOGO_BYTES = 1_000_000
COMUNES = "comunes"  # cartas/comunes.toml: the words of the school, for all its letters
_PNG = b"\x89PNG\r\n\x1a\n"

Datos = dict[str, Any]


def leer(folder: Path) -> Datos:
    """What a version of a profile keeps, {perfil, cartas, logo}, read from a folder and checked whole.

    Raises ProfileError with a sentence for each thing that is wrong, in whichever file.
    """
    errores: list[str] = []
    profile: Profile | None = None
    try:
        profile = load_profile(folder)
        errores += plantillas_correo.errores(profile.correos)
    except ProfileError as error:
        errores += error.errors
    cartas = _cartas(folder / "cartas", errores)
    logo = _logo(folder / "logo.png", errores)
    if errores or profile is None:
        raise ProfileError(errores)
    return {"perfil": profile.model_dump(mode="json"), "cartas": cartas, "logo": logo}


def _cartas(folder: Path, errores: list[str]) -> dict[str, Any]:
    found = {}
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in (*TIPOS, COMUNES):
            errores.append(
                f"cartas/{path.name}: no hay una carta con ese nombre; las hay: {', '.join(TIPOS)}."
            )
    for tipo in TIPOS:
        try:
            found[tipo] = leer_plantilla(tipo, folder).to_mapping()
        except PlantillaInvalida as error:
            errores += [f"cartas/{tipo}.toml: {e}" for e in error.errors]
    return found


def _logo(path: Path, errores: list[str]) -> str:
    if not path.is_file():
        return ""
    content = path.read_bytes()
    if not content.startswith(_PNG):
        errores.append("logo.png: no es una imagen PNG.")
    if len(content) > LOGO_BYTES:
        errores.append("logo.png: pesa más de 1 MB.")
    return base64.b64encode(content).decode()


def huella(datos: Mapping[str, Any]) -> str:
    """SHA-256 of a version's data, whatever order they are in."""
    return hashlib.sha256(json.dumps(datos, sort_keys=True, default=list).encode()).hexdigest()


def escribir(datos: Mapping[str, Any], folder: Path) -> None:
    """Write a version as a folder; reading it again gives the same data. FileExistsError where a file would be lost."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(folder)
    profile = parse_profile(datos["perfil"])
    (folder / "escuela.toml").write_text(to_toml(profile.model_dump()), encoding="utf-8")
    (folder / "cartas").mkdir()
    for tipo, carta in datos["cartas"].items():
        (folder / "cartas" / f"{tipo}.toml").write_text(to_toml(carta), encoding="utf-8")
    if datos.get("logo"):
        (folder / "logo.png").write_bytes(base64.b64decode(datos["logo"]))
