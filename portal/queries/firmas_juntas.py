"""The letters that wait for one signer, and how far the signing of many is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from portal.models import Alumno, Carta, Dependencia, Firma, Tanda, TandaCarta, db
from portal.models.carta import escrito
from portal.queries.cartas import EN_FIRMA


@dataclass(frozen=True)
class Espera:
    """One letter whose turn it is for a signer; `firma` is the public id of the place."""

    firma: str
    firma_id: int
    carta_id: int
    folio: str
    titulo: str
    tipo: str
    version: int
    nombre: str
    boleta: str
    dependencia: str


def _en_turno(correo: str) -> tuple[ColumnElement[bool], ...]:
    """What a place (joined with its letter) is that this address may sign now; `domain.carta.in_turn` in SQL."""
    otra = aliased(Firma)
    estorba = (
        select(otra.id)
        .where(
            otra.carta_id == Firma.carta_id,
            otra.correo != "",
            or_(
                and_(otra.grupo < Firma.grupo, otra.estado != "firmada"),
                otra.estado.in_(("rechazada", "anulada")),
            ),
        )
        .exists()
    )
    return (
        Firma.correo.in_(escrito(correo)),
        Firma.estado == "pendiente",
        Carta.estado.in_(EN_FIRMA),
        ~estorba,
    )


def esperan(correo: str, maximo: int) -> list[Espera]:
    """The letters of the escuela in scope that this address may sign now, by the alumno's name; one statement."""
    query = (
        select(Firma.public_id, Firma.id, Carta.id, Carta.folio, Carta.titulo, Carta.tipo, Carta.perfil_version,
               Alumno.paterno, Alumno.materno, Alumno.nombre, Alumno.boleta, Dependencia.razon_social)
        .join(Carta, Carta.id == Firma.carta_id)
        .outerjoin(Alumno, Alumno.id == Carta.alumno_id)
        .outerjoin(Dependencia, Dependencia.id == Carta.dependencia_id)
        .where(*_en_turno(correo))
        .order_by(Alumno.busqueda, Carta.id)
        .limit(maximo)
    )  # fmt: skip
    return [
        Espera(
            row[0], row[1], row[2], row[3], row[4], row[5], row[6],
            " ".join(part for part in row[7:10] if part), row[10] or "", row[11] or "",
        )
        for row in db.session.execute(query)
    ]  # fmt: skip


def cuantas(correo: str) -> int:
    """How many letters of the escuela in scope this address may sign now; one statement."""
    query = select(func.count(Firma.id)).join(Carta, Carta.id == Firma.carta_id).where(*_en_turno(correo))
    return int(db.session.scalar(query) or 0)


def espera(correo: str, public_id: str) -> Firma | None:
    """One of the places that this address may sign now; one statement."""
    query = select(Firma).join(Carta, Carta.id == Firma.carta_id)
    return db.session.scalar(query.where(Firma.public_id == public_id, *_en_turno(correo)))


@dataclass(frozen=True)
class Hecha:
    """One letter of a signing of many: `estado` of its row, and why it was not signed."""

    folio: str
    titulo: str
    nombre: str
    boleta: str
    estado: str
    motivo: str


def tanda(public_id: str, correo: str) -> tuple[Tanda, list[Hecha]] | None:
    """A signing of many by this address with its letters in order; two statements."""
    found = db.session.scalar(
        select(Tanda).where(
            Tanda.public_id == public_id, Tanda.clase == "firmas", Tanda.correo == correo.lower()
        )
    )
    if found is None:
        return None
    query = (
        select(Carta.folio, Carta.titulo, TandaCarta.nombre, TandaCarta.boleta, TandaCarta.estado, TandaCarta.motivo)
        .join(Firma, Firma.id == TandaCarta.firma_id)
        .join(Carta, Carta.id == Firma.carta_id)
        .where(TandaCarta.tanda_id == found.id)
        .order_by(TandaCarta.orden)
    )  # fmt: skip
    return found, [Hecha(*row) for row in db.session.execute(query)]
