"""The circuit of a letter in words: who signs as what, in which order, and who has it now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from io import BytesIO
from types import SimpleNamespace
from typing import Any

from flask import Response, abort

from portal.domain.carta import EFIRMA, EN_FIRMA, PAPEL, PAPELES, PAPELES_DE_DEPENDENCIA, in_turn
from portal.web.labels import estado
from portal.web.uploads import send_object

_COMO = {EFIRMA: "con e.firma", PAPEL: "en papel"}


@dataclass(frozen=True)
class Lugar:
    """One place of a circuit as a page shows it; `pendiente` may still be changed, `en_turno` has the link now."""

    public_id: str
    papel: str
    nombre: str
    cargo: str
    correo: str
    palabras: str
    tono: str
    firmada: datetime | None
    avisada: datetime | None
    motivo: str
    en_turno: bool
    pendiente: bool
    recordada: date | None = None
    por_confirmar: bool = False
    escaneo_id: int | None = None
    ausente: str = ""
    como: str = ""


def lugares(
    carta: Any, firmas: Iterable[Any], recordadas: Mapping[tuple[str, int], date] | None = None
) -> list[Lugar]:
    """Every place in order. A printed line (no e-mail) signs nothing and says so.

    `recordadas`: ("firma", id) -> the day of the last reminder.
    """
    rows = sorted(firmas, key=lambda f: f.orden)
    abierta = carta.estado in EN_FIRMA
    turno = in_turn(rows) if abierta else []
    last = recordadas or {}
    return [replace(_lugar(f, abierta, f in turno), recordada=last.get(("firma", f.id))) for f in rows]


def _lugar(f: Any, abierta: bool, en_turno: bool) -> Lugar:
    words, tone = estado("firma", f.estado) if f.correo else ("Nombre impreso", "gris")
    if f.correo and f.estado == "pendiente" and not en_turno:
        words, tone = ("Firma después", "gris") if abierta else ("Sin firmar", "gris")
    return Lugar(
        f.public_id,
        _papel(f),
        f.nombre,
        f.cargo,
        f.correo,
        words,
        tone,
        f.firmada,
        f.avisada,
        f.motivo,
        en_turno,
        bool(f.correo) and f.estado == "pendiente" and abierta,
        por_confirmar=f.estado == "por_confirmar" and abierta,
        escaneo_id=f.escaneo_documento_id,
        ausente=f.titular_nombre,
        como=_COMO.get(f.modo, "") if f.firmada else "",
    )


def exigir_lugar(carta: Any, public_id: str) -> None:
    """The place belongs to the letter of the address; 404 otherwise."""
    if public_id not in {f.public_id for f in carta.firmas}:
        abort(404)


def _papel(f: Any) -> str:
    """As what somebody signs for a dependencia; who signs for the escuela is known by the cargo."""
    if f.cargo and f.papel not in PAPELES_DE_DEPENDENCIA:
        return ""
    return PAPELES.get(f.papel, f.papel.replace("_", " ").capitalize())


def send_bytes(content: bytes, nombre: str, mime: str, *, inline: bool = True) -> Response:
    """A file made just now, with the same headers as a stored one."""
    archivo = SimpleNamespace(
        nombre=nombre, mime=mime, bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    return send_object(lambda start, end: BytesIO(content[start:end]), archivo, inline=inline)
