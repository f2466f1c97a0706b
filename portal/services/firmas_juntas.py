"""Signing many at once: one signer, after looking at one of them, signs all that wait for them with one signature.

Each signature is work of the outbox and recorded by itself, under the rules of one alone; what may not be signed any
more is left as it is, with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.domain.access import FIRMANTE, Actor
from portal.domain.carta import IMAGEN, TRAZO
from portal.domain.machine import Refused
from portal.domain.personas import nombre_y_cargo
from portal.models import Alumno, Carta, Firma, Tanda, TandaCarta, db
from portal.services import documentos, enlaces, firmas, firmas_avisos, tandas
from portal.services.uow import Uow, unit_of_work
from portal.services.workflow import act

CLASE = "firmas"
MAXIMO = 300
"""Most letters that one signature signs."""


def firmar(
    correo: str,
    elegidas: Sequence[str],
    *,
    muestra: str,
    clave: str,
    nombre: str,
    cargo: str,
    declara: bool,
    trazo: str = "",
    archivo: tuple[Path, str] | None = None,
    identidad: str,
    ip: str,
    now: datetime,
) -> Tanda:
    """Have the places that were chosen (public ids, all of this address) signed; the escuela's scope is open.

    `muestra` is the place whose letter was looked at. `identidad` is how the signer showed to be the one: many are
    never signed with a link alone. Raises FileRefused, Refused.
    """
    nombre, cargo = nombre_y_cargo(nombre, cargo)
    ids = list(dict.fromkeys(elegidas))[: MAXIMO + 1]
    _exigir(ids, muestra, declara, identidad, bool(archivo or trazo.strip()))
    datos = {"nombre": nombre, "cargo": cargo, "identidad": identidad, "ip": ip[:45]}
    return _pedir(correo, ids, f"{CLASE}-{clave}"[: tandas.CLAVE], datos, trazo, archivo, now)


def _pedir(
    correo: str,
    ids: Sequence[str],
    clave: str,
    datos: dict[str, Any],
    trazo: str,
    archivo: tuple[Path, str] | None,
    now: datetime,
) -> Tanda:
    """Store the ink and order the signatures, once for each form."""
    with unit_of_work(now) as uow:
        ya = tandas.ordenada(uow, clave)
    if ya is not None:
        return ya
    modo = IMAGEN if archivo else TRAZO
    try:
        with firmas.tinta(trazo, archivo) as guardado, unit_of_work(now) as uow:
            imagen = documentos.registrar(uow, guardado, "firma")
            return tandas.ordenar(
                uow, CLASE, _filas(uow, ids, correo), clave=clave, correo=correo.lower(),
                actor=Actor(FIRMANTE, datos["nombre"], ip=datos["ip"]),
                datos={**datos, "modo": modo, "imagen_documento_id": imagen.id},
            )  # fmt: skip
    except IntegrityError:  # the same form, sent twice at once: the other was quicker
        found: Tanda = db.session.scalars(select(Tanda).where(Tanda.clave == clave)).one()
        return found


def _exigir(ids: Sequence[str], muestra: str, declara: bool, identidad: str, tinta: bool) -> None:
    if not identidad:
        raise Refused("firma.sin_codigo")
    if not ids:
        raise Refused("firma.ninguna_elegida")
    if len(ids) > MAXIMO:
        raise Refused("firma.demasiadas", maximo=MAXIMO)
    if not muestra:
        raise Refused("firma.sin_muestra")
    if not declara:
        raise Refused("firma.sin_declaracion")
    if not tinta:
        raise Refused("firma.sin_imagen")


def _filas(uow: Uow, ids: Sequence[str], correo: str) -> list[dict[str, Any]]:
    """The rows of places that are this address's; others are as if they did not exist."""
    query: Any = (
        select(Firma, Alumno)
        .join(Carta, Carta.id == Firma.carta_id)
        .outerjoin(Alumno, Alumno.id == Carta.alumno_id)
        .where(Firma.public_id.in_(ids))
        .order_by(Alumno.busqueda, Firma.id)
    )
    return [
        {
            "firma_id": firma.id,
            "nombre": alumno.nombre_de_lista if alumno else "",
            "boleta": alumno.boleta if alumno else "",
        }
        for firma, alumno in uow.session.execute(query)
        if firma.correo.casefold() == correo.casefold()
    ]


def abrir_sola(firma_id: int, *, now: datetime) -> str:
    """The path of the personal link of one of the places that wait for who showed to be their signer."""
    with unit_of_work(now) as uow:
        return enlaces.expand(firmas_avisos.enlace_de(uow, firma_id))


def firmar_una(uow: Uow, tanda: Tanda, renglon: TandaCarta) -> Carta:
    """Sign one place of the many; its link signs nothing more. Refused when it is no longer this signer's to sign."""
    datos = tanda.datos
    carta, firma, actor, saben = firmas.turno(
        uow, renglon.firma_id, datos["ip"], datos["nombre"], datos["identidad"]
    )
    if firma.correo.casefold() != tanda.correo:
        raise Refused("firma.de_otro")
    firmas.anotar(firma, datos["nombre"], datos["cargo"], datos["modo"], saben)
    firma.imagen_documento_id, firma.firmada = datos["imagen_documento_id"], uow.now
    enlaces.gastar(uow, "firma", firma.id)
    act(
        uow, firma, "firmar", actor,
        {**saben, "declara": True, "imagen_documento_id": firma.imagen_documento_id},
    )  # fmt: skip
    return carta


tandas.OTRAS[CLASE] = firmar_una
