"""How this browser shows who signs: a code that came to the signer's address, or an account with that address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request, session

from portal.domain.carta import CODIGO, SESION
from portal.domain.frases import frase
from portal.web import contexto
from portal.web.sesion import current_cuenta

DURA = timedelta(minutes=30)
_CLAVE = "firmas"


def identidad(firma: Any) -> str:
    """SESION, CODIGO or "" for this place: a code holds for its place and for who sits there, for half an hour."""
    cuenta = current_cuenta()
    if cuenta is not None and firma.correo and cuenta.correo.casefold() == firma.correo.casefold():
        return SESION
    quien, hasta = session.get(_CLAVE, {}).get(str(firma.id), ("", 0))
    vale = quien == firma.correo and datetime.fromtimestamp(hasta, UTC) > contexto.now()
    return CODIGO if vale else ""


def recordar(firma: Any) -> None:
    """This browser brought the code of that place; at most the last twenty are kept."""
    hasta = int((contexto.now() + DURA).timestamp())
    antes = list(session.get(_CLAVE, {}).items())[-19:]
    session[_CLAVE] = {**dict(antes), str(firma.id): [firma.correo, hasta]}


def faltan(campos: Mapping[str, tuple[object, str]]) -> dict[str, str]:
    """The sentence of each field that lacks; of every field by its id: what there is, and the key of the sentence."""
    return {campo: frase(clave) for campo, (hay, clave) in campos.items() if not hay}


def falta_firma(archivos: object, declaracion: str = "firma.sin_declaracion") -> dict[str, str]:
    """What the place to sign of a page lacks: ink (drawn, or `archivos`), the declaration (the key of its sentence)."""
    return faltan(
        {
            "firma_trazo": (archivos or request.form.get("firma_trazo", "").strip(), "firma.sin_imagen"),
            "declaro": (request.form.get("declaro") == "y", declaracion),
        }
    )


def tapado(correo: str) -> str:
    """An address as its owner knows it again: "ma…@dependencia.test"."""
    antes, _, casa = correo.partition("@")
    return f"{antes[:2]}…@{casa}"
