"""Escuelas: a folder of data becomes a row and a versioned profile; a profile becomes the domain's objects."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, func, select

from portal.domain.calendario import Calendario
from portal.domain.plan import Plan, plan_from_data
from portal.letters.plantilla import Plantilla, leer_plantilla
from portal.models import Certificado, Escuela, EscuelaPerfil, PlantillaVersion, db
from portal.services import bitacora, carpetas, sellos
from portal.services.uow import NotFound, Uow, unit_of_work
from tenants.ids import new_id
from tenants.profile import Profile, parse_profile
from tenants.scope import current_escuela, escuela_scope

CARPETA = "carpeta"  # the author of a version that came from a folder of data
_POR_SLUG = select(Escuela).where(Escuela.slug == bindparam("slug"), Escuela.activa)  # every page asks it


def por_slug(slug: str) -> Escuela | None:
    """The active escuela of an address, or None."""
    return db.session.scalar(_POR_SLUG, {"slug": slug})


def slug(escuela_id: int) -> str:
    """The address of an escuela, whatever the scope."""
    escuela = db.session.get(Escuela, escuela_id)
    if escuela is None:
        raise NotFound("Escuela")
    return escuela.slug


_slugs: dict[int, str] = {}


def slug_actual() -> str:
    """The address of the escuela in scope, asked for once in a process: it never changes."""
    escuela_id = current_escuela()
    if escuela_id not in _slugs:
        _slugs[escuela_id] = slug(escuela_id)
    return _slugs[escuela_id]


def activas() -> list[Escuela]:
    """Every active escuela by name, for the start page and the sweeper."""
    return list(db.session.scalars(select(Escuela).where(Escuela.activa).order_by(Escuela.nombre)))


def todas() -> list[Escuela]:
    """Every escuela, active or not, by its address: for the operator."""
    return list(db.session.scalars(select(Escuela).order_by(Escuela.slug)))


def contactos() -> list[tuple[str, str, str, str]]:
    """(name, office, e-mail, telephone) of every active escuela, for help and the privacy notice."""
    found = []
    for escuela_id, version in [(e.id, e.perfil_version) for e in activas()]:
        with escuela_scope(escuela_id):
            p = perfil(version)
            found.append((p.nombre, p.oficina, p.correo, p.telefono))
    return found


def actual() -> Escuela:
    """The escuela in scope (from the identity map when the request has loaded it)."""
    escuela = db.session.get(Escuela, current_escuela())
    if escuela is None:
        raise NotFound("Escuela")
    db.session.info["escuela"] = escuela  # the identity map alone would let it go, and ask again
    return escuela


def conservar(escuela: Escuela) -> Escuela:
    """Give a row that was read before the scope opened to the scope's session: `actual` then asks no database."""
    db.session.add(escuela)
    return escuela


_perfiles: dict[tuple[int, int], tuple[Profile, dict[str, Any]]] = {}


def _cargado(version: int | None) -> tuple[Profile, dict[str, Any]]:
    key = (current_escuela(), version or actual().perfil_version)
    if key not in _perfiles:
        row = db.session.scalar(select(EscuelaPerfil).where(EscuelaPerfil.version == key[1]))
        if row is None:
            raise NotFound("EscuelaPerfil")
        _perfiles[key] = (parse_profile(row.datos["perfil"]), row.datos)
    return _perfiles[key]


def perfil(version: int | None = None) -> Profile:
    """The profile of the escuela in scope: a version, or the one in force. A version never changes, so it is cached."""
    return _cargado(version)[0]


def logo(version: int | None = None) -> bytes | None:
    """The escuela's logo (PNG) of a profile version, or None."""
    text: str = _cargado(version)[1].get("logo") or ""
    return _logo(text) if text else None


@lru_cache(maxsize=256)
def _logo(text: str) -> bytes:
    return base64.b64decode(text)  # the same object in every letter, which its engine knows again


def plan(version: int, clave: str) -> Plan:
    """The plan `clave` of a profile version, as the domain's object; KeyError when there is none."""
    return _plan(current_escuela(), version, clave)


@lru_cache(maxsize=4096)
def _plan(_escuela_id: int, version: int, clave: str) -> Plan:
    for data in perfil(version).model_dump(mode="json")["planes"]:
        if data["clave"] == clave:
            return plan_from_data(data)
    raise KeyError(clave)


def calendario(version: int | None = None) -> Calendario:
    """The working-day calendar of the escuela in scope."""
    return _calendario(current_escuela(), version or actual().perfil_version)


@lru_cache(maxsize=1024)
def _calendario(_escuela_id: int, version: int) -> Calendario:
    return Calendario(perfil(version).calendario.dias_inhabiles())


def plantilla(tipo: str, version: int | None = None, edicion: int | None = None) -> Plantilla:
    """The letter template of a kind: an edition that the office wrote (None: the one in force), or the profile's.

    Edition 0 is the text of a profile version (None: the one in force).
    """
    edicion = edicion_vigente(tipo) if edicion is None else edicion
    if edicion:
        return _editada(current_escuela(), tipo, edicion)
    return _plantilla(current_escuela(), version or actual().perfil_version, tipo)


def edicion_vigente(tipo: str) -> int:
    """Which edition of a kind's template is in force; 0: the profile's own text."""
    return int(actual().plantillas.get(tipo, 0))


@lru_cache(maxsize=1024)
def _editada(_escuela_id: int, tipo: str, edicion: int) -> Plantilla:
    query = select(PlantillaVersion).where(PlantillaVersion.tipo == tipo, PlantillaVersion.version == edicion)
    row = db.session.scalar(query)
    if row is None:
        raise NotFound("PlantillaVersion")
    return Plantilla.from_mapping(row.datos)


@lru_cache(maxsize=2048)
def _plantilla(_escuela_id: int, version: int, tipo: str) -> Plantilla:
    # A profile written before the portal knew this kind of letter says nothing of it.
    own = _cargado(version)[1]["cartas"].get(tipo)
    return Plantilla.from_mapping(own) if own is not None else leer_plantilla(tipo)


def cargar(
    folder: Path,
    *,
    now: datetime,
    sin_editar: bool = False,
    al_crear: Callable[[Uow], None] | None = None,
) -> Escuela:
    """Load a school's folder: create the escuela or give it a new profile version if its data changed.

    One transaction: an escuela that could not be made whole is not there at all. `sin_editar` leaves alone an escuela
    whose version in force was written by its own office; `al_crear` is done with a new one. Raises ProfileError, with
    sentences, before anything is written.
    """
    datos = carpetas.leer(folder)
    profile = parse_profile(datos["perfil"])
    known = db.session.scalar(select(Escuela.id).where(Escuela.slug == profile.slug))
    escuela_id = known or new_id()
    with escuela_scope(escuela_id), unit_of_work(now) as uow:
        if known is None:
            uow.add(Escuela(id=escuela_id, slug=profile.slug, nombre=profile.nombre, color=profile.color))
        escuela = uow.lock_id(Escuela, escuela_id)
        vigente = uow.session.scalar(
            select(EscuelaPerfil).where(EscuelaPerfil.version == escuela.perfil_version)
        )
        if vigente is None:
            bitacora.abrir(uow.session)
        if vigente is None or not (sin_editar and vigente.autor != CARPETA):
            if vigente is None or vigente.huella != carpetas.huella(datos):
                poner_version(uow, escuela, datos, CARPETA)
            sellos.asegurar(uow, **_nombres(profile))
        if known is None and al_crear is not None:
            al_crear(uow)
        return escuela


def poner_version(uow: Uow, escuela: Escuela, datos: dict[str, Any], autor: str) -> EscuelaPerfil:
    """Put data that were checked in force as the next version of a locked escuela; earlier ones stay as they are."""
    last = uow.session.scalar(select(func.max(EscuelaPerfil.version))) or 0
    nueva = uow.add(
        EscuelaPerfil(version=last + 1, datos=datos, huella=carpetas.huella(datos), autor=autor[:160])
    )
    profile = parse_profile(datos["perfil"])
    escuela.perfil_version = nueva.version
    escuela.nombre, escuela.color = profile.nombre, profile.color
    escuela.institucion, escuela.oficina = profile.institucion, profile.oficina
    return nueva


def primer_certificado(now: datetime) -> Certificado:
    """The certificate of an escuela that was there before letters were sealed; made now if it has none."""
    nombres = nombres_de_certificado()
    with unit_of_work(now) as uow:
        uow.lock_id(Escuela, current_escuela())
        return sellos.asegurar(uow, **nombres)


def nombres_de_certificado() -> dict[str, str]:
    """What a certificate of the escuela in scope says of it."""
    return _nombres(perfil())


def _nombres(profile: Profile) -> dict[str, str]:
    partes = ("nombre", "institucion", "oficina", "correo")
    return {parte: getattr(profile, parte) or "" for parte in partes}
